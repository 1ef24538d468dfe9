"""Tells an operator whether the set-up is sound, without sending anybody a message.

A channel may bring a module ``doctor`` of its own with
``async examine(settings) -> list[Finding]``; it is found by its name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from adapters.base import Finding, unusable
from adapters.observability import kind_of
from bot.errors import LotseError

NEEDED_SPACE = 100 * 1024 * 1024
"""Bytes that should be free for state and learned models."""
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}


def state_folder(folder: Path) -> list[Finding]:
    """Look whether state can be written, without leaving anything behind."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        with tempfile.NamedTemporaryFile(dir=existing, prefix="doctor-"):
            pass
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return [Finding(False, str(unusable(folder, error)))]
    if free < NEEDED_SPACE:
        return [
            Finding(False, f"LOTSE_STATE_DIR: only {free // 1024**2} MB are free at {folder}; make room.")
        ]
    return [Finding(True, f"The state folder {folder} can be written.")]


def redis(url: str) -> list[Finding]:
    """Look whether the Redis that is shared, if any, serves us."""
    if not url:
        return []
    from adapters.redis import examine  # noqa: PLC0415 - the client is an extra

    try:
        return [Finding(*examine(url))]
    except LotseError as error:
        return [Finding(False, str(error))]


def proxies(environment: Mapping[str, str]) -> list[Finding]:
    """Tell of variables that make other programs use a proxy, but not this one. Their values may hold a password."""
    named = [name for name in environment if name.lower() in _PROXIES and environment[name]]
    text = "without effect here; a proxy is named by LOTSE_TELEGRAM_PROXY and LOTSE_MATRIX_PROXY."
    return [Finding(True, f"{', '.join(sorted(named))}: {text}")] if named else []


async def channel(name: str, settings: object) -> Sequence[Finding]:
    """Return what the doctor of channel ``name`` finds with its ``settings``."""
    where = f"adapters.{name}.doctor"
    package = find_spec(f"adapters.{name}")
    if package is None or not package.submodule_search_locations or find_spec(where) is None:
        return [Finding(True, f"The settings of {name} are well formed; it brings no further check.")]
    try:
        findings: Sequence[Finding] = await import_module(where).examine(settings)
    except LotseError as error:
        return [Finding(False, str(error))]
    except Exception as error:  # noqa: BLE001 - a doctor reports what breaks
        return [Finding(False, f"{name} could not be examined: {kind_of(error)}.")]
    return findings
