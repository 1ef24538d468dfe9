"""Opens a connection to a server: straight, or through an HTTP proxy (CONNECT: RFC 9110, 9.3.6)."""

from __future__ import annotations

import asyncio
import re
import socket
from base64 import b64encode
from urllib.parse import SplitResult, unquote

from aiohappyeyeballs import start_connection

_LONGEST_HEAD = 64 * 1024
"""Bytes of a proxy's answer."""
_USUAL_PORT = 3128
"""Where a proxy listens that is named without a port: as Squid does."""
_EITHER_FAMILY = 0.25
"""Seconds after which the next address of the server is tried, too (RFC 8305)."""
_ACCEPTED = re.compile(rb"HTTP/1\.[01] 2\d\d")


class ProxyError(OSError):
    """The proxy did not let us through. Its text is the reason."""


async def reached(host: str, port: int, proxy: SplitResult | None) -> socket.socket:
    """Return a connection to a server. Raises ``OSError``, of which ``ProxyError`` is one."""
    if proxy is None:
        return await _straight(host, port)
    try:
        opened = await _straight(proxy.hostname or "", proxy.port or _USUAL_PORT)
    except OSError as error:
        raise ProxyError(f"the proxy cannot be reached: {type(error).__name__}") from None
    try:
        await _ask(opened, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", proxy)
    except BaseException:
        opened.close()
        raise
    return opened


def login(field: str, parts: SplitResult) -> str:
    """Return the line that logs in with the name and password of an address, ``""`` if it has none."""
    if parts.username is None:
        return ""
    text = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"{field}: Basic {b64encode(text.encode()).decode()}\r\n"


async def _straight(host: str, port: int) -> socket.socket:
    places = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # asyncio can do so as well, but loses a socket when it is cancelled at the wrong moment.
    return await start_connection(places, happy_eyeballs_delay=_EITHER_FAMILY, interleave=1)


async def _ask(opened: socket.socket, place: str, proxy: SplitResult) -> None:
    """Have a proxy connect ``opened`` to ``place``."""
    loop = asyncio.get_running_loop()
    request = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login('Proxy-Authorization', proxy)}\r\n"
    await loop.sock_sendall(opened, request.encode("ascii"))
    head = b""
    # The server says nothing before we do, so all that can be read belongs to the proxy's answer.
    while not head.endswith(b"\r\n\r\n"):
        piece = await loop.sock_recv(opened, 4096)
        head += piece
        if b"\r\n" in head and not _ACCEPTED.match(head):
            status = head.partition(b" ")[2][:3] if head.startswith(b"HTTP/") else b"no HTTP"
            raise ProxyError(f"the proxy refuses: {status.decode('latin-1')}")
        if not piece or len(head) > _LONGEST_HEAD:
            raise ProxyError("the proxy ends its answer in the middle")
