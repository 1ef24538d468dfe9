"""Fetches updates by long polling, whatever the line or the server does.

The updater of python-telegram-bot is not used: one update that it cannot
parse blocks it for ever, and after one 401 or 404 it is dead without a sign.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.base import backoff
from adapters.telegram.errors import (
    Backoff,
    CallError,
    Denials,
    RefusedError,
    UnreachableError,
    denied,
    flood_pause,
)
from adapters.telegram.outage import Outage
from adapters.telegram.transport import Transport, pause
from adapters.telegram.updates import KINDS
from bot.errors import ConfigError

log = logging.getLogger("lotse.telegram")

BATCH = 100
CONFLICT_PAUSE = 5.0
LONGEST_CONFLICT = 300.0
"""Seconds of somebody else polling after which this program gives way."""
_SLACK = 10.0
_NO_LONG_POLL = 0.2
"""Seconds: an empty answer that comes sooner did not wait; asking on without a pause would do so all the time."""

Batch = list[dict[str, Any]]


class Poller:
    """Polls until told to stop and hands every batch to ``take`` before it is confirmed.

    ``last_success`` is when a poll last succeeded (monotonic clock).
    """

    def __init__(
        self,
        transport: Transport,
        take: Callable[[Batch], Awaitable[None]],
        timeout: int,
        counts: Counter[str],
    ) -> None:
        self._transport = transport
        self._take = take
        self._timeout = timeout
        self._backoff = Backoff()
        self._offset: int | None = None
        self._outage = Outage()
        self._failures = 0
        self._denials = Denials()
        self._conflict_since: float | None = None
        self._counts = counts
        self.last_success: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether a poll has succeeded within three times its length."""
        last = self.last_success
        return last is not None and time.monotonic() - last < 3 * (self._timeout + _SLACK)

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until ``stop`` is set. Raises ``AccessError`` when the token is revoked."""
        while not stop.is_set():
            begun, is_first = time.monotonic(), self.last_success is None
            try:
                batch = await self._poll()
            except CallError as error:
                self._failures += 1
                self._counts["retries"] += 1
                await pause(await self._after(error), stop)
                continue
            self._outage.ends()
            self._failures, self._conflict_since = 0, None
            self._denials.forget()
            self.last_success = time.monotonic()
            if batch:
                await self._take(batch)
                self._offset = max(update["update_id"] for update in batch) + 1
            elif not is_first and time.monotonic() - begun < _NO_LONG_POLL:
                await pause(_NO_LONG_POLL, stop)

    async def _poll(self) -> Batch:
        # The first poll returns at once, so that a working start is known as such.
        timeout = 0 if self.last_success is None else self._timeout
        values: dict[str, Any] = {"timeout": timeout, "limit": BATCH, "allowed_updates": list(KINDS)}
        if self._offset is not None:
            values["offset"] = self._offset
        result = await self._transport.call("getUpdates", values, seconds=timeout + _SLACK)
        batch = [update for update in result if _has_id(update)] if isinstance(result, list) else []
        if result != [] and not batch:
            # Nothing can be confirmed of it, so it must not be asked for again at once.
            raise UnreachableError("an answer that holds no updates", maybe_done=False)
        return batch

    async def _after(self, error: CallError) -> float:
        """Return how long to pause after a failed poll. Raises when going on is useless."""
        back_off = self._backoff.pause(self._failures)
        if not isinstance(error, RefusedError):
            self._outage.begins("polling failed: %s", error)
            return back_off
        if error.is_denial:
            if self._denials.note(is_denial=True):
                raise denied()
            log.warning("Telegram refuses the token (%s), asking again", error.code)
            return back_off
        if error.code == 409 and not error.foreign:
            return await self._after_conflict(error)
        self._outage.begins("polling was refused: %s", error)
        return flood_pause(error) if error.code == 429 else back_off

    async def _after_conflict(self, error: RefusedError) -> float:
        if "webhook" in error.description.lower():
            log.warning("a webhook is set; removing it because this program polls")
            try:
                await self._transport.call("deleteWebhook", {"drop_pending_updates": False})
            except CallError as failed:
                log.warning("the webhook cannot be removed: %s", failed)
            return self._backoff.pause(self._failures)
        now = time.monotonic()
        if self._conflict_since is None:
            self._conflict_since = now
            log.error("another program polls with the same token (409); only one may")
        elif now - self._conflict_since > LONGEST_CONFLICT:
            raise ConfigError(
                "LOTSE_TELEGRAM_TOKEN: another program polls with this token; stop one of the two."
            )
        return backoff(1, CONFLICT_PAUSE, CONFLICT_PAUSE)


def _has_id(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)
