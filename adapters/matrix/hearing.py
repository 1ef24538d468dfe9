"""Sees each event of a room through outages to its answer; what cannot be read waits for its key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable

from adapters.matrix.answering import Answering
from adapters.matrix.api import Json, MatrixError
from adapters.matrix.backlog import Backlog
from adapters.matrix.decryption import MissingKeyError, RoomKey
from adapters.matrix.delivery import Delivery, MutedError
from adapters.matrix.heard import Heard
from adapters.matrix.history import History
from adapters.matrix.notices import Notices
from adapters.matrix.undecrypted import Kept, Undecrypted

log = logging.getLogger("lotse.matrix")

_LONG = 3
"""Waiting events of a room from which on it is looked for danger among those that come."""
_LOOK = 2.0
"""Seconds between two looks for messages whose key does not come."""


class Hearing:
    """Handles events. ``muted`` is called with a room in which the bot may not speak."""

    def __init__(
        self,
        backlog: Backlog,
        answering: Answering,
        notices: Notices,
        *,
        delivery: Delivery,
        history: History,
        undecrypted: Undecrypted,
        muted: Callable[[str], None],
    ) -> None:
        self._backlog = backlog
        self._answering = answering
        self._notices = notices
        self._delivery = delivery
        self._history = history
        self._undecrypted = undecrypted
        self._muted = muted

    def hear(self, heard: Heard, ticket: int) -> None:
        """Answer an event when its turn comes; who is in danger does not wait for what others have asked before."""
        ahead = self._backlog.length(heard.room) >= _LONG and self._is_urgent(heard)
        self._backlog.put(
            heard.room, lambda: self._answer(heard, ticket), ticket, (heard.sender,), ahead=ahead
        )

    def set_aside(self, room: str, start: str, end: str, ticket: int, people: Collection[str] = ()) -> None:
        """Fetch what was said before the token ``start``, back to ``end``, when its turn comes, and answer it."""
        self._backlog.put(room, lambda: self._catch_up(room, start, end, ticket), ticket, people)

    def welcome(self, room: str, joined: str, ticket: int) -> None:
        """Say who the bot is in a room that it has joined by the event ``joined``."""
        self._backlog.put(
            room, lambda: self._persist(room, lambda: self._notices.welcome(room, joined)), ticket
        )

    def forget(self, room: str) -> None:
        """Give up all that is to be done in a room that the bot is no longer in."""
        self._let_go(self._undecrypted.forget(room))
        self._backlog.drop(room)
        self._notices.forget(room)

    def unlock(self, key: RoomKey, ticket: int) -> None:
        """Handle what was waiting for a key, also what the run before this one told of as unreadable."""
        if key.withheld:
            self._undecrypted.withheld(key.room, key.session, key.sender, key.withheld)
            return
        arrived = self._undecrypted.arrived(key.room, key.session)
        for kept in arrived:
            heard = Heard.of(kept.room, kept.event)
            if heard is not None:
                self.hear(heard, ticket)
        self._let_go(arrived)
        if not arrived and self._notices.told_unreadable():
            self._backlog.put(key.room, lambda: self._look_back(key, ticket), ticket)

    async def look_after(self) -> None:
        """Tell people about messages whose key does not come, for ever."""
        while True:
            await asyncio.sleep(_LOOK)
            for kept in self._undecrypted.overdue():
                heard = Heard.of(kept.room, kept.event)
                if heard is None or kept.ticket is None:
                    continue
                self._backlog.put(kept.room, self._telling(heard, kept.withheld), kept.ticket)
                self._let_go([kept])

    def _is_urgent(self, heard: Heard) -> bool:
        try:
            return self._answering.is_urgent(heard)
        except Exception:  # noqa: BLE001 - what is wrong with it shows in its turn; it must not end the sync
            return False

    # --- when its turn has come --------------------------------------------------------

    async def _answer(self, heard: Heard, ticket: int) -> None:
        """Answer one event; what has no key yet is kept until it has."""

        async def once() -> None:
            await self._answering.hear(heard, self._backlog.waiting(heard.room, heard.sender))

        try:
            await self._persist(heard.room, once)
        except MissingKeyError as missing:
            ticket = self._backlog.hold(ticket)
            self._let_go(self._undecrypted.keep(heard.room, missing.session, heard.source, ticket))

    async def _catch_up(self, room: str, start: str, end: str, ticket: int) -> None:
        missed: list[Json] = []

        async def page() -> None:
            missed[:] = await self._history.between(room, start, end)

        await self._persist(room, page)
        for event in missed:
            heard = Heard.of(room, event)
            if heard is not None:
                await self._answer(heard, ticket)

    async def _look_back(self, key: RoomKey, ticket: int) -> None:
        recent: list[Json] = []

        async def page() -> None:
            recent[:] = await self._history.recent(key.room)

        try:
            await self._delivery.persist(page)
        except MatrixError:
            return  # a key for a room in which the bot is not
        told = self._notices.told_unreadable()
        for event in recent:
            heard = Heard.of(key.room, event)
            if heard is not None and heard.id in told and heard.content.get("session_id") == key.session:
                await self._answer(heard, ticket)

    def _telling(self, heard: Heard, withheld: str) -> Callable[[], Awaitable[None]]:
        return lambda: self._persist(heard.room, lambda: self._notices.unreadable(heard, withheld))

    async def _persist(self, room: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` through outages; what the server refuses for good is given up."""
        try:
            await self._delivery.persist(work)
        except MatrixError as error:
            self._delivery.counts["dead_letters"] += 1
            log.warning("the server refused an answer", extra={"error": str(error)})
            if isinstance(error, MutedError):  # there is nothing to do in this room
                self._muted(room)

    def _let_go(self, kept: Iterable[Kept]) -> None:
        for one in kept:
            if one.ticket is not None:
                self._backlog.release(one.ticket)
                one.ticket = None
