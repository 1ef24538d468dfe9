"""The shipped content, learned once for all processes of a run, and bots that remember nobody."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from pathlib import Path

from bot.content.loading import shipped
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.cache import is_known, load
from bot.matching.model import Model
from bot.session import MemorySessions, Sessions

FOLDER = "LEARNED_FOR_TESTS"
"""Environment variable with the folder of this run; without one what was learned is kept between runs."""


def folder() -> Path:
    """Return the folder in which the model of the shipped content lies after its first use."""
    return Path(os.environ.get(FOLDER) or Path(tempfile.gettempdir()) / "lotse-tests")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While the block runs no other process is in a block with the same ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".alone", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def content() -> tuple[Knowledge, Model]:
    """Return the shipped content and its model as a second start has them: without lines and tree."""
    caches = [folder()]
    with alone(caches[0]):
        if not is_known(shipped(), caches):
            load(shipped(), caches)
    return load(shipped(), caches)


def without_memory(bot: Bot, sessions: Sessions | None = None) -> Bot:
    """Return a bot like ``bot`` with sessions of its own: making one from its content takes 40 ms."""
    other = copy(bot)
    other._sessions = MemorySessions() if sessions is None else sessions
    return other


@cache
def _first() -> Bot:
    return Bot(*content())


def fresh_bot(sessions: Sessions | None = None) -> Bot:
    """Return a bot with the shipped content that remembers nobody but those in ``sessions``."""
    return without_memory(_first(), sessions)
