"""How fast Telegram questions are answered, beside two echo bots: ``python benchmarks/telegram.py``.

Three bots run at the same time, each against a Bot API server of its own in one
process over real HTTP: this bot giving full answers from its content, an echo
bot of python-telegram-bot as its documentation writes it, and an echo bot of
aiogram. They are asked in turn, for a second or two each, so that whatever else
the machine does meets all of them; the others are idle meanwhile. The servers
have one core, the bots the other one.

Measured are a burst (all questions wait at once; messages a second until the
last answer arrived), without and with a round trip of 50 ms on every call, and
the time from a question to the arrival of its answer at 100 questions a second.
The figures of one table can be compared, those of two machines cannot; the
ratios are medians of the ratios of each round.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Without its own folder on the path: there, this file would hide the library of the same name.
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]
sys.path.insert(0, str(ROOT))

from benchmarks.telegram_bots import pin  # noqa: E402 - the path is set above
from tests.live.telegram.bot_api import TOKEN, BotApi, Call, person  # noqa: E402 - the path is set above

BOTS = ("lotse", "ptb", "aiogram")
NAMES = {
    "lotse": "this bot, full answers",
    "ptb": "python-telegram-bot, default echo",
    "aiogram": "aiogram, echo",
}
CHATS = 200
ROUND_TRIP = 0.05
RATE = 100
QUESTIONS = (
    "Telefon ZASTEX",
    "Ich bekomme Drohmails, an wen kann ich mich wenden?",
    "Was ist ASSKOMM?",
    "Wie bestelle ich den Sicherheitsleitfaden?",
    "Rechte wollen bei uns den Gasthof kaufen",
)


@dataclass(slots=True)
class Figures:
    """What was measured of one bot, one value a round."""

    burst: list[float] = field(default_factory=list)
    burst_far: list[float] = field(default_factory=list)
    median: list[float] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


# --- measuring -----------------------------------------------------------------


class Meter:
    """Counts the answers as they arrive at the server."""

    def __init__(self, api: BotApi) -> None:
        self.arrived: list[tuple[int, float]] = []
        self._wanted = 0
        self._reached = asyncio.Event()
        api.on_call = self._count

    def _count(self, call: Call) -> None:
        if call.method == "sendMessage" and call.code == 200:
            self.arrived.append((int(call.values["chat_id"]), call.at))
            if len(self.arrived) >= self._wanted:
                self._reached.set()

    async def reach(self, count: int, seconds: float) -> None:
        """Wait until ``count`` answers have arrived since the last ``reset``."""
        self._wanted = count
        self._reached.clear()
        if len(self.arrived) < count:
            await asyncio.wait_for(self._reached.wait(), seconds)

    def reset(self) -> None:
        """Forget what has arrived."""
        self.arrived.clear()


def ask(api: BotApi, number: int) -> int:
    """Let one of the people ask something; return the chat."""
    someone = person(api, 1_000 + number % CHATS)
    someone.says(QUESTIONS[number % len(QUESTIONS)])
    return someone.id


async def burst(api: BotApi, meter: Meter, count: int) -> float:
    """Return messages a second when ``count`` questions wait at once."""
    meter.reset()
    begun = time.monotonic()
    for number in range(count):
        ask(api, number)
    await meter.reach(count, 120)
    return count / (time.monotonic() - begun)


async def steady(api: BotApi, meter: Meter, seconds: float) -> tuple[float, float]:
    """Return the median and the 99th percentile in ms at ``RATE`` questions a second."""
    meter.reset()
    asked: dict[int, list[float]] = {}
    begun = time.monotonic()
    count = int(RATE * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        chat = 1_000 + number % CHATS
        asked.setdefault(chat, []).append(time.monotonic())
        ask(api, number)
    await meter.reach(count, 60)
    delays = []
    for chat, at in meter.arrived:
        delays.append((at - asked[chat].pop(0)) * 1000)
    ranked = statistics.quantiles(delays, n=100)
    return ranked[49], ranked[98]


def processor(process: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(slots=True)
class Subject:
    """A bot under test with its server."""

    bot: str
    api: BotApi
    meter: Meter
    process: asyncio.subprocess.Process

    async def near(self, figures: Figures, size: int) -> None:
        """Measure a burst without a round trip, and the processor time of each answer."""
        spent = processor(self.process.pid)
        figures.burst.append(await burst(self.api, self.meter, size))
        figures.work.append((processor(self.process.pid) - spent) * 1000 / size)

    async def far(self, figures: Figures, size: int) -> None:
        """Measure a burst with a round trip on every call; one answer at a time is slow, so it gets fewer."""
        self.api.delay = ROUND_TRIP
        figures.burst_far.append(await burst(self.api, self.meter, size // 10 if self.bot == "ptb" else size))
        self.api.delay = 0.0

    async def steady(self, figures: Figures, seconds: float) -> None:
        """Measure the time to an answer at a steady rate."""
        middle, slow = await steady(self.api, self.meter, seconds)
        figures.median.append(middle)
        figures.slow.append(slow)


@asynccontextmanager
async def subject(bot: str) -> AsyncIterator[Subject]:
    """Start a bot and let each chat ask once, so that connections, caches and bytecode are warm."""
    async with BotApi(record=False) as api:
        meter = Meter(api)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "benchmarks" / "telegram_bots.py"),
            bot,
            api.url,
            TOKEN,
            stdout=asyncio.subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        try:
            for number in range(CHATS):
                ask(api, number)
            warm, ended = asyncio.create_task(meter.reach(CHATS, 120)), asyncio.create_task(process.wait())
            await asyncio.wait([warm, ended], return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                warm.cancel()
                raise SystemExit(f"{bot} does not run: it ended with status {process.returncode}")
            await warm
            yield Subject(bot, api, meter, process)
            ended.cancel()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def ratio(own: list[float], other: list[float]) -> str:
    """Return the median of the ratios of each round, and the lowest and highest."""
    found = [mine / others for mine, others in zip(own, other, strict=True)]
    return f"{statistics.median(found):.2f} ({min(found):.2f}..{max(found):.2f})"


def table(results: dict[str, Figures]) -> str:
    """Return the medians as a table, with the ratios that matter."""
    head = f"{'bot':36}{'burst/s':>10}{'at 50 ms':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'MB':>6}"
    lines = [head, "-" * len(head)]
    for bot, f in results.items():
        figures = (f.burst, f.burst_far, f.median, f.slow, f.work, f.memory)
        near, far, p50, p99, work, size = map(statistics.median, figures)
        lines.append(f"{NAMES[bot]:36}{near:10.0f}{far:10.1f}{p50:9.2f}{p99:9.2f}{work:9.2f}{size:6.0f}")
    own = results.get("lotse")
    for bot, other in results.items():
        if own is not None and other is not own:
            lines.append(
                f"against {NAMES[bot].partition(',')[0]}: burst x{ratio(own.burst, other.burst)}, "
                f"at 50 ms x{ratio(own.burst_far, other.burst_far)}, p99 x{ratio(own.slow, other.slow)}, "
                f"CPU x{ratio(own.work, other.work)}"
            )
    return "\n".join(lines)


async def compare(bots: list[str], rounds: int, size: int, seconds: float) -> None:
    """Measure all bots in turn and print the table."""
    results = {bot: Figures() for bot in bots}
    async with AsyncExitStack() as stack:
        subjects = [await stack.enter_async_context(subject(bot)) for bot in bots]
        for number in range(rounds):
            for each in subjects:
                await each.near(results[each.bot], size)
            for each in subjects:
                await each.far(results[each.bot], size)
            for each in subjects:
                await each.steady(results[each.bot], seconds)
            for each in subjects:
                own = results[each.bot]
                own.memory.append(memory(each.process.pid))
                shown = f"{own.burst[-1]:.0f}/s, {own.burst_far[-1]:.1f}/s, {own.median[-1]:.2f}/{own.slow[-1]:.2f} ms"
                print(f"round {number + 1}: {each.bot:8} {shown}", file=sys.stderr)
    versions = ", ".join(
        f"{n} {importlib.metadata.version(n)}" for n in ("python-telegram-bot", "aiogram", "aiohttp")
    )
    print(
        f"Python {platform.python_version()}, {versions}, {rounds} rounds, {size} questions from {CHATS} chats"
    )
    print(table(results))


def main() -> None:
    """Parse the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=600, help="questions of a burst")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of the steady load")
    parser.add_argument("--bots", nargs="+", choices=BOTS, default=list(BOTS))
    arguments = parser.parse_args()
    pin(1)
    asyncio.run(compare(arguments.bots, arguments.rounds, arguments.size, arguments.seconds))


if __name__ == "__main__":
    main()
