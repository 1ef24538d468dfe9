"""Sends what the bot says, exactly once, as fast as the server lets it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.base import backoff
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.keys import Keys
from adapters.matrix.rooms import Room

log = logging.getLogger("lotse.matrix")

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 6.0
_RECEIPT_DELAY = 1.0
_LONGEST_RECEIPT_DELAY = 10.0
_LAST_RECEIPTS = 1.5
_LONGEST = 3600.0
"""Seconds after which what only makes the server fail is given up, so that the rest goes on."""
RATE_LIMIT_HINT = (
    "the server limits how fast the bot may answer; its administrator can lift that with "
    "POST /_synapse/admin/v1/users/<bot>/override_ratelimit "
    '{"messages_per_second": 0, "burst_count": 0}'
)


class MutedError(MatrixError):
    """The bot may not speak in a room: the server refuses what it says there."""


class Pause:
    """A wait that all requests share, because the server counts them together."""

    def __init__(self) -> None:
        self._until = 0.0
        self._hinted = False

    async def over(self) -> None:
        """Return when nothing has to wait any more."""
        while (left := self._until - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def ask(self, seconds: float) -> None:
        """Let everybody wait ``seconds`` from now."""
        self._until = max(self._until, time.monotonic() + max(seconds, 0.1))
        if not self._hinted:
            self._hinted = True
            log.warning(RATE_LIMIT_HINT)


class Delivery:
    """Sends events and read receipts. ``revoked`` is called when the token is refused for good.

    ``counts`` counts ``retries``; those who use it count what is given up.
    """

    def __init__(self, api: Api, keys: Keys, revoked: Callable[[], None], counts: Counter[str]) -> None:
        self.counts = counts
        self._api = api
        self._keys = keys
        self._revoked = revoked
        self._pause = Pause()
        self._receipts: dict[str, tuple[str, str]] = {}
        self._receipts_wanted = 0
        self._receipt_task: asyncio.Task[None] | None = None

    async def send(self, room: Room, content: Json, transaction: str, kind: str = "m.room.message") -> str:
        """Send an event, encrypted where the room is, and return its id.

        Waits through rate limits and outages for as long as they last. Raises
        ``MatrixError`` when the server refuses for good, ``MutedError`` when that is a message
        and everything else that the bot says there would be refused, too.
        """
        url_kind = "m.room.encrypted" if room.encrypted and kind != "m.reaction" else kind
        url = path("rooms", room.id, "send", url_kind, transaction)

        async def once() -> str:
            sealed = content
            if url_kind == "m.room.encrypted":
                sealed = await self._keys.encrypt(room.id, list(room.members), kind, content, room.rotation)
            try:
                answer = await self._api.put(url, sealed)
            except MatrixError as error:
                # Other codes with this status are about the account or the server, not the room:
                # no consent to the terms, suspended, too many users (Matrix specification, "Other error codes").
                if kind == "m.room.message" and error.status == 403 and error.code == "M_FORBIDDEN":
                    raise MutedError(error.status, error.code) from None
                raise
            return str(answer.get("event_id", ""))

        return await self.persist(once)

    async def persist(self, once: Callable[[], Awaitable[T]]) -> T:
        """Run ``once`` until it succeeds or the server refuses for good."""
        failures, begun = 0, time.monotonic()
        while True:
            await self._pause.over()
            try:
                return await once()
            except MatrixError as error:
                if error.revoked:
                    self._revoked()
                if not error.passing or (error.status == 500 and time.monotonic() > begun + _LONGEST):
                    raise
                self.counts["retries"] += 1
                if error.limited:
                    self._pause.ask(error.retry_after)
                    continue
            failures += 1
            await asyncio.sleep(pause_after(failures))

    def read(self, room: str, event: str, thread: str) -> None:
        """Mark ``event`` as read when it is quiet, soon at the latest; several in a row become one receipt."""
        self._receipts[room] = (event, thread)
        self._receipts_wanted += 1
        if self._receipt_task is None or self._receipt_task.done():
            self._receipt_task = asyncio.create_task(self._send_receipts())

    async def close(self) -> None:
        """Send the receipts that are due, as far as the server takes them quickly."""
        if self._receipt_task is not None:
            self._receipt_task.cancel()
            await asyncio.gather(self._receipt_task, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RECEIPTS):
                await self._flush()

    async def _send_receipts(self) -> None:
        while self._receipts:
            wanted, latest = -1, time.monotonic() + _LONGEST_RECEIPT_DELAY
            while wanted != self._receipts_wanted and time.monotonic() < latest:
                wanted = self._receipts_wanted
                await asyncio.sleep(_RECEIPT_DELAY)
            await self._flush()

    async def _flush(self) -> None:
        receipts, self._receipts = self._receipts, {}
        for room, (event, thread) in receipts.items():
            try:
                url = path("rooms", room, "receipt", "m.read", event)
                await self._api.post(url, {"thread_id": thread or "main"}, timeout=10.0)
            except MatrixError as error:  # a receipt is a courtesy
                log.debug("a receipt was not sent", extra={"error": str(error)})


def pause_after(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row."""
    return backoff(failures, _FIRST_PAUSE, _LONGEST_PAUSE)
