"""What is remembered of rooms and people is a bounded number, and goes with the room (docs/privacy.md)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest
import vodozemac

from adapters.matrix import keys, membership, notices, rooms
from adapters.matrix.bounds import Recent
from adapters.matrix.crypto import Machine
from adapters.matrix.heard import Heard
from adapters.matrix.keys import Keys
from adapters.matrix.membership import Membership
from adapters.matrix.rooms import Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Login
from bot.dialogue import Bot
from tests.matrix.homeserver import ANNA, BERT, BOT, Homeserver, Json, message, serving, until


@pytest.fixture
def machine(tmp_path: Path) -> Any:
    opened = Machine(Login(BOT, "DEVICE", "t", "k"), tmp_path)
    yield opened
    opened.close()


def test_what_was_set_last_is_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.update(a=1, b=2)
    recent["a"] = 3
    recent.setdefault("b", 5)
    recent.setdefault("c", 4)
    assert dict(recent) == {"a": 3, "c": 4}


def test_people_whose_keys_are_known(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MOST_USERS", 10)
    known = Keys(cast("Any", Homeserver({})), machine)

    async def run() -> None:
        for number in range(30):
            await known.prepare([f"@a{number}:e.org", BOT])

    asyncio.run(run())
    assert len(known._tracked) == 10
    assert f"@a{29}:e.org" in known._tracked


def test_rooms_that_are_known(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in which somebody speaks is not the one that is forgotten, and what is encrypted stays it."""
    monkeypatch.setattr(rooms, "_MOST_ROOMS", 10)
    known = Rooms(cast("Any", Homeserver({})), machine)
    busy = known.get("!busy")
    encryption = {"type": "m.room.encryption", "state_key": "", "content": {}}
    known.apply("!0", [encryption])
    for number in range(1, 30):
        known.get(f"!{number}")
        assert known.get("!busy") is busy
    assert len(known._rooms) == 10
    assert known.get("!0").encrypted


def test_rooms_that_will_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "_MOST_SUCCESSORS", 10)
    server = Homeserver({})

    async def run() -> Membership:
        settings = MatrixSettings("https://e.org", BOT, tmp_path)
        entering = Membership(cast("Any", server), settings, lambda: None, lambda: "")
        for number in range(30):
            event: Json = {"sender": ANNA, "content": {"replacement_room": f"!{number}:e.org"}}
            entering.replaced("!old:e.org", event)
        assert len(entering._successors) == 10
        await entering.close()
        return entering

    asyncio.run(run())


def test_who_was_told_what(bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, as long as it is remembered; a room that is left and entered again is told anew."""
    monkeypatch.setattr(notices, "_MOST_ROOMS", 3)
    monkeypatch.setattr(notices, "_MOST_PEOPLE", 10)
    server = Homeserver({"!r:e.org": (BOT, ANNA, BERT)})

    async def run() -> None:
        async with serving(server, bot, tmp_path) as running:
            telling = running._hearing._notices
            for person in (*(f"@a{number}:e.org" for number in range(30)), "@a29:e.org"):
                heard = Heard.of("!r:e.org", message("?", len(server.asked), sender=person))
                assert heard is not None
                await telling.unreadable(heard, "")
            assert len(server.said("!r:e.org")) == 30
            assert len(telling._told["!r:e.org"].unreadable) == 10
            telling.forget("!r:e.org")
            await telling.unreadable(Heard.of("!r:e.org", message("?", 99, sender="@a29:e.org")), "")
            assert len(server.said("!r:e.org")) == 31
            for number in range(9):
                await telling.flooded(rooms.Room(f"!{number}", BOT), heard)
            assert len(telling._told) == 3

    asyncio.run(run())


def test_a_room_takes_along_what_is_known_of_its_people(bot: Bot, tmp_path: Path) -> None:
    """Where the bot leaves, it forgets whose keys it knows."""
    server = Homeserver({"!r:e.org": (BOT, ANNA), "!other:e.org": (BOT, BERT)})
    server.encrypted = {"!r:e.org", "!other:e.org"}

    async def run() -> None:
        async with serving(server, bot, tmp_path) as running:
            people = running._inflow._device.keys._tracked
            for room in server.members:
                server.says(room, message("Was ist die ZASTEX?", sender=server.members[room][1]))
            await until(lambda: len(server.sent) == 2)
            assert {ANNA, BERT} <= people.keys()
            server.brings({"leave": {"!r:e.org": {}}})
            await until(lambda: ANNA not in people)
            assert BERT in people
            assert list(running._inflow._rooms._rooms) == ["!other:e.org"]

    asyncio.run(run())


def test_devices_of_people_who_are_gone(machine: Machine, tmp_path: Path) -> None:
    """Who shares no room with the bot any more is named nowhere in the key store, in memory or on disk."""
    for user in (ANNA, BERT):
        account, name = vodozemac.Account(), f"OF{user[1:5]}"
        shown: Json = {
            "user_id": user,
            "device_id": name,
            "algorithms": [],
            "keys": {
                f"curve25519:{name}": account.curve25519_key.to_base64(),
                f"ed25519:{name}": account.ed25519_key.to_base64(),
            },
        }
        text = json.dumps(shown, sort_keys=True, separators=(",", ":"))
        shown["signatures"] = {user: {f"ed25519:{name}": account.sign(text.encode()).to_base64()}}
        machine.learn_devices({user: {name: shown}})
    assert {device.user_id for device in machine.devices([ANNA, BERT])} == {ANNA, BERT}

    machine.forget_people([ANNA, BOT, "@never:seen", None, []])
    machine.forget_people([])
    again = Machine(Login(BOT, "DEVICE", "t", "k"), tmp_path)
    for one in (machine, again):
        assert {device.user_id for device in one.devices([ANNA, BERT])} == {BERT}
    again.close()
    for table, rows in (("devicekeys", 1), ("keys", 2)):
        count = machine._store.database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()
        assert count == (rows,)
