"""Keeps what was learned from one content, so that only a changed content is learned again.

A cache is a folder named by two digests, of every byte of the content and of
the code that reads it and learns, so a cache is right or absent, never stale.
It is written beside its place and renamed; its sums tell of any damage, which
only means that the content is learned once more.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from bot.content import loading
from bot.knowledge import Knowledge
from bot.matching.learning import Learned
from bot.matching.model import Model

log = logging.getLogger("lotse")

_MAPPED = (
    "weights",
    "used",
    "rarity",
    "section_weights",
)
_LISTED = ("classes", "sections")
_PLAIN = (*_LISTED, "slope", "aspect_slope", "frequent_words", "kin_words")
_SUMS = "SHA256SUMS"
_FILES = ("content.json", "small.npz", *(f"{name}.npy" for name in _MAPPED))
_CODE = (
    "errors.py",
    "knowledge.py",
    "layout.py",
    "reply.py",
    "signals.py",
    "text.py",
    "content/*.py",
    "reading/*.py",
    "matching/*.py",
)
"""Modules of ``bot`` that ``bot.matching`` is built on, and itself: all of them shape what a cache holds."""
_KEPT = 3
"""Caches that stay on disk, the newest ones."""
_FORGOTTEN = 3600.0
"""Seconds after which nobody writes a draft any more: its process was killed."""


def load(
    folder: Path, caches: Sequence[Path], learning: Callable[[], object] = lambda: None
) -> tuple[Knowledge, Model]:
    """Return the content of ``folder`` and its model, learned now or earlier.

    ``learning`` is called before a content is learned, which takes seconds.

    ``caches`` are searched in order; a new model is written into the last one
    that can be written. Raises ``KnowledgeError`` and ``ConfigError`` like
    ``loading.read_folder``.
    """
    files = loading.gather(folder)
    name, digest = _name(files)
    for cache in caches:
        loaded = _read(cache / name, digest)
        if loaded is not None:
            content, model = loaded
            return loading.switched(content, files), model
    content = loading.from_files(files)
    learning()
    model = Model.fit(content)
    for cache in reversed(caches):
        if _write(cache, name, content, model):
            break
    return content, model


def is_known(folder: Path, caches: Sequence[Path]) -> bool:
    """Return whether the content of ``folder`` was learned before; the content is not read for that."""
    name, _ = _name(loading.gather(folder))
    return any((cache / name).is_dir() for cache in caches)


def latest(caches: Sequence[Path], *, other_than: str) -> tuple[Knowledge, Model] | None:
    """Return what this version of the program learned last from a content with another digest."""
    places = [place for cache in caches for place in cache.glob(f"model-{_code_digest()}-*")]
    for place in sorted(places, key=_changed, reverse=True):
        digest = place.name.rpartition("-")[2]
        if digest != other_than and (loaded := _read(place, digest)) is not None:
            return loaded
    return None


def _name(files: Mapping[str, bytes]) -> tuple[str, str]:
    """Return the name of the cache of a content, and the digest of the content."""
    digest = loading.digest(loading.without_switches(files))
    return f"model-{_code_digest()}-{digest}", digest


def _code_digest() -> str:
    """Return the identity of the code that content and model depend on: a changed fit is a new model."""
    home = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for path in sorted({path for pattern in _CODE for path in home.glob(pattern)}):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def _read(place: Path, digest: str) -> tuple[Knowledge, Model] | None:
    try:
        if not _is_whole(place):
            raise ValueError("damaged")
        with open(place / "content.json", encoding="utf-8") as stored:
            plain = json.load(stored)
        arrays = dict(np.load(place / "small.npz", allow_pickle=False))
        for name in _MAPPED:
            mapped = np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            arrays[name] = mapped.view(np.ndarray)  # still mapped, without the slow ways of a memmap
        # Without the tree it was made from, which only writing needs: 1.5 MB.
        content = replace(loading.from_tree(plain["tree"], digest), tree={})
        listed = {name: tuple(plain[name]) for name in _LISTED}
        learned = Learned(**{name: plain[name] for name in _PLAIN} | listed, **arrays)
        return content, Model(content, learned)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        log.warning("model cache unreadable (%s), learning again", type(error).__name__)
        return None


def _is_whole(place: Path) -> bool:
    """Return whether every file of a cache is as it was written. Raises ``OSError`` if one is missing."""
    return (place / _SUMS).read_bytes() == _sums(place)


def _sums(place: Path) -> bytes:
    """Return what ``sha256sum`` says of a cache: 5 ms for 5 MB, which do not stay in memory."""
    lines = []
    for name in _FILES:
        with open(place / name, "rb") as stored:
            lines.append(f"{hashlib.file_digest(stored, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines).encode()


def _write(cache: Path, name: str, content: Knowledge, model: Model) -> bool:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="draft-", dir=cache, ignore_cleanup_errors=True) as draft:
            _fill(Path(draft), content, model.learned)
            _put(Path(draft), cache / name)
        _tidy(cache)
    except OSError as error:
        log.info("model cache not written: %s", error.strerror)
        return False
    return True


def _fill(draft: Path, content: Knowledge, learned: Learned) -> None:
    draft.chmod(0o755)  # readable by others: a cache holds nothing but the public content
    plain = {"tree": content.tree} | {name: getattr(learned, name) for name in _PLAIN}
    (draft / "content.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    arrays = {
        field.name: getattr(learned, field.name)
        for field in fields(learned)
        if field.name not in (*_PLAIN, *_MAPPED)
    }
    np.savez(draft / "small.npz", **arrays)
    for array in _MAPPED:
        np.save(draft / f"{array}.npy", getattr(learned, array))
    (draft / _SUMS).write_bytes(_sums(draft))


def _put(draft: Path, place: Path) -> None:
    """Give a draft its name. A whole cache that another process has put there meanwhile is as good."""
    if not _is_there(place):
        shutil.rmtree(place, ignore_errors=True)
    try:
        os.replace(draft, place)
    except OSError:
        if not _is_there(place):
            raise


def _is_there(place: Path) -> bool:
    try:
        return _is_whole(place)
    except OSError:
        return False


def _tidy(cache: Path) -> None:
    """Remove old caches, and drafts whose process was killed."""
    old = sorted(cache.glob("model-*"), key=_changed, reverse=True)[_KEPT:]
    left = [draft for draft in cache.glob("draft-*") if time.time() - _changed(draft) > _FORGOTTEN]
    for path in old + left:
        shutil.rmtree(path, ignore_errors=True)


def _changed(path: Path) -> float:
    """Return when a folder was last written to (Unix time); 0 if another process has just removed it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
