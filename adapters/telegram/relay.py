"""Brings every update to the process that answers its chat, and shows that this one is alive.

A balancer delivers an update to any process. What belongs to another is handed
to it through Redis, encrypted, and confirmed to Telegram when that process has
it. If it dies before that, the update is brought to whoever succeeds it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis import TIMEOUT, AwayError
from adapters.telegram.intake import Intake
from adapters.telegram.shared import BEAT, RedisInbox

log = logging.getLogger("lotse.telegram")

PATIENCE = 1.0
"""Seconds to wait for another process to confirm; then it is asked again who the owner is."""
_AGAIN = 0.1
_SILENCE = 10 * BEAT
"""Seconds without hearing even ourselves after which the line is laid anew."""

Json = dict[str, Any]


class Relay:
    """The lines of one process, that of ``inbox``, to the others."""

    def __init__(self, inbox: RedisInbox, intake: Intake) -> None:
        self._inbox, self._intake = inbox, intake
        self._tickets = itertools.count()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._accepting: dict[int, asyncio.Task[None]] = {}

    async def take(self, batch: list[Json]) -> None:
        """Return when every update lies with the process that answers it."""
        for update in batch:
            while not await self._brought(update):
                await asyncio.sleep(_AGAIN)

    async def run(self) -> None:
        """Serve until cancelled. Raises ``TakenOverError``."""
        tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._listen())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, *self._accepting.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self._accepting.values(), return_exceptions=True)

    # --- taking ------------------------------------------------------------------

    async def _brought(self, update: Json) -> bool:
        owner: str | None = self._inbox.me
        if "inline_query" not in update:  # which anybody answers at once
            try:
                owner = self._inbox.owner(update)
                if owner is None:
                    self._look_after()
            except AwayError:
                owner = self._inbox.me
        if owner is None:
            return False
        # From the question to here nothing else has run: the order is that of the arrival.
        if owner != self._inbox.me:
            return await self._hand_over(owner, update)
        await self._intake.take([update])
        return True

    async def _hand_over(self, owner: str, update: Json) -> bool:
        ticket = next(self._tickets)
        confirmed = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        try:
            self._send(owner, {"from": self._inbox.me, "ticket": ticket, "update": update})
            async with asyncio.timeout(PATIENCE):
                await confirmed
        except (TimeoutError, AwayError):
            return False
        finally:
            del self._waiting[ticket]
        return True

    # --- hearing -----------------------------------------------------------------

    def _heard(self, data: bytes) -> None:
        plain = self._inbox.seal.open(data, self._inbox.me)
        said = json.loads(plain) if plain else {}
        if "update" in said and said["update"]["update_id"] not in self._accepting:
            task = asyncio.create_task(self._accept(said))
            self._accepting[said["update"]["update_id"]] = task
        elif "confirmed" in said:
            waiting = self._waiting.get(said["confirmed"])
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    async def _accept(self, said: Json) -> None:
        update = said["update"]
        try:
            await self._intake.take([update])
            self._send(said["from"], {"confirmed": said["ticket"]})
        except AwayError:
            log.debug("the sender will find out by itself")
        finally:
            del self._accepting[update["update_id"]]

    # --- the tasks ---------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            try:
                self._look_after()
                self._send(self._inbox.me, {})
            except AwayError:
                log.debug("no sign of life without Redis")
            await asyncio.sleep(BEAT)

    def _look_after(self) -> None:
        """Show that we are alive and go on with what dead processes have left."""
        if self._inbox.beat():
            self._intake.resume()

    async def _listen(self) -> None:
        while True:
            client = Redis.from_url(
                self._inbox.url, socket_timeout=None, socket_connect_timeout=TIMEOUT, socket_keepalive=True
            )
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as line:
                    await line.subscribe(self._line_of(self._inbox.me))
                    while True:
                        async with asyncio.timeout(_SILENCE):
                            message = await line.get_message(timeout=None)
                        if message is not None:
                            self._heard(message["data"])
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(BEAT)
            finally:
                await client.aclose()

    def _send(self, process: str, what: Json) -> None:
        sealed = self._inbox.seal.close(json.dumps(what).encode(), process)
        self._inbox.link.run(lambda redis: redis.publish(self._line_of(process), sealed))

    def _line_of(self, process: str) -> str:
        return f"{self._inbox.prefix}line:{process}"
