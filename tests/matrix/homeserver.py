"""A homeserver in the process of the test, which refuses and stalls where the test wants it to.

It stands in for ``Api``: what a real server does is tested against one in ``tests/live/matrix``.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from adapters.base import Core, Desk
from adapters.matrix.account import Device
from adapters.matrix.api import Api, Json, MatrixError
from adapters.matrix.crypto import Machine
from adapters.matrix.keys import Keys
from adapters.matrix.service import Service
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Login, Store

BOT, ANNA, BERT = "@lotse:e.org", "@anna:e.org", "@bert:e.org"


class Homeserver:
    """Rooms with the members ``members``; what is sent is in ``sent``, which rooms were left in ``left``.

    ``refuse`` is asked for each request: an error that it returns is the answer.
    """

    def __init__(self, members: Mapping[str, tuple[str, ...]]) -> None:
        self.members = members
        self.encrypted: set[str] = set()
        self.token = ""
        self.sent: list[tuple[str, str, Json]] = []
        self.left: list[str] = []
        self.asked: list[str] = []
        self.history: dict[str, list[tuple[int, Json]]] = {}
        self.refuse: Callable[[str], MatrixError | None] = lambda _: None
        self.stalled: dict[str, asyncio.Event] = {}
        self._syncs: asyncio.Queue[Json] = asyncio.Queue()
        self._count = 0
        self._waits = False

    def says(self, room: str, *events: Json, **more: Any) -> None:
        """Let the next sync bring ``events``; ``more`` stands beside them in the timeline."""
        self.history.setdefault(room, []).extend((self._count + 1, event) for event in events)
        self.brings({"join": {room: {"timeline": {"events": list(events), **more}}}})

    def brings(self, rooms: Json, **more: Any) -> None:
        """Let the next sync bring news of ``rooms``; ``more`` stands beside them."""
        self._count += 1
        self._syncs.put_nowait({"next_batch": f"s{self._count}", "rooms": rooms, **more})

    def said(self, room: str) -> list[str]:
        """Return what the bot has said in a room."""
        return [
            content["body"] for where, kind, content in self.sent if (where, kind) == (room, "m.room.message")
        ]

    @property
    def is_heard(self) -> bool:
        """Whether the bot has taken in all that was said, and asks for more."""
        return self._syncs.empty() and self._waits

    async def _next(self) -> Json:
        self._waits = True
        try:
            return await self._syncs.get()
        finally:
            self._waits = False

    async def get(self, url: str, query: Mapping[str, str] | None = None, timeout: float = 60.0) -> Json:
        """Answer syncs, and questions about rooms."""
        what = await self._request(url)
        if what[0] == "sync":
            return await self._next() if query and "since" in query else {"next_batch": "s0"}
        if what[-1] == "whoami":
            return {"user_id": BOT}
        if what[-1] == "joined_members":
            return {"joined": {member: {} for member in self.members[what[1]]}}
        if what[-1] == "messages":
            return self._page(what[1], query or {})
        if what[-1] == "m.room.encryption" and what[1] in self.encrypted:
            return {"algorithm": "m.megolm.v1.aes-sha2"}
        raise MatrixError(404, "M_NOT_FOUND")

    def _page(self, room: str, query: Mapping[str, str]) -> Json:
        """Return what was said between two tokens, newest first, a few events at a time."""
        start, _, done = query["from"].partition("-")
        first, last = int(query["to"][1:]), int(start[1:])
        found = [event for number, event in self.history[room] if first < number <= last][::-1]
        page = found[int(done or 0) :][:7]
        return {"chunk": page, "end": f"{start}-{int(done or 0) + len(page)}"}

    async def put(self, url: str, body: Json, timeout: float = 60.0) -> Json:
        """Take what is sent."""
        what = await self._request(url)
        if what[0] == "rooms" and what[2] == "send":
            self.sent.append((what[1], what[3], body))
        return {"event_id": f"$answer{len(self.sent)}"}

    async def post(self, url: str, body: Json, timeout: float = 60.0) -> Json:
        """Let the bot log in and leave."""
        what = await self._request(url)
        if what == ["login"]:
            return {"user_id": BOT, "device_id": f"DEVICE{len(self.asked)}", "access_token": "t"}
        if what[-1] == "leave":
            self.left.append(what[1])
        return {}

    async def _request(self, url: str) -> list[str]:
        self.asked.append(url)
        what = [unquote(part) for part in url.removeprefix("/_matrix/client/v3/").split("/")]
        if len(what) > 1 and what[1] in self.stalled:
            await self.stalled[what[1]].wait()
        error = self.refuse(url)
        if error is not None:
            raise error
        return what


def message(text: str, number: int = 1, sender: str = ANNA, age: float = 0.0) -> Json:
    """Return an event that says ``text``, ``age`` seconds old."""
    return {
        "event_id": f"${sender[1:5]}{number}",
        "sender": sender,
        "type": "m.room.message",
        "origin_server_ts": int((time.time() - age) * 1000),
        "content": {"msgtype": "m.text", "body": text},
    }


@asynccontextmanager
async def serving(server: Homeserver, core: Core, folder: Path, **settings: Any) -> AsyncIterator[Service]:
    """Run the channel against ``server`` while the block runs, and stop it then."""
    store = Store(folder)
    machine = Machine(Login(BOT, "DEVICE", "t", "k"), store.crypto_folder)
    api = cast("Api", server)
    try:
        store.set_mark("sync", "s0")
        service = Service(
            MatrixSettings("https://e.org", BOT, folder, **settings),
            Desk(core, "matrix"),
            Device(api, store, machine, Keys(api, machine)),
            names=("Lotse",),
            patience=30.0,
            counts=Counter(),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        yield service
        stop.set()
        await running
    finally:
        machine.close()
        store.close()


async def until(true: Callable[[], object]) -> None:
    """Return when ``true`` is; fails after some seconds."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)
