"""Asks one server over HTTP/1.1, over connections that are kept open.

aiohttp's client costs more per call than all else that an answer does, and 10
MB of memory (measured). It serves every server and every use; here one server
is asked, and no redirect or cookie is followed. What arrives is parsed
by httptools; ``Reading`` is pure: bytes in, an answer out.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import NamedTuple, cast
from urllib.parse import quote, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from adapters.reach import ProxyError, login, reached

IDLE = 60.0
"""Seconds after which an unused connection is not trusted any more."""
LONGEST_HEAD = 64 * 1024
"""Bytes of fields, before or after a body, and of sizes of its pieces."""


class ConnectError(OSError):
    """No connection came about, so nothing was sent. Its text is the kind of the error behind it."""


class BrokenError(OSError):
    """The connection ended, or spoke no HTTP, before the answer was whole. Its text is the reason."""


class Answer(NamedTuple):
    """Status and body of an answer, and its field ``Retry-After``, ``""`` if it has none."""

    status: int
    body: bytes | bytearray
    retry_after: str = ""


# --- reading -------------------------------------------------------------------


class Reading:
    """Reads the answers that come over one connection, one at a time.

    ``longest`` is how many bytes a body may have. ``reusable`` is whether another
    exchange may follow. The methods ``on_…`` are called by httptools.
    """

    def __init__(self, longest: int) -> None:
        self._parser = HttpResponseParser(self)
        self._longest = longest
        self._answer: Answer | None = None
        self._body = bytearray()
        self._retry_after = ""
        self._beside = 0
        """Bytes that came since the last ones of a body."""
        self._status = 0
        """Of the answer whose body is being read, else 0."""
        self._has_length = False
        self.reusable = True

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes that arrived; return the answer when it is whole.

        Raises ``BrokenError`` for what is no HTTP or too long.
        """
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self.reusable = False
            if self._answer is None:
                raise BrokenError("an answer that is not HTTP") from None
        answer, self._answer = self._answer, None
        if answer is not None:
            self._beside = 0
        elif self._beside > LONGEST_HEAD or len(self._body) > self._longest:
            raise BrokenError("an answer that is too long")
        return answer

    def end(self) -> Answer:
        """Return the answer that the end of the connection completes, or raise ``BrokenError``.

        The rule (RFC 9112, 6.3) is ours: httptools cannot be told that a connection ended.
        """
        self.reusable = False
        if not self._status or self._has_length:
            raise BrokenError("the connection was closed")
        return Answer(self._status, self._body, self._retry_after)

    def on_message_begin(self) -> None:
        """Refuse an answer that follows another: nobody asked for it."""
        if self._answer is not None:
            raise BrokenError("a second answer")
        self._has_length, self._retry_after = False, ""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note when to come back, and whether the answer tells where it ends."""
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._has_length = True
        elif name == b"retry-after":
            self._retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Begin the body, unless this is 1xx, which only announces the answer (RFC 9110, 15.2)."""
        status = self._parser.get_status_code()
        self._status = status if status >= 200 else 0

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._body += piece
        self._beside = 0

    def on_message_complete(self) -> None:
        """Keep the answer."""
        if self._status:
            self._answer = Answer(self._status, self._body, self._retry_after)
            self.reusable = self._parser.should_keep_alive()
            self._status = 0
            self._body = bytearray()  # handed over, not copied: an answer may be large


# --- connections ---------------------------------------------------------------


