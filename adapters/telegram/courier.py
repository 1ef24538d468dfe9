"""Makes the calls of one answer happen, whatever the server says to each.

Before a message is sent, its update is marked in the inbox; when the answer
to the call is lost, or the program is killed, ``search`` finds out whether
the message exists before it is sent again. The Bot API has no key that
would make a send idempotent; edits and answers to queries are so anyway.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from adapters.telegram import calls
from adapters.telegram.calls import Call
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
from adapters.telegram.overtaking import Overtaking
from adapters.telegram.responder import Parcel
from adapters.telegram.search import Search
from adapters.telegram.shipment import Shipment
from adapters.telegram.transport import Transport

log = logging.getLogger("lotse.telegram")

WINDOW = 64
"""Chats that may send at the same time; with 50 ms a round trip that is 1,280 messages a second."""


class PutAsideError(Exception):
    """The call failed too often; it stays in the inbox."""


class _DroppedError(Exception):
    """The call can never work."""


class _ChatGoneError(Exception):
    """Nobody wants to hear anything in this chat."""


class Courier:
    """Brings one shipment to its end. ``Delivery`` says which one is next.

    ``doubt`` is set when the server refuses the credentials. ``lost`` is how many sends an earlier
    life left unknown, ``successes`` how many calls have worked, ``memory`` what is known of the chats.
    """

    def __init__(self, transport: Transport, inbox: Inbox, backoff: Backoff, counts: Counter[str]) -> None:
        self._transport = transport
        self._inbox = inbox
        self._backoff = backoff
        self._counts = counts
        self._window = asyncio.Semaphore(WINDOW)
        self._under_way = 0
        self._refusing: set[int] = set()
        self._overtaking = Overtaking()
        self.search = Search(transport, inbox)
        self.memory = Memory()
        self.successes = 0
        self.lost = 0
        self.doubt = asyncio.Event()

    async def deliver(self, shipment: Shipment) -> int:
        """Make all calls of a shipment; return the id of its last message, 0 for none.

        Raises ``PutAsideError`` when that did not work now. What can never work is logged and over.
        """
        sent = 0
        shipment.resume()
        try:
            while shipment.part < len(shipment.steps):  # a step may add others when it turns out too long
                sent = await self._perform(shipment) or sent
                shipment.part += 1
        except _DroppedError:
            log.error("an answer was refused for good")
            self._counts["dead_letters"] += 1
        except _ChatGoneError:
            log.info("a chat does not want an answer")
        return sent

    def forget_refusal(self, chat: int) -> None:
        """Ask a chat that refused everything anew, now that nothing waits for it."""
        self._refusing.discard(chat)

    async def _perform(self, shipment: Shipment) -> int:
        """Make the next step happen and return the id of its message (0 for none)."""
        parcel, part = shipment.parcel, shipment.part
        call = self._first_call(shipment)
        unknown = shipment.take_trace()
        if unknown is not None and parcel.urgent:
            self._overtaking.lose(call.values["chat_id"])
        for attempt in range(1, MOST_TRIES + 1):
            if unknown is not None and call.is_send and not parcel.urgent:
                found = await self.search.find(
                    call.values, parcel.question or 0, unknown, max(self._under_way, self.lost)
                )
                if found and not self._overtaking.may_be(call.values["chat_id"], unknown):
                    return self._sent(parcel, part, found)
            trace = self.search.trace(parcel.place, part)
            if call.is_send and parcel.update is not None:
                self._inbox.mark(parcel.update, trace)
            try:
                return self._sent(parcel, part, await self._send(call, parcel.urgent))
            except CallError as error:
                unknown = trace if maybe_done(error) else None
                pause = self._after(error, call, shipment, attempt)
                if pause is None:
                    return 0
                self._counts["retries"] += 1
                await asyncio.sleep(pause)
        shipment.trace = trace
        raise PutAsideError

    def _first_call(self, shipment: Shipment) -> Call:
        parcel, part = shipment.parcel, shipment.part
        step, chat = shipment.steps[part], self.memory.now(parcel.place.chat)
        target = None
        if part == 0 and step.method == "sendMessage":
            target = parcel.replaces
            if parcel.revises and parcel.question is not None:
                target = self.memory.answer_to(parcel.place.chat, parcel.question)
        if target is not None:
            return calls.editing(step, chat, target)
        return calls.sending(step, parcel.place, chat, part == 0)

    async def _send(self, call: Call, urgent: bool) -> int:
        """Make a call, and note of a new message what ``Overtaking`` must know."""
        if not call.is_send:
            return await self._make(call, urgent)
        chat, begun = call.values["chat_id"], time.monotonic()
        if urgent:
            self._overtaking.begin(chat)
        try:
            number = await self._make(call, urgent)
        except CallError as error:
            if urgent and maybe_done(error):
                self._overtaking.lose(chat)
            raise
        finally:
            if urgent:
                self._overtaking.end(chat)
        self._overtaking.place(chat, number, begun)
        return number

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
        self.successes += 1
        if self._refusing:
            self._refusing.discard(self.memory.now(parcel.place.chat))
        self.search.sent(parcel.place, number)
        if part == 0 and number and parcel.question is not None and parcel.replaces is None:
            self.memory.answered(parcel.place.chat, parcel.question, number)
        return number

    def _after(self, error: CallError, call: Call, shipment: Shipment, attempt: int) -> float | None:
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
                shipment.quiet = True
                return flood_pause(error)
            case Course.DOUBT:
                self.doubt.set()
                return pause
            case Course.GONE:
                chat = self.memory.now(shipment.parcel.place.chat)
                if call.unwanted or chat in self._refusing:
                    self._refusing.add(chat)
                    raise _ChatGoneError
                call.unwanted = True
                return pause
            case Course.MOVED if error.moved_to is not None:
                self.memory.move(shipment.parcel.place.chat, error.moved_to)
        if attempt == MOST_TRIES or not calls.mend(what, error, call, shipment):
            raise _DroppedError
        return 0.0
