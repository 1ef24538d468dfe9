"""Calls that nothing waits for: answers to queries, the sign that an answer is being written.

They may be made twice without harm, so they are not remembered over a restart.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from adapters.telegram.errors import Backoff, CallError, RefusedError, flood_pause
from adapters.telegram.messages import Step
from adapters.telegram.transport import Transport

_TRIES = 3
_PATIENCE = 10.0
_TYPING_PATIENCE = 5.0

TYPING_AFTER = 0.5
"""Seconds after which somebody who waits is shown that an answer is being written."""
TYPING_AGAIN = 4.5
"""Seconds after which that is shown again; Telegram shows it for five."""

Start = Callable[[Coroutine[Any, Any, None]], Any]


class Errands:
    """Makes small calls. ``start`` runs a coroutine and keeps hold of it."""

    def __init__(self, transport: Transport, start: Start, backoff: Backoff, counts: Counter[str]) -> None:
        self._transport = transport
        self._start = start
        self._backoff = backoff
        self._counts = counts

    def at_once(self, step: Step) -> None:
        """Make an idempotent call, such as the answer to a query."""
        self._start(self._try(step.method, step.values))

    def typing(self, chat: int, thread: int | None) -> None:
        """Show that an answer is being written."""
        values: dict[str, Any] = {"chat_id": chat, "action": "typing"}
        if thread is not None:
            values["message_thread_id"] = thread
        self._start(self._show_typing(values))

    async def _try(self, method: str, values: dict[str, Any]) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await self._transport.call(method, values, seconds=_PATIENCE)
                return
            except CallError as error:
                if attempt == _TRIES or (isinstance(error, RefusedError) and error.code in (400, 403)):
                    return
                pause = self._backoff.pause(attempt)
                if isinstance(error, RefusedError) and error.code == 429:
                    pause = max(pause, flood_pause(error))
                self._counts["retries"] += 1
                await asyncio.sleep(pause)

    async def _show_typing(self, values: dict[str, Any]) -> None:
        try:
            await self._transport.call("sendChatAction", values, seconds=_TYPING_PATIENCE)
        except CallError:
            return  # a sign of life only; the answer itself is what is retried


class Typing:
    """Calls ``show`` after ``TYPING_AFTER`` and again every ``TYPING_AGAIN``, until ``end`` or until it says no."""

    def __init__(self, show: Callable[[], bool]) -> None:
        self._show = show
        self._timer = asyncio.get_running_loop().call_later(TYPING_AFTER, self._due)

    def _due(self) -> None:
        if self._show():
            self._timer = asyncio.get_running_loop().call_later(TYPING_AGAIN, self._due)

    def end(self) -> None:
        """Show it no more."""
        self._timer.cancel()
