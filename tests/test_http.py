"""The HTTP client: answers are read whole, connections are used again, and nobody gets another's answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http import Answer, BrokenError, ConnectError, Reading, Server
from tests.live.telegram.harness import free_port, run
from tests.live.telegram.test_telegram_connections import Peer, certified, peer
from tests.telegram.test_telegram_http import BROKEN, OK, WHOLE

LONGEST = 2**20


def server_at(port: int, scheme: str = "http", *, most: int = 5) -> Server:
    """Return the client that asks a ``Peer``."""
    return Server(f"{scheme}://127.0.0.1:{port}/api/", "test", most=most, longest=LONGEST)


@asynccontextmanager
async def asked(most: int = 5) -> AsyncIterator[tuple[Peer, Server]]:
    """Run a ``Peer`` and give the client that asks it."""
    async with peer() as one:
        server = server_at(one.port, most=most)
        yield one, server
        await server.close()


async def post(server: Server, seconds: float = 5.0) -> Answer:
    """Post two bytes."""
    return await server.request("POST", "/path?x=1", {"Content-Type": "text/plain"}, b"hi", seconds)


# --- reading -------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "expected", "reusable"), WHOLE)
@settings(max_examples=30)
@given(data=st.data())
def test_an_answer_is_read_however_it_is_cut(
    raw: bytes, expected: tuple[int, bytes], reusable: bool, data: st.DataObject
) -> None:
    """It is whole at its last byte and not before."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=8)))
    reading = Reading(LONGEST)
    for begin, end in zip([0, *cuts], cuts, strict=False):
        assert reading.feed(raw[begin:end]) is None
    assert reading.feed(raw[cuts[-1] if cuts else 0 :]) == Answer(*expected)
    assert reading.reusable is reusable


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenError):
        Reading(LONGEST).feed(raw)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_break_anything_else(garbage: bytes, is_body: bool) -> None:
    reading = Reading(LONGEST)
    with suppress(BrokenError):
        reading.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n" + garbage if is_body else garbage)
        reading.end()


def test_a_body_is_as_long_as_was_agreed_at_most() -> None:
    reading = Reading(10)
    assert reading.feed(OK + b"\r\n" + b"x" * 10) is None
    with pytest.raises(BrokenError, match="too long"):
        reading.feed(b"x")


def test_the_time_to_come_back_belongs_to_its_answer() -> None:
    reading = Reading(LONGEST)
    limited = b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    assert reading.feed(limited) == Answer(429, b"", "7")
    assert reading.feed(OK + b"Content-Length: 2\r\n\r\nok") == Answer(200, b"ok")


def test_an_answer_is_not_changed_by_the_next() -> None:
    """Its body is handed over, not copied."""
    reading = Reading(LONGEST)
    first = reading.feed(OK + b"Content-Length: 2\r\n\r\nok")
    reading.feed(OK + b"Content-Length: 2\r\n\r\nno")
    assert first == Answer(200, b"ok")


# --- connections ---------------------------------------------------------------


def test_one_connection_serves_many_requests() -> None:
    async def scenario() -> None:
        async with asked() as (one, server):
            assert [await post(server) for _ in range(3)] == [Answer(200, b"ok")] * 3
            assert len(one.connections) == 1
            head, _, body = one.requests[0].partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == b"POST /api/path?x=1 HTTP/1.1"
            assert {b"Host: 127.0.0.1:%d" % one.port, b"Content-Type: text/plain"} <= set(lines)
            assert body == b"hi"

    run(scenario())


def test_a_request_without_a_body_says_so() -> None:
    async def scenario() -> None:
        heads: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK + b"Content-Length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
            server = server_at(listening.sockets[0].getsockname()[1])
            assert await server.request("GET", "/", {}, None, 5.0) == Answer(200, b"")
            await server.close()
        assert heads[0].startswith(b"GET /api/ HTTP/1.1\r\n")
        assert b"content-length" not in heads[0].lower()

    run(scenario())


def test_no_more_connections_than_agreed_are_open_at_a_time() -> None:
    async def scenario() -> None:
        async with asked(most=2) as (one, server):
            assert await asyncio.gather(*(post(server) for _ in range(8))) == [Answer(200, b"ok")] * 8
            assert len(one.connections) == 2

    run(scenario())


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    async def scenario() -> None:
        async with asked() as (one, server):
            one.closes = True
            for number in range(1, 4):
                assert (await post(server)).body == b"ok"
                while server.free:
                    await asyncio.sleep(0)
                assert len(one.connections) == number

    run(scenario())


def test_a_request_that_was_given_up_leaves_no_answer_behind() -> None:
    """Neither a deadline nor a cancelled task lets the next one read a strange answer, or takes a turn."""

    async def scenario() -> None:
        async with asked(most=1) as (one, server):
            one.hold.clear()
            with pytest.raises(TimeoutError):
                await post(server, 0.05)
            one.asked.clear()
            task = asyncio.create_task(post(server))
            await one.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            one.hold.set()
            await post(server)
            assert len(one.connections) == 3

    run(scenario())


def test_closing_ends_what_is_under_way() -> None:
    async def scenario() -> None:
        async with asked() as (one, server):
            one.hold.clear()
            task = asyncio.create_task(post(server))
            await one.asked.wait()
            await server.close()
            with pytest.raises(BrokenError):
                await task

    run(scenario())


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\n", "a\0", "ä"])
def test_what_cannot_stand_in_a_field_is_refused(value: str) -> None:
    async def scenario() -> None:
        async with asked() as (one, server):
            with pytest.raises(ValueError, match=r"."):
                await server.request("GET", "/", {"Authorization": value}, None, 5.0)
            assert not one.connections

    run(scenario())


def test_an_address_where_nobody_is() -> None:
    async def scenario() -> None:
        with pytest.raises(ConnectError, match="ConnectionRefusedError"):
            await post(server_at(free_port()))

    run(scenario())


@pytest.mark.parametrize("address", ["https://x:port", "https://[::1", "https://" + "x" * 99])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Server(address, "test", most=1, longest=LONGEST)


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with peer(certified(tmp_path)) as one:
            with pytest.raises(ConnectError, match="SSLCertVerificationError"):
                await post(server_at(one.port, "https"))
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            known = server_at(one.port, "https")
            assert (await post(known)).body == b"ok"
            assert len(one.requests) == 1
            await known.close()

    run(scenario())
