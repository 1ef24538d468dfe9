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
import logging
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.crowd import QUESTIONS, PlainRooms, SecretRooms, Tally, Telegram, at_rate, disturb
from benchmarks.growth import Sample, slope, take
from bot.content.loading import shipped
from bot.matching import cache
from tests.live.matrix.people import Encrypted
from tests.live.telegram.bot_api import answers_in, person
from tests.operations.both import Lotse, Platforms, platforms, running, until

SECRET = 0.2
"""Part of the questions in Matrix that is asked in encrypted rooms."""
WARM_UP = 0.5
"""Part of the time after which memory is judged, unless ``--warm-up`` says how many minutes."""
LEARNED = Path(tempfile.gettempdir()) / "lotse-tests"
"""Where what was learned is kept between runs."""
PATIENCE = 90.0
"""Seconds that the last answers may take."""
_EVERY = 2.0


# --- measuring --------------------------------------------------------------------------


async def sample(program: Lotse, begun: float) -> Sample:
    """Return how the program is doing."""
    _, page = await program.get("/metrics")
    return take(program.process.pid, page, begun)


async def watch(program: Lotse, samples: list[Sample]) -> None:
    """Add a sample every two seconds until cancelled."""
    begun = time.monotonic()
    while True:
        samples.append(await sample(program, begun))
        await asyncio.sleep(_EVERY)


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


async def soak(minutes: float, rate: float, in_matrix: float, faults: bool, warm_up: float) -> bool:
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
            show(tallies, samples, quiet, asking, warm_up * 60)
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
    tallies: dict[str, Tally], samples: list[Sample], quiet: Sample, asking: float, warm_up: float
) -> None:
    """Print the figures; the slope of memory is that after ``warm_up`` seconds."""
    first, last = samples[0], samples[-1]
    asked = sum(tally.asked for tally in tallies.values())
    print(f"{asked} questions in {asking:.0f} s, {asked / asking:.1f} a second")
    print(
        f"{'':<18}{'asked':>8}{'answered':>10}{'unanswered':>12}{'doubled':>9}{'p50 ms':>9}{'p99 ms':>9}{'longest s':>10}"
    )
    for name, tally in tallies.items():
        print(report(name, tally))
    print(
        f"memory {first.resident:.1f} MB at the start, {last.resident:.1f} at the end, "
        f"most {max(s.resident for s in samples):.1f}"
    )
    print(f"own memory after {warm_up / 60:.1f} minutes: {slope(samples, warm_up)}")
    marks = [samples[int(len(samples) * part / 10)] for part in range(10)] + [last]
    print("own MB by tenths   " + " ".join(f"{mark.own:.1f}" for mark in marks))
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
                    f"{'memory with both channels':<34}{after.resident:6.1f} MB; load {os.getloadavg()[0]:.1f}"
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
    parser.add_argument("--warm-up", type=float, help="minutes after which memory is judged; half of all")
    parser.add_argument("--no-faults", action="store_true")
    parser.add_argument("--log", action="store_true", help="print the whole log of the program")
    parser.add_argument("--start", action="store_true", help="measure a start and idling instead")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds of idling")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no server is left running
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # the client of the people, not the bot
    if chosen.start:
        asyncio.run(measure_start(chosen.idle))
    else:
        warm_up = chosen.minutes * WARM_UP if chosen.warm_up is None else chosen.warm_up
        faults = not chosen.no_faults
        if not asyncio.run(soak(chosen.minutes, chosen.rate, chosen.matrix, faults, warm_up)):
            sys.exit(1)


if __name__ == "__main__":
    main()
