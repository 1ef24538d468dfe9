"""Questions per second of the Matrix channel beside a bare matrix-nio echo bot: ``python -m benchmarks.matrix``.

Both serve the same real Synapse on this machine in the same run, in turns of a
second or two, so that a busy machine slows both down. Figures are medians over
the turns; the ratio is the median of those of two turns that follow each other,
with the middle half of them. Needs the test extra (or ``SYNAPSE_PYTHON``).
Synapse is the bottleneck; the figures say whether the channel adds to it:
``CPU`` is the processor time of an answer, of the bot and of Synapse. ``first``
is the time from an invitation to the first answer. At the end stands the memory
of both; ours is ``lotse run`` as operators start it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content.loading import shipped
from bot.matching import cache
from tests.conftest import ROOT
from tests.live.matrix.people import Encrypted
from tests.live.matrix.synapse import Synapse

QUESTION = "!kontakt zastex"
FLIGHTS = (1, 5)
"""How many questions are unanswered at a time."""
HEAD = f"{'':<32}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'Synapse ms':>12}{'first s':>9}"
_WARM_UP = 3
"""Questions before what is measured."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A bot that is measured."""

    name: str
    user: str
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: answers a second, seconds to each, CPU milliseconds of an answer."""

    rate: float
    seconds: list[float]
    bot_cpu: float
    server_cpu: float


class Asker(Encrypted):
    """Somebody who notices an answer at once."""

    def __init__(self, synapse: Synapse, folder: Path) -> None:
        name = f"asker{time.monotonic_ns()}"
        synapse.register(name)
        super().__init__(synapse, name, folder / name)
        self._news = asyncio.Event()

    async def _heard(self, room: Any, event: Any) -> None:
        await super()._heard(room, event)
        self._news.set()  # wakes all who wait now
        self._news.clear()

    async def ask(self, room: str, count: int, flight: int) -> list[float]:
        """Ask ``count`` questions, ``flight`` unanswered at a time; return the seconds to each answer.

        In a room the answers come in the order of the questions.
        """
        before, turn = len(self.notices(room)), asyncio.Lock()
        left, times = iter(range(count)), []

        async def worker() -> None:
            for _ in left:
                async with turn:
                    begun = time.monotonic()
                    await self.send(room, QUESTION)
                    times.append(0.0)
                    place = len(times)
                while len(self.notices(room)) < before + place:
                    await self._news.wait()
                times[place - 1] = time.monotonic() - begun

        async with asyncio.timeout(60 + count):
            await asyncio.gather(*(worker() for _ in range(flight)))
        return times


# --- the bots ------------------------------------------------------------------


@contextmanager
def echo(synapse: Synapse, folder: Path) -> Iterator[Rival]:
    """Run the echo bot."""
    user = synapse.register("echo")
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.matrix_echo", synapse.address, user, str(folder)]
    with running(command, folder, dict(os.environ)) as process:
        yield Rival("bare nio echo", user, process)


@contextmanager
def lotse(synapse: Synapse, folder: Path, learned: Path) -> Iterator[Rival]:
    """Run the program with nothing but Matrix."""
    user = synapse.register("lotse")
    shutil.copytree(learned, folder / "state" / "learned")
    settings = {
        "PATH": os.environ["PATH"],
        "LOTSE_STATE_DIR": str(folder / "state"),
        "LOTSE_MATRIX_HOMESERVER": synapse.address,
        "LOTSE_MATRIX_USER": user,
        "LOTSE_MATRIX_PASSWORD": "pw",
    }
    with running([sys.executable, "-m", "bot", "run"], folder, settings) as process:
        yield Rival("Sicherheitslotse", user, process)


@contextmanager
def running(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a bot, which says ``serving`` when it does."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        while b"serving" not in log.read_bytes():
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


# --- measuring -----------------------------------------------------------------


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> tuple[float, float, float]:
    """Return the memory of a process in MB (millions of bytes): resident, its share of it, and its own.

    Of pages that several processes map the share counts each process's part; ``own`` leaves out
    pages of files, which the system can take back at any time.
    """
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    resident, share, own = (
        int(rollup.split(f"\n{name}:")[1].split()[0]) * 1024 / 1e6 for name in ("Rss", "Pss", "Anonymous")
    )
    return resident, share, own


class Visit:
    """Somebody new who has invited a bot; ``first`` is the time from then to the first answer, in seconds."""

    def __init__(self, synapse: Synapse, bot: Rival, person: Asker, room: str, first: float) -> None:
        self._synapse, self._bot, self._person, self._room = synapse, bot, person, room
        self.first = first

    @classmethod
    async def begin(cls, synapse: Synapse, bot: Rival, person: Asker, plain: bool) -> Visit:
        """Invite the bot to a new room and ask it a few questions."""
        invited = time.monotonic()
        room = await person.room(bot.user, plain=plain)
        await person.ask(room, 1, 1)
        first = time.monotonic() - invited
        await person.ask(room, _WARM_UP - 1, 1)
        return cls(synapse, bot, person, room, first)

    async def turn(self, count: int, flight: int) -> Turn:
        """Ask ``count`` questions, ``flight`` unanswered at a time."""
        processes = (self._bot.process.pid, self._synapse.pid)
        begun, before = time.monotonic(), [cpu_seconds(one) for one in processes]
        seconds = await self._person.ask(self._room, count, flight)
        rate = count / (time.monotonic() - begun)
        bot, server = (
            (cpu_seconds(one) - used) / count * 1000 for one, used in zip(processes, before, strict=True)
        )
        return Turn(rate, seconds, bot, server)


@dataclass(slots=True)
class Result:
    """What was measured of one bot: its turns by flight, and ``first`` of its visits."""

    turns: dict[int, list[Turn]]
    firsts: list[float]


async def compare(
    synapse: Synapse, folder: Path, rivals: tuple[Rival, Rival], *, plain: bool, chosen: argparse.Namespace
) -> tuple[Result, Result]:
    """Let somebody ask one bot and somebody else the other, in turns."""
    results = (Result(defaultdict(list), []), Result(defaultdict(list), []))
    for _ in range(chosen.visits):
        async with Asker(synapse, folder) as one, Asker(synapse, folder) as other:
            visits = [
                await Visit.begin(synapse, bot, person, plain)
                for bot, person in zip(rivals, (one, other), strict=True)
            ]
            for result, visit in zip(results, visits, strict=True):
                result.firsts.append(visit.first)
            for flight in FLIGHTS:
                for number in range(chosen.rounds):
                    pairs = list(zip(results, visits, strict=True))
                    for result, visit in pairs if number % 2 == 0 else reversed(pairs):
                        result.turns[flight].append(await visit.turn(chosen.questions, flight))
    return results


def row(name: str, turns: list[Turn], firsts: list[float]) -> str:
    """Return the medians of a bot's turns."""
    seconds = sorted(one for turn in turns for one in turn.seconds)
    rate = statistics.median(turn.rate for turn in turns)
    # A turn is short beside the ticks in which processor time is counted.
    bot, server = (statistics.mean(getattr(turn, of) for turn in turns) for of in ("bot_cpu", "server_cpu"))
    p50, p99, first = statistics.median(seconds), seconds[int(len(seconds) * 0.99)], statistics.median(firsts)
    return (
        f"{name:<32}{rate:>8.1f}{p50 * 1000:>9.0f}{p99 * 1000:>9.0f}{bot:>9.1f}{server:>12.1f}{first:>9.2f}"
    )


