"""Starts, restarts, lost and restored state, and the end."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.live.matrix.conftest import BotProcess, sync_token
from tests.live.matrix.javascript import JavaScriptPerson
from tests.live.matrix.people import Person, is_welcome, wait_for
from tests.live.matrix.synapse import Synapse

pytestmark = pytest.mark.chaos


def state(bot: BotProcess) -> Path:
    """Return the state folder of a bot."""
    return Path(bot.settings["folder"])


def devices(bot: BotProcess) -> set[str]:
    """Return the devices of a bot, seen from a login of its own that is not among them."""
    admin = Person(bot.synapse, bot.name)
    found = {device["device_id"] for device in admin.call("GET", "/devices")["devices"]}
    admin.call("POST", "/logout", {})
    return found - {admin.device}


def test_nothing_old_is_answered_at_the_first_start(
    new_bot: Callable[..., BotProcess], person: Person
) -> None:
    """Only a bot with a memory can know what it has answered."""
    lotse = new_bot()
    by_hand = Person(lotse.synapse, lotse.name)
    room = person.room(lotse.user)
    by_hand.join(room)
    person.send(room, "!kontakt zmi")
    lotse.start().serving()
    asked = person.send(room, "!kontakt zastex")

    person.wait_notices(room, lotse.user, 1)
    wait_for(lambda: len(person.notices(room, lotse.user)) >= 1, 5, "no answer")
    assert asked
    assert ["2223" in event["content"]["body"] for event in person.notices(room, lotse.user)] == [True]


def test_questions_of_a_long_absence(
    lotse: BotProcess, person: Person, new_person: Callable[..., Person]
) -> None:
    """More than one page of the timeline was missed; every question is answered, in order."""
    other = new_person()
    room = person.room(lotse.user, other.user)
    other.join(room)
    person.wait_joined(room, lotse.user)
    person.send(room, "!kontakt zastex")
    person.wait_notices(room, lotse.user, 1)
    lotse.stop()
    asked = []
    for number in range(230):
        message = "!kontakt zastex" if number % 23 == 0 else {"msgtype": "m.notice", "body": "x"}
        event = person.send(room, message)
        if number % 23 == 0:
            asked.append(event)
    lotse.start()

    notices = person.wait_notices(room, lotse.user, 11, 60)[1:]

    assert [event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] for event in notices] == asked


def test_old_questions_get_one_line(new_bot: Callable[..., BotProcess], person: Person) -> None:
    """What is older than the catch-up window is not answered any more, and the room is told once."""
    lotse = new_bot(catch_up=1.5).start().serving()
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    person.send(room, "!kontakt zastex")
    person.wait_notices(room, lotse.user, 1)
    lotse.kill()
    for _ in range(3):
        person.send(room, "!kontakt zastex")
    wait_for(lambda: age(person, room) > 1600, 10, "time stands still")
    lotse.start().serving()
    person.wait_notices(room, lotse.user, 2)
    person.send(room, "!kontakt zastex")

    notices = person.wait_notices(room, lotse.user, 3)

    assert ["2223" in event["content"]["body"] for event in notices] == [True, False, True]
    assert "nicht erreichbar" in notices[1]["content"]["body"]


def test_danger_is_answered_at_any_age(new_bot: Callable[..., BotProcess], person: Person) -> None:
    """What is old gets one line, danger its numbers, and at the end that they come late."""
    lotse = new_bot(catch_up=1.5).start().serving()
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    lotse.kill()
    person.send(room, "Hilfe, er hat ein Messer und steht vor der Tür und droht")
    person.send(room, "!kontakt zastex")
    wait_for(lambda: age(person, room) > 1600, 10, "time stands still")
    lotse.start().serving()

    alarm, line = person.wait_notices(room, lotse.user, 2)

    assert "110" in alarm["content"]["body"].split("\n")[0]
    assert "nicht erreichbar" in line["content"]["body"]


def age(person: Person, room: str) -> int:
    """Return the age of the last event of a room in milliseconds."""
    return int(person.history(room, 1)[0]["unsigned"]["age"])


def test_state_is_private_and_holds_no_text(lotse: BotProcess, person: Person) -> None:
    """Files are for the owner only; neither disk nor log know what was said, by whom or where."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    person.send(room, "!kontakt zastex Geheimwort")
    person.wait_notices(room, lotse.user, 1)
    lotse.stop()
    token = (state(lotse) / "session.json").read_text().split('"token": "')[1].split('"')[0]

    files = [path for path in state(lotse).rglob("*") if path.is_file()]
    own = b"".join(path.read_bytes() for path in files if path.parent.name != "crypto")

    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(state(lotse).stat().st_mode) == 0o700
    for secret in ("Geheimwort", person.user, person.name, room):
        assert secret.encode() not in own
    for secret in ("Geheimwort", person.user, person.name, room, token):
        assert secret not in lotse.logged()


