"""Whether an address can be listened at, and what answers there: the program's own health check, without a web server."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket

from bot.errors import ConfigError

_PATIENCE = 4.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def cannot_listen(listen: tuple[str, int], error: OSError) -> ConfigError:
    """Return what ends the program when it cannot listen: the reason and the mend."""
    is_name = isinstance(error, socket.gaierror)
    number = None if is_name else error.errno
    reason = error.strerror if is_name else os.strerror(number) if number else type(error).__name__
    mend = {
        errno.EADDRINUSE: "choose another port",
        errno.EACCES: "choose a port from 1024 on",
        errno.EADDRNOTAVAIL: "name an address of this machine",
    }.get(number or 0, "name an address of this machine and a free port")
    return ConfigError(f"LOTSE_HTTP_LISTEN: cannot listen on {listen[0]}:{listen[1]} ({reason}); {mend}.")


def require(listen: tuple[str, int]) -> None:
    """Make sure that ``listen`` can be listened at, before anything long is begun. Raises ``ConfigError``."""
    try:
        family, *_, address = socket.getaddrinfo(*listen, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise cannot_listen(listen, error) from None


def examine(listen: tuple[str, int]) -> tuple[bool, str]:
    """Return whether ``listen`` can be listened at or a bot does so already, and a sentence about it."""
    at = f"{listen[0]}:{listen[1]}"
    if ask(listen, "/healthz") == (True, "ok"):
        return True, f"A bot is running and answers at {at}."
    try:
        require(listen)
    except ConfigError as error:
        return False, str(error)
    return True, f"Health and metrics can listen at {at}."


def ask(listen: tuple[str, int], path: str) -> tuple[bool, str]:
    """Ask a running program at ``listen`` for ``path``; return whether all is well, and what it says."""
    host, port = _EVERYWHERE.get(listen[0], listen[0]), listen[1]
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(65536).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return False, f"nothing answers at {host}:{port} ({reason})."
    finally:
        connection.close()
    if (said := _sentence(text)) is None:
        return False, f"something else answers at {host}:{port}; is LOTSE_HTTP_LISTEN that of the program?"
    return answer.status == 200, said


def _sentence(report: str) -> str | None:
    """Return in words what a page says, ``None`` if it is not one of this program."""
    if report == "ok":
        return report
    try:
        channels = json.loads(report)["channels"]
        return ", ".join(f"{name} {about['state']}" for name, about in channels.items()) or "no channel"
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
