# ruff: noqa: PLC0415 - a bot under test imports its own library and no other
"""How fast Telegram questions are answered, beside two echo bots: ``python benchmarks/telegram.py``.

Three bots run one after the other in each round, interleaved, against the same
Bot API server over real HTTP: this bot giving full answers from its content, an
echo bot of python-telegram-bot as its documentation writes it, and an echo bot
of aiogram. The server has one core, the bot under test the other one.

Measured are a burst (all questions wait at once; messages a second until the
last answer arrived), without and with a round trip of 50 ms on every call, and
the time from a question to the arrival of its answer at 100 questions a second.
The figures of one table can be compared; those of two machines cannot.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Without its own folder on the path: there, this file would hide the library of the same name.
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]
sys.path.insert(0, str(ROOT))

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


# --- the bots ------------------------------------------------------------------


def run_lotse(url: str) -> None:
    """Run this bot as ``lotse run`` does."""
    import logging

    from adapters.base import Desk
    from adapters.telegram import Settings
    from adapters.telegram.channel import TelegramChannel
    from tests.live.telegram.harness import core

    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    with tempfile.TemporaryDirectory() as folder:
        channel = TelegramChannel(Settings(TOKEN, Path(folder), url), Desk(core(), "telegram"))
        asyncio.run(channel.run(asyncio.Event()))


def run_ptb(url: str) -> None:
    """Run the echo bot of python-telegram-bot's documentation."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(update.message.text or "")

    application = Application.builder().token(TOKEN).base_url(f"{url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


def run_aiogram(url: str) -> None:
    """Run the echo bot of aiogram's documentation."""
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message

    async def main() -> None:
        dispatcher = Dispatcher()

        @dispatcher.message()
        async def echo(message: Message) -> None:
            await message.answer(message.text or "")

        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        await dispatcher.start_polling(Bot(TOKEN, session=session))

    asyncio.run(main())


RUN: dict[str, Callable[[str], None]] = {"lotse": run_lotse, "ptb": run_ptb, "aiogram": run_aiogram}


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


async def measure(bot: str, figures: Figures, size: int, seconds: float) -> None:
    """Run one bot through all measurements once."""
    async with BotApi(record=False) as api:
        meter = Meter(api)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            __file__,
            "--bot",
            bot,
            api.url,
            stdout=asyncio.subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        try:
            for number in range(CHATS):  # each chat once: connections, caches and bytecode are warm
                ask(api, number)
            await meter.reach(CHATS, 60)
            spent = processor(process.pid)
            figures.burst.append(await burst(api, meter, size))
            figures.work.append((processor(process.pid) - spent) * 1000 / size)
            middle, slow = await steady(api, meter, seconds)
            figures.median.append(middle)
            figures.slow.append(slow)
            api.delay = ROUND_TRIP
            figures.burst_far.append(await burst(api, meter, size // 4 if bot == "ptb" else size))
            figures.memory.append(memory(process.pid))
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def table(results: dict[str, Figures]) -> str:
    """Return the medians as a table, with the ratios that matter."""
    head = f"{'bot':36}{'burst/s':>10}{'at 50 ms':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'MB':>6}"
    lines = [head, "-" * len(head)]
    middle = {
        bot: [statistics.median(v) for v in (f.burst, f.burst_far, f.median, f.slow, f.work, f.memory)]
        for bot, f in results.items()
    }
    for bot, (near, far, p50, p99, work, size) in middle.items():
        lines.append(f"{NAMES[bot]:36}{near:10.0f}{far:10.1f}{p50:9.2f}{p99:9.2f}{work:9.2f}{size:6.0f}")
    if "lotse" in middle:
        own = middle["lotse"]
        for other in middle:
            if other != "lotse":
                near, far, slow = (own[i] / middle[other][i] for i in (0, 1, 3))
                name = NAMES[other].partition(",")[0]
                lines.append(f"against {name}: burst x{near:.2f}, at 50 ms x{far:.1f}, p99 x{slow:.2f}")
    return "\n".join(lines)


async def compare(bots: list[str], rounds: int, size: int, seconds: float) -> None:
    """Measure all bots in turn and print the table."""
    results = {bot: Figures() for bot in bots}
    for number in range(rounds):
        for bot in bots:
            await measure(bot, results[bot], size, seconds)
            own = results[bot]
            shown = f"{own.burst[-1]:.0f}/s, {own.burst_far[-1]:.1f}/s, {own.median[-1]:.2f}/{own.slow[-1]:.2f} ms"
            print(f"round {number + 1}: {bot:8} {shown}", file=sys.stderr)
    versions = ", ".join(
        f"{n} {importlib.metadata.version(n)}" for n in ("python-telegram-bot", "aiogram", "aiohttp")
    )
    print(
        f"Python {platform.python_version()}, {versions}, {rounds} rounds, {size} questions from {CHATS} chats"
    )
    print(table(results))


def pin(core: int) -> None:
    """Stay on one core, if the machine has two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def main() -> None:
    """Parse the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=1000, help="questions of a burst")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the steady load")
    parser.add_argument("--bots", nargs="+", choices=BOTS, default=list(BOTS))
    parser.add_argument("--bot", nargs=2, metavar=("NAME", "URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bot:
        pin(0)
        RUN[arguments.bot[0]](arguments.bot[1])
        return
    pin(1)
    asyncio.run(compare(arguments.bots, arguments.rounds, arguments.size, arguments.seconds))


if __name__ == "__main__":
    main()
