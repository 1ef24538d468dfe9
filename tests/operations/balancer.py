"""Several ``lotse run`` behind one round-robin balancer, against the strict Bot API server."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.conftest import ROOT
from tests.live.telegram.bot_api import BotApi
from tests.operations.conftest import free_port


class Balances(Protocol):
    """What stands before the processes, at ``port`` while ``serving``."""

    port: int

    def serving(self) -> AbstractAsyncContextManager[None]:
        """Serve while the block runs."""


class Balancer:
    """Hands each request to the next process in turn; to another one if that cannot be reached."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._turn = ports, itertools.count()
        self.port = 0
        self.handed: list[int] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the block runs."""
        async with ClientSession(timeout=ClientTimeout(total=3), auto_decompress=False) as self._session:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._hand)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.port = runner.addresses[0][1]
            try:
                yield
            finally:
                await runner.cleanup()

    async def _hand(self, request: web.Request) -> web.Response:
        body, first = await request.read(), next(self._turn)
        for step in range(len(self._ports)):
            place = (first + step) % len(self._ports)
            address = f"http://127.0.0.1:{self._ports[place]}{request.path_qs}"
            try:
                async with self._session.post(address, data=body, headers=request.headers) as answer:
                    self.handed.append(place)
                    return web.Response(status=answer.status, body=await answer.read())
            except (ClientError, TimeoutError):
                continue
        return web.Response(status=502)


@dataclass
class Herd:
    """The processes; ``log`` takes the output of all. Without a ``redis_url`` each stands alone."""

    api: BotApi
    folder: Path
    knowledge: Path
    redis_url: str
    level: str = "debug"
    ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(3)])
    processes: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.balancer: Balances = Balancer(self.ports)

    @property
    def log(self) -> Path:
        """Where the output of all of them goes."""
        return self.folder / "output"

    async def start(self, place: int) -> None:
        """Start a process, with the state folder that belongs to its place."""
        environment = {
            "PATH": os.environ["PATH"],
            "LOTSE_STATE_DIR": str(self.folder / f"state{place}"),
            "LOTSE_KNOWLEDGE_DIR": str(self.knowledge),
            "LOTSE_TELEGRAM_TOKEN": self.api.token,
            "LOTSE_TELEGRAM_BASE_URL": self.api.url,
            "LOTSE_TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{self.balancer.port}/hook",
            "LOTSE_TELEGRAM_WEBHOOK_LISTEN": f"127.0.0.1:{self.ports[place]}",
            "LOTSE_REDIS_URL": self.redis_url,
            "LOTSE_LOG_LEVEL": self.level,
        }
        with open(self.log, "ab") as output:
            self.processes[place] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment, stdout=output, stderr=output
            )

    async def kill(self, place: int) -> None:
        """End a process without a warning."""
        self.processes[place].kill()
        await self.processes[place].wait()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Run all of them while the block runs; they have registered when it begins."""
        async with self.balancer.serving():
            try:
                for place in range(len(self.ports)):
                    await self.start(place)
                await self.api.until(lambda: len(self.api.called("setWebhook")) == len(self.ports), 60)
                yield
            finally:
                for process in self.processes.values():
                    if process.returncode is None:
                        process.kill()
                    await process.wait()
