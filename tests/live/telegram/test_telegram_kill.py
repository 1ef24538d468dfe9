"""Killed at any moment, the bot loses no question, keeps the order, and writes down no word."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from pathlib import Path

import pytest

from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, Person, answers_in, person
from tests.live.telegram.harness import Program, free_port, run, start_program

pytestmark = pytest.mark.chaos

CHATS, KILLS = 40, 20
OFFERS = ("asskomm", "sicherheitsleitfaden", "zastex", "zmi", "expertennetzwerk")
NAME = "Kunigunde"
"""A name that no content contains."""
FIRST_ID = 9_177_000


def told(api: BotApi, someone: Person) -> list[str]:
    """Return the offers of the answers that a person got, read off the buttons."""
    found = []
    for answer in answers_in(api, someone.private()):
        buttons = itertools.chain(*answer["reply_markup"]["inline_keyboard"])
        data = [button.get("callback_data", "") for button in buttons]
        found.append(next(d for d in data if d.startswith("1+"))[2:].partition(":")[0])
    return found


async def _kill_when_busy(api: BotApi, program: Program, chance: random.Random) -> None:
    enough = len(api.called("sendMessage")) + chance.randint(0, 12)
    with contextlib.suppress(TimeoutError):  # all is answered: an idle program is killed, too
        await api.until(lambda: len(api.called("sendMessage")) >= enough, 2)
    await asyncio.sleep(chance.random() * 0.02)  # any moment, not only that of a call
    await program.kill()


async def _torture(folder: Path, delay: float, webhook: bool) -> None:
    """Ask 200 questions while the program is killed 20 times, then look at every chat."""
    chance = random.Random(delay)
    log, state = folder / "program.log", folder / "state"
    async with BotApi(delay=delay) as api:
        options: tuple[str, ...] = ()
        if webhook:
            port = free_port()
            options = (f"http://127.0.0.1:{port}/hook", str(port))
        people = [person(api, FIRST_ID + number, f"{NAME}{number}") for number in range(CHATS)]
        asked = {someone.id: chance.sample(OFFERS, len(OFFERS)) for someone in people}
        turns = [(someone, number) for number in range(len(OFFERS)) for someone in people]
        started = time.monotonic()
        program = await start_program(api.url, state, log, *options)
        for kill in range(KILLS):
            for someone, number in turns[kill * 10 : kill * 10 + 10]:
                someone.says(f"/kontakt {asked[someone.id][number]}")
            await _kill_when_busy(api, program, chance)
            started = time.monotonic()
            program = await start_program(api.url, state, log, *options)

        def complete() -> bool:
            return all(list(dict.fromkeys(told(api, someone))) == asked[someone.id] for someone in people)

        with contextlib.suppress(TimeoutError):  # the assertions below say what is missing
            await api.until(complete, 60)
            await api.until(lambda: not api.world.updates, 30)
        await api.until(lambda: api.called("getMe")[-1].at > started, 30, "the last start")
        program.process.terminate()
        assert await program.process.wait() == 0, "a stop ends well"
        doubled = 0
        for someone in people:
            answers = told(api, someone)
            assert [offer for offer, _ in itertools.groupby(answers)] == asked[someone.id]
            doubled += len(answers) - len(OFFERS)
        assert doubled <= KILLS, "the Bot API allows one doubled reply a kill, not more"
    _check_no_words(folder)


def _check_no_words(folder: Path) -> None:
    """Neither the state nor the log may hold a question, a name, the id of a person or the token."""
    forbidden = [b"/kontakt", NAME.encode(), str(FIRST_ID)[:5].encode(), TOKEN.split(":")[1].encode()]
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for word in forbidden:
            assert word not in content, f"{word!r} in {path.name}"


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_killed_while_polling(tmp_path: Path, delay: float) -> None:
    """20 kills, 200 questions, 40 chats, by long polling, without and with a round trip."""
    run(_torture(tmp_path, delay, webhook=False), 180)


def test_killed_behind_a_webhook(tmp_path: Path) -> None:
    """The same when Telegram delivers by itself."""
    run(_torture(tmp_path, 0.02, webhook=True), 180)


@pytest.mark.parametrize("fetched", ["all", "the first batch"])
def test_killed_with_many_waiting(tmp_path: Path, fetched: str) -> None:
    """What was on its way is found although the numbers of many waiting questions lie in between, fetched or not."""

    async def scenario() -> None:
        async with BotApi(delay=0.05) as api:
            if fetched == "the first batch":
                api.faults.append(Fault("getUpdates", "hang", spared=1))
            people = [person(api, FIRST_ID + number, f"{NAME}{number}") for number in range(3 * CHATS)]
            for someone in people:
                someone.says("/kontakt zastex")
            for kill in range(2):
                program = await start_program(api.url, tmp_path / "state", tmp_path / "log")
                if kill == 0:
                    await api.until(lambda: api.called("sendMessage"), 60)
                    await program.kill()
                    for fault in api.faults:
                        fault.release.set()
            await api.until(lambda: all(answers_in(api, someone.private()) for someone in people), 60)
            await api.until(lambda: not api.world.updates, 30)
            program.process.terminate()
            assert await program.process.wait() == 0
            assert sum(len(answers_in(api, someone.private())) - 1 for someone in people) <= 1

    run(scenario(), 150)
