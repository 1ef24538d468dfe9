"""The channel itself: starts, joins the parts, and stops in order.

Start: the inbox, who we are, what an earlier life left unanswered, then new
updates. Stop: no new updates, drain what was begun, close.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from adapters.base import Desk
from adapters.sealing import Seal
from adapters.telegram import profile
from adapters.telegram.delivery import Delivery
from adapters.telegram.errors import Backoff, CallError, Denials, RefusedError, denied, flood_pause
from adapters.telegram.inbox import Inbox, SqliteInbox
from adapters.telegram.intake import Intake
from adapters.telegram.outage import Outage
from adapters.telegram.poller import Poller
from adapters.telegram.responder import Responder
from adapters.telegram.settings import Settings, host
from adapters.telegram.transport import Transport, pause
from adapters.telegram.updates import Identity
from bot.errors import ConfigError

if TYPE_CHECKING:
    from adapters.telegram.relay import Relay
    from adapters.telegram.webhook import Webhook

log = logging.getLogger("lotse.telegram")

SWEEP = 600.0
"""Seconds between two times of forgetting old ids."""

Take = Callable[[list[dict[str, Any]]], Awaitable[None]]


class TelegramChannel:
    """Serves one bot account.

    ``counts`` are totals: ``retries`` (calls made again), ``dead_letters`` (updates
    that nobody can read, answers that were refused for good).
    """

    name = "telegram"

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._settings = settings
        self._desk = desk
        self._transport = Transport(settings.token, settings.base_url, settings.proxy)
        self._intake: Intake | None = None
        self._source: Poller | Webhook | None = None
        self._known_at: float | None = None
        self.counts: Counter[str] = Counter()

    @property
    def healthy(self) -> bool:
        """Whether updates are reaching us: for a health check."""
        return self._source is not None and self._source.healthy

    @property
    def open(self) -> int:
        """How many updates and answers are waiting or under way in memory."""
        return self._intake.open if self._intake is not None else 0

    @property
    def waiting(self) -> int:
        """How many updates have no answer yet, those included whose answer failed and is tried again later."""
        return self._intake.waiting if self._intake is not None else 0

    @property
    def last_contact(self) -> float | None:
        """When Telegram was last heard of (monotonic clock), ``None`` if never.

        That is the last successful poll; with a webhook the last delivery, which may be long ago at night.
        """
        polled = self._source.last_success if isinstance(self._source, Poller) else None
        taken = self._intake.last_taken if self._intake is not None else None
        return max((at for at in (self._known_at, polled, taken) if at is not None), default=None)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``AccessError`` when the token is refused for good."""
        inbox = self._inbox()
        try:
            me = await self._identify(stop)
            if me is not None:
                await self._serve(inbox, me, stop)
        finally:
            await self._transport.close()
            inbox.close()

    async def _serve(self, inbox: Inbox, me: Identity, stop: asyncio.Event) -> None:
        responder = Responder(self._desk, me, self._settings.catch_up)
        delivery = Delivery(self._transport, inbox, responder.flood, counts=self.counts)
        intake = self._intake = Intake(inbox, me, responder, delivery, self.counts)
        intake.resume()
        relay = self._relay(inbox, intake)
        source = self._source = self._choose_source(relay.take if relay else intake.take)
        work = (
            source.run(stop),
            intake.run(),
            self._watch_credentials(delivery.courier.doubt, stop),
            self._sweep(inbox, stop),
            profile.apply(self._transport, self._desk.line),
        )
        tasks = [asyncio.create_task(part) for part in work]
        relaying = [asyncio.create_task(relay.run())] if relay else []
        try:
            await _first_failure(stop, tasks + relaying)
        finally:
            await _end(tasks)
            await delivery.drain(self._settings.drain)
            # Until here others must not take this process for dead.
            await _end(relaying)

    def _inbox(self) -> Inbox:
        settings = self._settings
        own = SqliteInbox(settings.state_folder, settings.derived("inbox"))
        if not (settings.redis_url and settings.webhook_url):
            return own
        from adapters.telegram.shared import RedisInbox  # noqa: PLC0415 - its client is an extra

        return RedisInbox(settings.redis_url, Seal(settings.derived("redis")), own)

    @staticmethod
    def _relay(inbox: Inbox, intake: Intake) -> Relay | None:
        if isinstance(inbox, SqliteInbox):
            return None
        from adapters.telegram.relay import Relay  # noqa: PLC0415 - as above
        from adapters.telegram.shared import RedisInbox  # noqa: PLC0415

        return Relay(inbox, intake) if isinstance(inbox, RedisInbox) else None

    def _choose_source(self, take: Take) -> Poller | Webhook:
        if not self._settings.webhook_url:
            return Poller(self._transport, take, self._settings.poll_timeout, counts=self.counts)
        # The server side of aiohttp takes memory that polling does not need.
        from adapters.telegram.webhook import Webhook  # noqa: PLC0415

        return Webhook(self._settings, self._transport, take)

    async def _identify(self, stop: asyncio.Event) -> Identity | None:
        """Return who we are; waits for an unreachable server. Raises ``AccessError`` and ``ConfigError``."""
        backoff, denials, attempt = Backoff(), Denials(), 0
        outage = Outage()
        while not stop.is_set():
            attempt += 1
            wait = backoff.pause(attempt)
            try:
                identity = _identity(await self._transport.call("getMe"))
                outage.ends()
                self._known_at = time.monotonic()
                return identity
            except RefusedError as error:
                # Somebody else's 404 later on is a gateway's trouble; at the first call it is the address.
                is_denial = error.is_denial or (error.code == 404 and self._known_at is None)
                if denials.note(is_denial=is_denial):
                    raise self._denied(error) from None
                wait = flood_pause(error) if error.code == 429 else wait
                outage.begins("Telegram refuses to say who we are: %s", error)
            except CallError as error:
                outage.begins("Telegram cannot be reached: %s", error)
            except (KeyError, TypeError, ValueError):
                outage.begins("Telegram cannot be reached: %s", "an answer that is none")
            self.counts["retries"] += 1
            await pause(wait, stop)
        return None

    def _denied(self, error: RefusedError) -> ConfigError:
        if error.foreign:
            return ConfigError(
                f"LOTSE_TELEGRAM_BASE_URL: {host(self._settings.base_url)} answers, but not as a Bot API does "
                f"({error.code}); check the address, or unset it to use https://api.telegram.org."
            )
        return denied()

    async def _watch_credentials(self, doubt: asyncio.Event, stop: asyncio.Event) -> None:
        """When a call is refused with 401 or 404, ask whether the token is still good."""
        while not stop.is_set():
            await doubt.wait()
            await self._identify(stop)
            doubt.clear()
            await pause(5.0, stop)

    @staticmethod
    async def _sweep(inbox: Inbox, stop: asyncio.Event) -> None:
        while not stop.is_set():
            inbox.sweep()
            await pause(SWEEP, stop)


def _identity(me: dict[str, Any]) -> Identity:
    return Identity(int(me["id"]), str(me.get("username", "")), bool(me.get("supports_inline_queries")))


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _first_failure(stop: asyncio.Event, tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Wait for ``stop`` or for the first task that breaks, whose error is raised."""
    stopped = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Task[Any]] = {stopped, *tasks}
    try:
        while not stop.is_set():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        stopped.cancel()
