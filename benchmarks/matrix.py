"""Questions per second of the Matrix channel beside a bare matrix-nio echo bot: ``python -m benchmarks.matrix``.

Both serve the same real Synapse on this machine in the same run, in turns. Needs
the test extra (or ``SYNAPSE_PYTHON``). Synapse is the bottleneck; the figures
say whether the channel adds to it. ``first`` is the time from an invitation to
the first answer. At the end stands what the channel uses after all questions.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import shipped
from bot.matching import cache
from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.people import Encrypted, until
from tests.live.matrix.synapse import Synapse

QUESTION = "!kontakt zastex"


@dataclass(frozen=True, slots=True)
class Result:
    """Rate per second, latencies and CPU of the bot per answer in milliseconds, ``first`` in seconds."""

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    first: float

    def __str__(self) -> str:
        return f"{self.name:<32}{self.rate:>8.1f}{self.p50:>9.0f}{self.p99:>9.0f}{self.cpu:>9.1f}{self.first:>9.2f}"


class EchoProcess:
    """The echo bot as a process."""

    def __init__(self, synapse: Synapse, folder: Path) -> None:
        self.user = synapse.register("echo")
        folder.mkdir()
        command = [sys.executable, "-m", "benchmarks.matrix_echo", synapse.address, self.user, str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout is not None
        self.process.stdout.readline()


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory(process: subprocess.Popen[bytes]) -> float:
    """Return the resident memory of a process in MB (millions of bytes)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


async def measure(
    synapse: Synapse,
    folder: Path,
    bot: tuple[str, str, subprocess.Popen[bytes]],
    *,
    plain: bool,
    count: int,
    flight: int,
) -> Result:
    """Ask a bot (title, user id, process) ``count`` questions, ``flight`` unanswered at a time."""
    name, user, process = bot
    asker = f"asker{time.monotonic_ns()}"
    synapse.register(asker)
    async with Encrypted(synapse, asker, folder / asker) as person:
        invited = time.monotonic()
        room = await person.room(user, plain=plain)
        await ask(person, room, 1, 1)
        first = time.monotonic() - invited
        await ask(person, room, 2, 1)
        begun, used = time.monotonic(), cpu_seconds(process)
        times = sorted(await ask(person, room, count, flight))
        seconds = time.monotonic() - begun
        return Result(
            name,
            count / seconds,
            statistics.median(times) * 1000,
            times[int(len(times) * 0.99)] * 1000,
            (cpu_seconds(process) - used) / count * 1000,
            first,
        )


async def ask(person: Encrypted, room: str, count: int, flight: int) -> list[float]:
    """Return the seconds to each answer. In a room the answers come in the order of the questions."""
    before, turn = len(person.notices(room)), asyncio.Lock()
    left, times = iter(range(count)), []

    async def worker() -> None:
        for _ in left:
            async with turn:
                begun = time.monotonic()
                await person.send(room, QUESTION)
                times.append(0.0)
                place = len(times)
            await until(lambda place=place: len(person.notices(room)) >= before + place, 60, "no answer")  # type: ignore[misc]
            times[place - 1] = time.monotonic() - begun

    await asyncio.gather(*(worker() for _ in range(flight)))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=2, help="turns of both bots; the better of each counts")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cache.load(shipped(), [folder])
        synapse = Synapse(folder / "synapse")
        synapse.start()
        (folder / "bot").mkdir()
        lotse = BotProcess(synapse, folder / "bot", folder).start(level="INFO").serving()
        echo = EchoProcess(synapse, folder / "echo")
        assert lotse.process is not None
        try:
            print(f"{'':<32}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'first s':>9}")
            bots = (
                ("bare nio echo", echo.user, echo.process),
                ("Sicherheitslotse", lotse.user, lotse.process),
            )
            for kind, plain in (("plain", True), ("encrypted", False)):
                for flight in (1, 5):
                    best: dict[str, Result] = {}
                    for _ in range(chosen.rounds):
                        for name, user, process in bots:
                            title = f"{name}, {kind}, {flight}"
                            work = measure(
                                synapse,
                                folder,
                                (title, user, process),
                                plain=plain,
                                count=chosen.questions,
                                flight=flight,
                            )
                            result = asyncio.run(work)
                            if name not in best or result.rate > best[name].rate:
                                best[name] = result
                    for result in best.values():
                        print(result)
                    rates = [result.rate for result in best.values()]
                    print(f"{'':<32}{rates[1] / rates[0]:>8.0%} of the echo bot's rate", flush=True)
            asked = 4 * chosen.rounds * (chosen.questions + 3)
            print(
                f"memory after {asked} questions, echo and channel: "
                f"{memory(echo.process):.0f} and {memory(lotse.process):.0f} MB"
            )
        finally:
            lotse.kill()
            echo.process.kill()
            echo.process.wait()
            synapse.stop()


if __name__ == "__main__":
    main()
