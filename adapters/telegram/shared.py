"""The inbox of several webhook processes, in Redis: what one leaves when it dies, the others answer.

Each chat belongs to one process at a time, which answers all that comes from
it, so that the order in a chat is kept. A process is alive while it renews its
lease; what a dead one has open, another takes over whole, its chats with it. A
process that was taken for dead finds out before it sends anything more.

Of an update lie there: its number, its encrypted text, a keyed hash of its
chat, and what is known of a send under way. Everything expires. Redis need
not keep anything on disk: an update is confirmed to Telegram only when its
owner has it in memory, too, and puts it back when Redis has lost it. While
Redis is away, updates are kept in the inbox on the disk of this process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from adapters.redis import LONGEST_PAUSE, AwayError, Link
from adapters.sealing import Seal
from adapters.telegram import scripts
from adapters.telegram.inbox import KEPT, Json, SqliteInbox
from adapters.telegram.marks import Trace

log = logging.getLogger("lotse.telegram")

LEASE = 3.0
"""Seconds without a sign of life after which a process counts as dead."""
BEAT = 0.5
"""Seconds between two signs of life."""
STICKS = 30 * 60
"""Seconds for which a chat stays with its process after its last message."""
_MOST_SENT = 50_000
"""Numbers of messages that are remembered, the highest ones."""
_MOST_UNTOLD = 100_000
"""Answered updates that are remembered while Redis is away."""
_SOON = 0.01

LeftOver = list[tuple[Json, Trace | None]]


class TakenOverError(Exception):
    """The process was taken for dead: others answer what it had open, so it must begin anew."""


class RedisInbox:
    """The inbox of one process, called ``me``; see ``inbox.Inbox`` for what it does.

    ``own`` is used while Redis, at ``url``, is away. ``lease`` is in seconds.
    """

    def __init__(
        self,
        url: str,
        seal: Seal,
        own: SqliteInbox,
        lease: float = LEASE,
    ) -> None:
        # Who keeps the sessions there says when it is away; once is enough.
        self.url, self.link, self.seal = url, Link(url, logging.DEBUG), seal
        self._own, self._lease = own, lease
        self.me = secrets.token_hex(8)
        self.prefix = f"lotse:{{{seal.name('inbox')[:12]}}}:"
        self._scripts = {name: self.link.script(source) for name, source in scripts.ALL.items()}
        self._open: dict[int, tuple[str, bytes]] = {}
        self._here: set[int] = set()
        self._untold: deque[tuple[int, int]] = deque(maxlen=_MOST_UNTOLD)
        self._timer: asyncio.TimerHandle | None = None
        self._outages_seen = self.link.outages
        self._dead: list[bytes] = []
        self._is_begun = False

    def __repr__(self) -> str:
        return "<RedisInbox>"

    def close(self) -> None:
        """See ``Inbox.close``; what is left is free for the others at once."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._tell()
            self._do("leave")
        except AwayError:
            log.info("Redis is away; the others wait until the lease of this process ends")
        self.link.close()
        self._own.close()

    # --- whose chat is it --------------------------------------------------------

    def owner(self, update: Json) -> str | None:
        """Return who answers the chat of ``update``; it becomes this process if nobody else does.

        ``None`` means that its owner is dead and has to be succeeded first.
        Raises ``AwayError``.
        """
        answer = self._do("claim", self._chat(update), STICKS)
        return None if answer == b"!" else str(answer.decode())

    def beat(self) -> bool:
        """Show that this process is alive; return whether ``left_over`` would find something.

        Raises ``TakenOverError``, ``AwayError``.
        """
        is_back = self.link.outages != self._outages_seen
        if is_back:
            self._tell()
            self._store(self._open)  # what Redis may have lost
            self._outages_seen = self.link.outages
        answer = self._do("beat", int(self._lease * 1000), int(KEPT))
        if answer == b"gone":
            raise TakenOverError
        # After an outage the others need time to notice that it is over and to show that they are alive.
        is_settled = time.monotonic() - self.link.back_at > self._lease + LONGEST_PAUSE
        self._dead = answer if is_settled else []
        return is_back or bool(self._dead)

    # --- the port ----------------------------------------------------------------

    def put(self, updates: Iterable[Json]) -> list[Json]:
        """See ``Inbox.put``."""
        offered = {update["update_id"]: update for update in updates}
        known = self._open.keys() | self._here
        fresh = {number: update for number, update in offered.items() if number not in known}
        rows = {number: (self._chat(update), self._sealed(update)) for number, update in fresh.items()}
        try:
            if self.link.outages != self._outages_seen:
                self._tell()
            mine = self._store(rows)
        except AwayError:
            kept = self._own.put(fresh.values())
            self._here.update(update["update_id"] for update in kept)
            return kept
        self._open |= {number: rows[number] for number in mine}
        return [fresh[number] for number in mine]

    def left_over(self) -> LeftOver:
        """See ``Inbox.left_over``."""
        found: LeftOver = []
        if not self._is_begun:
            self._is_begun = True
            found = self._own.left_over()
            self._here.update(update["update_id"] for update, _ in found)
        try:
            self.beat()
            for name in self._dead:
                log.warning("another process is dead; this one goes on with what it left")
                self._do("succeed", name, STICKS, int(KEPT))
            found += self._unknown()
        except AwayError:
            pass  # they wait for whoever sees Redis first
        return sorted(found, key=lambda pair: pair[0]["update_id"])

    def mark(self, number: int, trace: Trace) -> None:
        """See ``Inbox.mark``. Raises ``TakenOverError``."""
        if number in self._here:
            self._own.mark(number, trace)
            return
        text = f"{trace.part} {trace.chat_floor} {trace.box_floor}"
        try:
            is_ours = self._do("mark", number, text, STICKS)
        except AwayError:
            return  # an answer without a mark is better than none
        if not is_ours:
            raise TakenOverError

    def finish(self, number: int, sent: int = 0) -> None:
        """See ``Inbox.finish``."""
        if number in self._here:
            self._here.discard(number)
            self._own.finish(number, sent)
        self._open.pop(number, None)
        # Also what was taken in while Redis was away: it may lie there nevertheless.
        self._untold.append((number, sent))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SOON, self._tell_soon)

    def bury(self, number: int, kind: str) -> None:
        """See ``Inbox.bury``."""
        self._own.bury(number, kind)
        self._here.discard(number)
        self.finish(number)

    def sent_between(self, low: int, high: int) -> set[int]:
        """See ``Inbox.sent_between``."""
        try:
            self._tell()
            found = self._do("sent", low, high)
        except AwayError:
            found = []
        return {int(number) for number in found} | self._own.sent_between(low, high)

    def sweep(self, older_than: float = KEPT) -> int:
        """See ``Inbox.sweep``; what lies in Redis expires by itself."""
        try:
            self._do("trim", _MOST_SENT)
        except AwayError:
            log.debug("nothing is trimmed while Redis is away")
        return self._own.sweep(older_than)

    # --- inside ------------------------------------------------------------------

    def _do(self, name: str, *arguments: Any) -> Any:
        return self._scripts[name](self.prefix, self.me, *arguments)

    def _store(self, rows: dict[int, tuple[str, bytes]]) -> list[int]:
        """Store encrypted updates; return those that are ours to answer."""
        if not rows:
            return []
        values = [part for number, (chat, body) in rows.items() for part in (number, chat, body)]
        flags = self._do("store", STICKS, int(KEPT), *values)
        return [number for number, is_ours in zip(rows, flags, strict=True) if is_ours]

    def _unknown(self) -> LeftOver:
        """Return what is ours in Redis but not in memory yet."""
        found: LeftOver = []
        answer = self._do("owned")
        for number, chat, body, mark in zip(*[iter(answer)] * 4, strict=True):
            key = int(number)
            if key in self._open or key in self._here:
                continue
            self._open[key] = (chat.decode(), body)
            update = self._opened(body, key)
            if update is None:
                log.error("an unanswered update cannot be decrypted")
                self.bury(key, "undecipherable")
                continue
            found.append((update, Trace(*map(int, mark.split())) if mark else None))
        return found

    def _tell_soon(self) -> None:
        self._timer = None
        try:
            self._tell()
        except AwayError:
            return  # told when it is back

    def _tell(self) -> None:
        """Tell Redis what was answered. Raises ``AwayError``, and then keeps it to be told later."""
        while self._untold:
            some = [self._untold[place] for place in range(min(500, len(self._untold)))]
            self._do("finish", int(KEPT), *[part for pair in some for part in pair])
            for _ in some:
                self._untold.popleft()

    def _chat(self, update: Json) -> str:
        return self.seal.name(f"chat {queue_of(update)}")

    def _sealed(self, update: Json) -> bytes:
        return self.seal.close(json.dumps(update).encode(), str(update["update_id"]))

    def _opened(self, body: bytes, number: int) -> Json | None:
        plain = self.seal.open(body, str(number))
        update = json.loads(plain) if plain else None
        return update if isinstance(update, dict) else None


def queue_of(update: Json) -> object:
    """Return what updates are kept in order by: the chat or the person, of whatever shape they are."""
    for payload in update.values():
        if isinstance(payload, dict):
            message = payload.get("message")
            places = (payload.get("chat"), message.get("chat") if isinstance(message, dict) else None)
            for place in (*places, payload.get("from")):
                if isinstance(place, dict):
                    return place.get("id")
    return f"update {update.get('update_id')}"
