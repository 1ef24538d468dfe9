"""Takes in what a sync brings: keys first, then rooms; whatever is slow is only queued here."""

from __future__ import annotations

from adapters.matrix.account import Device
from adapters.matrix.backlog import Backlog
from adapters.matrix.heard import Heard
from adapters.matrix.hearing import Hearing
from adapters.matrix.membership import Membership
from adapters.matrix.rooms import Rooms
from adapters.matrix.sync import Joined, News
from adapters.matrix.upkeep import Upkeep

MOST_OPEN = 2_000
"""Events under way beyond which what is said next is not kept in memory: the server has it. Nobody is
kept waiting for others by that, as they would be if the server were not asked any more."""
_HASTE = 0.25
"""Seconds in which an answer must get done for the server not to be asked for more yet."""
_LONGEST_HASTE = 1.0
"""Seconds after which it is asked in any case, so that no room waits for a busy one."""


class Inflow:
    """Hands on what is new. ``token`` is that of the last sync that was taken in."""

    def __init__(
        self,
        device: Device,
        backlog: Backlog,
        *,
        rooms: Rooms,
        membership: Membership,
        hearing: Hearing,
        upkeep: Upkeep,
    ) -> None:
        self._device = device
        self._backlog = backlog
        self._rooms = rooms
        self._membership = membership
        self._hearing = hearing
        self._upkeep = upkeep
        self.token = ""

    def look_around(self, news: News) -> None:
        """Take in which rooms and invitations there are at a start; what was said in them is not in ``news``."""
        for room, state in news.invited.items():
            self._membership.invited(room, state)
        for joined in news.joined:
            if joined.alone:
                self._membership.leave(joined.room)
        self._device.machine.prune({*news.invited, *(joined.room for joined in news.joined)})

    async def take(self, news: News) -> None:
        """Take in one sync."""
        before, self.token = self.token, news.token
        ticket = self._backlog.begin(news.token)
        machine, keys = self._device.machine, self._device.keys
        for key in machine.decryption.receive(news.to_device):
            self._hearing.unlock(key, ticket)
        machine.tidy()
        keys.changed((*news.changed_devices, *news.left_devices))
        machine.forget_people(news.left_devices)
        self._upkeep.tend_keys(news)
        for room, state in news.invited.items():
            self._membership.invited(room, state)
        for room in news.left:
            self._forget(room)
            self._membership.left(room)
        for joined in news.joined:
            self._take_in(joined, before, ticket)
        self._backlog.release(ticket)
        # What can be answered at once goes to the server before the question what else is new,
        # which costs it as much time as an answer.
        await self._backlog.calm(_HASTE, _LONGEST_HASTE)

    def leave(self, room: str) -> None:
        """Leave a room in which there is nothing to do."""
        self._forget(room)
        self._membership.leave(room)

    def _take_in(self, joined: Joined, before: str, ticket: int) -> None:
        room = joined.room
        self._rooms.apply(
            room, (event for event in (*joined.state, *joined.timeline) if "state_key" in event)
        )
        if joined.alone or self._rooms.get(room).deserted:
            self.leave(room)
            return
        entered = joined.own_join(self._device.machine.user)
        if entered:
            self._hearing.welcome(room, entered, ticket)
            self._upkeep.meet(room)
        elif joined.missed:
            self._rooms.stale(room)
        timeline = joined.since_invitation(self._device.machine.user) if entered else joined.timeline
        for event in timeline:
            if event.get("type") == "m.room.tombstone" and event.get("state_key") == "":
                self._membership.replaced(room, event)
        said = [heard for heard in (Heard.of(room, event) for event in timeline) if heard is not None]
        if not entered and self._backlog.open > MOST_OPEN:
            people = [heard.sender for heard in said]
            self._hearing.set_aside(room, self.token, before, ticket, people)
            return
        if not entered and joined.missed:
            self._hearing.set_aside(room, joined.missed, before, ticket)
        for heard in said:
            self._hearing.hear(heard, ticket)

    def _forget(self, room: str) -> None:
        self._hearing.forget(room)
        self._device.keys.changed(self._rooms.forget(room))
