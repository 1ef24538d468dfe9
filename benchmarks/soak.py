"""Both channels under load and faults at once: ``python -m benchmarks.soak`` (ten minutes).

``lotse run`` serves the strict test Bot API and a real Synapse, which needs the
test extra. People ask in 40 private chats of Telegram, in 12 plain rooms and in
2 encrypted ones, at a fixed rate; meanwhile Telegram floods, breaks off and
answers with 502, and Synapse is killed and comes back once. At the end it says
what stayed unanswered or was answered twice, how memory and tasks developed and
how long an answer took. All of it stays on this machine and ends by itself.

``--start`` measures instead the phases of a start, an idle minute and memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.knowledge import shipped
from bot.matching import cache
from tests.live.matrix.people import Encrypted
from tests.live.matrix.people import Person as MatrixPerson
from tests.live.telegram.bot_api import Call, Fault, answers_in, person
from tests.operations.both import Lotse, Platforms, platforms, running, until

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
SECRET = 0.2
"""Part of the questions in Matrix that is asked in encrypted rooms."""
WARM_UP = 0.5
"""Part of the time after which memory is judged.

Each channel remembers its last 5000 answers (``adapters/telegram/memory.py``, ``adapters/matrix/answering.py``),
about 0.25 KB each: until these are full memory rises by that much, and the slope shows it. ``--rate 100
--matrix 0.001`` fills the first one within a minute.
"""
LEARNED = Path(tempfile.gettempdir()) / "lotse-tests"
"""Where what was learned is kept between runs."""
PATIENCE = 90.0
"""Seconds that the last answers may take."""
_EVERY = 2.0
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


@dataclass(frozen=True, slots=True)
class Sample:
    """The program at one moment: seconds since the start, MB, tasks, files, seconds of processor time."""

    at: float
    memory: float
    tasks: int
    files: int
    processor: float


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
        on.api.faults[:] = [fault for fault in on.api.faults if fault.shown < fault.times]
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


# --- measuring --------------------------------------------------------------------------


async def sample(program: Lotse, begun: float) -> Sample:
    """Return how the program is doing, by its own metrics."""
    _, page = await program.get("/metrics")
    values = dict(line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
    return Sample(
        time.monotonic() - begun,
        float(values["process_resident_memory_bytes"]) / 2**20,
        int(float(values["lotse_tasks"])),
        int(float(values["process_open_fds"])),
        float(values["process_cpu_seconds_total"]),
    )


async def watch(program: Lotse, samples: list[Sample]) -> None:
    """Add a sample every two seconds until cancelled."""
    begun = time.monotonic()
    while True:
        samples.append(await sample(program, begun))
        await asyncio.sleep(_EVERY)


def slope(samples: list[Sample]) -> float:
    """Return the growth of memory in MB per hour: least squares over the samples after the warm-up."""
    later = [each for each in samples if each.at >= samples[-1].at * WARM_UP]
    return 3600 * statistics.linear_regression([s.at for s in later], [s.memory for s in later]).slope


def report(name: str, tally: Tally) -> str:
    """Return one row: counts and times."""
    ranked = statistics.quantiles(tally.seconds, n=100) if len(tally.seconds) > 1 else [0.0] * 99
    return (
        f"{name:<18}{tally.asked:>8}{tally.answered:>10}{tally.unanswered:>12}"
        f"{tally.doubled:>9}{ranked[49] * 1000:>9.0f}{ranked[98] * 1000:>9.0f}{tally.longest:>10.1f}"
    )


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Platforms, Lotse]]:
    """Run both servers and the program with the shipped content, which is learned already."""
    async with platforms(folder, record=False) as on:
        # A copy: what somebody changes meanwhile would be loaded.
        knowledge = shutil.copytree(shipped(), folder / "knowledge")
        environment = on.environment(folder, knowledge)
        await asyncio.to_thread(cache.load, knowledge, [LEARNED])
        shutil.copytree(LEARNED, folder / "state" / "learned")
        async with running(environment, folder / "log") as program:
            yield on, program


async def soak(minutes: float, rate: float, in_matrix: float, faults: bool) -> bool:
    """Run the load and print the figures; return whether nothing was lost or doubled."""
    seconds = minutes * 60
    shares = (1 - in_matrix, in_matrix * (1 - SECRET), in_matrix * SECRET)
    tallies = {name: Tally() for name in ("Telegram", "Matrix, plain", "Matrix, encrypted")}
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        async with AsyncExitStack() as stack:
            on, program = await stack.enter_async_context(serving(folder))
            await program.ready()
            session = await stack.enter_async_context(aiohttp.ClientSession())
            await asyncio.to_thread(on.synapse.register, "shy")
            shy = await stack.enter_async_context(Encrypted(on.synapse, "shy", folder / "shy"))
            telegram, plain, secret = tallies.values()
            chats = Telegram(on, telegram)
            rooms, secrets = PlainRooms(on, plain, session), SecretRooms(on, secret, shy)
            await rooms.open()
            await secrets.open()
            background: list[Coroutine[Any, Any, None]] = [
                rooms.listen(),
                secrets.listen(),
                watch(program, samples),
            ]
            if faults:
                background.append(disturb(on, seconds, [plain, secret]))
            tasks = [asyncio.create_task(work) for work in background]
            begun = time.monotonic()
            asks = (chats.ask, rooms.ask, secrets.ask)
            await asyncio.gather(
                *(at_rate(ask, rate * share, seconds) for ask, share in zip(asks, shares, strict=True))
            )
            asking = time.monotonic() - begun
            await settled(tallies)
            _finish(tasks)
            quiet = await quietened(program, samples[0])
            status = await program.end()
            show(tallies, samples, quiet, asking, minutes)
            print(f"exit status {status}, unreadable {shy.unreadable}; the log by message:")
            print(program.output if "--log" in sys.argv else logged(program.output))
    return not any(tally.unanswered or tally.doubled for tally in tallies.values())


async def settled(tallies: dict[str, Tally]) -> None:
    """Wait until every question has its answer, but not for ever."""
    try:
        await until(lambda: not any(tally.unanswered for tally in tallies.values()), PATIENCE)
    except AssertionError:
        print("some questions stay unanswered")


async def quietened(program: Lotse, before: Sample) -> Sample:
    """Return a sample when tasks and files are as few as before, or after half a minute."""
    begun = time.monotonic()
    while (now := await sample(program, begun)).at < 30:
        if now.tasks <= before.tasks and now.files <= before.files:
            break
        await asyncio.sleep(0.5)
    return now


def show(
    tallies: dict[str, Tally], samples: list[Sample], quiet: Sample, asking: float, minutes: float
) -> None:
    """Print the figures."""
    first, last = samples[0], samples[-1]
    asked = sum(tally.asked for tally in tallies.values())
    print(f"{asked} questions in {asking:.0f} s, {asked / asking:.1f} a second ({minutes:g} minutes planned)")
    print(
        f"{'':<18}{'asked':>8}{'answered':>10}{'unanswered':>12}{'doubled':>9}{'p50 ms':>9}{'p99 ms':>9}{'longest s':>10}"
    )
    for name, tally in tallies.items():
        print(report(name, tally))
    print(
        f"memory {first.memory:.1f} MB at the start, {last.memory:.1f} at the end, "
        f"most {max(s.memory for s in samples):.1f}; slope after warm-up {slope(samples):+.1f} MB per hour"
    )
    marks = [samples[int(len(samples) * part / 10)] for part in range(10)] + [last]
    print("memory by tenths   " + " ".join(f"{mark.memory:.1f}" for mark in marks))
    print(
        f"tasks {first.tasks} at the start, {max(s.tasks for s in samples)} at most, {quiet.tasks} afterwards"
    )
    print(
        f"files {first.files} at the start, {max(s.files for s in samples)} at most, {quiet.files} afterwards"
    )
    work = (last.processor - first.processor) / asked * 1000
    print(f"processor {work:.1f} ms an answer; load of the machine {os.getloadavg()[0]:.1f}")


def logged(output: str) -> str:
    """Return how often each message stands in a log."""
    counts: Counter[str] = Counter()
    for line in output.splitlines():
        counts[line.split(" ", 1)[-1].split("=")[0].rsplit(" ", 1)[0][:90]] += 1
    return "\n".join(f"{count:>8}  {message}" for message, count in counts.most_common())


def _finish(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel what runs in the background; what broke there is raised."""
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()


