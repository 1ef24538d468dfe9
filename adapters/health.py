"""Serves ``/healthz``, ``/readyz`` and ``/metrics``, and asks for them as the program's own health check."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.observability import ChannelStatus, ContentStatus, State
from bot.errors import ConfigError

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PATIENCE = 4.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def application(
    channels: Callable[[], Sequence[ChannelStatus]],
    content: Callable[[], ContentStatus],
    metrics: Callable[[], bytes],
) -> web.Application:
    """Return the application. Answering ``/healthz`` at all shows that the event loop runs."""

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        report = readiness(channels(), content())
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": _METRICS_TYPE})

    app = web.Application(client_max_size=1024)
    app.router.add_get("/healthz", live)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", numbers)
    return app


def readiness(channels: Sequence[ChannelStatus], content: ContentStatus) -> dict[str, Any]:
    """Return what ``/readyz`` says: ready while every channel serves."""
    return {
        "ready": bool(channels) and all(channel.state is State.SERVING for channel in channels),
        "channels": {
            channel.name: {
                "state": channel.state,
                "seconds_since_contact": None if channel.age is None else round(channel.age, 1),
                "restarts": channel.restarts,
                "waiting": channel.waiting,
            }
            for channel in channels
        },
        "content": {"digest": content.digest, "newer_refused": content.refused},
    }


@asynccontextmanager
async def serving(app: web.Application, listen: tuple[str, int]) -> AsyncIterator[int]:
    """Serve ``app`` while the block runs; give the port. Raises ``ConfigError`` if it cannot listen."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, *listen).start()
        except OSError as error:
            raise cannot_listen(listen, error) from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


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
