"""Keeps small what strangers can fill: anybody may send keys, without sharing a room with the bot.

The library forgets nothing by itself, neither in memory nor on disk; and every
line of the log that a message can cause can be caused a million times.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any, TypeVar

log = logging.getLogger("lotse.matrix")

K = TypeVar("K")
V = TypeVar("V")

_KEYS_PER_ROOM = 300
_SESSIONS_PER_DEVICE = 10
"""Olm sessions; two devices that meet at the same time need two (Matrix specification, "Olm")."""
_MOST_DEVICES = 10_000
"""Devices that have sent something; those of people in the bot's rooms do not count."""
_QUIET = 60.0
"""Seconds after a line in the log in which the same is only counted."""


class Recent(OrderedDict[K, V]):
    """A map that holds the ``most`` entries that were set last, and forgets the others."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)


class Burst:
    """Says in the log what somebody can cause at will: at once, then once a minute, and how many there were."""

    def __init__(
        self, message: str, level: int = logging.WARNING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._message = message
        self._level = level
        self._clock = clock
        self._since: float | None = None
        self._count = 0

    def note(self, error: str, count: int = 1) -> None:
        """Count ``count`` more, the last because of ``error``."""
        self._count += count
        now = self._clock()
        if count and (self._since is None or now >= self._since + _QUIET):
            log.log(self._level, self._message, extra={"error": error, "count": self._count})
            self._since, self._count = now, 0


def prune_keys(olm: Any, database: Any, rooms: Collection[str], strangers: int = 0) -> None:
    """Drop room keys that no message will need: old ones, and those for other rooms than ``rooms``.

    Of the latter the ``strangers`` newest stay: a key may come before the invitation to its room.
    """
    execute = database.execute_sql
    with database.atomic():
        stored = {row[0] for row in execute("SELECT DISTINCT room_id FROM megolminboundsessions")}
        execute("CREATE TEMP TABLE foreign_room (id TEXT PRIMARY KEY)")
        for room in stored - set(rooms):
            execute("INSERT INTO foreign_room VALUES (?)", (room,))
        execute(
            "DELETE FROM megolminboundsessions WHERE room_id IN (SELECT id FROM foreign_room)"
            " AND rowid NOT IN (SELECT rowid FROM megolminboundsessions"
            " WHERE room_id IN (SELECT id FROM foreign_room) ORDER BY rowid DESC LIMIT ?)",
            (strangers,),
        )
        execute(
            "DELETE FROM megolminboundsessions WHERE rowid IN (SELECT rowid FROM (SELECT rowid,"
            " row_number() OVER (PARTITION BY room_id ORDER BY rowid DESC) AS age"
            " FROM megolminboundsessions) WHERE age > ?)",
            (_KEYS_PER_ROOM,),
        )
        execute("DROP TABLE foreign_room")
    kept = {row[0] for row in execute("SELECT session_id FROM megolminboundsessions")}
    _forget_keys(olm.inbound_group_store._entries, kept)


def _forget_keys(entries: dict[str, dict[str, dict[str, Any]]], kept: set[str]) -> None:
    for room, senders in list(entries.items()):
        for sender, sessions in list(senders.items()):
            for session in sessions.keys() - kept:
                del sessions[session]
            if not sessions:
                del senders[sender]
        if not senders:
            del entries[room]


def trim_sessions(olm: Any, database: Any, sender_key: str) -> None:
    """Drop the least used Olm sessions of a device that has begun too many, then of too many devices."""
    entries = olm.session_store._entries
    sessions = entries.get(sender_key, [])
    if len(sessions) > _SESSIONS_PER_DEVICE:
        sessions.sort(key=lambda session: session.use_time, reverse=True)
        for session in sessions[_SESSIONS_PER_DEVICE:]:
            database.execute_sql("DELETE FROM olmsessions WHERE session_id = ?", (session.id,))
        del sessions[_SESSIONS_PER_DEVICE:]
    if len(entries) > _MOST_DEVICES + len(olm.known_keys):
        _forget_strangers(olm, database)


def _forget_strangers(olm: Any, database: Any) -> None:
    entries = olm.session_store._entries
    olm.known_keys = {device.curve25519 for device in olm.device_store}
    strangers = [key for key in entries if key not in olm.known_keys and entries[key]]
    strangers.sort(key=lambda key: max(session.use_time for session in entries[key]))
    with database.atomic():
        for key in strangers[: len(strangers) // 2]:
            database.execute_sql("DELETE FROM olmsessions WHERE sender_key = ?", (key,))
            del entries[key]


def forget_devices(olm: Any, database: Any, users: Collection[str]) -> None:
    """Drop what is known of the devices of ``users``, in memory and on disk."""
    with database.atomic():
        for user in users:
            of_devices = "device_id IN (SELECT id FROM devicekeys WHERE user_id = ?)"
            for table in ("keys", "devicetruststate"):
                database.execute_sql(f"DELETE FROM {table} WHERE {of_devices}", (user,))  # noqa: S608 - two names
            database.execute_sql("DELETE FROM devicekeys WHERE user_id = ?", (user,))
            del olm.device_store._entries[user]
            olm.tracked_users.discard(user)
            olm.users_for_key_query.discard(user)