# --- the start ----------------------------------------------------------------------------


async def measure_start(idle: float) -> None:
    """Print the phases of a start with a warm cache, an idle time and memory."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        async with serving(folder) as (on, program), aiohttp.ClientSession() as session:
            await program.ready()
            rooms = PlainRooms(on, Tally(), session)
            await rooms.open()
            await program.end()
            tally = Tally()
            rooms.tally = tally
            listening = asyncio.create_task(rooms.listen())
            who = person(on.api)
            who.says(QUESTIONS[0])
            await rooms.ask()
            begun = time.monotonic()
            async with running(on.environment(folder, folder / "knowledge"), folder / "log") as again:
                phases = {
                    "both channels started": again.logged("channel started", 2),
                    "Telegram answered": until(lambda: answers_in(on.api, who.private())),
                    "Matrix answered": until(lambda: not tally.unanswered),
                }
                times = await asyncio.gather(*(_timed(work, begun) for work in phases.values()))
                for name, seconds in zip(phases, times, strict=True):
                    print(f"{name:<34}{seconds:6.2f} s after the start of the process")
                await again.ready()
                before = await sample(again, begun)
                await asyncio.sleep(idle)
                after = await sample(again, begun)
                share = (after.processor - before.processor) / (after.at - before.at)
                print(f"{'processor of that':<34}{before.processor:6.2f} s")
                print(f"{'idle, share of a core':<34}{share:6.2%} over {idle:.0f} s")
                print(
                    f"{'memory with both channels':<34}{after.memory:6.1f} MB; load {os.getloadavg()[0]:.1f}"
                )
            listening.cancel()


async def _timed(work: Coroutine[Any, Any, Any], begun: float) -> float:
    await work
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=20.0, help="questions a second over all channels")
    parser.add_argument(
        "--matrix", type=float, default=0.15, help="part of the questions that Synapse carries"
    )
    parser.add_argument("--no-faults", action="store_true")
    parser.add_argument("--log", action="store_true", help="print the whole log of the program")
    parser.add_argument("--start", action="store_true", help="measure a start and idling instead")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds of idling")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no server is left running
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # the client of the people, not the bot
    if chosen.start:
        asyncio.run(measure_start(chosen.idle))
    elif not asyncio.run(soak(chosen.minutes, chosen.rate, chosen.matrix, not chosen.no_faults)):
        sys.exit(1)


if __name__ == "__main__":
    main()
