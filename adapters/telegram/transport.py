"""Calls the Bot API over aiohttp. The only place that knows the token's address.

python-telegram-bot's own transport costs more than all else the bot does
(the pool of httpcore looks at every connection for every request), so its
objects are used and its transport is not.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from yarl import URL

from adapters.telegram.errors import RefusedError, UnreachableError

CONNECT = 5.0
"""Seconds for setting a connection up."""
ANSWER = 20.0
"""Seconds for the answer to an ordinary call."""
_HEADERS = {"Content-Type": "application/json"}
_ALWAYS = {"User-Agent": "sicherheitslotse", "Accept-Encoding": "identity"}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Transport:
    """Calls of one bot over one pool of connections. Neither repr nor errors show the token."""

    def __init__(self, token: str, base_url: str) -> None:
        self._prefix = f"{base_url.rstrip('/')}/bot{token}/"
        self._addresses: dict[str, URL] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return "<Transport>"

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        method: str,
        values: dict[str, Any] | None = None,
        *,
        seconds: float | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> Any:
        """Call ``method`` and return its result.

        Raises ``RefusedError`` for an error of the API and ``UnreachableError`` for none
        at all within ``seconds`` (``ANSWER`` if none are given). ``files`` are sent as multipart.
        """
        try:
            status, body = await self._call(
                method, values or {}, ANSWER if seconds is None else seconds, files
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(type(error).__name__, maybe_done=False) from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise UnreachableError(type(error).__name__, maybe_done=True) from None
        # Here, because the frame below holds the address with the token.
        return _result(status, body)

    async def _call(
        self,
        method: str,
        values: dict[str, Any],
        seconds: float,
        files: dict[str, tuple[str, bytes]] | None,
    ) -> tuple[int, bytes]:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=300)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, headers=_ALWAYS)
        timeout = self._timeouts.get(seconds)
        if timeout is None:
            timeout = self._timeouts[seconds] = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT)
        data: bytes | aiohttp.FormData
        if files:
            data, headers = _form(values, files), {}
        else:
            data, headers = _encode(values).encode("utf-8", "replace"), _HEADERS
        address = self._address(method)
        async with self._session.post(address, data=data, headers=headers, timeout=timeout) as answer:
            return answer.status, await answer.read()

    def _address(self, method: str) -> URL:
        address = self._addresses.get(method)
        if address is None:
            address = self._addresses[method] = URL(self._prefix + method)
        return address


def _form(values: dict[str, Any], files: dict[str, tuple[str, bytes]]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in values.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    for name, (filename, content) in files.items():
        form.add_field(name, content, filename=filename, content_type="application/octet-stream")
    return form


def _result(status: int, body: bytes) -> Any:
    """Return the result in an answer. Raises ``RefusedError``, or ``UnreachableError`` for what is no answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        if status >= 400:
            raise RefusedError(status, "an answer that is not from the Bot API")
        raise UnreachableError("an answer that is not from the Bot API", maybe_done=True)
    if answer["ok"] is True:
        return answer.get("result")
    parameters = answer.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    raise RefusedError(
        int(answer.get("error_code") or status),
        str(answer.get("description", "")),
        _number(parameters.get("retry_after")),
        _integer(parameters.get("migrate_to_chat_id")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleep for ``seconds`` or until ``stop`` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