class _Connection(asyncio.Protocol):
    """A connection on which one exchange at a time is made."""

    def __init__(self, longest: int) -> None:
        self._stream: asyncio.Transport | None = None
        self._reading = Reading(longest)
        self._answer: asyncio.Future[Answer] | None = None
        self.free_since = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether another exchange may be made."""
        is_open = self._stream is not None and not self._stream.is_closing()
        return is_open and time.monotonic() - self.free_since < IDLE

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Send a request and return the answer. Raises ``BrokenError`` and ``TimeoutError``."""
        if self._stream is None:
            raise BrokenError("the connection was closed")
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        clock = loop.call_later(seconds, self._fail, TimeoutError("TimeoutError"))
        is_whole = False
        try:
            self._stream.write(request)
            answer = await self._answer
            is_whole = True
            return answer
        finally:
            clock.cancel()
            if not (is_whole and self._reading.reusable):
                self.abort()
            self._answer = None
            self.free_since = time.monotonic()

    def abort(self) -> None:
        """Close at once."""
        if self._stream is not None:
            self._stream.abort()
            self._stream = None

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _done(self, answer: Answer | None) -> None:
        if answer is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    # --- what asyncio calls ----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._stream = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # nobody asked
            return
        try:
            self._done(self._reading.feed(data))
        except BrokenError as error:
            self._fail(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._stream = None
        try:
            if error is not None:
                raise BrokenError(type(error).__name__)
            self._done(self._reading.end())
        except BrokenError as broken:
            self._fail(broken)


class Server:
    """The server behind an address, asked over up to ``most`` connections at a time.

    No ``most`` means as many as are needed. ``longest`` is how many bytes the body of an answer may
    have, ``connect`` how many seconds setting a connection up may take. A login in the address,
    ``user:password@``, is sent with every request that has no ``Authorization`` of its own. With
    ``proxy``, ``http://user:password@host:port``, connections go through that (CONNECT). The repr
    shows nothing. Raises ``ValueError`` for what is no address.
    """

    def __init__(
        self,
        address: str,
        agent: str,
        *,
        most: int | None,
        longest: int,
        connect: float = 15.0,
        proxy: str = "",
    ) -> None:
        parts = urlsplit(address)
        self._host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
        self._is_secret = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_secret else 80)
        self._path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
        shown = f"[{self._host}]" if ":" in self._host else self._host
        lines = [f"Host: {shown}" if parts.port is None else f"Host: {shown}:{parts.port}"]
        lines += [f"User-Agent: {agent}", "Accept: */*", "Accept-Encoding: identity", ""]
        self._fields = "\r\n".join(lines)
        self._login = login("Authorization", parts)
        self._proxy = urlsplit(proxy) if proxy else None
        self._longest = longest
        self._connect_seconds = connect
        self._turns = nullcontext() if most is None else asyncio.Semaphore(most)
        self._free: list[_Connection] = []
        self._busy: set[_Connection] = set()
        self._security: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return "<Server>"

    @property
    def free(self) -> int:
        """How many connections wait for their next call."""
        return sum(connection.is_usable for connection in self._free)

    async def request(
        self, method: str, target: str, fields: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """Send a request and return the answer: ``head`` and ``send`` in one."""
        return await self.send(self.head(method, target, fields), body, seconds)

    def head(self, method: str, target: str, fields: Mapping[str, str]) -> bytes:
        """Return the head of a request but for its length; it may be sent many times.

        ``target`` is path and query, with what has a meaning there quoted. Raises ``ValueError`` for
        what cannot stand in a field.
        """
        own = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if not own.replace("\r\n", "").isprintable() or own.count("\r\n") != len(fields):
            raise ValueError("a field with control characters")
        login = "" if "Authorization" in fields else self._login
        return f"{method} {self._path}{target} HTTP/1.1\r\n{self._fields}{login}{own}".encode("ascii")

    async def send(self, head: bytes, body: bytes | None, seconds: float) -> Answer:
        """Send a request that begins with ``head`` and return the answer, waiting ``seconds`` for it.

        Raises ``ConnectError`` when nothing was sent, and ``BrokenError`` or ``TimeoutError`` when it
        may have been.
        """
        whole = (
            b"%b\r\n" % head if body is None else b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        )
        async with self._turns:
            connection = self._take_free() or await self._connect()
            self._busy.add(connection)
            try:
                return await connection.exchange(whole, seconds)
            finally:
                self._busy.discard(connection)
                if connection.is_usable:
                    self._free.append(connection)

    async def close(self) -> None:
        """Close all connections."""
        for connection in [*self._free, *self._busy]:
            connection.abort()
        self._free.clear()
        await asyncio.sleep(0)  # asyncio closes their sockets in its next turn

    def _take_free(self) -> _Connection | None:
        while self._free:
            connection = self._free.pop()
            if connection.is_usable:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                opened = await reached(self._host, self._port, self._proxy)
                security = self._context() if self._is_secret else None
                name = self._host if self._is_secret else None
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._longest), sock=opened, ssl=security, server_hostname=name
                )
        except ProxyError as error:
            raise ConnectError(str(error)) from None
        except (OSError, TimeoutError, ValueError) as error:
            raise ConnectError(type(error).__name__) from None
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._security is None:
            self._security = ssl.create_default_context()
            self._security.set_alpn_protocols(["http/1.1"])
        return self._security
