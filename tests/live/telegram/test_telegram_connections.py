"""What the Bot API is asked over real sockets: where, by whom, how often at a time, and what is known if it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.telegram import transport
from adapters.telegram.errors import UnreachableError
from adapters.telegram.transport import Transport
from tests.live.telegram.bot_api import TOKEN
from tests.live.telegram.harness import free_port, run
from tests.peer import Peer, certified, peer

YES = b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"ok":true,"result":"ok"}'


@asynccontextmanager
async def asked(login: str = "") -> AsyncIterator[tuple[Peer, Transport]]:
    """Run a ``Peer`` that says yes, and give the transport that asks it."""
    async with peer() as one:
        one.reply = YES
        calls = Transport(TOKEN, f"http://{login}127.0.0.1:{one.port}/api")
        yield one, calls
        await calls.close()


async def unreachable(calls: Transport, seconds: float = 5.0) -> UnreachableError:
    """Return the error of a call."""
    with pytest.raises(UnreachableError) as caught:
        await calls.call("getMe", seconds=seconds)
    return caught.value


def test_the_address_decides_path_host_and_login() -> None:
    """A password in the address is sent as such, and stays out of the path."""

    async def scenario() -> None:
        async with asked("anna:ge%40heim@") as (one, calls):
            assert await calls.call("getMe", {"x": "ä"}) == "ok"
            head, _, body = one.requests[0].partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == f"POST /api/bot{TOKEN}/getMe HTTP/1.1".encode()
            assert f"Host: 127.0.0.1:{one.port}".encode() in lines
            assert b"Authorization: Basic YW5uYTpnZUBoZWlt" in lines
            assert b"Content-Type: application/json" in lines
            assert body == '{"x":"ä"}'.encode()
            assert "heim" not in repr(calls)

    run(scenario())


def test_each_call_has_its_own_method_and_kind() -> None:
    """What is kept of a call for the next one is no other method's, and no form's."""

    async def scenario() -> None:
        async with asked() as (one, calls):
            for _ in range(2):
                await calls.call("getMe")
                await calls.call("getUpdates")
                await calls.call("getMe", files={"document": ("a.txt", b"hallo")})
            heads = [request.partition(b"\r\n\r\n")[0] for request in one.requests]
            assert heads[0] == heads[3]
            assert heads[1] == heads[4]
            assert b"/getMe " in heads[0]
            assert b"/getUpdates " in heads[1]
            for request in (one.requests[2], one.requests[5]):
                head, _, body = request.partition(b"\r\n\r\n")
                boundary = head.partition(b"multipart/form-data; boundary=")[2].split(b"\r\n")[0]
                assert body.startswith(b"--" + boundary)
            assert heads[2] != heads[5]
            assert len(one.connections) == 1

    run(scenario())


def test_there_are_as_many_connections_as_calls_at_a_time() -> None:
    """No call waits for another, least of all for a long poll."""

    async def scenario() -> None:
        async with asked() as (one, calls):
            one.hold.clear()
            tasks = [asyncio.create_task(calls.call("getUpdates")) for _ in range(100)]
            while len(one.requests) < 100:
                await asyncio.sleep(0.01)
            one.hold.set()
            assert await asyncio.gather(*tasks) == ["ok"] * 100
            assert len(one.connections) == 100

    run(scenario())


def test_without_a_connection_nothing_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there, is somebody else, or says nothing: the call can be made again, and the token was not sent."""
    monkeypatch.setattr(transport, "_CONNECT", 0.5)

    async def scenario() -> None:
        error = await unreachable(Transport(TOKEN, f"http://127.0.0.1:{free_port()}"))
        assert (str(error), error.maybe_done) == ("ConnectionRefusedError", False)
        async with peer(certified(tmp_path)) as one:
            error = await unreachable(Transport(TOKEN, f"https://127.0.0.1:{one.port}"))
            assert (str(error), error.maybe_done) == ("SSLCertVerificationError", False)
            assert one.requests == []
        async with peer() as one:  # waits for a request in plain text
            error = await unreachable(Transport(TOKEN, f"https://127.0.0.1:{one.port}"), 20.0)
            assert (str(error), error.maybe_done) == ("TimeoutError", False)
            assert one.requests == []

    run(scenario(), 10.0)


def test_without_a_whole_answer_it_may_have_been_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ends, the answer is longer than any of the Bot API's, or does not come."""
    monkeypatch.setattr(transport, "_LONGEST_ANSWER", 30)

    async def scenario() -> None:
        async with asked() as (one, calls):
            assert await calls.call("getMe") == "ok"
            one.reply = YES.replace(b"25", b"26")
            one.closes = True
            error = await unreachable(calls)
            assert (str(error), error.maybe_done) == ("the connection was closed", True)
            one.reply = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b"x" * 40
            error = await unreachable(calls)
            assert (str(error), error.maybe_done) == ("an answer that is too long", True)
            one.hold.clear()
            error = await unreachable(calls, 0.05)
            assert (str(error), error.maybe_done) == ("TimeoutError", True)

    run(scenario())
