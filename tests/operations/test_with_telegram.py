"""``lotse run`` with the real Telegram channel against the test Bot API: start, faults, kill, no trace."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, Person, answers_in, person

CANARIES = ("Kanarienvogel", "Zwitscherstadt", "Kanarella", TOKEN.partition(":")[2], "700333111")


async def until(look: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    api: BotApi, folder: Path, knowledge: Path, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``lotse run`` and write all its output to a file."""
    environment = {
        "PATH": os.environ["PATH"],
        "LOTSE_STATE_DIR": str(folder / "state"),
        "LOTSE_KNOWLEDGE_DIR": str(knowledge),
        "LOTSE_TELEGRAM_TOKEN": api.token,
        "LOTSE_TELEGRAM_BASE_URL": api.url,
        "LOTSE_LOG_LEVEL": "debug",
        **more,
    }
    with open(folder / "output", "ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def answers(who: Person) -> int:
    return len(answers_in(who.api, who.private()))


def test_faults_and_a_kill_lose_no_question_and_leave_no_trace(tmp_path: Path, small_content: Path) -> None:
    async def scenario() -> None:
        async with BotApi() as api:
            who = person(api, 700333111, "Kanarella")
            async with running(api, tmp_path, small_content) as process:
                who.says("Telefon ZASTEX Kanarienvogel Zwitscherstadt")
                await until(lambda: answers(who) == 1)
                api.faults += [
                    Fault("sendMessage", "html", times=2, code=502),
                    Fault("sendMessage", "cut"),
                    Fault(
                        "sendMessage",
                        "status",
                        code=400,
                        description="Bad Request: can't parse Kanarienvogel",
                    ),
                    Fault("getUpdates", "half"),
                ]
                who.says("Telefon ZMI Kanarienvogel Zwitscherstadt")
                await until(lambda: answers(who) == 2)
                hang = Fault("sendMessage", "hang")
                api.faults.append(hang)
                who.says("Kontakt ASSKomm Kanarienvogel Zwitscherstadt")
                await until(lambda: hang.shown)
                process.kill()
                await process.wait()
                hang.release.set()
            assert traces(tmp_path) == []
            async with running(api, tmp_path, small_content) as process:
                await until(lambda: answers(who) == 3)
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
            assert traces(tmp_path) == []
            assert "outcome=answer" in (tmp_path / "output").read_text(encoding="utf-8")

    asyncio.run(scenario())


@pytest.mark.chaos
def test_a_revoked_token_ends_the_program_with_status_2(tmp_path: Path, small_content: Path) -> None:
    async def scenario() -> None:
        async with BotApi() as api:
            who = person(api)
            async with running(api, tmp_path, small_content) as process:
                who.says("hallo")
                await until(lambda: answers(who) == 1)
                api.revoked = True
                who.says("noch da?")  # ends the long poll that is under way
                assert await asyncio.wait_for(process.wait(), 90) == 2
        last = (tmp_path / "output").read_text(encoding="utf-8").splitlines()[-1]
        assert "LOTSE_TELEGRAM_TOKEN: Telegram refuses the token" in last

    asyncio.run(scenario())


def test_an_address_that_is_no_homeserver_is_named(tmp_path: Path, small_content: Path) -> None:
    """Not the password, which the operator would look at in vain."""

    async def scenario() -> None:
        async with BotApi() as api:
            matrix = {
                "LOTSE_MATRIX_HOMESERVER": api.url,
                "LOTSE_MATRIX_USER": "@lotse:example.org",
                "LOTSE_MATRIX_PASSWORD": "secret",
            }
            async with running(api, tmp_path, small_content, **matrix) as process:
                assert await asyncio.wait_for(process.wait(), 60) == 2
        last = (tmp_path / "output").read_text(encoding="utf-8").splitlines()[-1]
        assert f"LOTSE_MATRIX_HOMESERVER: no Matrix server answers at {api.url}" in last

    asyncio.run(scenario())


@pytest.mark.parametrize("limit", [4.0])
def test_the_first_answer_comes_soon_after_a_start_with_a_warm_cache(
    tmp_path: Path, small_content: Path, limit: float
) -> None:
    """Two seconds are the aim on an idle machine; the limit leaves room for a busy one."""

    async def scenario() -> float:
        async with BotApi() as api:
            who = person(api)
            who.says("Telefon ZASTEX")
            begun = time.monotonic()
            async with running(api, tmp_path, small_content):
                await until(lambda: answers(who) == 1)
                return time.monotonic() - begun

    assert asyncio.run(scenario()) < limit


def traces(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{path}: {word}" for path in files for word in CANARIES if word.encode() in path.read_bytes()]
