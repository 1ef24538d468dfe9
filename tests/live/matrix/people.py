"""The other side: people in plain rooms over bare HTTP, and in encrypted rooms on matrix-nio."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nio import AsyncClient, AsyncClientConfig, MegolmEvent, RoomMessage

from tests.live.matrix.synapse import Json, Synapse

ENCRYPTION = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class Person:
    """Somebody in plain rooms. ``said`` collects the events of others, in order, once each."""

    def __init__(self, synapse: Synapse, name: str, password: str = "pw") -> None:
        self.synapse = synapse
        self.name = name
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
        }
        answer = synapse.request("POST", "/_matrix/client/v3/login", login)
        self.user: str = answer["user_id"]
        self.device: str = answer["device_id"]
        self.token: str = answer["access_token"]
        self.heard: list[Json] = []
        self._seen: set[str] = set()
        self._since = ""

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send one request as this person."""
        return self.synapse.request(method, "/_matrix/client/v3" + path, body, self.token)

    def room(self, *invited: str, encrypted: bool = False, **more: Any) -> str:
        """Create a private room and return its id."""
        body: Json = {"preset": "private_chat", "invite": list(invited), **more}
        if encrypted:
            body["initial_state"] = [ENCRYPTION]
        return str(self.call("POST", "/createRoom", body)["room_id"])

    def send(self, room: str, content: str | Json, kind: str = "m.room.message") -> str:
        """Say something and return the id of the event."""
        said = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        path = f"/rooms/{quote(room, safe='')}/send/{quote(kind, safe='')}/{uuid.uuid4().hex}"
        return str(self.call("PUT", path, said)["event_id"])

    def state(self, room: str, kind: str, content: Json, key: str = "") -> str:
        """Set a state event."""
        path = f"/rooms/{quote(room, safe='')}/state/{quote(kind, safe='')}/{quote(key, safe='')}"
        return str(self.call("PUT", path, content)["event_id"])

    def members(self, room: str) -> set[str]:
        """Return who has joined a room."""
        return set(self.call("GET", f"/rooms/{quote(room, safe='')}/joined_members")["joined"])

    def membership(self, room: str, user: str) -> str:
        """Return ``join``, ``leave`` and so on of a user, ``""`` if there is none."""
        path = f"/rooms/{quote(room, safe='')}/state/m.room.member/{quote(user, safe='')}"
        try:
            return str(self.call("GET", path)["membership"])
        except urllib.error.HTTPError:
            return ""

    def join(self, room: str) -> None:
        """Join a room."""
        self.call("POST", f"/join/{quote(room, safe='')}", {})

    def history(self, room: str, limit: int = 500) -> list[Json]:
        """Return the events of a room, oldest first."""
        path = f"/rooms/{quote(room, safe='')}/messages?dir=b&limit={limit}"
        chunk: list[Json] = self.call("GET", path)["chunk"]
        return chunk[::-1]

    def notices(self, room: str, sender: str) -> list[Json]:
        """Return what ``sender`` said in a room, without the welcome."""
        said = [e for e in self.history(room) if e["sender"] == sender and e["type"] == "m.room.message"]
        return [event for event in said if not is_welcome(event["content"])]

    def wait_joined(self, room: str, user: str, seconds: float = 20.0) -> None:
        """Return when ``user`` is in the room."""
        wait_for(lambda: self.membership(room, user) == "join", seconds, "the bot did not join")

    def wait_notices(self, room: str, sender: str, count: int, seconds: float = 20.0) -> list[Json]:
        """Return the notices of ``sender`` when there are ``count``."""
        wait_for(lambda: len(self.notices(room, sender)) >= count, seconds, f"fewer than {count} answers")
        return self.notices(room, sender)


class Encrypted:
    """Somebody in encrypted rooms, on matrix-nio. ``said`` holds what bots said there, decrypted."""

    def __init__(self, synapse: Synapse, name: str, folder: Path) -> None:
        self.synapse = synapse
        self.name = name
        folder.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(store_sync_tokens=False, encryption_enabled=True)
        self.client = AsyncClient(
            synapse.address, f"@{name}:localhost", store_path=str(folder), config=config
        )
        self.said: list[tuple[str, Json]] = []
        self.unreadable = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Encrypted:
        await self.client.login("pw")
        self.client.add_event_callback(self._heard, RoomMessage)
        self.client.add_event_callback(self._not_read, MegolmEvent)
        await self.client.sync(0, full_state=True)
        self._task = asyncio.create_task(self.client.sync_forever(10000, full_state=True))
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()

    async def _heard(self, room: Any, event: Any) -> None:
        content = event.source["content"]
        if content.get("msgtype") == "m.notice" and not is_welcome(content):
            self.said.append((room.room_id, event.source))

    async def _not_read(self, room: Any, event: Any) -> None:
        if event.sender != self.client.user_id:
            self.unreadable += 1

    async def room(self, *invited: str, plain: bool = False) -> str:
        """Create a room, encrypted unless ``plain``, and return its id when everybody is in."""
        state = [] if plain else [ENCRYPTION]
        answer = await self.client.room_create(invite=list(invited), initial_state=state)
        room = str(answer.room_id)
        await until(
            lambda: room in self.client.rooms and set(invited) <= self._joined(room),
            20,
            "the bot did not join",
        )
        return room

    def _joined(self, room: str) -> set[str]:
        members = self.client.rooms[room]
        return set(members.users) - set(members.invited_users)

    async def send(self, room: str, content: str | Json) -> str:
        """Say something, encrypted; return the id of the event."""
        said = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        answer = await self.client.room_send(room, "m.room.message", said, ignore_unverified_devices=True)
        return str(answer.event_id)

    def notices(self, room: str) -> list[Json]:
        """Return what bots said in a room."""
        return [event for where, event in self.said if where == room]

    async def wait_notices(self, room: str, count: int, seconds: float = 20.0) -> list[Json]:
        """Return what bots said in a room when it is ``count`` messages."""
        await until(lambda: len(self.notices(room)) >= count, seconds, f"fewer than {count} answers")
        return self.notices(room)


def is_welcome(content: Json) -> bool:
    """Return whether a message is the one the bot says when it joins."""
    return "m.relates_to" not in content and "Ihr Matrix-Server sieht" in str(content.get("body"))


def wait_for(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Return when ``condition`` holds, fail with ``complaint`` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)  # a server cannot be waited on in any other way


async def until(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    """The same in a loop of its own."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        await asyncio.sleep(0.02)
