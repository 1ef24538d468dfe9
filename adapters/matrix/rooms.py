"""What the bot knows of the rooms it is in: who is there, and whether they are encrypted.

Kept in memory only. A room is asked for when somebody first speaks in it, so
that a start takes the same time in ten rooms and in ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeGuard

from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.bounds import Recent
from adapters.matrix.crypto import Machine

_ROTATION_MESSAGES = 100
_ROTATION_SECONDS = 7 * 86400.0
_MOST_ROOMS = 5_000
"""Rooms that are known at a time; of another one it is asked again who is there when somebody speaks in it."""


@dataclass(slots=True)
class Room:
    """One joined room of the bot ``user``: the ids of who is in it, and the name that the bot has there."""

    id: str
    user: str
    members: set[str] = field(default_factory=set)
    own_name: str = ""
    loaded: bool = False
    encrypted: bool = False
    rotation: tuple[int, float] = (_ROTATION_MESSAGES, _ROTATION_SECONDS)
    changes: int = 0

    @property
    def private(self) -> bool:
        """Whether the bot is alone with one person."""
        return len(self.members) == 2

    @property
    def deserted(self) -> bool:
        """Whether nobody but the bot is left, as far as is known."""
        return self.loaded and not self.members - {self.user}

    def note_name(self, member: str, name: object) -> None:
        """Keep the display name of the bot; those of people are nothing to it."""
        if member == self.user:
            self.own_name = name if isinstance(name, str) else ""

    def apply(self, event: Json) -> None:
        """Take over a state event; what is malformed changes nothing."""
        kind, content, state_key = event.get("type"), event.get("content"), event.get("state_key")
        if not isinstance(content, dict) or not isinstance(state_key, str):
            return
        if kind == "m.room.member":
            self.changes += 1
            if content.get("membership") == "join":
                self.members.add(state_key)
                self.note_name(state_key, content.get("displayname"))
            else:
                self.members.discard(state_key)
        elif kind == "m.room.encryption" and state_key == "":
            # Never back to plain: a server could say so in order to read along.
            self.encrypted = True
            self.rotation = _rotation(content)


class Rooms:
    """The joined rooms in which something was said last."""

    def __init__(self, api: Api, machine: Machine) -> None:
        self._api = api
        self._machine = machine
        self._rooms: Recent[str, Room] = Recent(_MOST_ROOMS)

    def get(self, room: str) -> Room:
        """Return what is known of ``room``; it may not be loaded yet."""
        found = self._rooms.get(room)
        if found is None:
            found = Room(room, self._machine.user, encrypted=room in self._machine.encrypted_rooms)
        self._rooms[room] = found  # the last one to be forgotten
        return found

    def apply(self, room: str, events: Iterable[Json]) -> None:
        """Take over state events of a sync."""
        found = self.get(room)
        for event in events:
            found.apply(event)
        if found.encrypted:
            self._machine.mark_encrypted(room)

    def stale(self, room: str) -> None:
        """Note that members may have come and gone unseen."""
        self.get(room).loaded = False

    def forget(self, room: str) -> set[str]:
        """Drop a room that the bot is no longer in, with its keys; return who was there, as far as is known."""
        found = self._rooms.pop(room, None)
        self._machine.forget_room(room)
        return found.members if found else set()

    async def load(self, room: str) -> Room:
        """Return ``room`` with its members and encryption. Raises ``MatrixError``."""
        found = self.get(room)
        for _ in range(3):
            if found.loaded:
                break
            seen = found.changes
            await self._load_encryption(found)
            answer = await self._api.get(path("rooms", room, "joined_members"))
            joined = answer.get("joined")
            if seen == found.changes and isinstance(joined, dict):
                found.members = set(joined)
                profile = joined.get(found.user)
                found.note_name(found.user, profile.get("display_name") if isinstance(profile, dict) else "")
                found.loaded = True
        return found

    async def _load_encryption(self, room: Room) -> None:
        try:
            content = await self._api.get(path("rooms", room.id, "state", "m.room.encryption"))
        except MatrixError as error:
            if error.status != 404:
                raise
            return
        room.encrypted = True
        room.rotation = _rotation(content)
        self._machine.mark_encrypted(room.id)


def _rotation(content: Json) -> tuple[int, float]:
    messages, milliseconds = content.get("rotation_period_msgs"), content.get("rotation_period_ms")
    return (
        messages if _is_count(messages) else _ROTATION_MESSAGES,
        milliseconds / 1000 if _is_count(milliseconds) else _ROTATION_SECONDS,
    )


def _is_count(value: object) -> TypeGuard[int]:
    # Old room versions let numbers be of any size.
    return isinstance(value, int) and 0 < value < 2**53
