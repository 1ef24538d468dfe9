"""Runs the channels side by side in one process: each fails, is started again and stops on its own.

A channel that breaks is started again after a pause, as a new object, so that
nothing of its broken state lives on. A channel whose settings can never work
(``ConfigError``, which ``AccessError`` is) ends the program, unless the others
are to go on. A stop is a request; after ``deadline`` seconds it is an order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pkgutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from types import FrameType, ModuleType

import adapters
from adapters.base import Channel, backoff, collect, set_aside
from adapters.observability import ChannelStatus, State, kind_of, place_of, tell_of_end
from adapters.settings import Settings
from bot.errors import ConfigError

log = logging.getLogger("lotse.runner")

STEADY = 300.0
"""Seconds of service after which earlier breaks count no more."""
_AFTER_DEADLINE = 2.0
"""Seconds that a cancelled channel gets to close its files."""
_LAST_RESORT = 5.0
"""Seconds after that when the process ends, whatever hangs."""
_TIDY_EVERY = 30.0
"""Seconds between two looks for garbage, of which a minute of load leaves a few hundred KB, and for what is over."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a channel that broke is started again: at first, and at the most."""
_STOPPING = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class _Line:
    """What is known of one channel over all its lives."""

    make: Callable[[], Channel]
    channel: Channel | None = None
    state: State = State.CONNECTING
    restarts: int = 0
    past: Counter[str] = field(default_factory=Counter)


