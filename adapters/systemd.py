"""Tells systemd, where it has started the program, that it serves and that its event loop still turns.

The protocol is that of sd_notify(3): a datagram to the socket that the environment names.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress

_MICROSECONDS = 1e6


async def report(environment: Mapping[str, str]) -> None:
    """Say that the program is ready, then, as often as the watchdog of the unit asks for it, that it is alive.

    Does nothing where nobody asks. Who hears nothing any more ends the program and starts it again.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    _tell(address, b"READY=1")
    microseconds = environment.get("WATCHDOG_USEC", "")
    while microseconds.isdecimal():
        _tell(address, b"WATCHDOG=1")
        await asyncio.sleep(int(microseconds) / _MICROSECONDS / 3)  # one may be late, and the next one, too


def _tell(address: str, message: bytes) -> None:
    name = f"\0{address[1:]}" if address.startswith("@") else address  # an abstract one (unix(7))
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(message, name)
