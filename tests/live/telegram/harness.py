"""Starts the real channel with the real core against the test server, here or as a program."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.base import Desk
from adapters.telegram import Settings
from adapters.telegram.channel import TelegramChannel
from tests import learned
from tests.live.telegram.bot_api import TOKEN, BotApi

ROOT = Path(__file__).resolve().parents[3]


def run(scenario: Coroutine[Any, Any, None], seconds: float = 60.0) -> None:
    """Run one scenario with a deadline; learning the content, once, is not part of it."""
    learned.content()

    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await scenario

    asyncio.run(bounded())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Bench:
    """A server, its folder, and the channel that talks to it."""

    api: BotApi
    folder: Path
    channel: TelegramChannel
    task: asyncio.Task[None]
    stop: asyncio.Event


@asynccontextmanager
async def serving(
    folder: Path,
    api: BotApi | None = None,
    before: Callable[[BotApi], None] | None = None,
    desk: Desk | None = None,
    **settings: Any,
) -> AsyncIterator[Bench]:
    """Run the channel in this process until the block ends; ``before`` prepares the server.

    ``desk`` is that of another core than the shipped content's.
    """
    server = api or BotApi()
    async with server:
        if before:
            before(server)
        values: dict[str, Any] = {"token": TOKEN, "state_folder": folder, "base_url": server.url} | settings
        channel = TelegramChannel(Settings(**values), desk or Desk(learned.fresh_bot(), "telegram"))
        stop = asyncio.Event()
        task = asyncio.create_task(channel.run(stop))
        try:
            yield Bench(server, folder, channel, task, stop)
        finally:
            stop.set()
            await asyncio.wait([task], timeout=15)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class Program:
    """The bot as a process of its own, which can be killed."""

    process: asyncio.subprocess.Process
    log: Path

    async def kill(self) -> None:
        """Kill it as the machine would: without a warning."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start_program(api_url: str, folder: Path, log: Path, *options: str) -> Program:
    """Start ``program.py``; its output is appended to ``log``."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LOTSE_TEST_TOKEN": TOKEN}
    with open(log, "ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.live.telegram.program",
            api_url,
            str(folder),
            *options,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=ROOT,
        )
    return Program(process, log)
