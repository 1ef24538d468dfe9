"""Connections over real sockets: used again, renewed when they ended, encrypted, and never shared by two calls."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.telegram.http import Answer, BrokenError, ConnectError, Server
from tests.live.telegram.harness import free_port, run


@dataclass(slots=True)
class Peer:
    """A server of one line: answers every request with ``reply`` and counts."""

    port: int = 0
    connections: list[asyncio.StreamWriter] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    closes: bool = False
    reply: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client goes away."""
        self.connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                self.requests.append(head + await reader.readexactly(length))
                self.asked.set()
                await self.hold.wait()
                writer.write(self.reply)
                await writer.drain()
                if self.closes:
                    break
        writer.close()


@asynccontextmanager
async def peer(security: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Run a ``Peer``."""
    one = Peer()
    one.hold.set()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=security)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        one.hold.set()
        server.close()
        for writer in one.connections:
            writer.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def asked() -> AsyncIterator[tuple[Peer, Server]]:
    """Run a ``Peer`` and give the client that asks it."""
    async with peer() as one:
        server = Server(f"http://127.0.0.1:{one.port}", "test")
        yield one, server
        await server.close()


async def post(server: Server, seconds: float = 5.0) -> Answer:
    """Post two bytes."""
    return await server.post("path", "text/plain", b"hi", seconds)


def test_one_connection_serves_many_calls_and_two_at_a_time_have_one_each() -> None:
    """Nothing is set up twice, and no call gets the answer of another."""

    async def scenario() -> None:
        async with asked() as (one, server):
            assert [await post(server) for _ in range(3)] == [Answer(200, b"ok")] * 3
            assert len(one.connections) == 1
            await asyncio.gather(*(post(server) for _ in range(4)))
            assert len(one.connections) == 4

    run(scenario())


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """The next call has a new one, and no error."""

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
    """The next call gets its own answer."""

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


def test_a_call_that_was_given_up_leaves_no_answer_behind() -> None:
    """Neither a deadline nor a cancelled task lets the next call read a strange answer."""

    async def scenario() -> None:
        async with asked() as (one, server):
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
    """A call that waits for its answer learns that there will be none."""

    async def scenario() -> None:
        async with asked() as (one, server):
            one.hold.clear()
            task = asyncio.create_task(post(server))
            await one.asked.wait()
            await server.close()
            with pytest.raises(BrokenError):
                await task

    run(scenario())


def test_the_address_decides_path_host_and_login() -> None:
    """A password in the address is sent as such, and stays out of the path."""

    async def scenario() -> None:
        async with peer() as one:
            server = Server(f"http://anna:ge%40heim@127.0.0.1:{one.port}/api/", "test")
            await post(server)
            head, _, body = one.requests[0].partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == b"POST /api/path HTTP/1.1"
            assert f"Host: 127.0.0.1:{one.port}".encode() in lines
            assert b"Authorization: Basic YW5uYTpnZUBoZWlt" in lines
            assert body == b"hi"
            assert "heim" not in repr(server)
            await server.close()

    run(scenario())


def test_an_address_where_nobody_is() -> None:
    """Nothing was sent, and the error says what is wrong."""

    async def scenario() -> None:
        with pytest.raises(ConnectError, match="ConnectionRefusedError"):
            await post(Server(f"http://127.0.0.1:{free_port()}", "test"))
        with pytest.raises(ConnectError, match="gaierror"):
            await post(Server("http://nobody.invalid", "test"))

    run(scenario())


def test_a_certificate_must_be_trusted_and_of_that_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token goes to nobody else."""

    async def scenario() -> None:
        async with peer(certified(tmp_path)) as one:
            stranger = Server(f"https://127.0.0.1:{one.port}", "test")
            with pytest.raises(ConnectError, match="SSLCertVerificationError"):
                await post(stranger)
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            known = Server(f"https://127.0.0.1:{one.port}", "test")
            assert (await post(known)).body == b"ok"
            other_name = Server(f"https://localhost:{one.port}", "test")
            with pytest.raises(ConnectError, match="SSLCertVerificationError"):
                await post(other_name)
            assert len(one.requests) == 1
            await known.close()

    run(scenario())


def certified(folder: Path) -> ssl.SSLContext:
    """Write a certificate for 127.0.0.1 and return the server's side of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    security = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    security.load_cert_chain(path, secret)
    return security
