"""The HTTP client: answers are read whole, connections are used again, and nobody gets another's answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http import LONGEST_HEAD, Answer, BrokenError, ConnectError, Reading, Server
from tests.live.telegram.harness import free_port, run
from tests.peer import Peer, certified, peer, proxy

LONGEST = 4 * 2**20
"""Bytes of a body in these tests."""
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE: list[tuple[bytes, Answer, bool]] = [
    (OK + b"Content-Length: 5\r\n\r\nhallo", Answer(200, b"hallo"), True),
    (OK + b"content-length:5\r\nConnection: close\r\n\r\nhallo", Answer(200, b"hallo"), False),
    (OK + b"Content-Length: 0\r\n\r\n", Answer(200, b""), True),
    (b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", Answer(502, b"no"), False),
    (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b""), True),
    (b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", Answer(404, b"no"), True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", Answer(200, b"ok"), True),
    (
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhal\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        Answer(200, b"hallo"),
        True,
    ),
    (
        OK + b"Transfer-Encoding: Chunked\r\n\r\nA\r\n\r\n34567\r\n0\r\n0\r\nX: y\r\n\r\n",
        Answer(200, b"\r\n34567\r\n0"),
        True,
    ),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", Answer(200, b""), True),
]
BROKEN = {
    "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "another protocol from here on": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a field without a name": OK + b"hallo\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\n",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "an endless length": OK + b"Content-Length: %d\r\n\r\n" % 10**20,
    "a length beside pieces": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    "a piece without a size": OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
    "a negative piece": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a piece longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "an endless piece": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 17 + b"\r\n",
    "a head without end": OK + b"X: y" * LONGEST_HEAD,
    "announcements without end": b"HTTP/1.1 100 Continue\r\n\r\n" * (LONGEST_HEAD // 20),
    "a size without end": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * (LONGEST_HEAD + 1),
    "a tail without end": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * LONGEST_HEAD,
}


# --- reading -------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "expected", "reusable"), WHOLE)
@settings(max_examples=30)
@given(data=st.data())
def test_an_answer_is_read_however_it_is_cut(
    raw: bytes, expected: Answer, reusable: bool, data: st.DataObject
) -> None:
    """It is whole at its last byte and not before."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=8)))
    reading = Reading(LONGEST)
    for begin, end in zip([0, *cuts], cuts, strict=False):
        assert reading.feed(raw[begin:end]) is None
    assert reading.feed(raw[cuts[-1] if cuts else 0 :]) == expected
    assert reading.reusable is reusable


@pytest.mark.parametrize(("raw", "expected", "reusable"), WHOLE)
def test_half_an_answer_is_none(raw: bytes, expected: Answer, reusable: bool) -> None:
    """A connection that ends before the last byte has broken."""
    for length in range(len(raw)):
        reading = Reading(LONGEST)
        assert reading.feed(raw[:length]) is None
        with pytest.raises(BrokenError):
            reading.end()


