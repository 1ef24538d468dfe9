"""What reaches the webhook's port over a socket: good deliveries, half ones, and what is no HTTP at all."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from adapters import observability
from adapters.telegram.webhook import application

HEAD = b"POST /hook HTTP/1.1\r\nHost: a\r\nX-Telegram-Bot-Api-Secret-Token: s\r\n"
GOOD = HEAD + b'Content-Length: 15\r\n\r\n{"update_id":1}'
EXPECTING = HEAD + b"Expect: 100-continue\r\n"
"""The sender is told when the delivery is being read, so that it can go away just then."""
HALF = EXPECTING + b'Content-Length: 100\r\n\r\n{"up'
NO_WAIT = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing resets the connection instead of ending it."""

Json = dict[str, Any]


class Hook:
    """An application of the webhook; ``taken`` are its updates, ``log`` is what an operator sees."""

    def __init__(self, log: io.StringIO) -> None:
        self.log = log
        self.taken: list[Json] = []

    async def take(self, updates: list[Json]) -> None:
        """Keep updates; one without words cannot be kept."""
        if updates[0].get("broken"):
            raise ConnectionError("no room")
        self.taken += updates

    def sent(self, *pieces: bytes, end: str = "") -> list[int]:
        """Send each piece over a connection of its own; return the status of every answer, 0 for none.

        ``end`` says how the sender goes away while the delivery is read: ``"eof"`` or ``"reset"``.
        """

        async def send() -> list[int]:
            # For the rest of what is not read aiohttp would wait ten seconds.
            runner = web.AppRunner(
                application("/hook", "s", self.take, lambda: True), access_log=None, lingering_time=0.1
            )
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            try:
                return [await _exchanged(runner.addresses[0][1], piece, end) for piece in pieces]
            finally:
                await runner.cleanup()  # every handler has ended then, and said what it has to say

        return asyncio.run(send())


async def _exchanged(port: int, piece: bytes, end: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(piece)
    await writer.drain()
    if end:
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        await reader.readline()
    if end == "eof":
        writer.write_eof()
    if end == "reset":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_WAIT)
        writer.close()
        return 0
    status = await reader.readline()
    writer.close()
    return int(status.split()[1]) if status else 0


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook whose log is written as in operation."""
    before, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    observability.set_up("text", "info", stream=stream)
    yield Hook(stream)
    logging.basicConfig(handlers=before, level=level, force=True)
    logging.captureWarnings(False)


@pytest.mark.parametrize("end", ["eof", "reset"])
@pytest.mark.parametrize(
    "half", [HALF, EXPECTING + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"], ids=["length", "chunk"]
)
def test_a_delivery_that_breaks_off_is_no_news(hook: Hook, half: bytes, end: str) -> None:
    """Telegram delivers it again; an operator has nothing to do."""
    assert hook.sent(half, half, end=end) == [0, 0]
    assert hook.sent(GOOD) == [200]
    assert hook.taken == [{"update_id": 1}]
    assert hook.log.getvalue() == ""


@pytest.mark.parametrize(
    "wrong",
    [
        HEAD + b"Content-Length: 2\r\n\r\n\xff\xfe",
        HEAD + b"Content-Length: 2\r\n\r\n[]",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        HEAD + b"Content-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\nfoo\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
    ids=["bytes", "list", "packing", "chunk", "length", "TLS", "version", "header"],
)
def test_what_is_no_delivery_is_refused_without_a_line(hook: Hook, wrong: bytes) -> None:
    assert hook.sent(wrong) == [400]
    assert hook.taken == []
    assert hook.log.getvalue() == ""


def test_a_stranger_is_refused_without_reading_what_he_sends(hook: Hook) -> None:
    assert hook.sent(HEAD.replace(b"Token: s", b"Token: t") + b"Content-Length: 100\r\n\r\n{") == [403]
    assert hook.log.getvalue() == ""


def test_a_fault_of_our_own_is_a_line(hook: Hook) -> None:
    """An update that cannot be kept is not confirmed, and the operator is told."""
    update = b'{"update_id": 1, "broken": 1}'
    length = b"Content-Length: %d\r\n\r\n" % len(update)
    assert hook.sent(HEAD + length + update) == [500]
    assert "error=ConnectionError" in hook.log.getvalue()
