"""Keeps the device usable beside the answering: keys on the server, keys of others, the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from adapters.matrix.account import Device, advance_generation
from adapters.matrix.api import MatrixError
from adapters.matrix.rooms import Rooms
from adapters.matrix.sync import News

log = logging.getLogger("lotse.matrix")

_LEDGER_AGE = 60 * 86400.0
_HOUR = 3600.0


class Upkeep:
    """Does it in the background."""

    def __init__(self, device: Device, rooms: Rooms) -> None:
        self._device = device
        self._rooms = rooms
        self._tasks: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None

    async def housekeep(self) -> None:
        """Forget old ids of events, and count the key store's generation up, for ever."""
        device = self._device
        while True:
            device.store.sweep(_LEDGER_AGE)
            await asyncio.sleep(_HOUR)
            with contextlib.suppress(MatrixError):
                await advance_generation(device.api, device.store, device.machine)

    def tend_keys(self, news: News) -> None:
        """Bring new keys to the server when they run out, and mend broken sessions."""
        if self._tending is None or self._tending.done():
            self._tending = self._spawn(self._tend_keys(news.key_counts, news.fallback_keys))

    def meet(self, room: str) -> None:
        """Fetch the keys of a new room's people before they ask, so that the first answer is quick."""
        self._spawn(self._meet(room))

    async def close(self) -> None:
        """Stop what is under way; it is done again when it is needed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tend_keys(self, counts: object, fallback: object) -> None:
        await self._device.keys.replenish(counts, fallback)
        await self._device.keys.mend()

    async def _meet(self, room: str) -> None:
        found = await self._rooms.load(room)
        if found.encrypted:
            await self._device.keys.prepare(list(found.members))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        async def run() -> None:
            try:
                await work
            except MatrixError as error:
                log.warning("an upkeep request failed", extra={"error": str(error)})

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
