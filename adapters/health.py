"""Serves ``/healthz``, ``/readyz`` and ``/metrics``; ``listening`` asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.listening import cannot_listen
from adapters.observability import ChannelStatus, ContentStatus, State

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