def test_many_answers_over_one_connection_add_up_to_nothing() -> None:
    """Neither to a head without end nor to a length of the last one."""
    reading = Reading(LONGEST)
    for _ in range(LONGEST_HEAD // 20):
        assert reading.feed(OK + b"Content-Length: 0\r\n\r\n") == Answer(200, b"")
    assert reading.feed(OK + b"\r\n") is None
    assert reading.feed(b"hallo") is None
    assert reading.end() == Answer(200, b"hallo")


def test_without_a_length_the_end_of_the_connection_is_the_end() -> None:
    """So says RFC 9112, 6.3; the connection is used up."""
    reading = Reading(LONGEST)
    assert reading.feed(OK + b"\r\nhal") is None
    assert reading.feed(b"lo") is None
    assert reading.end() == Answer(200, b"hallo")
    assert not reading.reusable


@pytest.mark.parametrize("more", [b"H", OK + b"Content-Length: 3\r\n\r\nbad", b"bad"])
def test_what_nobody_asked_for_uses_the_connection_up(more: bytes) -> None:
    """Bytes after an answer cannot be the answer to the next question."""
    reading = Reading(LONGEST)
    assert reading.feed(OK + b"Content-Length: 2\r\n\r\nok" + more) == Answer(200, b"ok")
    assert not reading.reusable


@given(st.lists(st.sampled_from([one for one in WHOLE if one[2]]), min_size=2, max_size=5))
def test_answers_follow_each_other_over_one_connection(exchanges: list[tuple[bytes, Answer, bool]]) -> None:
    """None keeps anything of the one before, and a connection that ends between two completes none."""
    reading = Reading(LONGEST)
    for raw, expected, _ in exchanges:
        assert reading.feed(raw) == expected
        assert reading.reusable
    with pytest.raises(BrokenError):
        reading.end()


@pytest.mark.parametrize(
    "piece", [b"x" * 2**20, b"%x\r\n%b\r\n" % (2**20, b"x" * 2**20)], ids=["bare", "pieces"]
)
def test_a_body_without_end_is_refused(piece: bytes) -> None:
    """It is not kept beyond the limit."""
    reading = Reading(LONGEST)
    reading.feed(OK + (b"Transfer-Encoding: chunked\r\n\r\n" if b"\n" in piece else b"\r\n"))
    for _ in range(LONGEST // 2**20):
        assert reading.feed(piece) is None
    with pytest.raises(BrokenError):
        reading.feed(piece)


def test_an_unknown_status_is_an_answer() -> None:
    """It is taken for an error of the server (RFC 9110, 15), by whoever asked."""
    assert Reading(LONGEST).feed(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n") == Answer(999, b"")


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenError):
        Reading(LONGEST).feed(raw)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_break_anything_else(garbage: bytes, is_body: bool) -> None:
    """Whatever a server sends, the error is ours."""
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


def server_at(
    port: int,
    scheme: str = "http",
    host: str = "127.0.0.1",
    *,
    most: int | None = None,
    connect: float = 5.0,
    proxy: str = "",
) -> Server:
    """Return the client that asks a ``Peer``."""
    address = f"{scheme}://{host}:{port}/api/"
    return Server(address, "test", most=most, longest=LONGEST, connect=connect, proxy=proxy)


@asynccontextmanager
async def asked(most: int | None = None) -> AsyncIterator[tuple[Peer, Server]]:
    """Run a ``Peer`` and give the client that asks it."""
    async with peer() as one:
        server = server_at(one.port, most=most)
        yield one, server
        await server.close()


async def post(server: Server, seconds: float = 5.0) -> Answer:
    """Post two bytes."""
    return await server.request("POST", "/path?x=1", {"Content-Type": "text/plain"}, b"hi", seconds)


def test_one_connection_serves_many_requests_and_two_at_a_time_have_one_each() -> None:
    """Nothing is set up twice, and no request gets the answer of another."""

    async def scenario() -> None:
        async with asked() as (one, server):
            assert [await post(server) for _ in range(3)] == [Answer(200, b"ok")] * 3
            assert len(one.connections) == 1
            await asyncio.gather(*(post(server) for _ in range(4)))
            assert len(one.connections) == 4

    run(scenario())


def test_no_more_connections_than_agreed_are_open_at_a_time() -> None:
    async def scenario() -> None:
        async with asked(most=2) as (one, server):
            assert await asyncio.gather(*(post(server) for _ in range(8))) == [Answer(200, b"ok")] * 8
            assert len(one.connections) == 2

    run(scenario())


def test_the_address_decides_path_host_and_login() -> None:
    """A password in the address is sent as such, and stays out of the path."""

    async def scenario() -> None:
        async with peer() as one:
            server = server_at(one.port, host="anna:ge%40heim@127.0.0.1")
            await post(server)
            head, _, body = one.requests[0].partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == b"POST /api/path?x=1 HTTP/1.1"
            assert f"Host: 127.0.0.1:{one.port}".encode() in lines
            assert b"Content-Type: text/plain" in lines
            assert b"Authorization: Basic YW5uYTpnZUBoZWlt" in lines
            assert body == b"hi"
            assert "heim" not in repr(server)
            await server.close()

    run(scenario())


def test_a_request_is_authorized_once_and_by_its_own_field_first() -> None:
    """Two fields ``Authorization`` mean nothing; without a login in the address there is none."""

    async def scenario() -> None:
        async with asked() as (one, server):
            await post(server)
            own = server_at(one.port, host="anna:geheim@127.0.0.1")
            await own.request("PUT", "/", {"Authorization": "Bearer x"}, b"", 5.0)
            assert b"Authorization" not in one.requests[0]
            assert one.requests[1].count(b"Authorization") == 1
            assert b"\r\nAuthorization: Bearer x\r\n" in one.requests[1]
            await own.close()

    run(scenario())


def test_a_head_may_be_sent_again() -> None:
    """With another body; what arrives is what ``request`` sends."""

    async def scenario() -> None:
        async with asked() as (one, server):
            head = server.head("POST", "/path?x=1", {"Content-Type": "text/plain"})
            await server.send(head, b"hello", 5.0)
            await server.send(head, b"hi", 5.0)
            await post(server)
            assert one.requests[0].endswith(b"\r\nContent-Length: 5\r\n\r\nhello")
            assert one.requests[1] == one.requests[2]

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


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """The next request has a new one, and no error."""

    async def scenario() -> None:
        async with asked() as (one, server):
            one.closes = True
            for number in range(1, 4):
                assert (await post(server)).body == b"ok"
                while server.free:
                    await asyncio.sleep(0)
                assert len(one.connections) == number

    run(scenario())


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", b"bad"])
def test_a_connection_with_more_than_was_asked_for_is_not_used_again(more: bytes) -> None:
    """The next request gets its own answer."""

    async def scenario() -> None:
        async with asked() as (one, server):
            one.reply += more
            assert [await post(server) for _ in range(3)] == [Answer(200, b"ok")] * 3
            assert len(one.connections) == 3

    run(scenario())


def test_the_end_of_a_connection_ends_only_an_answer_without_a_length() -> None:
    """Half of any other answer is an error."""

    async def scenario() -> None:
        async with asked() as (one, server):
            one.closes = True
            one.reply = b"HTTP/1.1 200 OK\r\n\r\nok"
            assert await post(server) == Answer(200, b"ok")
            one.reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nok"
            with pytest.raises(BrokenError, match="closed"):
                await post(server)
            one.reply = b"SSH-2.0-OpenSSH\r\n"
            with pytest.raises(BrokenError, match="not HTTP"):
                await post(server)

    run(scenario())


@pytest.mark.parametrize("most", [1, None])
def test_a_request_that_was_given_up_leaves_no_answer_behind(most: int | None) -> None:
    """Neither a deadline nor a cancelled task lets the next one read a strange answer, or takes a turn."""

    async def scenario() -> None:
        async with asked(most) as (one, server):
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
    """A request that waits for its answer learns that there will be none."""

    async def scenario() -> None:
        async with asked() as (one, server):
            one.hold.clear()
            task = asyncio.create_task(post(server))
            await one.asked.wait()
            await server.close()
            with pytest.raises(BrokenError):
                await task

    run(scenario())


def test_an_answer_over_a_connection_is_as_long_as_was_agreed_at_most() -> None:
    async def scenario() -> None:
        async with asked() as (one, server):
            one.reply = OK + b"Content-Length: %d\r\n\r\n" % LONGEST + b"x" * LONGEST
            assert len((await post(server)).body) == LONGEST
            one.reply = OK + b"Content-Length: %d\r\n\r\n" % (2 * LONGEST) + b"x" * 2 * LONGEST
            with pytest.raises(BrokenError, match="too long"):
                await post(server)

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
    """Nothing was sent, and the error says what is wrong."""

    async def scenario() -> None:
        with pytest.raises(ConnectError, match="ConnectionRefusedError"):
            await post(server_at(free_port()))
        with pytest.raises(ConnectError, match="gaierror"):
            await post(server_at(80, host="nobody.invalid"))

    run(scenario())


def test_setting_a_connection_up_takes_as_long_as_was_agreed_at_most() -> None:
    """Nothing was sent: the server waits for plain text, and says nothing to TLS."""

    async def scenario() -> None:
        async with peer() as one:
            with pytest.raises(ConnectError, match="TimeoutError"):
                await post(server_at(one.port, "https", connect=0.05))
            assert not one.requests

    run(scenario(), 2.0)


@pytest.mark.parametrize("address", ["https://x:port", "https://[::1", "https://" + "x" * 99])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Server(address, "test", most=1, longest=LONGEST)


def test_a_certificate_must_be_trusted_and_of_that_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent goes to nobody else."""

    async def scenario() -> None:
        async with peer(certified(tmp_path)) as one:
            stranger = server_at(one.port, "https")
            with pytest.raises(ConnectError, match="SSLCertVerificationError"):
                await post(stranger)
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            known = server_at(one.port, "https")
            assert (await post(known)).body == b"ok"
            other_name = server_at(one.port, "https", "localhost")
            with pytest.raises(ConnectError, match="SSLCertVerificationError"):
                await post(other_name)
            assert len(one.requests) == 1
            await known.close()

    run(scenario())


# --- through a proxy -----------------------------------------------------------


def test_a_proxy_joins_us_with_the_server_and_sees_nothing_but_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with peer(certified(tmp_path)) as one, proxy() as way:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            server = server_at(one.port, "https", proxy=f"http://jane:s%40y@127.0.0.1:{way.port}")
            assert (await post(server)).body == (await post(server)).body == b"ok"
            assert len(one.requests) == 2
            assert not any(b"Proxy-Authorization" in request for request in one.requests)
            place = f"127.0.0.1:{one.port}"
            login = "Proxy-Authorization: Basic amFuZTpzQHk="  # jane:s@y
            head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n\r\n"
            assert way.heads == [head.encode()], "one for both"
            await server.close()

    run(scenario())


def test_a_proxy_leads_to_a_server_without_tls_too() -> None:
    async def scenario() -> None:
        async with peer() as one, proxy() as way:
            server = server_at(one.port, proxy=f"http://127.0.0.1:{way.port}")
            assert (await post(server)).body == b"ok"
            assert b"Authorization" not in way.heads[0]
            await server.close()

    run(scenario())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy refuses: 407"),
        (b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", "the proxy refuses: 502"),
        (b"SSH-2.0-OpenSSH\r\n", "the proxy refuses: no HTTP"),
        (b"HTTP/1.1 200 OK\r\n", "in the middle"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * LONGEST_HEAD, "in the middle"),
    ],
)
def test_a_proxy_that_does_not_let_us_through_is_named(reply: bytes, reason: str) -> None:
    """Nothing was sent to the server."""

    async def scenario() -> None:
        async with proxy() as way:
            way.reply = reply
            with pytest.raises(ConnectError, match=reason):
                await post(server_at(free_port(), "https", proxy=f"http://127.0.0.1:{way.port}"))

    run(scenario())


def test_a_proxy_that_is_not_there_or_says_nothing() -> None:
    async def scenario() -> None:
        with pytest.raises(ConnectError, match="the proxy cannot be reached: ConnectionRefusedError"):
            await post(server_at(80, proxy=f"http://127.0.0.1:{free_port()}"))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(ConnectError, match="TimeoutError"):
                await post(server_at(80, connect=0.05, proxy=f"http://127.0.0.1:{port}"))

    run(scenario())
