"""A running program with line channels, small content that is learned quickly, and its output."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest
import yaml

from bot.content.loading import shipped
from bot.content.source import read
from bot.matching import cache
from tests.conftest import ROOT
from tests.learned import alone

T = TypeVar("T")
DEADLINE = 60.0


def eventually(look: Callable[[], T | None], seconds: float = DEADLINE) -> T:
    """Return the first result of ``look`` that is true; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """A running program. ``ask`` speaks to its channels, ``get`` to its HTTP server."""

    process: subprocess.Popen[str]
    ports: list[int]
    http: int
    folder: Path
    knowledge: Path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def connect(self, channel: int = 1) -> socket.socket:
        """Return a connection to a channel once it listens."""

        def attempt() -> socket.socket | None:
            assert self.process.poll() is None, self.output
            try:
                return socket.create_connection(("127.0.0.1", self.ports[channel - 1]), timeout=DEADLINE)
            except OSError:
                return None

        return eventually(attempt)

    def ask(self, text: str, conversation: str = "c", channel: int = 1) -> str:
        """Return the answer of a channel to ``text``."""
        with self.connect(channel) as line:
            line.sendall(f"{conversation} {text}\n".encode())
            return received(line)

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a page."""

        def attempt() -> tuple[int, str] | None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refused:
                return refused.code, refused.read().decode()
            except OSError:
                return None

        return eventually(attempt)

    @property
    def output(self) -> str:
        """Everything the program has written so far."""
        return (self.folder / "output").read_text(encoding="utf-8")

    def logged(self, words: str, times: int = 1) -> str:
        """Wait until ``words`` were logged; return the line."""
        eventually(lambda: self.output.count(words) >= times)
        return next(line for line in self.output.splitlines() if words in line)

    def end(self, number: int) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


def received(line: socket.socket) -> str:
    """Return one answer that comes over a connection."""
    data = b""
    while not data.endswith(b"\x00"):
        part = line.recv(65536)
        assert part, "the connection was closed"
        data += part
    return data[:-1].decode()


@pytest.fixture(scope="session")
def small_content(of_all_workers: Path) -> Path:
    """The shipped content with few utterances, already learned beside itself."""
    folder = of_all_workers / "small" / "knowledge"
    with alone(folder.parent):
        if not folder.exists():
            _write_small(folder.with_name("draft")).rename(folder)
    return folder


def _write_small(folder: Path) -> Path:
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".*", "README.md"))
    for path in (*(folder / "utterances").glob("*.yaml"), folder / "off_topic.yaml"):
        value: Any = read(path.name, path.read_bytes()).value
        few = {key: texts if key == "topic" else texts[:8] for key, texts in value.items()}
        path.write_text(yaml.safe_dump(few, allow_unicode=True, default_style='"'), encoding="utf-8")
    cache.load(folder, [folder / ".learned"])
    return folder


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path, small_content: Path) -> Iterator[Start]:
    """Start a program: ``start(channels=1, **environment)``."""
    started: list[Program] = []

    def start(channels: int = 1, **environment: str) -> Program:
        knowledge = tmp_path / "knowledge"
        if not knowledge.exists():
            shutil.copytree(small_content, knowledge)
        ports, http = [free_port() for _ in range(channels)], free_port()
        (tmp_path / "state").mkdir(exist_ok=True)
        values = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LOTSE_STATE_DIR": str(tmp_path / "state"),
            "LOTSE_KNOWLEDGE_DIR": str(knowledge),
            "LOTSE_HTTP_LISTEN": f"127.0.0.1:{http}",
            "LOTSE_RELOAD_EVERY": "0.2s",
            **environment,
        }
        with open(tmp_path / "output", "w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.operations.program", *map(str, ports)],
                cwd=ROOT,
                env=values,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        program = Program(process, ports, http, tmp_path, knowledge)
        started.append(program)
        return program

    yield start
    for program in started:
        program.__exit__(None, None, None)
