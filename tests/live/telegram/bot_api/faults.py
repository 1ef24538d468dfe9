"""Faults that the server can be told to show, and how they look on the wire."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """A disturbance of the next ``times`` calls of ``method`` ("" is any).

    ``kind`` is ``status`` (a JSON refusal with ``code``, ``description`` and
    ``parameters``), ``html`` (``code`` with a gateway's page), ``nonsense`` (200
    with a result of the wrong kind), ``cut`` (the connection is reset), ``half`` (half of the body, then reset) or ``hang``
    (no answer until ``release`` is set). With ``done`` the call takes effect
    before it is disturbed, as when an answer is lost on its way. So many calls as are ``spared`` come through first.
    """

    method: str
    kind: str
    times: int = 1
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] | None = None
    chat: int | None = None
    done: bool = False
    spared: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)
    shown: int = 0

    def meets(self, method: str, chat: int | None) -> bool:
        """Return whether this call is to be disturbed."""
        if self.shown >= self.times or (self.chat is not None and self.chat != chat):
            return False
        return not self.method or self.method.lower() == method.lower()
