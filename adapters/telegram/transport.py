"""Calls the Bot API. The only place that knows the token's address."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from adapters.http import BrokenError, ConnectError, Server
from adapters.telegram.errors import RefusedError, UnreachableError

ANSWER = 20.0
"""Seconds for the answer to an ordinary call."""
_CONNECT = 5.0
"""Seconds for setting a connection up."""
_LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a hundred updates are a few hundred thousand."""
_AGENT = "sicherheitslotse"
_JSON = "application/json"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Transport:
    """Calls of one bot. Neither repr nor errors show the token."""

    def __init__(self, token: str, base_url: str, proxy: str = "") -> None:
        # The courier bounds how many calls are under way; a second limit could only let them wait for the poll.
        self._server = Server(
            base_url, _AGENT, most=None, longest=_LONGEST_ANSWER, connect=_CONNECT, proxy=proxy
        )
        self._bot = f"/bot{token}"
        self._heads: dict[str, bytes] = {}
        """Of calls with JSON, by method: they repeat, and making one costs a tenth of a call (measured)."""

    def __repr__(self) -> str:
        return "<Transport>"

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()

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
        if files:
            kind, data = _form(values or {}, files)
            head = self._head(method, kind)
        else:
            data = _encode(values or {}).encode("utf-8", "replace")
            head = self._heads.get(method) or self._heads.setdefault(method, self._head(method, _JSON))
        try:
            answer = await self._server.send(head, data, ANSWER if seconds is None else seconds)
        except ConnectError as error:
            raise UnreachableError(str(error), maybe_done=False) from None
        except (BrokenError, TimeoutError) as error:
            raise UnreachableError(str(error), maybe_done=True) from None
        return _result(answer.status, answer.body)

    def _head(self, method: str, kind: str) -> bytes:
        return self._server.head("POST", f"{self._bot}/{method}", {"Content-Type": kind})


def _form(values: dict[str, Any], files: dict[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return type and body of a form (RFC 7578). Names of fields and files are ours: nothing to escape."""
    boundary = os.urandom(16).hex()
    parts = [
        (
            f'name="{name}"',
            (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace"),
        )
        for name, value in values.items()
    ]
    for name, (filename, content) in files.items():
        about = f'name="{name}"; filename="{filename}"\r\nContent-Type: application/octet-stream'
        parts.append((about, content))
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + content + b"\r\n"
        for about, content in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _result(status: int, body: bytes | bytearray) -> Any:
    """Return the result in an answer. Raises ``RefusedError``, or ``UnreachableError`` for what is no answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        if status >= 400:
            raise RefusedError(status, "an answer that is not from the Bot API", foreign=True)
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
