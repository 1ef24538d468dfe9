"""A channel over a loopback socket, one line a question: for what concerns every channel.

A line is ``<conversation> <text>``. Texts that begin with ``!`` make it misbehave, each in one way.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.base import Desk
from adapters.render import Labels, plain
from bot.errors import AccessError


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Where to listen; a token for the tests on blackening."""

    port: int
    token: str = field(default="", repr=False)


class LineChannel:
    """Serves lines. ``open`` and ``counts`` are what a channel may tell of itself."""

    name = "line"

    def __init__(self, settings: LineSettings, desk: Desk) -> None:
        self._settings, self._desk = settings, desk
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._slow: set[asyncio.Task[None]] = set()
        self._hangs = False
        self.healthy = False
        self.last_contact: float | None = None
        self.waiting = 0
        self.counts: Mapping[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set; answers what was begun."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", self._settings.port)
        self.healthy, self.last_contact = True, asyncio.get_running_loop().time()
        stopped = asyncio.create_task(stop.wait())
        try:
            ends: list[asyncio.Future[Any]] = [stopped, self._broken]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._broken.done():
                self._broken.result()
            while self._hangs:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    continue
            await asyncio.gather(*self._slow)
        finally:
            stopped.cancel()
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            conversation, _, text = line.decode().strip().partition(" ")
            said = self._misbehave(text, writer) if text.startswith("!") else self._answer(conversation, text)
            if said:
                writer.write(said.encode() + b"\x00")
                await writer.drain()
        writer.close()

    def _answer(self, conversation: str, text: str) -> str:
        return plain(self._desk.respond(conversation, text), Labels.read(self._desk.line))

    def _misbehave(self, text: str, writer: asyncio.StreamWriter) -> str:
        match text.split(maxsplit=1)[0]:
            case "!break":
                self._broken.set_exception(ValueError(f"cannot read: {text}"))
            case "!refuse":
                self._broken.set_exception(AccessError("LOTSE_LINE_TOKEN: refused; get a new one."))
            case "!hang":
                self._hangs = True
            case "!thread":
                asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
            case "!slow":
                self._slow.add(asyncio.create_task(self._later(writer)))
                return ""
            case "!count":
                self.waiting, self.counts = 7, {"retries": 3, "dead_letters": 2}
            case "!frozen":
                return str(gc.get_freeze_count())
            case "!task":
                asyncio.get_running_loop().call_soon(self._fail, text)
            case "!library":
                logging.getLogger("nio.events").warning("Error validating event: %s", text)
                logging.getLogger("asyncio").error(text, exc_info=ValueError(text))
            case "!token":
                logging.getLogger("lotse.line").warning(
                    "calling /bot%s/getMe for @a.person:example.org", text
                )
                logging.getLogger("lotse.line").warning(
                    f"token {self._settings.token}", extra={"error": text}
                )
            case "!format":
                logging.getLogger("lotse.line").warning("%d people", text)
        return "done"

    async def _later(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)
        writer.write(b"late answer\x00")
        await writer.drain()

    @staticmethod
    def _fail(text: str) -> None:
        raise RuntimeError(text)


def configure(settings: LineSettings | None, desk: Desk) -> LineChannel | None:
    """Return the channel; see ``adapters.base``."""
    return None if settings is None else LineChannel(settings, desk)
