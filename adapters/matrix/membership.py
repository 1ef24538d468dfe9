"""Which rooms the bot is in: invitations, refusals, leaves and upgrades."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.bounds import Burst, Recent
from adapters.matrix.delivery import pause_after
from adapters.matrix.settings import MatrixSettings

log = logging.getLogger("lotse.matrix")

_TRIES = 6
_MOST_SUCCESSORS = 1_000
_JOINS = 10
_LEAVES = 4
"""Requests at a time. A join over a federation takes minutes where a server does not answer; the
connections that answers need stay free, and what strangers cause does not hold up joins."""


def inviter(state: object, user: str) -> str:
    """Return who invites ``user``, from the stripped state of an invitation; ``""`` if it does not say."""
    for event in _events(state):
        content, sender = event.get("content"), event.get("sender")
        if event.get("type") != "m.room.member" or event.get("state_key") != user:
            continue
        if isinstance(content, dict) and content.get("membership") == "invite" and isinstance(sender, str):
            return sender
    return ""


def is_space(state: object) -> bool:
    """Return whether the stripped state describes a space, in which nobody speaks."""
    for event in _events(state):
        content = event.get("content")
        if event.get("type") == "m.room.create" and isinstance(content, dict):
            return content.get("type") == "m.space"
    return False


class Membership:
    """Joins, declines and leaves in the background, a few at a time, so that a slow one holds up no other.

    ``regret`` returns what an inviter is told whose invitation is declined.
    """

    def __init__(
        self, api: Api, settings: MatrixSettings, revoked: Callable[[], None], regret: Callable[[], str]
    ) -> None:
        self._api = api
        self._settings = settings
        self._revoked = revoked
        self._regret = regret
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._joins, self._leaves = asyncio.Semaphore(_JOINS), asyncio.Semaphore(_LEAVES)
        self._declined = Burst("invitations were declined", logging.INFO)
        self._successors: Recent[str, None] = Recent(_MOST_SUCCESSORS)

    def invited(self, room: str, state: object) -> None:
        """Join ``room`` if its inviter is allowed to invite, else decline politely and once."""
        sender = inviter(state, self._settings.user)
        allowed = self._settings.may_invite(sender) or room in self._successors
        if sender and allowed and not is_space(state):
            self._begin(room, self._join)
        else:
            self._declined.note("a space" if allowed else "an inviter who is not allowed to")
            self._begin(room, self._decline)

    def replaced(self, room: str, event: Json) -> None:
        """Follow an upgrade (``m.room.tombstone``) to the new room, if its author may invite."""
        content, sender = event.get("content"), event.get("sender")
        successor = content.get("replacement_room") if isinstance(content, dict) else None
        if not isinstance(successor, str) or not isinstance(sender, str):
            return
        if not successor.startswith("!") or not self._settings.may_invite(sender):
            return
        # A private room lets nobody in without an invitation, which may come later.
        self._successors[successor] = None
        server = sender.partition(":")[2]
        self._begin(successor, lambda target: self._follow(room, target, server))

    def leave(self, room: str) -> None:
        """Leave a room, and forget it."""
        self._begin(room, self._leave)

    def left(self, room: str) -> None:
        """Forget a room that the bot was put out of."""
        self._begin(room, self._forget)

    async def close(self) -> None:
        """Stop what is under way; pending invitations are found again at the next start."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, room: str, action: Callable[[str], Awaitable[Any]]) -> None:
        before = self._tasks.get(room)

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])
            try:
                await action(room)
            except MatrixError as error:
                log.warning("a room could not be joined or left", extra={"error": str(error)})
            finally:
                if self._tasks.get(room) is asyncio.current_task():
                    del self._tasks[room]

        self._tasks[room] = asyncio.create_task(run())

    async def _join(self, room: str) -> None:
        await self._try(path("join", room), self._joins)
        self._successors.pop(room, None)

    async def _follow(self, old: str, new: str, server: str) -> None:
        # Without an invitation the own server must be told whom to ask for the room.
        query = urlencode({"server_name": server, "via": server})
        await self._try(f"{path('join', new)}?{query}", self._joins)
        self._successors.pop(new, None)
        await self._leave(old)

    async def _decline(self, room: str) -> None:
        await self._leave(room, {"reason": self._regret()})

    async def _leave(self, room: str, body: Json | None = None) -> None:
        await self._try(path("rooms", room, "leave"), self._leaves, body)
        await self._forget(room)

    async def _forget(self, room: str) -> None:
        await self._try(path("rooms", room, "forget"), self._leaves)

    async def _try(self, url: str, turns: asyncio.Semaphore, body: Json | None = None) -> None:
        """Send a request until the server does it, refuses it or has failed often enough."""
        failures = 0
        async with turns:
            while True:
                try:
                    await self._api.post(url, body or {}, timeout=120.0)
                    return
                except MatrixError as error:
                    if error.revoked:
                        self._revoked()
                    # Limits pass, however long the queue of invitations is.
                    failures += not error.limited
                    if not error.passing or failures == _TRIES:
                        raise
                    wait = error.retry_after if error.limited else pause_after(failures)
                await asyncio.sleep(max(wait, 0.1))


def _events(state: object) -> list[Json]:
    events = state.get("events") if isinstance(state, dict) else None
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
