"""Both platforms at once, the test Bot API and a real Synapse, and ``lotse run`` that serves them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.live.matrix.people import Encrypted
from tests.live.matrix.people import Person as MatrixPerson
from tests.live.matrix.synapse import Synapse, python_of_synapse
from tests.live.telegram.bot_api import BotApi, Person, answers_in
from tests.operations.conftest import free_port

CHAOS_WITH_SYNAPSE = [
    pytest.mark.chaos,
    pytest.mark.skipif(not python_of_synapse(), reason="matrix-synapse is not installed"),
]
PASSWORD = "pw-Zwitschern-0815"
CANARY = "Kanarienvogel Zwitscherstadt 0351 4711123"
ZASTEX = f"Telefon ZASTEX {CANARY}"


async def until(look: Callable[[], object], seconds: float = 60.0, what: str = "waited in vain") -> None:
    """Return when ``look`` is true; fail after ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            while not look():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(what) from None


@dataclass(slots=True)
class Platforms:
    """Both servers and the account of the bot on the second one."""

    api: BotApi
    synapse: Synapse
    user: str

    def environment(self, folder: Path, knowledge: Path) -> dict[str, str]:
        """Return the settings with which both are served; state lies in ``folder``."""
        return {
            "PATH": os.environ["PATH"],
            "LOTSE_STATE_DIR": str(folder / "state"),
            "LOTSE_KNOWLEDGE_DIR": str(knowledge),
            "LOTSE_TELEGRAM_TOKEN": self.api.token,
            "LOTSE_TELEGRAM_BASE_URL": self.api.url,
            "LOTSE_MATRIX_HOMESERVER": self.synapse.address,
            "LOTSE_MATRIX_USER": self.user,
            "LOTSE_MATRIX_PASSWORD": PASSWORD,
            "LOTSE_HTTP_LISTEN": f"127.0.0.1:{free_port()}",
        }


@asynccontextmanager
async def platforms(
    folder: Path, synapse: Synapse | None = None, record: bool = True
) -> AsyncIterator[Platforms]:
    """Run both servers; a homeserver that is given is used and left running."""
    server = synapse or Synapse(folder / "synapse")
    try:
        if synapse is None:
            await asyncio.to_thread(server.start)
        name = f"lotse{free_port()}"
        await asyncio.to_thread(server.register, name, PASSWORD)
        async with BotApi(record=record) as api:
            yield Platforms(api, server, f"@{name}:localhost")
    finally:
        if synapse is None:
            server.stop()


@dataclass(slots=True)
class Lotse:
    """A running ``lotse run``; everything it writes goes to one file."""

    process: asyncio.subprocess.Process
    log: Path
    http: str
    begun: int = 0

    @property
    def output(self) -> str:
        """What it has written since its start."""
        return self.log.read_bytes()[self.begun :].decode()

    async def logged(self, words: str, times: int = 1, seconds: float = 60.0) -> str:
        """Wait until ``words`` were logged; return the first line with them."""
        await until(lambda: self.output.count(words) >= times, seconds, f"no {words!r} in:\n{self.output}")
        return next(line for line in self.output.splitlines() if words in line)

    async def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a page, 0 if nothing answers."""
        return await asyncio.to_thread(_get, f"http://{self.http}{path}")

    async def ready(self, seconds: float = 60.0) -> None:
        """Wait until every channel serves."""
        async with asyncio.timeout(seconds):
            while (await self.get("/readyz"))[0] != 200:
                assert self.process.returncode is None, self.output
                await asyncio.sleep(0.05)

    async def ended(self, seconds: float = 60.0) -> int:
        """Return the exit status when it has ended."""
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def end(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(how)
        return await self.ended()


@asynccontextmanager
async def running(
    environment: dict[str, str], log: Path, *prefix: str, more: dict[str, str] | None = None
) -> AsyncIterator[Lotse]:
    """Run ``lotse run``; ``prefix`` is a command that runs it."""
    settings = environment | (more or {})
    begun = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *prefix, sys.executable, "-m", "bot", "run", cwd=ROOT, env=settings, stdout=output, stderr=output
        )
    try:
        yield Lotse(process, log, settings.get("LOTSE_HTTP_LISTEN", ""), begun)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


# --- somebody who asks -------------------------------------------------------------


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


def run(scenario: Coroutine[Any, Any, None], seconds: float = 180.0) -> None:
    asyncio.run(asyncio.wait_for(scenario, seconds))


def answers(who: Person) -> int:
    return len(answers_in(who.api, who.private()))


class Room:
    """Somebody in a plain Matrix room with the bot."""

    def __init__(self, on: Platforms, name: str = "") -> None:
        self.on = on
        self.name = name or f"anna{free_port()}"
        on.synapse.register(self.name)
        self.who = MatrixPerson(on.synapse, self.name)
        self.room = self.who.room(on.user)
        self.who.wait_joined(self.room, on.user)

    async def says(self, text: str) -> None:
        await asyncio.to_thread(self.who.send, self.room, text)

    async def answered(self) -> int:
        return len(await asyncio.to_thread(self.who.notices, self.room, self.on.user))

    async def wait(self, count: int, seconds: float = 90.0) -> None:
        await asyncio.to_thread(self.who.wait_notices, self.room, self.on.user, count, seconds)


async def room_of(on: Platforms, name: str = "") -> Room:
    return await asyncio.to_thread(Room, on, name)


@asynccontextmanager
async def secretive(on: Platforms, folder: Path, name: str = "") -> AsyncIterator[Encrypted]:
    """Somebody who uses encrypted rooms."""
    name = name or f"emil{free_port()}"
    await asyncio.to_thread(on.synapse.register, name)
    async with Encrypted(on.synapse, name, folder / "people" / name) as somebody:
        yield somebody


async def lotse(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
