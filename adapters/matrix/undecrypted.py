"""Questions whose key has not arrived: kept until it does, told after a while. In memory only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from adapters.matrix.api import Json
from adapters.matrix.bounds import Recent

_MOST_KEPT = 2000
_MOST_CHARACTERS = 8_000_000


@dataclass(slots=True)
class Kept:
    """An encrypted event without its key. ``ticket`` holds back the sync token until it is told."""

    room: str
    session: str
    event: Json
    ticket: int | None
    since: float
    withheld: str = ""
    told: bool = False


class Undecrypted:
    """The waiting room of unreadable messages. ``counts`` counts them as ``undecryptable``."""

    def __init__(
        self,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        counts: Counter[str] | None = None,
    ) -> None:
        self._counts = Counter() if counts is None else counts
        self._patience = patience
        self._clock = clock
        self._kept: dict[tuple[str, str], list[Kept]] = {}
        self._count = 0
        self._characters = 0
        self._withheld: Recent[tuple[str, str, object], str] = Recent(_MOST_KEPT)

    def keep(self, room: str, session: str, event: Json, ticket: int) -> list[Kept]:
        """Keep ``event`` until its key comes; return what had to make way for it."""
        self._counts["undecryptable"] += 1
        code = self._withheld.get((room, session, event.get("sender")), "")
        kept = Kept(room, session, event, ticket, self._clock(), code)
        self._kept.setdefault((room, session), []).append(kept)
        self._count += 1
        self._characters += _size(event)
        evicted: list[Kept] = []
        while self._count > _MOST_KEPT or self._characters > _MOST_CHARACTERS:
            evicted += self._drop(next(iter(self._kept)))
        return evicted

    def arrived(self, room: str, session: str) -> list[Kept]:
        """Return the events whose key has just come; they are kept no longer."""
        return self._drop((room, session))

    def withheld(self, room: str, session: str, sender: str, code: str) -> None:
        """Note that the client of ``sender`` refuses to give us the key of its messages."""
        self._withheld[room, session, sender] = code
        for kept in self._kept.get((room, session), ()):
            if kept.event.get("sender") == sender:
                kept.withheld = code

    def overdue(self) -> list[Kept]:
        """Return the events that have waited too long, each once. They stay kept: late keys are welcome."""
        limit = self._clock() - self._patience
        overdue = []
        for waiting in self._kept.values():
            for kept in waiting:
                if not kept.told and (kept.since <= limit or kept.withheld):
                    kept.told = True
                    overdue.append(kept)
        return overdue

    def forget(self, room: str) -> list[Kept]:
        """Drop what is kept of a room the bot has left, and return it."""
        gone = [key for key in self._kept if key[0] == room]
        return [kept for key in gone for kept in self._drop(key)]

    def _drop(self, key: tuple[str, str]) -> list[Kept]:
        dropped = self._kept.pop(key, [])
        self._count -= len(dropped)
        self._characters -= sum(_size(kept.event) for kept in dropped)
        return dropped


def _size(event: Json) -> int:
    return len(repr(event))
