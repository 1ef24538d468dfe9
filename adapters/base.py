"""What the channels share: the shape of a channel, and running one turn.

To write a channel of your own:

- add one module (or folder) to ``adapters/``; its name is the channel's name;
- name its settings, ``LOTSE_<NAME>_…``, in its ``VARIABLES`` (``adapters.settings``;
  those of a folder stand in its module ``settings``, which imports quickly);
- give it ``read(settings)``, which returns its own settings among all or raises
  ``ConfigError``, and ``configure(own, desk) -> Channel``;
- ``Channel.run`` serves until ``stop`` is set, then finishes what it has begun;
- ask the desk: ``desk.respond(conversation, text)``, ``desk.choose(...)``, and ``desk.look_up(text)``
  for what nobody has said to you yet;
- render the ``Reply`` with ``adapters.render``;
- remember on disk which messages were answered: their ids, never a text;
- if you like, let it tell operators how it is doing (``Channel`` says by what).
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import logging
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.observability import kind_of, of_storage
from bot.errors import ConfigError
from bot.reply import Contact, Reply

log = logging.getLogger("lotse.turn")

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_PASSING_IN_SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
}


class Core(Protocol):
    """The part of ``bot.Bot`` that channels use. Every method is total and quick."""

    def respond(self, conversation: str | None, utterance: str) -> Reply:
        """Answer what a person wrote. Without a conversation it stands alone, and nothing is remembered."""

    def choose(self, conversation: str | None, choice: str) -> Reply:
        """Answer a pressed option; an unknown choice gets the current menu. Without a conversation: as above."""

    def cards(self, topic: str) -> tuple[Contact, ...]:
        """Return every contact card that answers about a topic show now."""

    def titles(self) -> dict[str, str]:
        """Return the short names of the offers that are shown now, by their topics."""

    def line(self, key: str, **values: str) -> str:
        """Return one sentence of ``wording.yaml``, for what is no turn."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What may be known of a turn: no text, no id of a person or a room."""

    channel: str
    outcome: str
    topic: str
    seconds: float


class Desk:
    """Runs the turns of one channel and records each without its text."""

    def __init__(
        self,
        core: Core,
        channel: str,
        record: Callable[[TurnRecord], None] | None = None,
    ) -> None:
        self._core = core
        self._record = record
        self.channel = channel

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer an utterance. ``conversation`` is any key; it is kept in memory only."""
        return self._run(lambda core: core.respond(conversation, utterance))

    def choose(self, conversation: str, choice: str) -> Reply:
        """Answer a pressed option (``Option.choice``)."""
        return self._run(lambda core: core.choose(conversation, choice))

    def look_up(self, utterance: str) -> Reply:
        """Return the answer to an utterance by itself; this is no turn, and no conversation knows of it."""
        return self._core.respond(None, utterance)

    def leads_to(self, choice: str) -> Reply:
        """Return what an option leads to, by itself; this is no turn, as above."""
        return self._core.choose(None, choice)

    def cards(self, topic: str) -> tuple[Contact, ...]:
        """Return every contact card of a topic; this is no turn."""
        return self._core.cards(topic)

    def titles(self) -> dict[str, str]:
        """Return the short names of the offers by their topics; this is no turn."""
        return self._core.titles()

    def line(self, key: str, **values: str) -> str:
        """Return one sentence of ``wording.yaml``."""
        return self._core.line(key, **values)

    def _run(self, turn: Callable[[Core], Reply]) -> Reply:
        begun = time.perf_counter()
        reply = turn(self._core)
        topic = reply.topics[0] if reply.topics else "-"
        record = TurnRecord(self.channel, reply.outcome, topic, time.perf_counter() - begun)
        log.info(
            "turn",
            extra={
                "channel": record.channel,
                "outcome": record.outcome,
                "topic": record.topic,
                "ms": round(record.seconds * 1000, 2),
            },
        )
        if self._record:
            self._record(record)
        return reply


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at by a doctor: whether it is as it should be, and a sentence about it."""

    sound: bool
    text: str


class Channel(Protocol):
    """A platform that carries conversations.

    What the runner reports of a channel it reads from these attributes. Each is optional:

    - ``healthy``: whether questions reach us now (without it: always);
    - ``last_contact``: when the platform last answered a poll or sync, by ``time.monotonic``, ``None`` if never;
    - ``waiting``, or else ``open``: how many questions have no answer yet;
    - ``counts``: totals of this object by the names in ``adapters.metrics``, such as ``retries``.
    """

    name: str

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set and what was begun is finished.

        Raises ``AccessError`` when the platform refuses the credentials for
        good; any other exception means that a restart may help.
        """


def backoff(attempt: int, first: float, longest: float) -> float:
    """Return the seconds to wait after failure number ``attempt`` (from 1): ``first``, doubling up to ``longest``.

    The jitter, down to half of it, keeps several processes from trying in step.
    """
    reached = min(longest, first * 2.0 ** min(attempt - 1, 16))
    return reached * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it


def may_pass(error: BaseException) -> bool:
    """Return whether storage that failed with ``error`` may work again although no setting changes.

    A full, busy or failing disk may; then a channel raises ``error`` and is started again. What does
    not pass (rights, a read-only folder, a damaged file) is for ``ConfigError``, which ends the program.
    """
    error = of_storage(error)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING_IN_SQLITE
    return isinstance(error, OSError) and error.errno in _PASSING


def unusable(folder: Path, error: BaseException) -> ConfigError:
    """Return what ends the program when nothing can be kept in ``folder``: the reason and the mend."""
    number, reason = getattr(error, "errno", None), kind_of(error)
    mend = "look at the folder and what it lies on"
    if number == errno.EROFS or "SQLITE_READONLY" in reason:
        mend = "the file system is read-only: look for errors of the disk, then mount it writable"
    elif number in (errno.EACCES, errno.EPERM):
        mend = "give it, and all in it, to the user that runs the program"
    reason = getattr(error, "strerror", None) or reason
    if number in (errno.EEXIST, errno.ENOTDIR):
        reason, mend = "a file is in its place or above it", "move that file away, or name another folder"
    return ConfigError(f"LOTSE_STATE_DIR: cannot use {folder} ({reason}); {mend}.")


def made(folder: Path) -> None:
    """Make sure that ``folder`` is there, before anything long is begun. Raises ``ConfigError`` (``unusable``)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if not may_pass(error):
            raise unusable(folder, error) from None


def set_aside() -> None:
    """Take all that lives now, above all the content, out of the sight of the garbage collector.

    Otherwise cyclic garbage among old objects is looked for only when a quarter as many new ones have
    come (``gc`` in CPython 3.11): beside the content 40,000, while which memory grows by 20 MB an hour.
    What comes from now on is little, and ``gc.collect`` looks through it in milliseconds.
    """
    gc.unfreeze()
    collect()
    gc.freeze()


def collect() -> None:
    """Look for garbage, and give what is free back to the system where the C library can (glibc).

    Reading the content leaves 4 MB of holes, learning it 12, which the library would keep for ever.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
