"""Finds out whether a message exists of which only the sending is known.

A send has no idempotency key, so after a lost answer or a killed program it
is unknown whether the message arrived. But messages are numbered: in private
chats and groups a bot's messages and those it gets share one growing numbering,
a supergroup has its own. The message in question therefore has one of
the next numbers after those seen before it was sent, as many as questions came and
answers went out meanwhile. Whether one of them is
ours is asked by editing a caption that it does not have: for a text of ours
the server says so, for anything else that there is no such message or that
it cannot be edited. Nothing is changed by asking.

Emergency answers overtake others in their chat, so that a message may be one of
them: those whose number is known are passed over, and while there is one whose
number is not (``Overtaking``), nothing that is found counts.

A server that does not refuse to edit an impossible message is not asked
again; then an unknown message is sent a second time.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from adapters.telegram.errors import Backoff, CallError, RefusedError, flood_pause
from adapters.telegram.inbox import Inbox
from adapters.telegram.marks import Trace
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Place

log = logging.getLogger("lotse.telegram")

NEAR = 5
"""Numbers after the highest one seen in the chat itself that are looked at."""
FAR = 5
"""Numbers after the highest one seen anywhere, and one more for each message under way."""
MOST = 100
"""Numbers that are asked for at most."""
_IMPOSSIBLE = 2**31 - 2
_SUPERGROUPS = -1_000_000_000_000
_LOOK_AHEAD = 5_000
_TRIES = 6
_TRIES_UNTOLD = 3
_TELLING = ("not found", "message_id_invalid", "can't be edited", "no caption", "not modified")
_MOST_CHATS = 5_000
_MOST_KNOWN = 5_000


def candidates(question: int, trace: Trace, taken: set[int], under_way: int, seen: int = 0) -> Iterator[int]:
    """Return the numbers that a lost message may have, the likely ones first.

    ``taken`` are the numbers of other answers, which were sent at the same time, ``seen`` is the highest number
    known by now: questions that nobody had fetched when the message was sent may have those before its own.
    """
    near = max(question if trace.part == 0 else 0, trace.chat_floor)
    far = max(trace.box_floor, near)
    last = max(far, seen, *taken, 0) if len(taken) < MOST else far + MOST
    end = last + FAR + under_way
    close = range(near + 1, near + 1 + NEAR)
    # Thousands may lie between after a long outage: no more are made than are asked for.
    numbers = itertools.chain(close, (number for number in range(far + 1, end + 1) if number not in close))
    return itertools.islice((number for number in numbers if number not in taken), MOST)


class Search:
    """Remembers the highest numbers and looks for lost messages."""

    def __init__(self, transport: Transport, inbox: Inbox) -> None:
        self._transport = transport
        self._inbox = inbox
        self._backoff = Backoff()
        self._box = 0
        self._chats: OrderedDict[int, int] = OrderedDict()
        self._known: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._works: bool | None = None

    def saw(self, place: Place, number: int) -> None:
        """Remember that a message with this number exists."""
        if not number:
            return
        if not place.is_supergroup:
            self._box = max(self._box, number)
        self._chats[place.chat] = max(number, self._chats.pop(place.chat, 0))
        if len(self._chats) > _MOST_CHATS:
            self._chats.popitem(last=False)

    def sent(self, place: Place, number: int) -> None:
        """Remember that the message with this number is an answer whose fate is known."""
        self.saw(place, number)
        self._known[place.chat, number] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def trace(self, place: Place, part: int) -> Trace:
        """Return what to note before a part is sent."""
        floor = self._chats.get(place.chat, 0)
        return Trace(part, floor, floor if place.is_supergroup else self._box)

    async def find(self, values: dict[str, Any], question: int, trace: Trace, under_way: int) -> int:
        """Return the number of the message that a send with ``values`` has made, 0 if there is none."""
        chat = values["chat_id"]
        if not await self._is_possible(chat):
            return 0
        # A supergroup has numbers of its own; those of other chats say nothing about it.
        floor = min(question, trace.chat_floor, trace.box_floor)
        in_supergroup = chat <= _SUPERGROUPS
        taken = set() if in_supergroup else self._inbox.sent_between(floor, floor + _LOOK_AHEAD)
        unfetched = await self._unfetched()
        seen = self._chats.get(chat, 0) if in_supergroup else self._box
        for number in candidates(question, trace, taken, under_way + unfetched, seen):
            # An emergency answer overtakes; while the server was asked this may have become its number.
            if await self._exists(chat, number, values) and (chat, number) not in self._known:
                log.info("a message whose answer was lost does exist", extra={"part": trace.part})
                return number
        return 0

    async def _unfetched(self) -> int:
        """Return how many updates the server holds that nobody has fetched; 0 if it does not tell."""
        try:
            about = await self._transport.call("getWebhookInfo", {})
        except CallError:
            return 0
        count = about.get("pending_update_count") if isinstance(about, dict) else None
        return count if isinstance(count, int) else 0

    async def _is_possible(self, chat: int) -> bool:
        if self._works is None:
            answer = await self._ask(chat, _IMPOSSIBLE, "")
            if answer is None:
                return False
            self._works = "not found" in answer or "message_id_invalid" in answer
            if not self._works:
                log.warning("this server does not tell whether a message exists; it may be sent twice")
        return self._works

    async def _exists(self, chat: int, number: int, values: dict[str, Any]) -> bool:
        answer = await self._ask(chat, number, values.get("caption", ""))
        return answer is not None and ("no caption" in answer or "not modified" in answer or answer == "ok")

    async def _ask(self, chat: int, number: int, caption: str) -> str | None:
        """Return in lower case how the server refuses to edit a caption, ``None`` if it does not say."""
        values = {"chat_id": chat, "message_id": number, "caption": caption}
        for attempt in range(1, _TRIES + 1):
            try:
                await self._transport.call("editMessageCaption", values)
            except RefusedError as refused:
                said = refused.description.lower()
                if refused.code == 400 and any(fragment in said for fragment in _TELLING):
                    return said
                if refused.code < 429 and attempt >= _TRIES_UNTOLD:
                    return said
                pause = flood_pause(refused) if refused.code == 429 else self._backoff.pause(attempt)
            except CallError:
                pause = self._backoff.pause(attempt)
            else:
                return "ok"
            await asyncio.sleep(pause)
        return None
