"""Brings answers to their chats: in order in each chat, no chat waiting for another.

- Each chat has a queue of its own and at most one call under way; what is
  done about each call is the ``Courier``'s.
- An emergency is sent at once, past the queue, the window and the flood cap.
- An update is erased from the inbox when all its messages are known to exist.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from adapters.telegram.courier import Courier, PutAsideError
from adapters.telegram.errands import Errands, Typing
from adapters.telegram.errors import Backoff
from adapters.telegram.inbox import Inbox
from adapters.telegram.marks import Trace
from adapters.telegram.messages import Step
from adapters.telegram.responder import Parcel
from adapters.telegram.shipment import Shipment
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Place

log = logging.getLogger("lotse.telegram")

FLOOD = 100
"""Answers that may wait for one chat; further questions there are not answered."""
MOST_URGENT = 5
"""Emergency answers to one chat that may be under way at once; more of them wait their turn."""
MOST_ROUNDS = 5
"""Times that a chat waits for an answer that failed ``MOST_TRIES`` times: about five minutes."""
ASIDE = 60.0
"""Seconds after which an answer that failed too often is tried again."""


@dataclass(slots=True)
class _Line:
    """The answers that wait for one chat."""

    waiting: deque[Shipment] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    told: bool = False


class Delivery:
    """Delivers parcels. ``relieved`` is set when an answer is out."""

    def __init__(
        self,
        transport: Transport,
        inbox: Inbox,
        flood: Callable[[Place], Parcel],
        backoff: Backoff | None = None,
        counts: Counter[str] | None = None,
    ) -> None:
        self._inbox = inbox
        self._flood = flood
        self._backoff = backoff or Backoff()
        counts = Counter() if counts is None else counts
        self.courier = Courier(transport, inbox, self._backoff, counts)
        self._errands = Errands(transport, self._start, self._backoff, counts)
        self._lines: dict[int, _Line] = {}
        self._urgent: dict[int, int] = {}
        self._aside: dict[int, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.relieved = asyncio.Event()

    # --- taking over ---------------------------------------------------------

    def accept(self, parcel: Parcel, trace: Trace | None = None) -> None:
        """Take a parcel over, with what is known of an earlier try to send it; returns at once."""
        chat = self.courier.memory.now(parcel.place.chat)
        self.courier.search.saw(parcel.place, parcel.question or 0)
        if parcel.first is not None:
            self.at_once(parcel.first)
        if not parcel.steps:
            self._finish(parcel, 0)
        elif parcel.urgent and self._urgent.get(chat, 0) < MOST_URGENT:
            self._urgent[chat] = self._urgent.get(chat, 0) + 1
            self._start(self._deliver_urgently(Shipment(parcel, trace), chat))
        else:
            self._queue(Shipment(parcel, trace), chat)

    def _queue(self, shipment: Shipment, chat: int) -> None:
        parcel = shipment.parcel
        line = self._lines.setdefault(chat, _Line())
        if len(line.waiting) >= FLOOD and shipment.trace is None and not parcel.urgent:
            self._finish(parcel, 0)
            if not line.told:
                line.told = True
                line.waiting.append(Shipment(self._flood(parcel.place)))
            return
        line.waiting.append(shipment)
        if line.task is None:
            line.task = self._start(self._serve(chat, line))

    def at_once(self, step: Step) -> None:
        """Make an idempotent call that nothing waits for, such as the answer to a query."""
        self._errands.at_once(step)

    def forget_chat(self, chat: int) -> None:
        """Drop all that waits for a chat; what is under way runs into its refusal."""
        line = self._lines.get(self.courier.memory.now(chat))
        if line is not None:
            while len(line.waiting) > 1:
                self._finish(line.waiting.pop().parcel, 0)

    @property
    def open(self) -> int:
        """How many answers are waiting or under way."""
        return sum(len(line.waiting) for line in self._lines.values()) + sum(self._urgent.values())

    @property
    def aside(self) -> int:
        """How many answers failed and wait for another try."""
        return len(self._aside)

    async def drain(self, seconds: float) -> None:
        """Wait at most ``seconds`` for what was begun, then leave the rest to the next start."""
        self._leave_aside()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._leave_aside()

    def _leave_aside(self) -> None:
        # They lie in the inbox, which the next life of the channel answers; both would be twice.
        for timer in self._aside.values():
            timer.cancel()
        self._aside.clear()

    # --- one chat ------------------------------------------------------------

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the kind: the message of an unforeseen error might quote a text.
            log.error("a delivery broke: %s", type(error).__name__)

    async def _serve(self, chat: int, line: _Line) -> None:
        while line.waiting:
            shipment = line.waiting[0]
            typing = Typing(partial(self._type, shipment))
            try:
                over = await self._is_over(shipment)
            finally:
                typing.end()
            if over:
                line.waiting.popleft()
            self.relieved.set()
        line.task = None
        # Nothing ran since the last look at the queue, so nothing can have been added.
        self._lines.pop(chat, None)
        self.courier.forget_refusal(chat)

    async def _deliver_urgently(self, shipment: Shipment, chat: int) -> None:
        try:
            while not await self._is_over(shipment):
                pass
        finally:
            self._urgent[chat] -= 1
            if not self._urgent[chat]:
                del self._urgent[chat]

    async def _is_over(self, shipment: Shipment) -> bool:
        """Deliver a shipment; return whether the next one of its chat may follow.

        While nothing gets through to anybody, the chat waits, so that its order is kept. If only
        this one does not, it is put aside.
        """
        successes = self.courier.successes
        try:
            self._finish(shipment.parcel, await self.courier.deliver(shipment))
        except PutAsideError:
            reason = "failed too often"
        except Exception as error:  # noqa: BLE001 - a full disk, say; the chat must not stand still for ever
            reason = f"broke: {type(error).__name__}"
        else:
            return True
        shipment.rounds += 1
        log.warning("an answer %s", reason, extra={"failures": shipment.rounds})
        if self.courier.successes == successes and shipment.rounds < MOST_ROUNDS:
            await asyncio.sleep(self._backoff.pause(shipment.rounds))
            return False
        self._put_aside(shipment)
        return True

    def _put_aside(self, shipment: Shipment) -> None:
        update = shipment.parcel.update
        if update is not None:
            loop = asyncio.get_running_loop()
            self._aside[update] = loop.call_later(ASIDE, self._take_up, shipment, update)

    def _take_up(self, shipment: Shipment, update: int) -> None:
        del self._aside[update]
        self._queue(shipment, self.courier.memory.now(shipment.parcel.place.chat))

    def _finish(self, parcel: Parcel, sent: int) -> None:
        if parcel.update is not None:
            self._inbox.finish(parcel.update, sent)

    def _type(self, shipment: Shipment) -> bool:
        """Show that an answer is being written; return whether to do so again later."""
        place = shipment.parcel.place
        self._errands.typing(self.courier.memory.now(place.chat), place.thread)
        return not shipment.quiet
