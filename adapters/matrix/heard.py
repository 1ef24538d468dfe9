"""What is heard in a room, and what of it is said to the bot: values."""

from __future__ import annotations

import time
from dataclasses import dataclass

from adapters.matrix.addressing import Utterance, event_id
from adapters.matrix.api import Json
from adapters.matrix.outgoing import Place
from adapters.matrix.rooms import Room

_LATEST = 2.0**53
"""Milliseconds; the largest number that Matrix knows."""
_FRESH = 60.0
"""Seconds in which a person still sees which of their messages an answer is to."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a room that may be said to the bot. ``sent`` is in seconds since 1970."""

    room: str
    id: str
    sender: str
    kind: str
    content: Json
    sent: float
    source: Json

    @classmethod
    def of(cls, room: str, event: object) -> Heard | None:
        """Return a timeline event of a sync, ``None`` if it is malformed or a state event."""
        if not isinstance(event, dict) or "state_key" in event:
            return None
        identity, sender, kind = event_id(event.get("event_id")), event.get("sender"), event.get("type")
        content, sent = event.get("content"), event.get("origin_server_ts")
        if not identity or not isinstance(sender, str) or not isinstance(kind, str):
            return None
        if not isinstance(content, dict) or not isinstance(sent, int | float) or not 0 <= sent <= _LATEST:
            return None
        return cls(room, identity, sender, kind, content, sent / 1000, event)

    @property
    def age(self) -> float:
        """How many seconds ago it was sent, by the sender's server."""
        return time.time() - self.sent


@dataclass(frozen=True, slots=True)
class Question:
    """What was said in ``room``. ``id`` is the event that is answered; of an edit it is the one that was edited."""

    room: Room
    heard: Heard
    utterance: Utterance
    id: str

    @property
    def thread(self) -> str:
        """The root of the thread in which it was said, ``""`` outside of threads."""
        return self.utterance.thread or thread_of(self.heard.content)

    @property
    def conversation(self) -> str:
        """The key of the conversation: one for each person in each thread of each room."""
        return f"{self.heard.room}|{self.thread}|{self.heard.sender}"

    def place(self, *, one_of_several: bool = False) -> Place:
        """Return what an answer refers to."""
        # Between two people a quote is clutter, unless it says which of several questions is meant.
        quote = not self.room.private or one_of_several or self.heard.age > _FRESH
        return Place(self.id, self.thread, "" if self.room.private else self.heard.sender, quote)


def thread_of(content: Json) -> str:
    """Return the root of the thread that the content of an event belongs to, ``""`` if it is in none."""
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.thread":
        return event_id(relation.get("event_id"))
    return ""
