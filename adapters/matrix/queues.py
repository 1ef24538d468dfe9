"""One queue and one worker per room: in a room one after the other, rooms side by side."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from adapters.base import may_pass
from adapters.observability import kind_of, place_of

log = logging.getLogger("lotse.matrix")

Work = Callable[[], Awaitable[None]]


class Progress:
    """Which sync token may be stored: the newest before which everything is settled.

    A sync opens a ticket; whatever it brings holds the ticket until it is
    answered or recorded. After a kill the server sends again all that came
    after the stored token, and the ledger knows what of it was answered.
    """

    def __init__(self) -> None:
        self._open: dict[int, tuple[str, int]] = {}
        self._oldest, self._next = 1, 0

    def open(self, token: str) -> int:
        """Open a ticket, held once, for the sync that ends at ``token``."""
        self._next += 1
        self._open[self._next] = (token, 1)
        return self._next

    def hold(self, ticket: int) -> int:
        """Hold a ticket once more; return it."""
        token, holders = self._open[ticket]
        self._open[ticket] = (token, holders + 1)
        return ticket

    def release(self, ticket: int) -> str:
        """Give back one hold; return the token that may be stored now, ``""`` if none new."""
        token, holders = self._open[ticket]
        self._open[ticket] = (token, holders - 1)
        settled = ""
        while self._oldest in self._open and self._open[self._oldest][1] == 0:
            settled, _ = self._open.pop(self._oldest)
            self._oldest += 1
        return settled


@dataclass(frozen=True, slots=True)
class _Item:
    """Work that waits, with the ticket that it holds and the senders of what it is about."""

    work: Work
    ticket: int
    people: Collection[str]
    ahead: bool


class RoomQueues:
    """Runs the work of each room in order. Work that fails is logged and does not stop its room.

    ``broken`` is told of an error after which nothing can be remembered and all work ends.
    """

    def __init__(
        self, release: Callable[[int], None], broken: Callable[[Exception], None] | None = None
    ) -> None:
        self._release = release
        self._broken = broken
        self._queues: dict[str, deque[_Item]] = {}
        self._waiting = 0
        self._people: Counter[tuple[str, str]] = Counter()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._dropped: weakref.WeakSet[asyncio.Task[None]] = weakref.WeakSet()
        self._closed = False
        self._done = 0

    def put(
        self, room: str, work: Work, ticket: int, people: Collection[str] = (), *, ahead: bool = False
    ) -> None:
        """Append ``work``; ``ticket`` (already held for it) is released when it has run.

        ``people`` are the senders of what it is about, each as often as they said something.
        What is put ``ahead`` is done before the rest that waits, in its own order.
        """
        queue = self._queues.setdefault(room, deque())
        item = _Item(work, ticket, people, ahead)
        if ahead:
            queue.insert(next((at for at, other in enumerate(queue) if not other.ahead), len(queue)), item)
        else:
            queue.append(item)
        self._waiting += 1
        self._people.update((room, person) for person in people)
        if room not in self._workers:
            self._start(room)

    def waiting(self, room: str, person: str) -> int:
        """Return how much of what ``person`` said in ``room`` waits behind what is being done."""
        return self._people[room, person]

    def length(self, room: str) -> int:
        """Return how much work waits in ``room`` behind what is being done."""
        return len(self._queues.get(room, ()))

    @property
    def open(self) -> int:
        """How much work waits or is being done in all rooms."""
        return self._waiting + len(self._workers)

    def drop(self, room: str) -> None:
        """Give up all work of a room the bot is no longer in."""
        for item in self._queues.pop(room, ()):
            self._taken(room, item)
            self._release(item.ticket)
        worker = self._workers.get(room)
        if worker is not None and worker is not asyncio.current_task():
            self._dropped.add(worker)
            worker.cancel()

    async def calm(self, idle: float, most: float) -> None:
        """Return when all work is done, or none has been for ``idle`` seconds, at the latest after ``most``."""
        latest = time.monotonic() + most
        while self._workers and time.monotonic() < latest:
            done = self._done
            await asyncio.wait(self._workers.values(), timeout=idle)
            if done == self._done:
                return

    async def drain(self, seconds: float) -> None:
        """Wait until all work is done, at most ``seconds``; then give the rest up unreleased."""
        latest = time.monotonic() + seconds
        try:
            while self._workers and (left := latest - time.monotonic()) > 0:
                await asyncio.wait(self._workers.values(), timeout=left)
        finally:
            self._closed = True
            late = list(self._workers.values())
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self, room: str) -> None:
        worker = self._workers[room] = asyncio.create_task(self._run(room))
        # Not at the end of ``_run``: who is dropped before the first step never gets there.
        worker.add_done_callback(lambda _: self._ended(room))

    def _ended(self, room: str) -> None:
        del self._workers[room]
        if not self._queues.get(room):
            self._queues.pop(room, None)
        elif not self._closed:
            self._start(room)

    async def _run(self, room: str) -> None:
        try:
            while queue := self._queues.get(room):
                item = queue.popleft()
                self._taken(room, item)
                await self._settle(item.work, item.ticket)
                self._done += 1
        except Exception as error:
            self._closed = True
            if self._broken is None:
                raise
            self._broken(error)

    def _taken(self, room: str, item: _Item) -> None:
        self._waiting -= 1
        for person in item.people:
            self._people[room, person] -= 1
            if not self._people[room, person]:
                del self._people[room, person]

    async def _settle(self, work: Work, ticket: int) -> None:
        """Do ``work`` and release its ticket. Raises when nothing can be remembered, as on a full disk."""
        try:
            await work()
        except asyncio.CancelledError:
            if asyncio.current_task() in self._dropped:
                self._release(ticket)
            raise
        except Exception as error:
            # One message must not silence its room.
            if may_pass(error):
                raise  # not released: the next start handles the message again
            # Neither its message nor its values: they may quote what was said.
            log.error("a message failed", extra={"error": kind_of(error), "place": place_of(error)})
        self._release(ticket)
