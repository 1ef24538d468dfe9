"""A strict Bot API server over real HTTP: polling, webhook, limits, faults.

It answers as api.telegram.org does as far as a bot can tell, and is held
honest by foreign clients and by a machine-readable Bot API, not by our bot.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from . import methods, parameters, profile
from .faults import GATEWAY, Fault
from .parameters import Parameters
from .refusals import RefusalError, bad_request, not_found, other_poller, unauthorized, webhook_active
from .world import DEFAULT_KINDS, Json, World

METHODS = methods.METHODS | profile.METHODS
TOKEN = "700100:AAEtest-token_with-the-real-shape-0123456789"
_SLOW = frozenset({"getupdates"})


@dataclass(slots=True)
class Call:
    """One call that arrived. ``code`` is 200, that of the refusal, or 0 for a broken connection."""

    method: str
    values: Json
    at: float
    files: tuple[str, ...] = ()
    code: int = 0
    result: Any = None


@dataclass(slots=True)
class Webhook:
    """Where updates are delivered to, and what came of it."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    error: str = ""
    error_at: int = 0


@dataclass(slots=True)
class _Poller:
    number: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class BotApi:
    """The server. Use as an async context manager; ``world`` may be looked into by tests.

    ``delay`` is a round trip in seconds, added to every call but getUpdates.
    """

    def __init__(self, token: str = TOKEN, port: int = 0, delay: float = 0.0, record: bool = True) -> None:
        self.token = token
        self.world = World()
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.delay = delay
        self.webhook = Webhook()
        self.revoked = False
        self.progress = asyncio.Event()
        self.on_call: Callable[[Call], None] | None = None
        self._record = record
        self._port = port
        self._poller = _Poller()
        self._runner: web.AppRunner | None = None
        self._sender: asyncio.Task[None] | None = None
        self._session: ClientSession | None = None
        self._underway: set[asyncio.Task[None]] = set()

    # --- life ----------------------------------------------------------------

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=50 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._poller.ended.set()
        for fault in self.faults:
            fault.release.set()
        for task in [*self._underway, *([self._sender] if self._sender else [])]:
            task.cancel()
        await asyncio.gather(*self._underway, return_exceptions=True)
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address to give to a bot instead of https://api.telegram.org."""
        return f"http://127.0.0.1:{self._port}"

    async def until(self, condition: Callable[[], object], seconds: float = 10.0, what: str = "") -> None:
        """Wait until ``condition`` holds; looks again at every call. Raises ``TimeoutError``."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(what or "the condition did not come true")
            self.progress.clear()
            try:
                await asyncio.wait_for(self.progress.wait(), min(left, 0.05))
            except TimeoutError:
                continue

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method in the order of arrival."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    # --- calls ---------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        call = Call(name, {}, time.monotonic())
        if self._record:
            self.calls.append(call)
        try:
            self._check_token(request.match_info["token"])
            given = await parameters.read(request)
            call.values, call.files = given.values, tuple(given.files)
            return await self._answer(request, name, given, call)
        except RefusalError as refusal:
            call.code = refusal.code
            return web.json_response(refusal.body(), status=refusal.code)
        finally:
            self.progress.set()
            if self.on_call:
                self.on_call(call)

    def _check_token(self, token: str) -> None:
        if ":" not in token:
            raise not_found()
        if token != self.token or self.revoked:
            raise unauthorized()

    async def _answer(
        self, request: web.Request, name: str, given: Parameters, call: Call
    ) -> web.StreamResponse:
        fault = self._fault(name, given)
        if fault and not fault.done:
            return await self._disturb(request, fault, {"ok": True, "result": True}, call)
        if self.delay and name.lower() not in _SLOW:
            await asyncio.sleep(self.delay)
        result = await self._perform(name, given)
        call.code, call.result = 200, result
        body = {"ok": True, "result": result}
        if fault:
            return await self._disturb(request, fault, body, call)
        return web.Response(body=json.dumps(body).encode(), content_type="application/json")

    async def _perform(self, name: str, given: Parameters) -> Any:
        match name.lower():
            case "getupdates":
                return await self._get_updates(given)
            case "setwebhook":
                return self._set_webhook(given)
            case "deletewebhook":
                return self._delete_webhook(given)
            case "getwebhookinfo":
                return self._webhook_info()
            case "logout" | "close":
                return True
        method = METHODS.get(name.lower())
        if method is None:
            raise not_found()
        return method(self.world, given)

    def _fault(self, name: str, given: Parameters) -> Fault | None:
        if not self.faults:
            return None
        try:
            chat = given.integer("chat_id")
        except RefusalError:
            chat = None
        for fault in self.faults:
            if fault.meets(name, chat):
                if fault.spared:
                    fault.spared -= 1
                    continue
                fault.shown += 1
                return fault
        return None

    async def _disturb(
        self, request: web.Request, fault: Fault, body: Json, call: Call
    ) -> web.StreamResponse:
        call.code = fault.code if fault.kind in ("status", "html") else 0
        if fault.kind == "status":
            raise RefusalError(fault.code, fault.description, fault.parameters)
        if fault.kind == "html":
            return web.Response(status=fault.code, text=GATEWAY, content_type="text/html")
        if fault.kind == "nonsense":
            return web.json_response({"ok": True, "result": "nonsense"})
        if fault.kind == "hang":
            await fault.release.wait()
        transport = request.transport
        if fault.kind == "half" and transport is not None:
            text = json.dumps(body).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
            transport.write(head.encode() + text[: len(text) // 2])
            transport.close()
        elif transport is not None:
            transport.abort()
        return web.Response()

    # --- updates -------------------------------------------------------------

    def _want(self, given: Parameters) -> None:
        kinds = given.json("allowed_updates", list)
        if kinds is not None:
            self.world.wanted = frozenset(kinds) if kinds else DEFAULT_KINDS

    async def _get_updates(self, given: Parameters) -> list[Json]:
        if self.webhook.url:
            raise webhook_active()
        self._want(given)
        offset = given.integer("offset", 0) or 0
        limit = min(100, max(1, given.integer("limit", 100) or 100))
        timeout = min(50, max(0, given.integer("timeout", 0) or 0))
        self._poller.ended.set()
        self._poller = mine = _Poller(self._poller.number + 1)
        if offset:
            self.world.confirm_before(offset)
        self.progress.set()
        deadline = time.monotonic() + timeout
        while not self.world.updates:
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            self.world.changed.clear()
            waits = [
                asyncio.ensure_future(self.world.changed.wait()),
                asyncio.ensure_future(mine.ended.wait()),
            ]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if mine.ended.is_set():
                raise other_poller()
        return self.world.updates[:limit]

    # --- webhook -------------------------------------------------------------

    def _set_webhook(self, given: Parameters) -> bool:
        url, secret = given.text("url"), given.text("secret_token")
        if not url:
            return self._delete_webhook(given)
        if not (url.startswith(("https://", "http://127.0.0.1"))):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not (len(secret) <= 256 and all(c.isalnum() or c in "_-" for c in secret)):
            raise bad_request("secret token contains unallowed characters")
        self._want(given)
        if given.boolean("drop_pending_updates"):
            self.world.updates.clear()
        self._poller.ended.set()
        connections = min(100, max(1, given.integer("max_connections", 40) or 40))
        self.webhook = Webhook(url, secret, connections)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._deliver())
        return True

    def _delete_webhook(self, given: Parameters) -> bool:
        if given.boolean("drop_pending_updates"):
            self.world.updates.clear()
        self.webhook = Webhook()
        return True

    def _webhook_info(self) -> Json:
        info: Json = {
            "url": self.webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates),
            "max_connections": self.webhook.connections,
            "allowed_updates": sorted(self.world.wanted),
        }
        if self.webhook.error:
            info |= {"last_error_message": self.webhook.error, "last_error_date": self.webhook.error_at}
        return info

    async def _deliver(self) -> None:
        """Push updates in parallel, but those of one chat one after the other."""
        busy: set[Any] = set()
        sending: set[int] = set()
        while self.webhook.url:
            for update in list(self.world.updates):
                queue = _queue_of(update)
                if len(sending) >= self.webhook.connections:
                    break
                if update["update_id"] in sending or queue in busy:
                    continue
                busy.add(queue)
                sending.add(update["update_id"])
                task = asyncio.get_running_loop().create_task(self._push(update, queue, busy, sending))
                self._underway.add(task)
                task.add_done_callback(self._underway.discard)
            self.world.changed.clear()
            await self.world.changed.wait()

    async def _push(self, update: Json, queue: Any, busy: set[Any], sending: set[int]) -> None:
        pause = 0.05
        while self.webhook.url and self._session:
            headers = {}
            if self.webhook.secret:
                headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret
            try:
                async with self._session.post(self.webhook.url, json=update, headers=headers) as answer:
                    if 200 <= answer.status < 300:
                        break
                    self.webhook.error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            except (ClientError, TimeoutError) as error:
                self.webhook.error = f"Connection failed: {type(error).__name__}"
            self.webhook.error_at = int(time.time())
            self.progress.set()
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, 1.0)
        self.world.updates = [u for u in self.world.updates if u["update_id"] != update["update_id"]]
        busy.discard(queue)
        sending.discard(update["update_id"])
        self.world.changed.set()
        self.progress.set()


def _queue_of(update: Json) -> Any:
    """Return what the real server orders deliveries by: the chat, or the person."""
    for payload in update.values():
        if isinstance(payload, dict):
            place = payload.get("chat") or payload.get("message", {}).get("chat") or payload.get("from", {})
            return place.get("id")
    return update["update_id"]
