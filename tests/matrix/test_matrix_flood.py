"""Many messages at once: who floods is cut short, danger never is, and nobody else waits or loses anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.matrix import answering, inflow
from adapters.matrix.store import Store
from bot.dialogue import Bot
from tests.matrix.homeserver import ANNA, BERT, BOT, Homeserver, Json, message, serving, until

QUESTION = "Lotse: Was ist die ZASTEX?"
DANGER = "Lotse: Hilfe, da steht einer mit Messer vor der Tür"
GROUP, PRIVATE = "!group:e.org", "!private:e.org"


def flood(*first: Json, sender: str = ANNA) -> list[Json]:
    """Return ``first``, and behind it more than anybody can read."""
    return [*first, *(message(QUESTION, number, sender) for number in range(10, 20))]


def answers_to(server: Homeserver, room: str, event: str) -> list[str]:
    """Return what was said in reply to an event."""
    return [
        content["body"]
        for where, _, content in server.sent
        if where == room and content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") == event
    ]


@pytest.fixture(autouse=True)
def _short_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_LONGEST_QUEUE", 5)


@pytest.mark.parametrize("room", [GROUP, PRIVATE])
def test_danger_is_answered_in_a_flood(bot: Bot, tmp_path: Path, room: str) -> None:
    """Also what is danger only in its conversation. That the rest is too much is said once."""
    server = Homeserver({GROUP: (BOT, ANNA, BERT), PRIVATE: (BOT, ANNA)})
    further = "Lotse: er kommt jetzt rein"

    async def run() -> None:
        async with serving(server, bot, tmp_path):
            first = [message(QUESTION, 1), message(DANGER, 2), message(further, 3), message(QUESTION, 4)]
            server.says(room, *flood(*first))
            await until(lambda: answers_to(server, room, "$anna19") or len(server.said(room)) > 7)

    asyncio.run(run())
    said = server.said(room)
    assert sum("110" in text for text in said[:3]) == 2
    assert sum(bot.line("flood") in text for text in said) == 1


def test_who_floods_a_room_takes_nothing_from_the_others_in_it(bot: Bot, tmp_path: Path) -> None:
    server = Homeserver({GROUP: (BOT, ANNA, BERT)})

    async def run() -> None:
        async with serving(server, bot, tmp_path):
            server.says(GROUP, *flood(message(QUESTION, 1, BERT)))
            await until(lambda: answers_to(server, GROUP, "$anna19"))

    asyncio.run(run())
    assert "ZASTEX" in answers_to(server, GROUP, "$bert1")[0]
    assert not answers_to(server, GROUP, "$anna10") or bot.line("flood") in answers_to(
        server, GROUP, "$anna10"
    )


@pytest.mark.parametrize("room", [GROUP, PRIVATE])
def test_danger_does_not_wait_for_what_was_asked_before(bot: Bot, tmp_path: Path, room: str) -> None:
    """It goes before all that waits in its room; each of both kinds is answered in its own order."""
    server = Homeserver({GROUP: (BOT, ANNA, BERT), PRIVATE: (BOT, ANNA)})

    async def run() -> None:
        async with serving(server, bot, tmp_path):
            server.says(room, message(QUESTION, 1))
            await until(lambda: len(server.said(room)) == 1)
            hold = server.stalled[room] = asyncio.Event()
            server.says(room, *(message(QUESTION, number) for number in range(2, 7)))
            server.says(room, message(DANGER, 7), message("Lotse: Er schießt!", 8))
            await until(lambda: server.is_heard)
            hold.set()
            await until(lambda: len(server.said(room)) == 8)

    asyncio.run(run())
    asked = [content["m.relates_to"]["m.in_reply_to"]["event_id"] for _, _, content in server.sent[1:-1]]
    assert asked == [f"$anna{number}" for number in (2, 7, 8, 3, 4, 5)]
    assert all("110" in text for text in server.said(room)[2:4])


def test_an_event_that_breaks_the_look_for_danger_waits_its_turn(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise ValueError

    monkeypatch.setattr(answering.Answering, "is_urgent", broken)
    server = Homeserver({PRIVATE: (BOT, ANNA)})

    async def run() -> None:
        async with serving(server, bot, tmp_path):
            server.says(PRIVATE, *(message(QUESTION, number) for number in range(6)))
            await until(lambda: len(server.said(PRIVATE)) == 6)

    asyncio.run(run())


def test_what_is_too_much_for_memory_stays_with_the_server(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room that is stuck fills up; the others are answered meanwhile, and it, in order, when it moves again."""
    monkeypatch.setattr(answering, "_LONGEST_QUEUE", 1000)
    monkeypatch.setattr(inflow, "MOST_OPEN", 20)
    server = Homeserver({GROUP: (BOT, ANNA, BERT), PRIVATE: (BOT, ANNA)})
    stuck = server.stalled[GROUP] = asyncio.Event()
    open_meanwhile = 0

    async def run() -> None:
        nonlocal open_meanwhile
        async with serving(server, bot, tmp_path) as running:
            for number in range(20):
                events = [message(QUESTION, 10 * number + one, BERT) for one in range(10)]
                server.says(GROUP, *events)
            server.says(PRIVATE, message(QUESTION, 1))
            await until(lambda: server.said(PRIVATE))
            open_meanwhile = running.waiting
            stuck.set()
            server.says(PRIVATE, message(QUESTION, 2))
            await until(lambda: len(server.said(GROUP)) == 200 and len(server.said(PRIVATE)) == 2)

    asyncio.run(run())
    asked = [
        content["m.relates_to"]["m.in_reply_to"]["event_id"]
        for room, _, content in server.sent
        if room == GROUP
    ]
    assert asked == [f"$bert{number}" for number in range(200)]
    assert open_meanwhile < 60
    store = Store(tmp_path)
    assert store.mark("sync") == "s22"
    store.close()
