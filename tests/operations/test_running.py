"""Channels run side by side, break alone and stop in time: on a real process with real signals."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from adapters import runner, settings
from adapters.observability import ChannelStatus, State
from adapters.reload import CurrentCore
from adapters.runner import Runner
from bot.command_line import serving
from bot.session import SECONDS, MemorySessions, Session
from tests.conftest import ROOT
from tests.core.test_session import Clock
from tests.learned import fresh_bot
from tests.operations.conftest import DEADLINE, Start, eventually, received

LOTSE = [sys.executable, "-m", "bot"]


def states(program_readyz: str) -> dict[str, str]:
    return {name: about["state"] for name, about in json.loads(program_readyz)["channels"].items()}


def test_run_without_a_channel_says_how_to_configure_one(tmp_path: Path) -> None:
    environment = {"LOTSE_STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [*LOTSE, "run"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in ("LOTSE_TELEGRAM_TOKEN", "LOTSE_MATRIX_USER", "lotse chat"))


def test_a_state_folder_that_cannot_be_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {
        "LOTSE_STATE_DIR": str(tmp_path / "file" / "state"),
        "LOTSE_TELEGRAM_TOKEN": "123456789:" + "A" * 35,
        "LOTSE_TELEGRAM_BASE_URL": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [*LOTSE, "run"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, "nothing is learned before"
    assert "LOTSE_STATE_DIR: cannot use" in lines[0]


def test_a_broken_channel_is_started_again_while_the_other_answers(start: Start) -> None:
    with start(channels=2) as program:
        assert "ZASTEX" in program.ask("Telefon ZASTEX", channel=2)
        assert program.ask("!break", channel=1) == "done"
        line = program.logged("channel broke")
        assert "channel=line1" in line
        assert "error=ValueError" in line
        assert "ZASTEX" in program.ask("Telefon ZASTEX", channel=2)
        program.logged("channel started channel=line1", times=2)
        assert "ZASTEX" in program.ask("Telefon ZASTEX", channel=1)
        assert 'lotse_channel_restarts_total{channel="line1"} 1.0' in program.get("/metrics")[1]
        assert 'lotse_channel_restarts_total{channel="line2"} 0.0' in program.get("/metrics")[1]


def test_refused_credentials_end_the_program_with_one_line_and_status_2(start: Start) -> None:
    with start(channels=2) as program:
        program.ask("!refuse")
        assert program.process.wait(30) == 2
        assert "channel stopped channel=line2" in program.output
        last = program.output.splitlines()[-1]
        assert last.endswith("LOTSE_LINE_TOKEN: refused; get a new one.")
        assert "Traceback" not in program.output


def test_keep_going_serves_the_rest_until_none_is_left(start: Start) -> None:
    with start(channels=2, LOTSE_KEEP_GOING="on") as program:
        program.ask("!refuse", channel=1)
        program.logged("given up")
        assert "ZASTEX" in program.ask("Telefon ZASTEX", channel=2)
        status, page = program.get("/readyz")
        assert (status, states(page)) == (503, {"line1": "refused", "line2": "serving"})
        program.ask("!refuse", channel=2)
        assert program.process.wait(30) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_was_begun_finish(start: Start, number: int) -> None:
    with start() as program, program.connect() as line:
        line.sendall(b"c !slow\nc !count\n")
        assert received(line) == "done"
        program.process.send_signal(number)
        assert received(line) == "late answer"
        assert program.process.wait(30) == 0
        assert program.output.splitlines()[-1].endswith("ended")


@pytest.mark.chaos
@pytest.mark.parametrize("what", ["!hang", "!thread"])
def test_a_stop_ends_soon_after_its_deadline_even_if_something_hangs(start: Start, what: str) -> None:
    with start(LOTSE_STOP_WITHIN="0.3s") as program:
        program.ask(what)
        begun = time.monotonic()
        assert program.end(signal.SIGTERM) == 1
        assert time.monotonic() - begun < 20
        assert ("not finished in time" in program.output) == (what == "!hang")
        assert program.output.splitlines()[-1] == "lotse: ended at once: a stop took too long"


def test_a_second_signal_ends_at_once(start: Start) -> None:
    with start(LOTSE_STOP_WITHIN="1h") as program:
        program.ask("!hang")
        program.process.send_signal(signal.SIGTERM)
        program.logged("stopping")
        assert program.end(signal.SIGTERM) == 1
        assert program.output.splitlines()[-1] == "lotse: ended at once: a second signal"


def test_a_port_that_is_taken_is_a_mistake_of_the_settings(start: Start) -> None:
    with start() as program:
        program.get("/healthz")
        other = start(LOTSE_HTTP_LISTEN=f"127.0.0.1:{program.http}")
        assert other.process.wait(30) == 2
        assert re.search(
            r"LOTSE_HTTP_LISTEN: cannot listen on [\d.:]+ \(Address already in use\); choose another port",
            other.output,
        )


def test_a_port_that_is_taken_is_said_before_anything_is_learned(start: Start, unlearned: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with start(LOTSE_HTTP_LISTEN=f"127.0.0.1:{taken.getsockname()[1]}") as program:
            assert program.process.wait(DEADLINE) == 2
    (line,) = program.output.splitlines()
    assert "LOTSE_HTTP_LISTEN: cannot listen on" in line
    assert not (unlearned / ".learned").exists()


@pytest.fixture
def unlearned(tmp_path: Path, small_content: Path) -> Path:
    """The content of the next program, of which nothing was learned yet."""
    ignored = shutil.ignore_patterns(".learned")
    return Path(shutil.copytree(small_content, tmp_path / "knowledge", ignore=ignored))


@pytest.mark.usefixtures("unlearned")
def test_learning_at_the_start_is_said_before_and_after(start: Start) -> None:
    """And nothing where it was learned before."""
    with start() as program:
        assert "ZASTEX" in program.ask("Telefon ZASTEX")
        before, after = program.output.splitlines()[:2]
        assert before.endswith("checking and learning the content, some seconds")
        assert re.search(r"content learned seconds=\d+\.\d$", after)
    with start() as program:
        assert "ZASTEX" in program.ask("Telefon ZASTEX")
        assert "learn" not in program.output


@pytest.mark.usefixtures("unlearned")
def test_a_stop_while_learning_ends_it_and_leaves_no_process(start: Start) -> None:
    with start() as program:
        program.logged("checking and learning")
        learners = [pid for pid in Path("/proc").glob("[0-9]*") if parent(pid) == program.process.pid]
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(DEADLINE) == 0
        assert program.output.splitlines()[-1].endswith("ended")
        eventually(lambda: not any(pid.exists() for pid in learners))


def parent(process: Path) -> int:
    """Return the parent of a process, given as its folder in ``/proc``; 0 if it has ended."""
    try:
        return int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_health_and_readiness_and_metrics(start: Start) -> None:
    """The numbers follow what happens, and the program's own check agrees."""
    with start() as program:
        assert program.get("/healthz") == (200, "ok\n")
        eventually(lambda: program.get("/readyz")[0] == 200)
        program.ask("Telefon ZASTEX")
        program.ask("!count")
        status, page = program.get("/metrics")
        assert status == 200
        assert 'lotse_turns_total{channel="line1",outcome="answer",topic="zastex"} 1.0' in page
        assert 'lotse_turn_seconds_count{channel="line1"} 1.0' in page
        assert 'lotse_channel_state{channel="line1",state="serving"} 1.0' in page
        assert re.search(r'lotse_channel_contact_age_seconds\{channel="line1"\} [\d.]+', page)
        assert 'lotse_channel_waiting{channel="line1"} 7.0' in page
        assert 'lotse_channel_retries_total{channel="line1"} 3.0' in page
        assert 'lotse_channel_dead_letters_total{channel="line1"} 2.0' in page
        assert re.search(r'lotse_content_info\{digest="\w{32}"\} 1.0', page)
        environment = {"LOTSE_HTTP_LISTEN": f"127.0.0.1:{program.http}", "LOTSE_STATE_DIR": "/nowhere"}
        ask = [*LOTSE, "health", "--ready"]
        done = subprocess.run(ask, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "line1 serving\n")
        assert program.end(signal.SIGTERM) == 0
        done = subprocess.run(ask, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "nothing answers" in done.stderr


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_is_told_that_the_program_serves_and_lives(start: Start, tmp_path: Path, kind: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(DEADLINE)
        name = str(tmp_path / "notify") if kind == "path" else f"@lotse-{tmp_path.name}"
        systemd.bind(name.replace("@", "\0"))
        with start(NOTIFY_SOCKET=name, WATCHDOG_USEC="300000") as program:
            assert systemd.recv(100) == b"READY=1"
            assert [systemd.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            assert program.end(signal.SIGTERM) == 0


def test_counts_outlive_a_restart_of_their_channel(start: Start) -> None:
    with start() as program:
        assert int(program.ask("!frozen")) > 10_000, "the garbage collector does not look at the content"
        program.ask("!count")
        program.ask("!break")
        program.logged("channel started", times=2)
        assert 'lotse_channel_retries_total{channel="line1"} 3.0' in program.get("/metrics")[1]


def test_a_channel_that_breaks_during_a_stop_is_not_said_to_start_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Breaking:
        name = "line1"

        async def run(self, stop: asyncio.Event) -> None:
            stopping.set()
            await stop.wait()
            raise OSError("what somebody wrote")

    async def scenario() -> None:
        supervisor = Runner({"line1": Breaking})
        running = asyncio.create_task(supervisor.run(stopping))
        await asyncio.wait_for(running, 30)
        (status,) = supervisor.status()
        assert (status.state, status.restarts) == ("stopped", 0)

    stopping = asyncio.Event()
    with caplog.at_level(logging.INFO, "lotse.runner"):
        asyncio.run(scenario())
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("INFO", "channel started"),
        ("WARNING", "channel stopped"),
    ]
    assert vars(caplog.records[1])["error"] == "OSError"
    assert "somebody" not in caplog.text


def test_what_a_channel_tells_of_itself_is_optional() -> None:
    """One that tells all, one that tells the least; the age is told by the clock of the runner."""

    class Silent:
        name = "silent"

        async def run(self, stop: asyncio.Event) -> None:
            begun.release()
            await stop.wait()

    class Telling(Silent):
        name = "telling"
        healthy = False
        last_contact = 960.0
        waiting = 7
        open = 5
        counts: ClassVar = {"retries": 3}

    async def scenario() -> None:
        stop = asyncio.Event()
        supervisor = Runner({"silent": Silent, "telling": Telling}, clock=lambda: 1000.0)
        running = asyncio.create_task(supervisor.run(stop))
        for _ in range(2):
            await asyncio.wait_for(begun.acquire(), 30)
        silent, telling = supervisor.status()
        assert silent == ChannelStatus("silent", State.SERVING)
        assert telling == ChannelStatus("telling", State.CONNECTING, 40.0, 0, 7, {"retries": 3})
        stop.set()
        await asyncio.wait_for(running, 30)

    begun = asyncio.Semaphore(0)
    asyncio.run(scenario())


def test_garbage_is_looked_for_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop:
        def __init__(self) -> None:
            self.itself = self

    async def scenario() -> None:
        tidying = asyncio.create_task(runner._tidy(lambda: None))
        left = weakref.ref(Loop())
        assert left() is not None
        async with asyncio.timeout(30):
            while left() is not None:
                await asyncio.sleep(0.01)
        tidying.cancel()

    monkeypatch.setattr(runner, "_TIDY_EVERY", 0.01)
    gc.disable()
    try:
        asyncio.run(scenario())
    finally:
        gc.enable()


def test_what_is_over_is_forgotten_while_nobody_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program that serves sweeps its conversations: no later question is needed for them to go."""

    class Silent:
        name = "line"

        async def run(self, stop: asyncio.Event) -> None:
            async with asyncio.timeout(30):
                while len(memory):
                    await asyncio.sleep(0.01)
            stopping.set()
            await stop.wait()

    async def scenario() -> None:
        channel = ModuleType("line")
        monkeypatch.setattr(channel, "configure", lambda own, desk: Silent(), raising=False)
        own = settings.read({"LOTSE_STATE_DIR": str(tmp_path)})
        core = CurrentCore(fresh_bot(), "")
        supervisor = serving._runner(own, {"line": (channel, None)}, core, None, memory)
        await asyncio.wait_for(supervisor.run(stopping), 60)

    monkeypatch.setattr(runner, "_TIDY_EVERY", 0.01)
    clock, stopping = Clock(), asyncio.Event()
    memory = MemorySessions(clock=clock)
    memory.put("somebody", Session())
    clock.now = SECONDS + 1
    asyncio.run(scenario())
    assert len(memory) == 0
