"""Three webhook processes behind a balancer share a real Redis; one is killed, nothing is lost or out of order."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import signal
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.content import ZASTEX_NUMBER
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, Person, answers_in, person
from tests.live.telegram.test_telegram_kill import OFFERS, told
from tests.operations.balancer import Herd
from tests.operations.redis_server import RedisServer, redis_server

__all__ = ["redis_server"]

NAME = "Kunigunde"
FIRST_ID = 9_177_000
FORBIDDEN = (b"/kontakt", NAME.encode(), rb"9177\d{3}", TOKEN.split(":")[1].encode())
"""Patterns. Of a person's id all seven digits: four of them stand by chance in what is sealed, or in a time."""


def run(scenario: Coroutine[Any, Any, None], seconds: float) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await scenario

    asyncio.run(bounded())


def crowd(api: BotApi, size: int) -> list[Person]:
    return [person(api, FIRST_ID + number, f"{NAME}{number}") for number in range(size)]


def doubled(api: BotApi, asked: dict[int, list[str]], people: Iterable[Person]) -> int:
    """Return how many answers came twice; what was asked must have been answered in this order."""
    count = 0
    for someone in people:
        answers = told(api, someone)
        assert [offer for offer, _ in itertools.groupby(answers)] == asked[someone.id]
        count += len(answers) - len(asked[someone.id])
    return count


def complete(api: BotApi, asked: dict[int, list[str]], people: Iterable[Person]) -> bool:
    return all(list(dict.fromkeys(told(api, someone))) == asked[someone.id] for someone in people)


def too_fast(someone: Person) -> Fault:
    """One answer has to wait; were the next question answered elsewhere, it would be overtaken."""
    text = "Too Many Requests: retry after 1"
    about = {"code": 429, "description": text, "parameters": {"retry_after": 1}}
    return Fault("sendMessage", "status", chat=someone.id, **about)  # type: ignore[arg-type]


async def more_answers(api: BotApi, count: int) -> None:
    """Wait until so many more messages were sent."""
    enough = len(api.called("sendMessage")) + count
    await api.until(lambda: len(api.called("sendMessage")) >= enough, 60, "answers")


def check_hidden(redis: RedisServer, folder: Path) -> None:
    """No word, name or id of a person lies in Redis, on a disk or in a log, and all in Redis expires."""
    held = b"\n".join(part for pair in redis.everything().items() for part in pair)
    held += b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert [word for word in FORBIDDEN if re.search(word, held)] == []
    assert all(0 < left <= 48 * 3600 for left in redis.times_to_live().values())


def test_one_of_three_is_killed(tmp_path: Path, small_content: Path, redis_server: RedisServer) -> None:
    """What waits in the dead process is answered by the others; the conversations go on."""

    async def scenario() -> None:
        async with BotApi(delay=0.03) as api:
            people, herd = crowd(api, 12), Herd(api, tmp_path, small_content, redis_server.url)
            asked = {someone.id: [*OFFERS[:3]] for someone in people}
            talker = person(api, FIRST_ID + 99, NAME)
            async with herd.serving():
                talker.says("ZASTEX")
                await api.until(lambda: answers_in(api, talker.private()), 30)
                api.faults += [too_fast(someone) for someone in people[:3]]
                for number in range(3):
                    for someone in people:
                        someone.says(f"/kontakt {asked[someone.id][number]}")
                await more_answers(api, 6)
                await herd.kill(0)
                talker.says("und die Telefonnummer?")
                await api.until(lambda: complete(api, asked, people), 30)
                await api.until(lambda: len(answers_in(api, talker.private())) == 2, 30)
                await api.until(lambda: not api.world.updates, 30)
                assert ZASTEX_NUMBER in str(answers_in(api, talker.private())[1])
                assert doubled(api, asked, people) <= 1
                assert set(herd.balancer.handed) == {0, 1, 2}
                check_hidden(redis_server, tmp_path)
                for place in (1, 2):
                    herd.processes[place].send_signal(signal.SIGTERM)
                assert [await herd.processes[place].wait() for place in (1, 2)] == [0, 0]

    run(scenario(), 120)