def test_two_processes_cannot_share_a_folder(lotse: BotProcess) -> None:
    """The second one ends with one line."""
    second = BotProcess.__new__(BotProcess)
    second.__dict__.update(lotse.__dict__, log=lotse.folder / "second.log")
    second.start()

    assert second.wait() == 2
    assert "another process serves Matrix" in second.logged()
    assert lotse.process is not None
    assert lotse.process.poll() is None


def test_a_revoked_token_ends_it_with_one_line(new_bot: Callable[..., BotProcess]) -> None:
    """The server has logged the bot out: it says what to do, and ends."""
    lotse = new_bot().start().serving()
    admin = Person(lotse.synapse, lotse.name)
    admin.call("POST", "/logout/all", {})

    assert lotse.wait() == 2
    last = lotse.logged().strip().splitlines()[-1]
    assert "LOTSE_MATRIX_PASSWORD" in last
    assert "Traceback" not in lotse.logged()
    lotse.start(password="")
    assert lotse.wait() == 2
    lotse.start(password="", token=Person(lotse.synapse, lotse.name).token).serving()


def test_a_wrong_password_ends_it_with_one_line(new_bot: Callable[..., BotProcess]) -> None:
    lotse = new_bot().start(password="wrong")

    assert lotse.wait() == 2
    assert "LOTSE_MATRIX_PASSWORD: the server refuses the login (M_FORBIDDEN)" in lotse.logged()


def test_a_token_instead_of_a_password(new_bot: Callable[..., BotProcess], person: Person) -> None:
    """The token's own device is used and vouched for."""
    lotse = new_bot()
    login = Person(lotse.synapse, lotse.name)
    lotse.start(password="", token=login.token).serving()
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)

    assert devices(lotse) == {login.device}


def lose_crypto(bot: BotProcess) -> None:
    """Delete the key store."""
    shutil.rmtree(state(bot) / "crypto")


def lose_login(bot: BotProcess) -> None:
    """Keep only what the handbook says to back up."""
    lose_crypto(bot)
    (state(bot) / "session.json").unlink()


def restore_crypto(bot: BotProcess) -> None:
    """Put an older copy of the key store in place."""
    for file in (state(bot) / "crypto").iterdir():
        file.unlink()
    for file in (bot.folder / "backup").iterdir():
        shutil.copy(file, state(bot) / "crypto")


def trusted_after(
    lotse: BotProcess, person: JavaScriptPerson, change: Callable[[BotProcess], None]
) -> tuple[str, str]:
    """Talk, change the state of the stopped bot, talk again; return its devices before and after."""
    lotse.stop()
    shutil.copytree(state(lotse) / "crypto", lotse.folder / "backup")
    lotse.start().serving()
    room = person.room(lotse.user)
    for count in (1, 2):
        person.send(room, "!kontakt zastex")
        heard = answered(person, count)
    before = devices(lotse)
    lotse.stop()
    change(lotse)
    lotse.start().serving()
    person.send(room, "!kontakt zastex")
    heard = answered(person, 3)
    for event in heard:
        assert (event["unreadable"], event["shield"]) == (None, "NONE"), event
    after = devices(lotse)
    assert len(before) == 1
    assert len(after) == 1
    return before.pop(), after.pop()


