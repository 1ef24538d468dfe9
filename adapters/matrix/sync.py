"""Asks the server what is new, for ever: one request at a time, with back-off, never from a wrong place."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from adapters.matrix.addressing import event_id
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.delivery import pause_after

log = logging.getLogger("lotse.matrix")

_LONG_POLL = 30.0
_NOTHING = {"not_types": ["*"]}
_FILTER = {
    "presence": _NOTHING,
    "account_data": _NOTHING,
    "room": {
        "timeline": {"limit": 100, "lazy_load_members": True},
        "state": {"lazy_load_members": True},
        "ephemeral": _NOTHING,
        "account_data": _NOTHING,
    },
}
_GLANCE = {
    "presence": _NOTHING,
    "account_data": _NOTHING,
    "room": {
        "timeline": {"limit": 1, "lazy_load_members": True},
        "state": {**_NOTHING, "lazy_load_members": True},
        "ephemeral": _NOTHING,
        "account_data": _NOTHING,
    },
}


@dataclass(frozen=True, slots=True)
class Joined:
    """News of a joined room, with everything malformed left out.

    ``missed`` is the token from which to page back when the server left out
    events before ``timeline``, else ``""``. ``alone`` says that nobody but the
    bot is left.
    """

    room: str
    state: tuple[Json, ...]
    timeline: tuple[Json, ...]
    missed: str
    alone: bool

    def own_join(self, user: str) -> str:
        """Return the id of the event by which ``user`` joined in these news, ``""`` if it was in before.

        The state holds it for a room that is new, which comes whole; and of other rooms, too, where
        the server shows again who its members are.
        """
        whole = any(event.get("type") == "m.room.create" for event in self.state)
        for event in (*self.timeline, *(self.state if whole else ())):
            if _is_member(event, user, "join"):
                unsigned = event.get("unsigned")
                before = unsigned.get("prev_content") if isinstance(unsigned, dict) else None
                if not isinstance(before, dict) or before.get("membership") != "join":
                    return event_id(event.get("event_id"))
        return ""

    def since_invitation(self, user: str) -> tuple[Json, ...]:
        """Return the timeline from the invitation of ``user`` on: what was said before is not for it."""
        for wanted in ("invite", "join"):
            for index, event in enumerate(self.timeline):
                if _is_member(event, user, wanted):
                    return self.timeline[index:]
        return self.timeline


@dataclass(frozen=True, slots=True)
class News:
    """The answer of one sync, taken apart. Unknown or malformed parts are empty."""

    token: str
    to_device: tuple[object, ...]
    changed_devices: tuple[object, ...]
    left_devices: tuple[object, ...]
    key_counts: object
    fallback_keys: object
    joined: tuple[Joined, ...]
    invited: dict[str, Any]
    left: tuple[str, ...]


def read(answer: Json) -> News:
    """Take the answer of a sync apart. Total: no answer of a server makes it fail."""
    rooms = _object(answer.get("rooms"))
    devices = _object(answer.get("device_lists"))
    join = _object(rooms.get("join"))
    token = answer.get("next_batch")
    return News(
        token=token if isinstance(token, str) else "",
        to_device=_array(_object(answer.get("to_device")).get("events")),
        changed_devices=_array(devices.get("changed")),
        left_devices=_array(devices.get("left")),
        key_counts=answer.get("device_one_time_keys_count"),
        fallback_keys=answer.get("device_unused_fallback_key_types"),
        joined=tuple(_joined(room, info) for room, info in join.items() if isinstance(info, dict)),
        invited={
            room: _object(info).get("invite_state") for room, info in _object(rooms.get("invite")).items()
        },
        left=tuple(_object(rooms.get("leave"))),
    )


class SyncLoop:
    """Follows the server from a token on."""

    def __init__(self, api: Api, handle: Callable[[News], Awaitable[None]]) -> None:
        self._api = api
        self._handle = handle
        self.healthy = False
        self.last_contact: float | None = None

    async def glance(self) -> News:
        """Return the rooms and pending invitations as they are now, with no history.

        An invitation is announced once; only a sync without a token shows it again.
        """
        # Synapse keeps the answer to an equal request for two minutes, and with it the invitations
        # of a start before this one. The time to wait makes it another; a first sync does not wait.
        unequal = secrets.randbelow(5000) / 1000
        news = read(await self._get("", _GLANCE, unequal, 300.0))
        # The next answer may take as long as nobody writes; the channel serves from now on.
        self.healthy, self.last_contact = True, time.monotonic()
        return news

    async def run(self, token: str) -> None:
        """Follow the server from ``token`` until cancelled; a revoked login raises ``MatrixError``."""
        failures = 0
        while True:
            try:
                wait = 0.0 if failures else _LONG_POLL
                answer = await self._get(token, _FILTER, wait, wait + 60.0)
            except MatrixError as error:
                if error.revoked:
                    raise
                self.healthy = False
                failures += 1
                log.warning("the server does not answer", extra={"error": str(error), "failures": failures})
                await asyncio.sleep(max(error.retry_after, pause_after(failures)))
                continue
            news = read(answer)
            if news.token:
                await self._handle(news)
                self.healthy, self.last_contact = True, time.monotonic()
                failures, token = 0, news.token
            else:
                failures += 1
                await asyncio.sleep(pause_after(failures))

    async def _get(self, token: str, sync_filter: Json, wait: float, timeout: float) -> Json:
        query = {"filter": json.dumps(sync_filter), "timeout": str(int(wait * 1000))}
        if token:
            query["since"] = token
        return await self._api.get(path("sync"), query, timeout=timeout)


def _joined(room: str, info: Json) -> Joined:
    timeline = _object(info.get("timeline"))
    count = _object(info.get("summary")).get("m.joined_member_count")
    before = timeline.get("prev_batch")
    return Joined(
        room=room,
        state=_events(info.get("state")),
        timeline=_events(timeline),
        missed=before if timeline.get("limited") is True and isinstance(before, str) else "",
        alone=count in (0, 1),
    )


def _is_member(event: Json, user: str, membership: str) -> bool:
    content = event.get("content")
    return (
        event.get("type") == "m.room.member"
        and event.get("state_key") == user
        and isinstance(content, dict)
        and content.get("membership") == membership
    )


def _events(value: object) -> tuple[Json, ...]:
    return tuple(event for event in _array(_object(value).get("events")) if isinstance(event, dict))


def _array(value: object) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else ()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
