"""One run of the Matrix channel: puts its parts together, follows the server, and ends in order."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any

from adapters.base import Desk
from adapters.matrix.account import Device, revoked
from adapters.matrix.answering import Answering
from adapters.matrix.api import MatrixError
from adapters.matrix.backlog import Backlog
from adapters.matrix.delivery import Delivery, pause_after
from adapters.matrix.hearing import Hearing
from adapters.matrix.history import History
from adapters.matrix.inflow import Inflow
from adapters.matrix.membership import Membership
from adapters.matrix.notices import Notices
from adapters.matrix.rooms import Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.sync import News, SyncLoop
from adapters.matrix.undecrypted import Undecrypted
from adapters.matrix.upkeep import Upkeep

log = logging.getLogger("lotse.matrix")


class Service:
    """One run of the channel, from the first sync to the last answer.

    ``names`` are those that the bot may be called by; ``patience`` is how long to wait for
    a key, in seconds; ``counts`` are the channel's.
    """

    def __init__(
        self,
        settings: MatrixSettings,
        desk: Desk,
        device: Device,
        *,
        names: tuple[str, ...],
        patience: float,
        counts: Counter[str],
    ) -> None:
        self._store = device.store
        self._drain = settings.drain
        self._revoked = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._backlog = Backlog(device.store, self._break)
        rooms = Rooms(device.api, device.machine)
        self._membership = Membership(device.api, settings, self._revoked.set, lambda: desk.line("declined"))
        self._delivery = delivery = Delivery(device.api, device.keys, self._revoked.set, counts)
        notices = Notices(settings, desk, device.store, rooms=rooms, delivery=delivery, names=names)
        self._upkeep = Upkeep(device, rooms)
        self._hearing = Hearing(
            self._backlog,
            Answering(settings, desk, device, rooms=rooms, delivery=delivery, notices=notices, names=names),
            notices,
            delivery=delivery,
            history=History(device.api),
            undecrypted=Undecrypted(patience, counts=counts),
            muted=self._leave,
        )
        self._inflow = Inflow(
            device,
            self._backlog,
            rooms=rooms,
            membership=self._membership,
            hearing=self._hearing,
            upkeep=self._upkeep,
        )
        self.sync = SyncLoop(device.api, self._inflow.take)

    @property
    def waiting(self) -> int:
        """How many events have not been handled yet."""
        return self._backlog.open

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``AccessError`` when the token is revoked."""
        works = (self._follow(), self._hearing.look_after(), self._upkeep.housekeep())
        loops = [asyncio.create_task(work) for work in works]
        ends = [asyncio.create_task(event.wait()) for event in (stop, self._revoked)]
        async with AsyncExitStack() as ending:  # from the last line up
            ending.push_async_callback(self._delivery.close)
            ending.push_async_callback(self._membership.close)
            ending.push_async_callback(self._last_words)
            ending.push_async_callback(self._upkeep.close)
            ending.push_async_callback(_end, (*loops, *ends))
            try:
                events: list[asyncio.Future[Any]] = [*loops, *ends, self._broken]
                await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
                if self._broken.done():
                    self._broken.result()
                for loop in loops:
                    if loop.done() and not loop.cancelled():
                        loop.result()
            except MatrixError as error:
                if error.revoked:
                    raise revoked() from None
                raise
        if self._revoked.is_set():
            raise revoked()

    async def _last_words(self) -> None:
        await self._backlog.drain(0.0 if self._revoked.is_set() else self._drain)

    def _leave(self, room: str) -> None:
        self._inflow.leave(room)

    def _break(self, error: Exception) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)
            self._broken.exception()  # raised by ``run``, or too late for it: nothing to complain of

    # --- following the server ----------------------------------------------------------

    async def _follow(self) -> None:
        token = self._store.mark("sync")
        news = await self._glance()
        self._inflow.look_around(news)
        if not token:
            # The very first start: what was said before is not for the bot.
            token = news.token
            self._store.set_mark("sync", token)
            # Lost in a power cut, the next start would again pass for the first one, and skip questions.
            self._store.settle()
        self._inflow.token = token
        log.info("serving", extra={"rooms": len(news.joined)})
        await self.sync.run(token)

    async def _glance(self) -> News:
        failures = 0
        while True:
            try:
                return await self.sync.glance()
            except MatrixError as error:
                if not error.passing:
                    raise
                failures += 1
                await asyncio.sleep(max(error.retry_after, pause_after(failures)))


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
