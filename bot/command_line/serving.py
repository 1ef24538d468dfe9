"""``lotse run``: every channel that is configured is served until a signal."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from adapters import listening, observability, sessions, systemd
from adapters.base import Desk, made
from adapters.reload import CurrentCore, Reloader, ended_by, learning_command
from adapters.runner import Runner, signals, stoppable
from adapters.settings import Settings
from bot.command_line import usage
from bot.command_line.assembly import caches, content_folder, not_kept, put_together, read_settings
from bot.command_line.channels import Channels, read_channels
from bot.content import loading
from bot.dialogue import Bot
from bot.errors import ConfigError, KnowledgeError, LotseError
from bot.knowledge import Off
from bot.matching import cache
from bot.session import MemorySessions, Sessions

if TYPE_CHECKING:
    from adapters.metrics import Metrics

log = logging.getLogger("lotse")


@usage.command()
def run() -> None:
    """Serve all configured channels; exit with status 2 if there are none or one can never work."""
    settings = read_settings()
    channels, refused = read_channels(settings)
    if refused:
        raise refused[0]
    if not channels:
        raise ConfigError(
            "no channel is configured; set LOTSE_TELEGRAM_TOKEN for Telegram, or LOTSE_MATRIX_HOMESERVER and "
            "LOTSE_MATRIX_USER for Matrix (docs/operating.md). The conversation with lotse chat needs none."
        )
    sys.exit(operate(settings, channels))


def operate(settings: Settings, channels: Channels) -> int:
    """Serve ``channels`` to the end and return the exit status. Raises ``KnowledgeError``."""
    observability.set_up(settings["LOTSE_LOG_FORMAT"], settings["LOTSE_LOG_LEVEL"], settings.secrets())
    try:
        asyncio.run(_serve(settings, channels))
    except KnowledgeError:
        raise
    except SystemExit:
        log.info("ended")
        raise
    except LotseError as error:
        log.error("%s", error)
        return 2
    except Exception as error:  # noqa: BLE001 - its message is not shown: it could quote what somebody wrote
        about = {"error": observability.kind_of(error), "place": observability.place_of(error)}
        log.critical("the program broke", extra=about)
        return 1
    log.info("ended")
    return 0


async def _serve(settings: Settings, channels: Channels) -> None:
    """Serve ``channels`` until a signal or until one of them can never work (``ConfigError``)."""
    observability.guard(asyncio.get_running_loop())
    made(settings.state_folder)
    listen = settings["LOTSE_HTTP_LISTEN"]
    if listen:
        listening.require(listen)
    memory = _sessions(settings)
    with stoppable():
        bot = _bot_learned_apart(settings, memory)
    _tell_of_switches(Off(), bot.knowledge.off)
    current = CurrentCore(bot, bot.knowledge.digest)
    metrics = _metrics() if listen else None
    runner = _runner(settings, channels, current, metrics, memory)
    reloader = _reloader(settings, current, memory, bot)
    stop = asyncio.Event()
    async with AsyncExitStack() as parts:
        parts.enter_context(signals(stop, reloader.ask, settings["LOTSE_STOP_WITHIN"]))
        if metrics:
            from adapters import health  # noqa: PLC0415 - brings a web server

            metrics.follow(runner.status, lambda: current.status)
            app = health.application(runner.status, lambda: current.status, metrics.page)
            await parts.enter_async_context(health.serving(app, listen))
        beside = [asyncio.create_task(work) for work in (reloader.run(), systemd.report(os.environ))]
        for task in beside:
            task.add_done_callback(observability.tell_of_end)
        try:
            await runner.run(stop)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


def _sessions(settings: Settings) -> Sessions:
    """Return the memory of conversations: in this process, or shared. Raises ``ConfigError``."""
    if settings["LOTSE_REDIS_URL"]:
        return sessions.connect(settings["LOTSE_REDIS_URL"], settings["LOTSE_TELEGRAM_TOKEN"])
    return MemorySessions()


def _runner(
    settings: Settings,
    channels: Channels,
    current: CurrentCore,
    metrics: Metrics | None,
    memory: Sessions,
) -> Runner:
    record = metrics.record if metrics else None
    return Runner(
        {
            name: partial(module.configure, own, Desk(current, name, record))
            for name, (module, own) in channels.items()
        },
        keep_going=settings["LOTSE_KEEP_GOING"],
        deadline=settings["LOTSE_STOP_WITHIN"],
        sweep=memory.sweep,
    )


def _reloader(settings: Settings, current: CurrentCore, memory: Sessions, bot: Bot) -> Reloader:
    """Return what takes new content into use; ``bot`` answers until then."""
    latest = [bot]

    def build() -> tuple[Bot, str]:
        before = latest[0].knowledge.off
        latest[:] = [_fresh(settings, memory, latest[0])]
        _tell_of_switches(before, latest[0].knowledge.off)
        return latest[0], latest[0].knowledge.digest

    return Reloader(
        current,
        build,
        content_folder(settings),
        prepare=learning_command(),
        every=settings["LOTSE_RELOAD_EVERY"],
    )


def _tell_of_switches(before: Off, now: Off) -> None:
    """Log what ``off.yaml`` switches off, if that has changed: "bot", a topic, or one side of it, "zastex.contact"."""
    if now.names and now != before:
        log.info("switched off in off.yaml", extra={"what": " ".join(now.names)})
    elif before.names and not now.names:
        log.info("nothing is switched off any more")


def _fresh(settings: Settings, memory: Sessions, before: Bot) -> Bot:
    """Return the bot for new content that was learned apart; of what ``before`` answers from, only switches may differ.

    Learning it here would take the time and the memory that turns need. Raises ``KnowledgeError`` and ``ConfigError``.
    """

    def refuse() -> None:
        raise ConfigError(not_kept(caches(settings)[-1]) + " SIGHUP tries again.")

    try:
        return put_together(settings, memory, refuse)
    except ConfigError:
        # What is wrong must be switched off also where nothing can be kept, and nothing is learned for that.
        content, known = loading.read_folder(content_folder(settings)), before.knowledge
        if (content.tree, content.lines) != (known.tree, known.lines):
            raise
        return Bot(content, before.model, sessions=memory)


def _bot_learned_apart(settings: Settings, memory: Sessions) -> Bot:
    """Return the bot; what was never learned is, in a process of its own that gives its memory back."""
    begun: list[float] = []

    def begin() -> None:
        if not begun:
            log.info("checking and learning the content, some seconds")
        begun.append(time.monotonic())

    try:
        is_known = cache.is_known(content_folder(settings), caches(settings))
    except ConfigError as error:
        raise ConfigError(
            f"LOTSE_KNOWLEDGE_DIR: {error}" if settings.knowledge_folder else str(error)
        ) from None
    if not is_known:
        begin()
        # If that goes wrong, for example because nothing can be written, it is learned here.
        done = subprocess.run(learning_command(), stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - ourselves
        if done.returncode < 0:
            log.warning("learning was %s Once more.", ended_by(done.returncode))
    bot = put_together(settings, memory, begin)
    if begun:
        log.info("content learned", extra={"seconds": round(time.monotonic() - begun[0], 1)})
    return bot


def _metrics() -> Metrics:
    """Return the counts, which log lines are counted in, too."""
    from adapters.metrics import Metrics  # noqa: PLC0415 - brings a library that only pages of counts need

    metrics = Metrics(version("sicherheitslotse"))
    for handler in logging.getLogger().handlers:
        handler.addFilter(metrics.count_log)
    return metrics
