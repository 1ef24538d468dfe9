"""Who asks in a soak, what is counted of it, and what disturbs it."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.live.matrix.people import Encrypted
from tests.live.matrix.people import Person as MatrixPerson
from tests.live.telegram.bot_api import Call, Fault, person
from tests.operations.both import Platforms

QUESTIONS = (
    "Telefon ZASTEX",
    "Ich bekomme Drohmails, an wen kann ich mich wenden?",
    "Was ist ASSKomm?",
    "Wie bestelle ich den Sicherheitsleitfaden?",
    "Rechte wollen bei uns den Gasthof kaufen",
    "zmi adresse",
    "Wie wird das Wetter?",
)
CHATS = 40
PLAIN_ROOMS = 12
SECRET_ROOMS = 2
_FAULT_EVERY = 3.0
_DOWN = 5.0
_RECOVERY = 15.0
"""Seconds after the outage until times count again: what piled up is sent by then."""


@dataclass(slots=True)
class Tally:
    """What was asked, what was answered, and after how many seconds.

    Answers come in the order of the questions of their chat or room. ``calm``
    is false while a server is down; such questions count for ``longest`` only.
    """

    asked: int = 0
    answered: int = 0
    doubled: int = 0
    calm: bool = True
    longest: float = 0.0
    seconds: list[float] = field(default_factory=list)
    _open: dict[str, deque[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(deque))

    def ask(self, place: str) -> None:
        """Note a question in a chat or room."""
        self.asked += 1
        self._open[place].append((time.monotonic(), self.calm))

    def answer(self, place: str) -> None:
        """Note an answer in a chat or room."""
        if not self._open[place]:
            self.doubled += 1
            return
        at, calm = self._open[place].popleft()
        self.answered += 1
        self.longest = max(self.longest, time.monotonic() - at)
        if calm:
            self.seconds.append(time.monotonic() - at)

    @property
    def unanswered(self) -> int:
        """How many questions have no answer yet."""
        return sum(map(len, self._open.values()))


# --- people -------------------------------------------------------------------------


class Telegram:
    """People in private chats; an answer is a message of the bot in a chat."""

    def __init__(self, on: Platforms, tally: Tally) -> None:
        self._on, self._tally, self._next = on, tally, 0
        on.api.on_call = self._count

    async def ask(self) -> None:
        """Ask the next question in the next chat."""
        self._next += 1
        someone = person(self._on.api, 1_000 + self._next % CHATS)
        self._tally.ask(str(someone.id))
        someone.says(QUESTIONS[self._next % len(QUESTIONS)])

    def _count(self, call: Call) -> None:
        # ``result`` is set when the message was taken, even if the answer to the call was cut off.
        if call.method == "sendMessage" and call.result is not None:
            self._tally.answer(str(call.values["chat_id"]))


class PlainRooms:
    """Somebody in plain rooms over bare HTTP."""

    def __init__(self, on: Platforms, tally: Tally, session: aiohttp.ClientSession) -> None:
        self._on, self.tally, self._session, self._next = on, tally, session, 0
        self._rooms: list[str] = []
        self._token = ""

    async def open(self) -> None:
        """Open the rooms and invite the bot."""
        await asyncio.to_thread(self._on.synapse.register, "asker")
        who = await asyncio.to_thread(MatrixPerson, self._on.synapse, "asker")
        self._token = who.token
        for _ in range(PLAIN_ROOMS):
            self._rooms.append(await asyncio.to_thread(who.room, self._on.user))
            await asyncio.to_thread(who.wait_joined, self._rooms[-1], self._on.user)

    async def ask(self) -> None:
        """Ask the next question in the next room, as often as it takes to reach the server."""
        self._next += 1
        room, said = self._rooms[self._next % PLAIN_ROOMS], QUESTIONS[self._next % len(QUESTIONS)]
        path = f"/rooms/{quote(room, safe='')}/send/m.room.message/{uuid.uuid4().hex}"
        self.tally.ask(room)  # the answers of a room come in the order of its questions
        await self._call("PUT", path, {"msgtype": "m.text", "body": said})

    async def listen(self) -> None:
        """Follow the server until cancelled."""
        chosen = quote(json.dumps({"presence": {"types": []}, "room": {"timeline": {"limit": 1000}}}))
        since = f"&since={(await self._call('GET', '/sync?timeout=0'))['next_batch']}"
        while True:
            answer = await self._call("GET", f"/sync?timeout=10000&filter={chosen}{since}")
            since = f"&since={answer['next_batch']}"
            for room, joined in answer.get("rooms", {}).get("join", {}).items():
                for event in joined["timeline"]["events"]:
                    if event["sender"] == self._on.user and event["content"].get("msgtype") == "m.notice":
                        self.tally.answer(room)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._on.synapse.address}/_matrix/client/v3{path}"
        while True:
            try:
                headers = {"Authorization": f"Bearer {self._token}"}
                async with self._session.request(method, url, json=body, headers=headers) as answer:
                    if answer.status == 200:
                        parsed: dict[str, Any] = await answer.json()
                        return parsed
            except (aiohttp.ClientError, TimeoutError):
                pass  # the server is down on purpose
            await asyncio.sleep(0.2)


class SecretRooms:
    """Somebody in encrypted rooms, on matrix-nio."""

    def __init__(self, on: Platforms, tally: Tally, who: Encrypted) -> None:
        self._on, self._tally, self._who, self._next = on, tally, who, 0
        self._rooms: list[str] = []
        self._heard = 0

    async def open(self) -> None:
        """Open the rooms and invite the bot."""
        for _ in range(SECRET_ROOMS):
            self._rooms.append(await self._who.room(self._on.user))

    async def ask(self) -> None:
        """Ask the next question in the next room."""
        self._next += 1
        room, said = self._rooms[self._next % SECRET_ROOMS], QUESTIONS[self._next % len(QUESTIONS)]
        self._tally.ask(room)  # the answers of a room come in the order of its questions
        await self._who.send(room, said)

    async def listen(self) -> None:
        """Count what the client has decrypted until cancelled."""
        while True:
            for room, _ in self._who.said[self._heard :]:
                self._heard += 1
                self._tally.answer(room)
            await asyncio.sleep(0.02)


# --- faults ---------------------------------------------------------------------------


async def disturb(on: Platforms, seconds: float, tallies: list[Tally]) -> None:
    """Disturb Telegram every few seconds, and kill Synapse once at half time (told to ``tallies``)."""
    begun, killed, choice = time.monotonic(), False, random.Random(7)
    while True:
        await asyncio.sleep(_FAULT_EVERY)
        # Those of a call that is not made would pile up while the bot waits after the last one, without an end.
        on.api.faults.clear()
        on.api.faults.append(
            choice.choice(
                (
                    Fault("sendMessage", "status", code=429, parameters={"retry_after": 1}),
                    Fault("sendMessage", "html", times=3, code=502),
                    Fault("sendMessage", "cut", times=2),
                    Fault("sendMessage", "cut", done=True),
                    Fault("getUpdates", "half"),
                    Fault("getUpdates", "html", code=502, times=2),
                )
            )
        )
        if not killed and time.monotonic() - begun > seconds / 2:
            killed = True
            _calm(tallies, False)
            on.synapse.kill()
            await asyncio.sleep(_DOWN)
            await asyncio.to_thread(on.synapse.start)
            await asyncio.sleep(_RECOVERY)
            _calm(tallies, True)


def _calm(tallies: list[Tally], calm: bool) -> None:
    for tally in tallies:
        tally.calm = calm


async def at_rate(ask: Callable[[], Coroutine[Any, Any, None]], rate: float, seconds: float) -> None:
    """Call ``ask`` at ``rate`` a second, each in a task of its own; wait for all of them."""
    begun, tasks = time.monotonic(), set()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        task = asyncio.create_task(ask())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
