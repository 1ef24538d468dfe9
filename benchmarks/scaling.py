"""What one process carries, and what sharing costs: ``python -m benchmarks.scaling``.

``lotse run`` behind a webhook answers a burst of questions from many chats: one
process on its own, one with Redis, three with Redis behind a round-robin
balancer, in turn. The Bot API server and the balancer run in this process, so
on a small or busy machine they, and not the bot, limit the answers a second;
the CPU time that the bot takes for an answer tells what a core would carry.
Needs ``redis-server`` or ``valkey-server``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.content.loading import shipped
from bot.dialogue import Bot
from bot.matching import cache
from bot.measuring.evaluation import read
from tests.live.telegram.bot_api import BotApi, person
from tests.operations.balancer import Herd
from tests.operations.redis_server import RedisServer

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions" / "dev.jsonl"
SETTINGS = ((1, False), (1, True), (3, True))
"""How many processes, and whether with Redis."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figure:
    """What one burst took: answers a second, CPU milliseconds of the bot for each, megabytes of a process."""

    rate: float
    cpu: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = _core(folder)
        server = RedisServer(folder)
        try:
            found: dict[tuple[int, bool], list[Figure]] = {setting: [] for setting in SETTINGS}
            for number in range(given.rounds):
                for setting in SETTINGS:
                    place = folder / f"{number}-{setting[0]}-{setting[1]}"
                    place.mkdir()
                    # Empty for each: the numbers of the updates begin anew, and those before were answered.
                    server.kill()
                    server.start()
                    work = _burst(place, server, setting, texts[: given.questions], given.chats)
                    found[setting].append(asyncio.run(work))
        finally:
            server.kill()
    print("processes  Redis  answers/s  CPU ms an answer  MB a process   (medians)")
    for (processes, shared), figures in found.items():
        rate, cpu, memory = (
            statistics.median(getattr(figure, name) for figure in figures) for name in Figure.__slots__
        )
        print(f"{processes:9}  {'yes' if shared else 'no':5}  {rate:9.0f}  {cpu:16.2f}  {memory:12.0f}")
    print(f"load {os.getloadavg()[0]:.1f} after")


def _core(folder: Path) -> list[str]:
    """Measure the core alone; return the questions."""
    shutil.copytree(shipped(), folder / "knowledge")  # learned once here, and not while others are measured
    bot = Bot(*cache.load(folder / "knowledge", [folder / "knowledge" / ".learned"]))
    texts = [question.text for question in read(QUESTIONS)]
    begun = time.process_time()
    for number, text in enumerate(texts):
        bot.respond(str(number % 200), text)
    used = time.process_time() - begun
    print(
        f"core alone: {1000 * used / len(texts):.2f} ms CPU an answer, {len(texts) / used:.0f} a second and core"
    )
    return texts * (1 + 5000 // len(texts))


async def _burst(
    folder: Path, server: RedisServer, setting: tuple[int, bool], texts: list[str], chats: int
) -> Figure:
    processes, shared = setting
    async with BotApi() as api:
        herd = Herd(api, folder, folder.parent / "knowledge", server.url if shared else "", level="warning")
        del herd.ports[processes:]
        people = [person(api, 5_000_000 + number) for number in range(chats)]
        sent = 0

        def count(call: object) -> None:
            nonlocal sent
            sent += getattr(call, "method", "") == "sendMessage"

        async with herd.serving():
            api.on_call = count
            people[0].says("ZASTEX")
            await api.until(lambda: sent >= 1, 60)
            pids = [process.pid for process in herd.processes.values()]
            before, begun, sent = sum(map(_used, pids)), time.monotonic(), 0
            for number, text in enumerate(texts):
                people[number % chats].says(text)
            await api.until(lambda: sent >= len(texts), 300)
            seconds = time.monotonic() - begun
            used = sum(map(_used, pids)) - before
            return Figure(len(texts) / seconds, 1000 * used / len(texts), max(map(_megabytes, pids)))


def _used(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / _TICKS


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