def ratio(ours: list[Turn], bare: list[Turn]) -> str:
    """Return how the rates compare."""
    ratios = [mine.rate / other.rate for mine, other in zip(ours, bare, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{'':<32}{middle:>8.0%} of the echo bot's rate (half of the turns: {low:.0%} to {high:.0%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=15, help="in a turn")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each bot in a visit")
    parser.add_argument("--visits", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        learned = folder / "learned"
        cache.load(shipped(), [learned])
        synapse = Synapse(folder / "synapse")
        synapse.start()
        try:
            with echo(synapse, folder / "echo") as bare, lotse(synapse, folder / "bot", learned) as ours:
                print(HEAD)
                for kind in ("plain", "encrypted"):
                    work = compare(synapse, folder, (bare, ours), plain=kind == "plain", chosen=chosen)
                    results = asyncio.run(work)
                    for flight in FLIGHTS:
                        for bot, result in zip((bare, ours), results, strict=True):
                            print(row(f"{bot.name}, {kind}, {flight}", result.turns[flight], result.firsts))
                        print(ratio(results[1].turns[flight], results[0].turns[flight]), flush=True)
                asked = 2 * chosen.visits * (len(FLIGHTS) * chosen.rounds * chosen.questions + _WARM_UP)
                for bot in (bare, ours):
                    resident, share, own = memory(bot.process.pid)
                    print(
                        f"memory of {bot.name} after {asked} questions: {resident:.0f} MB resident, "
                        f"{share:.0f} with its share of what is shared, {own:.0f} of its own"
                    )
        finally:
            synapse.stop()


if __name__ == "__main__":
    main()
