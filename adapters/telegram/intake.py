"""What happens to an update between its arrival and its delivery.

It is stored, read, answered by the desk and handed to the delivery, in the
order of arrival. Whatever its shape, the next one is served.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from adapters.telegram import updates
from adapters.telegram.delivery import Delivery
from adapters.telegram.inbox import Inbox
from adapters.telegram.marks import Trace
from adapters.telegram.responder import Parcel, Responder
from adapters.telegram.updates import Identity

log = logging.getLogger("lotse.telegram")

MOST_OPEN = 2_000
"""Updates and answers under way beyond which no more are fetched."""

Json = dict[str, Any]


class Intake:
    """Takes updates in for one bot account.

    ``last_taken`` is when updates last arrived (monotonic clock).
    """

    def __init__(
        self,
        inbox: Inbox,
        me: Identity,
        responder: Responder,
        delivery: Delivery,
        counts: Counter[str],
    ) -> None:
        self._inbox = inbox
        self._me = me
        self._responder = responder
        self._delivery = delivery
        self._arrived: asyncio.Queue[Json] = asyncio.Queue()
        self._counts = counts
        self.last_taken: float | None = None

    @property
    def open(self) -> int:
        """How many updates and answers are waiting or under way in memory."""
        return self._arrived.qsize() + self._delivery.open

    @property
    def waiting(self) -> int:
        """How many updates have no answer yet, those included whose answer failed and is tried again later."""
        return self.open + self._delivery.aside

    async def take(self, batch: list[Json]) -> None:
        """Store a batch durably; waits while too much is open."""
        self.last_taken = time.monotonic()
        # An inline query is of no use a few seconds later; it is never stored.
        passing = [update for update in batch if "inline_query" in update]
        kept = [update for update in batch if "inline_query" not in update]
        fresh = self._inbox.put(kept)
        self._see(fresh)
        for update in fresh + passing:
            self._arrived.put_nowait(update)
        while self.open > MOST_OPEN:
            self._delivery.relieved.clear()
            await self._delivery.relieved.wait()

    def resume(self) -> None:
        """Answer what an earlier life left unanswered."""
        left_over = self._inbox.left_over()
        self._delivery.courier.lost = sum(trace is not None for _, trace in left_over)
        self._see(update for update, _ in left_over)
        for update, trace in left_over:
            self.handle(update, trace)

    def _see(self, batch: Iterable[Json]) -> None:
        """Note the numbers of all messages of a batch, before an answer to the first of them gets one, too."""
        for update in batch:
            if found := updates.numbered(update):
                self._delivery.courier.search.saw(*found)

    async def run(self) -> None:
        """Answer what arrives, in that order, letting deliveries run in between."""
        while True:
            self.handle(await self._arrived.get(), None)
            await asyncio.sleep(0)

    def handle(self, update: Json, trace: Trace | None) -> None:
        """Answer one update of whatever shape."""
        number = update["update_id"]
        try:
            ask = updates.read(update, self._me)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            # Its kind is all that may be told of it.
            kind = next((key for key in update if key != "update_id"), "empty")[:40]
            reason = type(error).__name__
            log.error("an update cannot be read: %s", reason, extra={"kind": kind})
            self._inbox.bury(number, kind)
            self._counts["dead_letters"] += 1
            return
        parcel = self._answer(ask)
        if parcel is None:
            self._inbox.finish(number)
            return
        self._delivery.accept(replace(parcel, update=number), trace)

    def _answer(self, ask: updates.Ask | None) -> Parcel | None:
        try:
            return self._asked(ask)
        except Exception as error:  # noqa: BLE001 - one broken answer must not stop the others
            log.error("an update cannot be answered: %s", type(error).__name__)
            return self._responder.broken(ask)

    def _asked(self, ask: updates.Ask | None) -> Parcel | None:
        match ask:
            case updates.Question():
                return self._responder.question(ask)
            case updates.Start():
                return self._responder.start(ask)
            case updates.Unreadable():
                return self._responder.unreadable(ask)
            case updates.Press():
                return self._responder.press(ask)
            case updates.Added() if not self._delivery.courier.memory.has_moved_to(ask.place.chat):
                return self._responder.added(ask)
            case updates.Lookup():
                self._delivery.at_once(self._responder.lookup(ask))
            case updates.Gone():
                self._delivery.forget_chat(ask.chat)
            case updates.Moved():
                self._delivery.courier.memory.move(ask.old, ask.new)
        return None
