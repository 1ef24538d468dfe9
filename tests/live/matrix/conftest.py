"""Fixtures of the Matrix tests: a homeserver for the session, a bot and people for each test."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from tests.conftest import ROOT
from tests.live.matrix.javascript import JavaScriptPerson, install
from tests.live.matrix.people import Person
from tests.live.matrix.synapse import Synapse, python_of_synapse

_names = iter(range(1, 1_000_000))


class BotProcess:
    """The bot with its own account and folder, started, killed and started again."""

    def __init__(self, synapse: Synapse, folder: Path, learned: Path, **more: Any) -> None:
        self.synapse = synapse
        self.name = f"lotse{next(_names)}"
        self.user = synapse.register(self.name)
        self.folder = folder
        self.settings = {
            "homeserver": synapse.address,
            "user": self.user,
            "password": "pw",
            "folder": str(folder / "state"),
            "learned": str(learned),
            **more,
        }
        self.log = folder / "bot.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def start(self, **more: Any) -> BotProcess:
        """Start the process; see ``serving``."""
        self._starts = self.logged().count("INFO serving") + 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.live.matrix.serve", json.dumps({**self.settings, **more})],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        return self

    def serving(self, seconds: float = 30.0) -> BotProcess:
        """Return when it says that it serves."""
        deadline = time.monotonic() + seconds
        while self.logged().count("INFO serving") < self._starts:
            assert self.process is not None
            assert self.process.poll() is None, self.logged()[-2000:]
            assert time.monotonic() < deadline, self.logged()[-2000:]
            time.sleep(0.05)
        return self

    def logged(self) -> str:
        """Return what it has logged so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        return self._end(signal.SIGTERM)

    def wait(self, seconds: float = 20.0) -> int:
        """Return its exit status when it ends by itself."""
        assert self.process is not None
        return self.process.wait(seconds)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)


def sync_token(bot: BotProcess) -> str:
    """Return the stored sync token."""
    with sqlite3.connect(Path(str(bot.settings["folder"])) / "state.db") as database:
        row = database.execute("SELECT value FROM mark WHERE name = 'sync'").fetchone()
    database.close()
    return str(row[0]) if row else ""


def ledger(bot: BotProcess) -> list[str]:
    """Return the keys of the ledger."""
    with sqlite3.connect(Path(str(bot.settings["folder"])) / "state.db") as database:
        rows = database.execute("SELECT key FROM ledger").fetchall()
    database.close()
    return [str(row[0]) for row in rows]


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver without limits."""
    if not python_of_synapse():
        pytest.skip("matrix-synapse is not installed (or SYNAPSE_PYTHON not set)")
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_bot(
    synapse: Synapse, tmp_path: Path, learned_folder: Path, content: tuple[Knowledge, Model]
) -> Iterator[Callable[..., BotProcess]]:
    """Makes bots, not started yet; ends them after the test."""
    bots: list[BotProcess] = []

    def make(on: Synapse | None = None, **more: Any) -> BotProcess:
        folder = tmp_path / f"bot{len(bots)}"
        folder.mkdir()
        bots.append(BotProcess(on or synapse, folder, learned_folder, **more))
        return bots[-1]

    yield make
    for bot in bots:
        if bot.process is not None and bot.process.poll() is None:
            bot.kill()


@pytest.fixture(scope="session")
def shared_lotse(
    synapse: Synapse,
    tmp_path_factory: pytest.TempPathFactory,
    learned_folder: Path,
    content: tuple[Knowledge, Model],
) -> Iterator[BotProcess]:
    """A bot that serves, for tests with rooms of their own that neither end it nor look at its state."""
    bot = BotProcess(synapse, tmp_path_factory.mktemp("shared"), learned_folder)
    yield bot.start().serving()
    bot.kill()


@pytest.fixture
def lotse(new_bot: Callable[..., BotProcess]) -> BotProcess:
    """A bot that serves."""
    return new_bot().start().serving()


@pytest.fixture
def new_person(synapse: Synapse) -> Callable[..., Person]:
    """Makes people with accounts of their own."""

    def make(on: Synapse | None = None) -> Person:
        name = f"person{next(_names)}"
        (on or synapse).register(name)
        return Person(on or synapse, name)

    return make


@pytest.fixture
def person(new_person: Callable[..., Person]) -> Person:
    """Somebody with an account."""
    return new_person()


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with matrix-js-sdk and Node 22."""
    try:
        return install(tmp_path_factory.mktemp("javascript"))
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture
def new_js_person(synapse: Synapse, javascript: Path) -> Iterator[Callable[..., JavaScriptPerson]]:
    """Makes people whose client is built on matrix-js-sdk; ends them after the test."""
    people: list[JavaScriptPerson] = []

    def make(isolate: bool = False) -> JavaScriptPerson:
        name = f"js{next(_names)}"
        synapse.register(name)
        people.append(JavaScriptPerson(javascript, synapse.address, name, isolate))
        return people[-1]

    yield make
    for person in people:
        person.close()