class Runner:
    """Supervises channels. ``make`` builds each anew; ``deadline`` is the seconds that a stop may take.

    ``clock`` counts seconds as the channels' ``last_contact`` does. ``sweep`` is called now and then: it forgets
    what is kept no longer, never raises and is quick.
    """

    def __init__(
        self,
        make: Mapping[str, Callable[[], Channel]],
        *,
        keep_going: bool = False,
        deadline: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        sweep: Callable[[], object] = lambda: None,
    ) -> None:
        self._lines = {name: _Line(build) for name, build in make.items()}
        self._keep_going, self._deadline = keep_going, deadline
        self._clock, self._sweep = clock, sweep
        self._refusals: list[ConfigError] = []

    def status(self) -> list[ChannelStatus]:
        """Return how each channel is doing now."""
        return [self._status(name, line) for name, line in self._lines.items()]

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set and what was begun is finished, or the deadline is over.

        Raises the ``ConfigError`` of a channel that can never work.
        """
        set_aside()
        ending = asyncio.Event()
        tasks = {
            asyncio.create_task(self._keep_running(name, line, ending)): name
            for name, line in self._lines.items()
        }
        stopped, tidying = asyncio.create_task(stop.wait()), asyncio.create_task(_tidy(self._sweep))
        tidying.add_done_callback(tell_of_end)
        try:
            await self._until_end(set(tasks), stopped)
        finally:
            stopped.cancel()
            tidying.cancel()
            ending.set()
            await self._drain(tasks)
        if self._refusals and (not self._keep_going or len(self._refusals) == len(self._lines)):
            raise self._refusals[0]

    async def _until_end(self, running: set[asyncio.Task[None]], stopped: asyncio.Task[bool]) -> None:
        while running and not stopped.done():
            done, _ = await asyncio.wait({*running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            running -= done
            if self._refusals and not self._keep_going:
                return

    async def _drain(self, tasks: Mapping[asyncio.Task[None], str]) -> None:
        last_resort = end_process_after(self._deadline + _AFTER_DEADLINE + _LAST_RESORT)
        _, late = await asyncio.wait(tasks, timeout=self._deadline)
        for task in late:
            log.warning(
                "not finished in time; the next start goes on from here", extra={"channel": tasks[task]}
            )
            task.cancel()
        if late:
            _, late = await asyncio.wait(late, timeout=_AFTER_DEADLINE)
        if not late:
            last_resort.cancel()

    # --- one channel -------------------------------------------------------------

    async def _keep_running(self, name: str, line: _Line, ending: asyncio.Event) -> None:
        breaks = 0
        while not ending.is_set():
            begun = self._clock()
            try:
                line.state = State.CONNECTING
                line.channel = line.make()
                log.info("channel started", extra={"channel": name})
                await line.channel.run(ending)
                if ending.is_set():
                    break
                problem = {"error": "it ended by itself"}
            except ConfigError as error:
                self._refuse(name, line, error)
                return
            except Exception as error:  # noqa: BLE001 - a channel may break in any way; the others go on
                # Neither message nor traceback: they could quote what somebody wrote.
                problem = {"error": kind_of(error), "place": place_of(error)}
            finally:
                line.past.update(_counts(line.channel))
                line.channel = None
            if ending.is_set():
                line.state = State.STOPPED
                log.warning("channel stopped", extra={"channel": name, **problem})
                return
            breaks = 1 if self._clock() - begun > STEADY else breaks + 1
            await self._pause(name, line, breaks, problem, ending)
        line.state = State.STOPPED
        log.info("channel stopped", extra={"channel": name})

    def _refuse(self, name: str, line: _Line, error: ConfigError) -> None:
        line.state = State.REFUSED
        self._refusals.append(error)
        if self._keep_going:
            log.error("channel given up, the others go on", extra={"channel": name, "error": str(error)})

    async def _pause(
        self, name: str, line: _Line, breaks: int, problem: Mapping[str, str], ending: asyncio.Event
    ) -> None:
        seconds = backoff(breaks, _FIRST_PAUSE, _LONGEST_PAUSE)
        line.state = State.WAITING
        extra = {"channel": name, "failures": breaks, "seconds": round(seconds, 1), **problem}
        log.error("channel broke, starting it again", extra=extra)
        try:
            await asyncio.wait_for(ending.wait(), seconds)
        except TimeoutError:
            line.restarts += 1

    def _status(self, name: str, line: _Line) -> ChannelStatus:
        """Ask a channel for what it may tell of itself (see ``Channel``)."""
        channel, state = line.channel, line.state
        if channel is not None and state is State.CONNECTING and getattr(channel, "healthy", True):
            state = State.SERVING
        contact = getattr(channel, "last_contact", None)
        return ChannelStatus(
            name=name,
            state=state,
            age=None if contact is None else max(0.0, self._clock() - contact),
            restarts=line.restarts,
            waiting=getattr(channel, "waiting", getattr(channel, "open", 0)),
            counts=line.past + Counter(_counts(channel)),
        )


async def _tidy(sweep: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(_TIDY_EVERY)
        sweep()
        collect()


def _counts(channel: Channel | None) -> Mapping[str, int]:
    counts: Mapping[str, int] = getattr(channel, "counts", {})
    return counts


# --- signals -----------------------------------------------------------------------


@contextmanager
def signals(stop: asyncio.Event, reload: Callable[[], None], deadline: float) -> Iterator[None]:
    """While the block runs: SIGTERM and SIGINT set ``stop``, the second one ends at once; SIGHUP reloads.

    ``deadline`` is that of the runner: somewhat later the process ends, whatever hangs.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (*_STOPPING, signal.SIGHUP)}

    def ask_to_stop() -> None:
        for number in _STOPPING:
            loop.remove_signal_handler(number)
            # Not through the loop, which may hang; and not the default, which process 1 ignores.
            signal.signal(number, _abort)
        log.info("stopping; a second signal ends at once")  # not before: a signal until then would be lost
        end_process_after(deadline + _AFTER_DEADLINE + _LAST_RESORT)
        stop.set()

    for number in _STOPPING:
        loop.add_signal_handler(number, ask_to_stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, _abort if stop.is_set() and number in _STOPPING else handler)


@contextmanager
def stoppable() -> Iterator[None]:
    """While the block runs, in which nobody is served yet: SIGTERM and SIGINT raise ``SystemExit`` with status 0.

    Process 1 of a container would ignore SIGTERM, and any other would leave its children behind.
    """

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_process_after(seconds: float) -> threading.Timer:
    """End the process in ``seconds`` even if something hangs; the timer can be cancelled."""
    timer = threading.Timer(seconds, _end, ("a stop took too long",))
    timer.daemon = True
    timer.start()
    return timer


def _abort(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
    _end("a second signal")


def _end(reason: str) -> None:
    with suppress(OSError):
        os.write(2, f"lotse: ended at once: {reason}\n".encode())
    os._exit(1)


# --- which channels there are -------------------------------------------------------


def configured(settings: Settings) -> dict[str, ModuleType]:
    """Return the modules of the channels for which any setting is given, by name.

    A channel is a module of ``adapters`` with ``read`` and ``configure``; its settings
    begin with ``LOTSE_<NAME>_``. The others are not even imported.
    """
    found = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        if settings.is_given(f"LOTSE_{module.name.upper()}_"):
            imported = import_module(f"adapters.{module.name}")
            if hasattr(imported, "configure"):
                found[module.name] = imported
    return found
