"""Takes updates that Telegram delivers by itself: an aiohttp application.

A delivery is answered with 200 when its update lies in the inbox. Several
processes may stand behind one balancer: those that share a state folder know
each other's updates.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from adapters.telegram.errors import Backoff, CallError, Denials, RefusedError, denied, flood_pause
from adapters.telegram.settings import Settings
from adapters.telegram.transport import Transport, pause
from adapters.telegram.updates import KINDS
from bot.errors import ConfigError

log = logging.getLogger("lotse.telegram")

LONGEST_BODY = 1024 * 1024
"""Bytes of a delivery; Telegram's are a few thousand."""
CONNECTIONS = 100
HEALTH = "/healthz"
_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Take = Callable[[list[dict[str, Any]]], Awaitable[None]]


def application(path: str, secret: str, take: Take, healthy: Callable[[], bool]) -> web.Application:
    """Return the application that serves ``path`` and the health path."""

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            return web.Response(status=403)
        try:
            update = json.loads(await request.read())
        except (ValueError, RecursionError, ConnectionError, web.RequestPayloadError):
            # The last two: the body broke off, or is not packed as it claims. Telegram sends it again.
            return web.Response(status=400)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return web.Response(status=400)
        await take([update])
        return web.Response()

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok\n") if healthy() else web.Response(status=503, text="not ready\n")

    app = web.Application(client_max_size=LONGEST_BODY)
    app.router.add_post(path, receive)
    app.router.add_get(HEALTH, health)
    return app


class Webhook:
    """Listens for deliveries and tells Telegram where to."""

    def __init__(self, settings: Settings, transport: Transport, take: Take) -> None:
        self._settings = settings
        self._transport = transport
        self._take = take
        self._set = False

    @property
    def healthy(self) -> bool:
        """Whether Telegram knows where to deliver."""
        return self._set

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``ConfigError`` or ``AccessError`` when that cannot work."""
        path = unquote(urlsplit(self._settings.webhook_url).path) or "/"
        app = application(path, self._settings.secret, self._take, lambda: self._set)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            host, port = self._settings.webhook_listen or ("127.0.0.1", 0)
            try:
                await web.TCPSite(runner, host, port, reuse_port=True).start()
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise ConfigError(f"LOTSE_TELEGRAM_WEBHOOK_LISTEN: cannot listen there: {reason}.") from None
            await self._register(stop)
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _register(self, stop: asyncio.Event) -> None:
        backoff, denials, attempt = Backoff(), Denials(), 0
        values = {
            "url": self._settings.webhook_url,
            "secret_token": self._settings.secret,
            "allowed_updates": list(KINDS),
            "max_connections": CONNECTIONS,
        }
        while not stop.is_set():
            attempt += 1
            try:
                await self._transport.call("setWebhook", values)
            except CallError as error:
                wait = backoff.pause(attempt)
                if isinstance(error, RefusedError):
                    if error.code == 400 and not error.foreign:
                        raise ConfigError(_refused(error)) from None
                    if denials.note(is_denial=error.is_denial):
                        raise denied() from None
                    wait = flood_pause(error) if error.code == 429 else wait
                log.warning("the webhook cannot be set: %s", error)
                await pause(wait, stop)
            else:
                self._set = True
                return


def _refused(error: RefusedError) -> str:
    return (
        f"LOTSE_TELEGRAM_WEBHOOK_URL: Telegram refuses it ({error.description}); it takes https, a host that it "
        "can find and reach, and port 443, 80, 88 or 8443."
    )
