"""Speaks the Matrix client-server API over HTTP: one method, one kind of error.

Nothing here sleeps or retries: who asks decides whether to wait, because a wait
in the wrong place makes the bot deaf. The access token is never part of a repr
or of an error.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode

from adapters.http import BrokenError, ConnectError, Server
from bot.errors import ConfigError

log = logging.getLogger("lotse.matrix")

Json = dict[str, Any]

_GONE = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})
_NEXT_BATCH = re.compile(rb'"next_batch"\s*:\s*"([^"\\]{1,500})"')
_LARGEST_ANSWER = 200 * 1024 * 1024
"""Bytes; the first sync of an account in thousands of rooms has tens of millions."""
_CONNECTIONS = 40
_AGENT = "sicherheitslotse"


class MatrixError(Exception):
    """The server refused, or could not be reached (``status`` 0).

    ``code`` is the Matrix error code or ``""``; ``retry_after`` seconds is what
    a rate limit asks for; ``body`` is the answer, for interactive authentication.
    """

    def __init__(
        self, status: int, code: str = "", retry_after: float = 0.0, body: Json | None = None
    ) -> None:
        super().__init__(f"{status or ''} {code}".strip())
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.body = body or {}

    @property
    def limited(self) -> bool:
        """Whether the server asks to wait."""
        return self.status == 429

    @property
    def revoked(self) -> bool:
        """Whether the access token is refused for good."""
        return self.code in _GONE

    @property
    def passing(self) -> bool:
        """Whether trying the same again later may help."""
        return self.limited or self.status == 0 or self.status >= 500 or self.status == 408


def path(*parts: str) -> str:
    """Return an API path below ``/_matrix/client/v3`` with every part quoted.

    >>> path("rooms", "!a:b", "leave")
    '/_matrix/client/v3/rooms/%21a%3Ab/leave'
    """
    return "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in parts)


class Api:
    """A connection to one homeserver. Use as an async context manager."""

    def __init__(self, homeserver: str, token: str = "", proxy: str = "") -> None:
        self._homeserver = homeserver.rstrip("/")
        self._proxy = proxy
        self.token = token
        self._server: Server | None = None

    def __repr__(self) -> str:
        return f"Api({self._homeserver!r})"

    async def __aenter__(self) -> Api:
        try:
            self._server = Server(
                self._homeserver, _AGENT, most=_CONNECTIONS, longest=_LARGEST_ANSWER, proxy=self._proxy
            )
        except ValueError:
            raise ConfigError("LOTSE_MATRIX_HOMESERVER: not an address of a server.") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            await self._server.close()

    async def get(self, url: str, query: Mapping[str, str] | None = None, timeout: float = 60.0) -> Json:
        """GET ``url`` (see ``path``); ``timeout`` in seconds. Raises ``MatrixError``."""
        return await self.request("GET", url, None, query, timeout)

    async def post(self, url: str, body: Json, timeout: float = 60.0) -> Json:
        """POST ``body`` to ``url``. Raises ``MatrixError``."""
        return await self.request("POST", url, body, None, timeout)

    async def put(self, url: str, body: Json, timeout: float = 60.0) -> Json:
        """PUT ``body`` to ``url``. Raises ``MatrixError``."""
        return await self.request("PUT", url, body, None, timeout)

    async def upload(self, data: bytes, kind: str, name: str) -> str:
        """Upload a file and return its ``mxc:`` address. Raises ``MatrixError``."""
        url = f"/_matrix/media/v3/upload?{urlencode({'filename': name})}"
        answer = await self._send("POST", url, data, kind, 60.0)
        return str(_parsed(answer).get("content_uri", ""))

    async def request(
        self, method: str, url: str, body: Json | None, query: Mapping[str, str] | None, timeout: float
    ) -> Json:
        """Send one request and return the parsed answer. Raises ``MatrixError``."""
        data = None if body is None else json.dumps(body).encode()
        target = f"{url}?{urlencode(query)}" if query else url
        return _parsed(await self._send(method, target, data, "application/json", timeout))

    async def _send(
        self, method: str, target: str, data: bytes | None, kind: str, timeout: float
    ) -> bytes | bytearray:
        if self._server is None:
            raise RuntimeError("use Api as a context manager")
        fields = {} if data is None else {"Content-Type": kind}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        try:
            answer = await self._server.request(method, target, fields, data, timeout)
        except (ConnectError, BrokenError) as error:
            raise MatrixError(0, str(error)) from None
        except (TimeoutError, ValueError) as error:
            # A text that is not ours could quote the token.
            raise MatrixError(0, type(error).__name__) from None
        if answer.status != 200:
            raise _refusal(answer.status, answer.retry_after, answer.body)
        return answer.body


def _parsed(answer: bytes | bytearray) -> Json:
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        # An answer that cannot be parsed must not be asked for again for ever:
        # where it names the next token of a sync, the loop goes on from there.
        found = _NEXT_BATCH.search(answer)
        if found is None:
            raise MatrixError(502, "LOTSE_NOT_JSON") from None
        log.error("the server's answer cannot be parsed; its events are skipped")
        return {"next_batch": found[1].decode(errors="replace")}
    if not isinstance(parsed, dict):
        raise MatrixError(502, "LOTSE_NOT_JSON")
    return parsed


def _refusal(status: int, retry_header: str, answer: bytes | bytearray) -> MatrixError:
    try:
        body = json.loads(answer)
    except (ValueError, RecursionError):
        body = {}
    if not isinstance(body, dict):
        body = {}
    code = body.get("errcode")
    wait = body.get("retry_after_ms")
    seconds = min(wait, 3.6e6) / 1000 if isinstance(wait, int | float) else _number(retry_header)
    return MatrixError(status, code if isinstance(code, str) else "", min(max(seconds, 0.0), 3600.0), body)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
