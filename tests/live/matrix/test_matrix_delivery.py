"""Every question is answered once, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.gate import Gate
from tests.live.matrix.people import Encrypted, Person, until, wait_for
from tests.live.matrix.synapse import Json, Synapse

pytestmark = pytest.mark.chaos

QUESTIONS = 40
KILLS = 12


@contextmanager
def killing(kill: Callable[[], None], revive: Callable[[], object], times: int) -> Iterator[threading.Thread]:
    """Kill and revive something at random moments while the block runs; all kills are done at its end."""
    chance = random.Random(7)
    pause = threading.Event()

    def work() -> None:
        for _ in range(times):
            pause.wait(chance.uniform(0.2, 1.8))
            kill()
            revive()

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(120)
    assert not thread.is_alive()


def answered(notices: list[Json]) -> Counter[str]:
    """Count the answers by the question to which they reply."""
    return Counter(event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] for event in notices)


def group(person: Person, others: list[Person], bot: str) -> str:
    """Return a plain room of several people and the bot."""
    room = person.room(bot, *(other.user for other in others))
    for other in others:
        other.join(room)
    person.wait_joined(room, bot)
    return room


def test_plain_questions_under_kills_of_the_bot(
    new_bot: Callable[..., BotProcess], person: Person, new_person: Callable[..., Person]
) -> None:
    lotse = new_bot().start().serving()
    room = group(person, [new_person()], lotse.user)
    pause, chance = threading.Event(), random.Random(3)

    with killing(lotse.kill, lotse.start, KILLS):
        asked = []
        for _ in range(QUESTIONS):
            asked.append(person.send(room, "!kontakt zastex"))
            pause.wait(chance.uniform(0.0, 0.6))

    person.wait_notices(room, lotse.user, QUESTIONS, 30)
    lotse.serving()
    assert lotse.stop() == 0
    assert answered(person.notices(room, lotse.user)) == Counter(asked)


def test_plain_questions_under_kills_of_the_server(
    new_bot: Callable[..., BotProcess], new_person: Callable[..., Person], tmp_path: Path
) -> None:
    server = Synapse(tmp_path / "server")
    server.start()
    try:
        person, other = new_person(server), new_person(server)
        lotse = new_bot(server).start().serving()
        room = group(person, [other], lotse.user)
        asked: list[str] = []
        for _ in range(3):
            asked += [person.send(room, "!kontakt zastex") for _ in range(5)]
            server.kill()
            server.start()

        person.wait_notices(room, lotse.user, len(asked), 30)
        assert lotse.stop() == 0
        assert answered(person.notices(room, lotse.user)) == Counter(asked)
    finally:
        server.stop()


def test_encrypted_questions_under_kills_of_the_bot(
    synapse: Synapse, new_bot: Callable[..., BotProcess], new_person: Callable[..., Person], tmp_path: Path
) -> None:
    """With a new key of the person's every few messages."""
    lotse = new_bot().start().serving()
    other = new_person()
    synapse.register("chaos")
    chance = random.Random(5)

    async def talk() -> None:
        async with Encrypted(synapse, "chaos", tmp_path / "chaos") as person:
            room = await person.room(lotse.user)
            await person.client.room_invite(room, other.user)
            other.join(room)
            asked = []
            with killing(lotse.kill, lotse.start, KILLS):
                for number in range(QUESTIONS):
                    if number % 7 == 6:
                        person.client.invalidate_outbound_session(room)
                    asked.append(await person.send(room, "!kontakt zastex"))
                    await asyncio.sleep(chance.uniform(0.0, 0.6))
                await asyncio.sleep(0)
            await person.wait_notices(room, QUESTIONS, 40)
            lotse.serving()
            assert lotse.stop() == 0
            await person.client.sync(0)
            assert answered(person.notices(room)) == Counter(asked)
            assert person.unreadable == 0

    asyncio.run(talk())


def test_encrypted_questions_under_kills_of_the_server(
    new_bot: Callable[..., BotProcess], new_person: Callable[..., Person], tmp_path: Path
) -> None:
    """The server is killed and restarted at random moments, with a new key every few messages."""
    server = Synapse(tmp_path / "server")
    server.start()
    server.register("chaos")
    other, chance = new_person(server), random.Random(11)

    async def talk(lotse: BotProcess) -> None:
        async with Encrypted(server, "chaos", tmp_path / "chaos") as person:
            room = await person.room(lotse.user)
            await person.client.room_invite(room, other.user)
            await asyncio.to_thread(other.join, room)
            asked = []
            with killing(server.kill, server.start, KILLS // 3) as kills:
                for number in range(QUESTIONS):
                    if number % 7 == 6:
                        person.client.invalidate_outbound_session(room)
                    asked.append(await person.send(room, "!kontakt zastex"))
                    await asyncio.sleep(chance.uniform(0.0, 0.6))
                await until(lambda: not kills.is_alive(), 120, "the kills do not end")
            await person.wait_notices(room, QUESTIONS, 90)
            assert lotse.stop() == 0
            await person.client.sync(0)
            assert answered(person.notices(room)) == Counter(asked)
            assert person.unreadable == 0

    try:
        asyncio.run(talk(new_bot(server).start().serving()))
    finally:
        server.stop()


@pytest.fixture
def gate(synapse: Synapse) -> Iterator[Gate]:
    made = Gate(synapse.port)
    yield made
    made.close()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_answering(
    synapse: Synapse,
    gate: Gate,
    new_bot: Callable[..., BotProcess],
    tmp_path: Path,
    moment: str,
    *,
    encrypted: bool,
) -> None:
    """Killed between question and answer, or between answer and knowing of it: one answer in the end."""
    lotse = new_bot(homeserver=gate.address).start().serving()
    synapse.register(name := f"gate-{lotse.name}")

    async def talk() -> None:
        async with Encrypted(synapse, name, tmp_path / "person") as person:
            room = await person.room(lotse.user, plain=not encrypted)
            await person.send(room, "!kontakt zastex")
            await person.wait_notices(room, 1)
            gate.hold = moment
            await person.send(room, "!kontakt zmi")
            assert await asyncio.to_thread(gate.held.acquire, timeout=10)
            lotse.kill()
            gate.hold = ""
            lotse.start().serving()
            await person.send(room, "!kontakt asskomm")
            notices = await person.wait_notices(room, 3)
            assert len({event["event_id"] for event in notices}) == 3
            assert len({event["content"]["body"] for event in notices}) == 3
            assert person.unreadable == 0

    asyncio.run(talk())


def test_a_failing_proxy_is_asked_patiently(
    gate: Gate, new_bot: Callable[..., BotProcess], person: Person
) -> None:
    """A 502 comes back at once; the bot does not ask a thousand times a second, and recovers."""
    lotse = new_bot(homeserver=gate.address).start().serving()
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    gate.fail = True
    person.send(room, "!kontakt zastex")
    wait_for(lambda: lotse.logged().count("does not answer") >= 3, 40, "the failure is not noticed")
    asked = gate.requests
    wait_for(lambda: lotse.logged().count("does not answer") >= 5, 40, "the failure is not noticed")
    assert gate.requests - asked < 10
    gate.fail = False

    person.wait_notices(room, lotse.user, 1)
