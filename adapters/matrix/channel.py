"""The Matrix channel as the program sees it: log in, serve until asked to stop, clean up."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack, ExitStack, closing
from importlib.resources import files
from typing import Any, TypeVar

from adapters.base import Desk
from adapters.matrix.account import Device, open_device, revoked
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.delivery import pause_after
from adapters.matrix.service import Service
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Store

log = logging.getLogger("lotse.matrix")

T = TypeVar("T")


class MatrixChannel:
    """Serves one Matrix account. ``patience`` is how long to wait for a key, in seconds.

    ``counts`` are totals: ``retries``, ``undecryptable``, ``dead_letters`` (given up).
    """

    name = "matrix"

    def __init__(self, settings: MatrixSettings, desk: Desk, patience: float = 30.0) -> None:
        self._settings = settings
        self._desk = desk
        self._patience = patience
        self._service: Service | None = None
        self.counts: Counter[str] = Counter()

    @property
    def healthy(self) -> bool:
        """Whether the last sync succeeded."""
        return self._service is not None and self._service.sync.healthy

    @property
    def last_contact(self) -> float | None:
        """When the last sync succeeded (monotonic clock), ``None`` if none did."""
        return self._service.sync.last_contact if self._service else None

    @property
    def waiting(self) -> int:
        """How many events have not been handled yet."""
        return self._service.waiting if self._service else 0

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``AccessError``, ``ConfigError`` or ``MatrixError``."""
        async with AsyncExitStack() as opened:
            store = opened.enter_context(closing(Store(self._settings.folder)))
            api = await opened.enter_async_context(Api(self._settings.homeserver, proxy=self._settings.proxy))
            device = await _until(stop, self._open(api, store, opened))
            if device is None:
                return
            names = await _profile(api, self._settings.user, self._desk)
            self._service = Service(
                self._settings, self._desk, device, names=names, patience=self._patience, counts=self.counts
            )
            opened.callback(setattr, self, "_service", None)
            await self._service.run(stop)

    async def _open(self, api: Api, store: Store, opened: AsyncExitStack) -> Device:
        failures = 0
        while True:
            try:
                with ExitStack() as attempt:
                    device = await open_device(api, store, self._settings, attempt)
                    opened.enter_context(attempt.pop_all())
                    return device
            except MatrixError as error:
                if error.revoked:
                    raise revoked() from None
                if not error.passing:
                    raise
                failures += 1
                log.warning("the server cannot be used yet", extra={"error": str(error)})
                await asyncio.sleep(max(error.retry_after, pause_after(failures)))


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return the result of ``work``, ``None`` if ``stop`` comes first; no task outlives this one."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _profile(api: Api, user: str, desk: Desk) -> tuple[str, ...]:
    """Give the account a name and a picture if it has none; return the names it may be called by."""
    own = desk.line("bot_name")
    names = [own]
    try:
        shown: Json = await api.get(path("profile", user))
        name = shown.get("displayname")
        if isinstance(name, str) and name and name != user[1:].partition(":")[0]:
            names.insert(0, name)
        else:
            await api.put(path("profile", user, "displayname"), {"displayname": own})
        if not shown.get("avatar_url"):
            picture = files("adapters.matrix").joinpath("avatar.png").read_bytes()
            address = await api.upload(picture, "image/png", "avatar.png")
            await api.put(path("profile", user, "avatar_url"), {"avatar_url": address})
    except MatrixError as error:  # some servers let nobody change profiles
        log.warning("the profile could not be set", extra={"error": str(error)})
    return tuple(dict.fromkeys(names))
