"""Takes new content into use while the program runs: sound content only, and conversations go on.

Learning takes many seconds and much memory, so another process does it and
leaves the result in the cache; here it is only read.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

from adapters.base import Core, set_aside
from adapters.observability import ContentStatus, kind_of, place_of
from bot.content.loading import content_paths
from bot.errors import ConfigError, KnowledgeError, LotseError
from bot.reply import Contact, Reply

log = logging.getLogger("lotse.content")

_AFTER_A_FAULT = 5.0
"""Seconds until the next look when watching is off and one went wrong."""

Signature = tuple[tuple[str, int, int], ...]


class CurrentCore:
    """A core that can be exchanged between two turns. Channels keep hold of this one."""

    def __init__(self, core: Core, digest: str) -> None:
        self._core = core
        self.status = ContentStatus(digest, time.time())

    def exchange(self, core: Core, digest: str) -> None:
        """Answer with ``core`` from the next turn on."""
        self._core = core
        old = self.status
        self.status = ContentStatus(digest, time.time(), False, old.loads + 1, old.refusals)

    def keep(self) -> None:
        """Note that newer content was refused and the old one stays."""
        self.status = replace(self.status, refused=True, refusals=self.status.refusals + 1)

    def settle(self) -> None:
        """Note that the content on disk is again the one in force."""
        self.status = replace(self.status, refused=False)

    def respond(self, conversation: str | None, utterance: str) -> Reply:
        """See ``Core.respond``."""
        return self._core.respond(conversation, utterance)

    def choose(self, conversation: str | None, choice: str) -> Reply:
        """See ``Core.choose``."""
        return self._core.choose(conversation, choice)

    def cards(self, topic: str) -> tuple[Contact, ...]:
        """See ``Core.cards``."""
        return self._core.cards(topic)

    def titles(self) -> dict[str, str]:
        """See ``Core.titles``."""
        return self._core.titles()

    def line(self, key: str, **values: str) -> str:
        """See ``Core.line``."""
        return self._core.line(key, **values)


def signature(folder: Path) -> Signature:
    """Return names, times and sizes of the content files: what changes when one is saved."""
    rows = []
    for path in content_paths(folder):
        try:
            about = path.stat()
        except OSError:
            continue  # being replaced at this moment; the next look sees it
        rows.append((path.relative_to(folder).as_posix(), about.st_mtime_ns, about.st_size))
    return tuple(sorted(rows))


class Reloader:
    """Loads the content anew when asked or when its files have changed.

    ``build`` returns a core and its digest and raises ``KnowledgeError`` or
    ``ConfigError``. ``prepare`` is a command that learns the content into the
    cache beforehand, so that ``build`` need not. ``every`` is the
    seconds between two looks at the files; 0 looks only when asked.
    """

    def __init__(
        self,
        current: CurrentCore,
        build: Callable[[], tuple[Core, str]],
        folder: Path,
        *,
        prepare: Sequence[str] = (),
        every: float = 5.0,
    ) -> None:
        self._current, self._build, self._folder = current, build, folder
        self._prepare, self._every = prepare, every
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Load the content now, changed or not."""
        self._asked.set()

    async def run(self) -> None:
        """Watch until cancelled. Nothing that is wrong with the content or its folder ends it."""
        seen: Signature | None = None
        while True:
            try:
                seen = await self._look() if seen is None else await self._watch(seen)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may go well
                extra = {"error": kind_of(error), "place": place_of(error)}
                log.error("the content could not be looked at, trying again", extra=extra)
                await asyncio.sleep(self._every or _AFTER_A_FAULT)

    async def _watch(self, seen: Signature) -> Signature:
        """Load the content once, when asked to or when it is no longer as it was ``seen``; return what is loaded."""
        asked = await self._next_look()
        now = await self._look()
        self._asked.clear()  # not before: had the look failed, the next one would do what was asked
        if not asked and now == seen:
            return seen
        if not asked:
            # An editor saves several files: wait until nothing changes any more.
            while (later := await self._after_a_look()) != now:
                now = later
        await self._load()
        return now

    async def _look(self) -> Signature:
        return await asyncio.to_thread(signature, self._folder)  # the folder may lie in a slow network

    async def _next_look(self) -> bool:
        try:
            await asyncio.wait_for(self._asked.wait(), self._every or None)
        except TimeoutError:
            return False
        return True

    async def _after_a_look(self) -> Signature:
        await asyncio.sleep(self._every)
        return await self._look()

    async def _load(self) -> None:
        try:
            await self._learn()
            core, digest = await asyncio.to_thread(self._build)
        except KnowledgeError as error:
            mistakes = error.mistakes
            log.error(
                "new content refused, the old one stays; see all mistakes with lotse check",
                extra={"mistakes": len(mistakes), "error": str(mistakes[0])},
            )
            self._current.keep()
        except LotseError as error:
            log.error("new content refused, the old one stays", extra={"error": str(error)})
            self._current.keep()
        except Exception as error:  # noqa: BLE001 - content must never end the program
            extra = {"error": kind_of(error), "place": place_of(error)}
            log.error("new content could not be loaded, the old one stays", extra=extra)
            self._current.keep()
        else:
            self._take(core, digest)

    def _take(self, core: Core, digest: str) -> None:
        if digest == self._current.status.digest:
            self._current.settle()
            log.info("content unchanged", extra={"content": digest[:12]})
        else:
            self._current.exchange(core, digest)
            set_aside()
            log.info("new content in force", extra={"content": digest[:12]})

    async def _learn(self) -> None:
        if not self._prepare:
            return
        process = await asyncio.create_subprocess_exec(
            *self._prepare,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            # 2 does not matter: what is wrong with the content or with its place is found again by build.
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status < 0:  # learning here, too, would end the program in the same way
            raise ConfigError(f"learning it was {ended_by(status)} SIGHUP tries again.")
        if status == 1:
            raise ConfigError("learning it broke (lotse learn shows how). SIGHUP tries again.")


def ended_by(status: int) -> str:
    """Return how a signal ended learning, and the usual reason; ``status`` is the negative one of the process."""
    reason = "; is there memory for it (docs/operating.md)?" if status == -SIGKILL else "."
    return f"ended by signal {-status}{reason}"


def learning_command() -> tuple[str, ...]:
    """Return the command of this program that learns the content into the cache."""
    return (sys.executable, "-P", "-m", "bot", "learn")  # -P: no module of the working folder
