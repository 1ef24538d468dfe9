"""Brings answers to their chats: in order in each chat, no chat waiting for another.

- Each chat has a queue of its own and at most one call under way; a shared
  window bounds how many chats send at once.
- An emergency is sent at once, past the queue, the window and the flood cap.
- Before a message is sent, its update is marked in the inbox; when the answer
  to the call is lost, or the program is killed, ``search`` finds out whether
  the message exists before it is sent again. The Bot API has no key that
  would make a send idempotent; edits and answers to queries are so anyway.
- An update is erased from the inbox when all its messages are known to exist.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from adapters.telegram import calls
from adapters.telegram.calls import Call
from adapters.telegram.errands import Errands
from adapters.telegram.errors import (
    MOST_TRIES,
    Backoff,
    CallError,
    Course,
    RefusedError,
    course,
    flood_pause,
    maybe_done,
)
from adapters.telegram.inbox import Inbox
from adapters.telegram.memory import Memory
from adapters.telegram.messages import Step
from adapters.telegram.responder import Parcel
from adapters.telegram.search import Search
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Place

log = logging.getLogger("lotse.telegram")

WINDOW = 64
"""Chats that may send at the same time; with 50 ms a round trip that is 1,280 messages a second."""
FLOOD = 100
"""Answers that may wait for one chat; further questions there are not answered."""
MOST_URGENT = 5
"""Emergency answers to one chat that may be under way at once; more of them wait their turn."""
TYPING_AFTER = 0.5
MOST_ROUNDS = 5
"""Times that a chat waits for an answer that failed ``MOST_TRIES`` times: about five minutes."""
ASIDE = 60.0
"""Seconds after which an answer that failed too often is tried again."""


class _PutAsideError(Exception):
    """The call failed too often; it stays in the inbox."""


class _DroppedError(Exception):
    """The call can never work."""


class _ChatGoneError(Exception):
    """Nobody wants to hear anything in this chat."""


@dataclass(slots=True)
class _Line:
    """The answers that wait for one chat."""

    waiting: deque[Parcel] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    told: bool = False


class Delivery:
    """Delivers parcels.

    ``doubt`` is set when the server refuses the credentials, ``relieved`` when
    an answer is out. ``lost`` is how many sends an earlier life left unknown,
    ``memory`` what is known of the chats.
    """

    def __init__(
        self,
        transport: Transport,
        inbox: Inbox,
        flood: Callable[[Place], Parcel],
        backoff: Backoff | None = None,
        counts: Counter[str] | None = None,
    ) -> None:
        self._transport = transport
        self._inbox = inbox
        self._flood = flood
        self._backoff = backoff or Backoff()
        self._window = asyncio.Semaphore(WINDOW)
        self._search = Search(transport, inbox)
        self._lines: dict[int, _Line] = {}
        self._urgent: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.memory = Memory()
        self._under_way = 0
        self._counts = Counter() if counts is None else counts
        self._errands = Errands(transport, self._start, self._backoff, self._counts)
        self._refusing: set[int] = set()
        self._successes = 0
        self._aside: dict[int, asyncio.TimerHandle] = {}
        self.lost = 0
        self.doubt = asyncio.Event()
        self.relieved = asyncio.Event()

    # --- taking over ---------------------------------------------------------

    def accept(self, parcel: Parcel) -> None:
        """Take a parcel over; returns at once."""
        chat = self.memory.now(parcel.place.chat)
        self._search.saw(parcel.place, parcel.question or 0)
        if parcel.first is not None:
            self.at_once(parcel.first)
        if not parcel.steps:
            self._finish(parcel, 0)
        elif parcel.urgent and self._urgent.get(chat, 0) < MOST_URGENT:
            self._urgent[chat] = self._urgent.get(chat, 0) + 1
            self._start(self._deliver_urgently(parcel, chat))
        else:
            self._queue(parcel, chat)

    def _queue(self, parcel: Parcel, chat: int) -> None:
        line = self._lines.setdefault(chat, _Line())
        if len(line.waiting) >= FLOOD and parcel.trace is None and not parcel.urgent:
            self._finish(parcel, 0)
            if not line.told:
                line.told = True
                line.waiting.append(self._flood(parcel.place))
            return
        line.waiting.append(parcel)
        if line.task is None:
            line.task = self._start(self._serve(chat, line))

    def at_once(self, step: Step) -> None:
        """Make an idempotent call that nothing waits for, such as the answer to a query."""
        self._errands.at_once(step)

    def forget_chat(self, chat: int) -> None:
        """Drop all that waits for a chat; what is under way runs into its refusal."""
        line = self._lines.get(self.memory.now(chat))
        if line is not None:
            while len(line.waiting) > 1:
                self._finish(line.waiting.pop(), 0)

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
            parcel = line.waiting[0]
            typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._type, parcel.place)
            try:
                over = await self._is_over(parcel)
            finally:
                typing.cancel()
            if over and line.waiting and line.waiting[0] is parcel:
                line.waiting.popleft()
            self.relieved.set()
        line.task = None
        # Nothing ran since the last look at the queue, so nothing can have been added.
        self._lines.pop(chat, None)
        self._refusing.discard(chat)

    async def _deliver_urgently(self, parcel: Parcel, chat: int) -> None:
        try:
            while not await self._is_over(parcel):
                pass
        finally:
            self._urgent[chat] -= 1
            if not self._urgent[chat]:
                del self._urgent[chat]

    async def _is_over(self, parcel: Parcel) -> bool:
        """Deliver a parcel; return whether the next one of its chat may follow.

        While nothing gets through to anybody, the chat waits, so that its order is kept. If only
        this parcel does not, it is put aside.
        """
        successes = self._successes
        try:
            await self._deliver(parcel)
        except _PutAsideError:
            reason = "failed too often"
        except Exception as error:  # noqa: BLE001 - a full disk, say; the chat must not stand still for ever
            reason = f"broke: {type(error).__name__}"
        else:
            return True
        parcel.rounds += 1
        log.warning("an answer %s", reason, extra={"update": parcel.update, "failures": parcel.rounds})
        if self._successes == successes and parcel.rounds < MOST_ROUNDS:
            await asyncio.sleep(self._backoff.pause(parcel.rounds))
            return False
        self._put_aside(parcel)
        return True

    async def _deliver(self, parcel: Parcel) -> None:
        """Make all calls of a parcel and erase its update."""
        sent = 0
        if parcel.trace is not None:
            parcel.part = min(max(parcel.part, parcel.trace.part), len(parcel.steps) - 1)
        try:
            while parcel.part < len(parcel.steps):  # a step may add others when it turns out too long
                sent = await self._perform(parcel, parcel.part) or sent
                parcel.part += 1
        except _DroppedError:
            log.error("an answer was refused for good", extra={"update": parcel.update})
            self._counts["dead_letters"] += 1
        except _ChatGoneError:
            log.info("a chat does not want an answer", extra={"update": parcel.update})
        self._finish(parcel, sent)

    def _put_aside(self, parcel: Parcel) -> None:
        if parcel.update is not None:
            loop = asyncio.get_running_loop()
            self._aside[parcel.update] = loop.call_later(ASIDE, self._take_up, parcel, parcel.update)

    def _take_up(self, parcel: Parcel, update: int) -> None:
        del self._aside[update]
        self._queue(parcel, self.memory.now(parcel.place.chat))

    def _finish(self, parcel: Parcel, sent: int) -> None:
        if parcel.update is not None:
            self._inbox.finish(parcel.update, sent)

    # --- one call ------------------------------------------------------------

    async def _perform(self, parcel: Parcel, part: int) -> int:
        """Make one step happen and return the id of its message (0 for none)."""
        call = self._first_call(parcel, part)
        unknown = parcel.trace if parcel.trace is not None and parcel.trace.part == part else None
        parcel.trace = None
        for attempt in range(1, MOST_TRIES + 1):
            if unknown is not None and call.is_send and not parcel.urgent:
                found = await self._search.find(
                    call.values, parcel.question or 0, unknown, max(self._under_way, self.lost)
                )
                if found:
                    return self._sent(parcel, part, found)
            trace = self._search.trace(parcel.place, part)
            if call.is_send and parcel.update is not None:
                self._inbox.mark(parcel.update, trace)
            try:
                return self._sent(parcel, part, await self._make(call, parcel.urgent))
            except CallError as error:
                unknown = trace if maybe_done(error) else None
                pause = self._after(error, call, parcel, attempt)
                if pause is None:
                    return 0
                self._counts["retries"] += 1
                await asyncio.sleep(pause)
        parcel.trace = trace
        raise _PutAsideError

    def _first_call(self, parcel: Parcel, part: int) -> Call:
        step, chat = parcel.steps[part], self.memory.now(parcel.place.chat)
        target = None
        if part == 0 and step.method == "sendMessage":
            target = parcel.replaces
            if parcel.revises and parcel.question is not None:
                target = self.memory.answer_to(parcel.place.chat, parcel.question)
        if target is not None:
            return calls.editing(step, chat, target)
        return calls.sending(step, parcel.place, chat, part == 0)

    async def _make(self, call: Call, urgent: bool) -> int:
        files = {"file": call.step.file} if call.step.file else None
        room: AbstractAsyncContextManager[Any] = nullcontext() if urgent else self._window
        async with room:
            self._under_way += 1
            try:
                result = await self._transport.call(call.method, call.values, files=files)
            finally:
                self._under_way -= 1
        number = result.get("message_id") if isinstance(result, dict) else None
        return number if isinstance(number, int) else 0

    def _sent(self, parcel: Parcel, part: int, number: int) -> int:
        self._successes += 1
        if self._refusing:
            self._refusing.discard(self.memory.now(parcel.place.chat))
        self._search.saw(parcel.place, number)
        if part == 0 and number and parcel.question is not None and parcel.replaces is None:
            self.memory.answered(parcel.place.chat, parcel.question, number)
        return number

    def _after(self, error: CallError, call: Call, parcel: Parcel, attempt: int) -> float | None:
        """Change the call as the refusal asks; return the pause before the next try, ``None`` if done.

        Raises ``_DroppedError`` or ``_ChatGoneError``.
        """
        pause = self._backoff.pause(attempt)
        if not isinstance(error, RefusedError):
            return pause
        what = course(error, call.method)
        match what:
            case Course.DONE:
                return None
            case Course.AGAIN:
                return pause
            case Course.WAIT:
                return flood_pause(error)
            case Course.DOUBT:
                self.doubt.set()
                return pause
            case Course.GONE:
                chat = self.memory.now(parcel.place.chat)
                if attempt > 1 or chat in self._refusing:
                    self._refusing.add(chat)
                    raise _ChatGoneError
                return pause
            case Course.MOVED if error.moved_to is not None:
                self.memory.move(parcel.place.chat, error.moved_to)
        if attempt == MOST_TRIES or not calls.mend(what, error, call, parcel):
            raise _DroppedError
        return 0.0

    def _type(self, place: Place) -> None:
        self._errands.typing(self.memory.now(place.chat), place.thread)