def answered(person: JavaScriptPerson, count: int) -> list[dict[str, object]]:
    """Return what the person heard besides the welcome, when it is ``count`` messages."""

    def heard() -> list[dict[str, object]]:
        return [event for event in person.heard if not is_welcome(event["content"])]

    wait_for(lambda: len(heard()) >= count, 20, f"fewer than {count} answers")
    return heard()


def test_a_restart_keeps_the_device(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    before, after = trusted_after(new_bot().start().serving(), new_js_person(True), lambda _: None)

    assert before == after


def test_a_lost_key_store(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    """A new device takes over, vouched for by the kept seeds; the old one is deleted."""
    before, after = trusted_after(new_bot().start().serving(), new_js_person(True), lose_crypto)

    assert before != after


def test_a_lost_login(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    """From the backup of seeds and ledger alone the bot is as trusted as before."""
    lotse = new_bot().start().serving()
    person = new_js_person(True)
    room = person.room(lotse.user)
    person.send(room, "!kontakt zastex")
    answered(person, 1)
    lotse.stop()
    lose_login(lotse)
    lotse.start().serving()
    person.send(room, "!kontakt zastex")

    for event in answered(person, 2):
        assert (event["unreadable"], event["shield"]) == (None, "NONE"), event


def test_a_restored_key_store(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    """An old copy would be broken for good, silently; it is noticed and replaced."""
    before, after = trusted_after(new_bot().start().serving(), new_js_person(True), restore_crypto)

    assert before != after


def test_an_account_that_an_administrator_has_set_up(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    """With the recovery key the bot uses the identity that the account has already."""
    first = new_bot().start().serving()
    first.stop()
    secrets = (state(first) / "cross_signing.json").read_text()
    recovery_key = secrets.split('"recovery_key": "')[1].split('"')[0]
    shutil.rmtree(state(first))
    first.start(recovery_key=recovery_key).serving()
    person = new_js_person(True)
    room = person.room(first.user)
    person.send(room, "!kontakt zastex")

    assert [event["shield"] for event in answered(person, 1)] == ["NONE"]
    assert (state(first) / "cross_signing.json").read_text() == secrets


def test_rate_limits_slow_down_answers_only(
    new_bot: Callable[..., BotProcess], new_person: Callable[..., Person], tmp_path: Path
) -> None:
    """The bot waits as long as the server asks it to, loses nothing, and names the remedy."""
    server = Synapse(tmp_path / "limited", limited=True)
    server.start()
    try:
        person = new_person(server)
        lotse = new_bot(server).start().serving()
        admin_name = "root"
        server.register(admin_name, admin=True)
        admin = Person(server, admin_name)
        unlimited = {"messages_per_second": 0, "burst_count": 0}
        override = f"/_synapse/admin/v1/users/{quote(person.user, safe='')}/override_ratelimit"
        server.request("POST", override, unlimited, admin.token)
        room = person.room(lotse.user)
        person.wait_joined(room, lotse.user)
        for _ in range(13):
            person.send(room, "!kontakt zastex")

        assert len(person.wait_notices(room, lotse.user, 13, 60)) == 13
        assert lotse.logged().count("override_ratelimit") == 1
        assert lotse.stop() == 0
    finally:
        server.stop()


def test_sync_token_is_kept(lotse: BotProcess, person: Person) -> None:
    """After an answer the stored token is past the question."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    before = sync_token(lotse)
    person.send(room, "!kontakt zastex")
    person.wait_notices(room, lotse.user, 1)

    wait_for(lambda: sync_token(lotse) != before, 10, "the token is not stored")
    assert os.path.exists(state(lotse) / "state.db")