@pytest.mark.chaos
def test_one_after_the_other_is_killed_and_restarted(
    tmp_path: Path, small_content: Path, redis_server: RedisServer
) -> None:
    """200 questions from 40 chats while every process is killed twice: none lost, order kept."""
    kills, chance = 6, random.Random(6)

    async def scenario() -> None:
        async with BotApi(delay=0.05) as api:
            people, herd = crowd(api, 40), Herd(api, tmp_path, small_content, redis_server.url)
            asked = {someone.id: chance.sample(OFFERS, len(OFFERS)) for someone in people}
            turns = [(someone, number) for number in range(len(OFFERS)) for someone in people]
            api.faults += [too_fast(someone) for someone in people[::4]]
            async with herd.serving():
                for kill in range(kills):
                    for someone, number in turns[kill * 34 : kill * 34 + 34]:
                        someone.says(f"/kontakt {asked[someone.id][number]}")
                    await more_answers(api, chance.randint(3, 20))
                    await herd.kill(kill % 3)
                    await herd.start(kill % 3)
                await api.until(lambda: complete(api, asked, people), 120)
                await api.until(lambda: not api.world.updates, 60)
                assert doubled(api, asked, people) <= kills
                check_hidden(redis_server, tmp_path)

    run(scenario(), 300)


@pytest.mark.chaos
def test_a_process_that_hung_begins_anew(
    tmp_path: Path, small_content: Path, redis_server: RedisServer
) -> None:
    """The others took it for dead and answered; when it goes on, it sends none of what it had waiting.

    What it was just about to send cannot be stopped: one message a chat of its own at most.
    """

    async def scenario() -> None:
        async with BotApi(delay=0.1) as api:
            people, herd = crowd(api, 12), Herd(api, tmp_path, small_content, redis_server.url)
            asked = {someone.id: list(OFFERS) for someone in people}
            async with herd.serving():
                for number in range(len(OFFERS)):
                    for someone in people:
                        someone.says(f"/kontakt {asked[someone.id][number]}")
                await more_answers(api, 6)
                herd.processes[1].send_signal(signal.SIGSTOP)
                await api.until(lambda: complete(api, asked, people), 60)
                herd.processes[1].send_signal(signal.SIGCONT)
                await api.until(lambda: b"error=TakenOverError" in herd.log.read_bytes(), 60)
                await api.until(lambda: len(api.called("setWebhook")) == 4, 60)
                people[0].says("/kontakt zmi")
                await api.until(lambda: told(api, people[0])[len(OFFERS) :][-1:] == ["zmi"], 60)
                for someone in people:
                    answers = told(api, someone)
                    assert list(dict.fromkeys(answers)) == asked[someone.id]
                    assert len(answers) <= len(OFFERS) + 1 + (someone is people[0])
                assert sum(len(told(api, someone)) for someone in people) <= 12 * len(OFFERS) + 1 + 6

    run(scenario(), 180)


@pytest.mark.chaos
def test_redis_dies_and_comes_back_empty(
    tmp_path: Path, small_content: Path, redis_server: RedisServer
) -> None:
    """All is answered before, while and after; the log has one line a process for it."""

    async def scenario() -> None:
        async with BotApi(delay=0.05) as api:
            people, herd = crowd(api, 20), Herd(api, tmp_path, small_content, redis_server.url)

            async def ask(offer: str) -> None:
                for someone in people:
                    someone.says(f"/kontakt {offer}")
                await more_answers(api, 7)

            def everybody_was_told(*offers: str) -> bool:
                return all(set(told(api, someone)) == set(offers) for someone in people)

            async with herd.serving():
                await ask("zmi")
                redis_server.kill()
                await ask("zastex")
                await api.until(lambda: everybody_was_told("zmi", "zastex"), 60)
                redis_server.start()
                await api.until(lambda: herd.log.read_bytes().count(b"debug   redis: Redis is back") == 3, 60)
                await ask("asskomm")
                await api.until(lambda: everybody_was_told("zmi", "zastex", "asskomm"), 60)
                await api.until(lambda: not api.world.updates, 60)
                assert herd.log.read_bytes().count(b"warning redis: Redis is away") == 3
                for place in range(3):
                    herd.processes[place].send_signal(signal.SIGTERM)
                assert [await herd.processes[place].wait() for place in range(3)] == [0, 0, 0]
                held = redis_server.everything()
                assert not [key for key in held if b":u:" in key], "nothing is left open"
                check_hidden(redis_server, tmp_path)

    run(scenario(), 180)
