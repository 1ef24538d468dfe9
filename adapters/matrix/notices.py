"""What the bot says in a room without being asked: who it is, and why it does not answer. Each of it is said once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from adapters.base import Desk
from adapters.matrix import outgoing
from adapters.matrix.bounds import Recent
from adapters.matrix.delivery import Delivery
from adapters.matrix.heard import Heard, thread_of
from adapters.matrix.outgoing import Place, transaction
from adapters.matrix.rooms import Room, Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Store

_UNREADABLE = "unreadable "
_FLOOD_AGAIN = 60.0
"""Seconds after which a room is told again that it goes too fast."""
_MOST_ROOMS, _MOST_PEOPLE = 5_000, 1_000
"""Rooms, and people in each, of whom is remembered what they were told."""


@dataclass(slots=True)
class _Told:
    """What a room was told: that old questions are not answered, when that it goes too fast, who how to be readable."""

    old: bool = False
    flood_at: float = 0.0
    unreadable: Recent[str, None] = field(default_factory=lambda: Recent(_MOST_PEOPLE))


class Notices:
    """Says it. ``names`` are the names that the bot may be called by, the first one above all."""

    def __init__(
        self,
        settings: MatrixSettings,
        desk: Desk,
        store: Store,
        *,
        rooms: Rooms,
        delivery: Delivery,
        names: tuple[str, ...],
    ) -> None:
        self._catch_up = settings.catch_up
        self._desk = desk
        self._store = store
        self._rooms = rooms
        self._delivery = delivery
        self._name = names[0]
        self._since = store.mark("sync")
        self._told: Recent[str, _Told] = Recent(_MOST_ROOMS)

    def forget(self, room: str) -> None:
        """Forget what was said in a room that the bot is no longer in."""
        self._told.pop(room, None)

    async def welcome(self, room_id: str, joined: str) -> None:
        """Say in a room, which was joined by the event ``joined``, who the bot is and who sees what is written."""
        if self._store.seen(joined):
            return
        room = await self._rooms.load(room_id)
        lines = [self._desk.line(key) for key in ("welcome", "welcome_danger", "privacy_matrix")]
        if not room.private:
            lines[:2] = [self._desk.line("group_greeting", name=room.own_name or self._name)]
        await self._delivery.send(room, outgoing.line("\n\n".join(lines)), transaction(joined, "welcome"))
        self._store.add(joined)

    async def unreadable(self, heard: Heard, withheld: str) -> None:
        """Say to a person in a room what to do about messages that the bot cannot decrypt."""
        room = await self._rooms.load(heard.room)
        if heard.age > self._catch_up or self._store.seen(_UNREADABLE + heard.id):
            return
        told = self._of(room).unreadable
        if heard.sender not in told:
            key = "undecryptable_unverified" if withheld == "m.unverified" else "undecryptable"
            place = Place(heard.id, thread_of(heard.content), "" if room.private else heard.sender)
            content = outgoing.line(self._desk.line(key), place)
            await self._delivery.send(room, content, transaction(heard.id, "unreadable"))
            told[heard.sender] = None
        self._store.add(_UNREADABLE + heard.id)

    def told_unreadable(self) -> frozenset[str]:
        """Return the ids of messages that were told to be unreadable and are not answered, as far as kept."""
        return self._store.unanswered(_UNREADABLE, time.time() - self._catch_up)

    async def too_old(self, room: Room, heard: Heard) -> None:
        """Drop a question that nobody waits for any more, and say so once in its room."""
        told = self._of(room)
        if not told.old:
            told.old = True
            # The same after a kill, as long as the stored token is the same.
            token = transaction(f"{self._since}|{room.id}", "too old")
            await self._delivery.send(room, outgoing.line(self._desk.line("too_old")), token)
        self._store.add(heard.id)

    async def flooded(self, room: Room, heard: Heard) -> None:
        """Drop a question of somebody who asks faster than anybody can read, and say so now and then."""
        self._store.add(heard.id)
        told = self._of(room)
        if told.flood_at + _FLOOD_AGAIN < time.time():
            told.flood_at = time.time()
            content = outgoing.line(self._desk.line("flood"))
            await self._delivery.send(room, content, transaction(heard.id, "flood"))

    def _of(self, room: Room) -> _Told:
        return self._told.setdefault(room.id, _Told())
