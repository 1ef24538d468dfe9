"""Staff and the bot in encrypted rooms."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from nio import ReactionEvent

from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.gate import Gate
from tests.live.matrix.people import Encrypted, until
from tests.live.matrix.synapse import Synapse

PHONE = "+49 351 855-2223"


@pytest.fixture
def lotse(shared_lotse: BotProcess) -> BotProcess:
    """The bot that serves already."""
    return shared_lotse


def test_answers_in_an_encrypted_room(synapse: Synapse, lotse: BotProcess, tmp_path: Path) -> None:
    """The bot reads the question and the person reads the answer, soon after the invitation."""
    synapse.register("enc1")

    async def talk() -> None:
        async with Encrypted(synapse, "enc1", tmp_path / "enc1") as person:
            seconds = []
            for _ in range(3):  # the best counts: the machine may be busy with something else
                begun = time.monotonic()
                room = await person.room(lotse.user)
                await person.send(room, "!kontakt zastex")
                said = await person.wait_notices(room, 1)
                seconds.append(time.monotonic() - begun)
                assert PHONE in said[0]["content"]["body"]
            assert person.unreadable == 0
            assert min(seconds) < 3, seconds

    asyncio.run(talk())


def test_new_devices_read_along(synapse: Synapse, lotse: BotProcess, tmp_path: Path) -> None:
    """Somebody who logs in elsewhere, and somebody who joins later, can read the next answer."""
    for name in ("enc2", "enc3"):
        synapse.register(name)

    async def talk() -> None:
        async with Encrypted(synapse, "enc2", tmp_path / "first") as person:
            room = await person.room(lotse.user)
            await person.send(room, "!kontakt zastex")
            await person.wait_notices(room, 1)
            async with (
                Encrypted(synapse, "enc2", tmp_path / "second") as elsewhere,
                Encrypted(synapse, "enc3", tmp_path / "third") as late,
            ):
                await person.client.room_invite(room, "@enc3:localhost")
                await late.client.join(room)
                await until(lambda: room in late.client.rooms, 10, "not joined")
                await person.send(room, "!kontakt zastex")

                assert PHONE in (await elsewhere.wait_notices(room, 1))[0]["content"]["body"]
                assert PHONE in (await late.wait_notices(room, 1))[0]["content"]["body"]

    asyncio.run(talk())


def test_who_is_gone_is_forgotten_and_welcome_again(
    synapse: Synapse, lotse: BotProcess, tmp_path: Path
) -> None:
    """The key store names nobody with whom the bot shares no room; a new invitation works as the first one did."""
    user = synapse.register("gone")

    def named() -> int:
        (file,) = (Path(str(lotse.settings["folder"])) / "crypto").glob("*.db")
        with closing(sqlite3.connect(file)) as database:
            row = database.execute("SELECT count(*) FROM devicekeys WHERE user_id = ?", (user,)).fetchone()
        return int(row[0])

    async def talk() -> None:
        async with Encrypted(synapse, "gone", tmp_path / "gone") as person:
            for _ in range(2):
                rooms = [await person.room(lotse.user) for _ in range(2)]
                for room in rooms:
                    await person.send(room, "!kontakt zastex")
                    assert PHONE in (await person.wait_notices(room, 1))[0]["content"]["body"]
                await person.client.room_leave(rooms[0])
                await person.send(rooms[1], "!kontakt zmi")
                await person.wait_notices(rooms[1], 2)
                assert named() == 1
                await person.client.room_leave(rooms[1])
                await until(lambda: not named(), 15, "still named")
            assert person.unreadable == 0

    asyncio.run(talk())


def test_slow_keys_hold_up_nobody_else(
    synapse: Synapse, new_bot: Callable[..., BotProcess], tmp_path: Path
) -> None:
    """The keys of people on a server that does not answer take long; those whose keys are here do not wait."""
    gate = Gate(synapse.port)
    lotse = new_bot(homeserver=gate.address).start().serving()
    for name in ("enc6", "enc7"):
        synapse.register(name)

    async def talk() -> None:
        async with (
            Encrypted(synapse, "enc6", tmp_path / "enc6") as person,
            Encrypted(synapse, "enc7", tmp_path / "enc7") as remote,
        ):
            room = await person.room(lotse.user)
            await person.send(room, "!kontakt zastex")
            await person.wait_notices(room, 1)
            gate.what, gate.hold = "/keys/query", "long"
            elsewhere = await remote.room(lotse.user)
            await remote.send(elsewhere, "!kontakt zastex")
            assert await asyncio.to_thread(gate.held.acquire, timeout=10)
            await person.send(room, "!kontakt zmi")

            await person.wait_notices(room, 2)
            assert remote.notices(elsewhere) == []
            gate.release.set()
            await remote.wait_notices(elsewhere, 1)

    try:
        asyncio.run(talk())
    finally:
        gate.release.set()
        gate.close()


def test_threads_edits_and_options(synapse: Synapse, lotse: BotProcess, tmp_path: Path) -> None:
    """What stands outside of the encryption is heeded, and set on the answers."""
    synapse.register("enc4")

    async def talk() -> None:
        async with Encrypted(synapse, "enc4", tmp_path / "enc4") as person:
            room = await person.room(lotse.user)
            root = await person.send(room, "!angebote")
            await person.wait_notices(room, 1)
            thread = {"rel_type": "m.thread", "event_id": root}
            question = await person.send(
                room, {"msgtype": "m.text", "body": "!kontakt zastex", "m.relates_to": thread}
            )
            notices = await person.wait_notices(room, 2)
            relation = notices[1]["content"]["m.relates_to"]
            assert relation["event_id"] == root
            assert relation["m.in_reply_to"] == {"event_id": question}

            edit = {"rel_type": "m.replace", "event_id": question}
            new = {"msgtype": "m.text", "body": "!kontakt zmi"}
            await person.send(room, {**new, "m.new_content": new, "m.relates_to": edit})
            notices = await person.wait_notices(room, 3)
            assert notices[2]["content"]["m.relates_to"] == {
                "rel_type": "m.replace",
                "event_id": notices[1]["event_id"],
            }

            await person.send(room, "1")
            notices = await person.wait_notices(room, 4)
            assert notices[3]["content"]["body"] != notices[0]["content"]["body"]

    asyncio.run(talk())


def test_options_as_reactions(synapse: Synapse, new_bot: Callable[..., BotProcess], tmp_path: Path) -> None:
    """Where the operator wants it, a tap on a number chooses; once, and for the asker only."""
    lotse = new_bot(reactions=True).start().serving()
    synapse.register("enc5")

    async def talk() -> None:
        async with Encrypted(synapse, "enc5", tmp_path / "enc5") as person:
            room = await person.room(lotse.user)
            offered: list[str] = []
            person.client.add_event_callback(
                lambda _, event: _note(offered, event) if event.sender == lotse.user else _nothing(),
                ReactionEvent,
            )
            await person.send(room, "!angebote")
            answer = (await person.wait_notices(room, 1))[0]
            await until(lambda: len(offered) >= 5, 10, "no reactions")
            assert offered[:2] == ["1️⃣", "2️⃣"]
            relation = {"rel_type": "m.annotation", "event_id": answer["event_id"], "key": "1️⃣"}
            await person.client.room_send(room, "m.reaction", {"m.relates_to": relation})

            chosen = (await person.wait_notices(room, 2))[1]
            assert chosen["content"]["body"] != answer["content"]["body"]

    asyncio.run(talk())


async def _note(keys: list[str], event: ReactionEvent) -> None:
    keys.append(event.key)


async def _nothing() -> None:
    pass
