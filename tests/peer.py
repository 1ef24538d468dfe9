"""A server of one line, for tests of what is asked over HTTP."""

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

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


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


@dataclass(slots=True)
class Proxy:
    """An HTTP proxy that joins connections; it answers with ``reply`` instead, if there is one."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    reply: bytes = b""
    _joined: list[asyncio.Task[None]] = field(default_factory=list)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what one CONNECT asks for."""
        self._writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        if self.reply:
            writer.write(self.reply)
            writer.close()
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        from_server, to_server = await asyncio.open_connection(host, int(port))
        self._writers.append(to_server)
        for part in (b"HTTP/1.1 200 Connection", b" established\r\nVia: test\r\n", b"\r\n"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        for source, target in ((reader, to_server), (from_server, writer)):
            self._joined.append(asyncio.create_task(_carry(source, target)))

    async def close(self) -> None:
        """End what is joined."""
        for task in self._joined:
            task.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()


@asynccontextmanager
async def proxy() -> AsyncIterator[Proxy]:
    """Run a ``Proxy``."""
    one = Proxy()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        await one.close()


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
