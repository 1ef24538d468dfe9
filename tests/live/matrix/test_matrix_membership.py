"""Invitations, leaves and upgrades."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.live.matrix.conftest import BotProcess, sync_token
from tests.live.matrix.gate import Gate
from tests.live.matrix.people import Person, wait_for
from tests.live.matrix.synapse import Synapse


@pytest.fixture
def lotse(shared_lotse: BotProcess) -> BotProcess:
    """The bot that serves already."""
    return shared_lotse


def test_declines_whom_it_may_not_follow(
    new_bot: Callable[..., BotProcess], new_person: Callable[..., Person]
) -> None:
    """Only invitations of the allowed are accepted; the others are declined with a reason, as are spaces."""
    friend, stranger = new_person(), new_person()
    lotse = new_bot(invites=[f"@{friend.name}:*"]).start().serving()

    refused = stranger.room(lotse.user)
    space = friend.room(lotse.user, creation_content={"type": "m.space"})
    accepted = friend.room(lotse.user)

    friend.wait_joined(accepted, lotse.user)
    wait_for(lambda: stranger.membership(refused, lotse.user) == "leave", 10, "not declined")
    wait_for(lambda: friend.membership(space, lotse.user) == "leave", 10, "joined a space")
    for inviter, room in ((stranger, refused), (friend, space)):
        path = f"/rooms/{quote(room, safe='')}/state/m.room.member/{quote(lotse.user, safe='')}"
        assert "Einladung" in inviter.call("GET", path)["reason"]


def test_finds_invitations_of_before_a_kill(
    synapse: Synapse, new_bot: Callable[..., BotProcess], person: Person
) -> None:
    """The server announces an invitation once, perhaps to a bot that is killed before it can join."""
    gate = Gate(synapse.port)
    lotse = new_bot(homeserver=gate.address).start().serving()
    gate.what, gate.hold = "/join/", "before"
    before = sync_token(lotse)
    room = person.room(lotse.user)
    assert gate.held.acquire(timeout=10)
    wait_for(lambda: sync_token(lotse) != before, 10, "the announcement is not behind it")
    lotse.kill()
    gate.hold = ""
    lotse.start().serving()

    person.wait_joined(room, lotse.user)
    gate.close()


def test_a_slow_join_holds_up_nobody(
    synapse: Synapse, new_bot: Callable[..., BotProcess], person: Person
) -> None:
    """A room on a server that does not answer takes minutes; others are joined and answered meanwhile."""
    gate = Gate(synapse.port)
    lotse = new_bot(homeserver=gate.address).start().serving()
    slow = [person.room() for _ in range(3)]
    gate.what, gate.hold = "/join/", "long"
    for room in slow:
        person.call("POST", f"/rooms/{quote(room, safe='')}/invite", {"user_id": lotse.user})
        assert gate.held.acquire(timeout=10)
    gate.hold = ""
    quick = person.room(lotse.user)
    person.wait_joined(quick, lotse.user)
    person.send(quick, "!kontakt zastex")

    person.wait_notices(quick, lotse.user, 1)
    assert [person.membership(room, lotse.user) for room in slow] == ["invite"] * 3
    gate.release.set()
    for room in slow:
        person.wait_joined(room, lotse.user)
    gate.close()


def test_question_before_the_join_is_answered(lotse: BotProcess, person: Person) -> None:
    """Whoever invites and asks at once does not wait for the bot to join; older talk is not for it."""
    room = person.room()
    person.send(room, "!kontakt zmi")
    person.call("POST", f"/rooms/{quote(room, safe='')}/invite", {"user_id": lotse.user})
    person.send(room, "!kontakt zastex")
    person.wait_joined(room, lotse.user)

    assert "2223" in person.wait_notices(room, lotse.user, 1)[0]["content"]["body"]
    person.send(room, "!kontakt zastex")
    assert len(person.wait_notices(room, lotse.user, 2)) == 2


def test_leaves_when_the_last_person_leaves(new_bot: Callable[..., BotProcess], person: Person) -> None:
    lotse = new_bot().start().serving()
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    bot = Person(lotse.synapse, lotse.name)

    person.call("POST", f"/rooms/{quote(room, safe='')}/leave", {})

    wait_for(lambda: bot.call("GET", "/joined_rooms")["joined_rooms"] == [], 10, "still in the room")


@pytest.mark.parametrize("action", ["kick", "ban"])
def test_is_put_out_of_a_room(lotse: BotProcess, person: Person, action: str) -> None:
    """Kicked or banned, the bot goes on elsewhere, and forgets the room."""
    room, elsewhere = person.room(lotse.user), person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    person.wait_joined(elsewhere, lotse.user)
    bot = Person(lotse.synapse, lotse.name)

    person.send(room, "!kontakt zastex")
    person.call("POST", f"/rooms/{quote(room, safe='')}/{action}", {"user_id": lotse.user})
    person.send(elsewhere, "!kontakt zastex")

    person.wait_notices(elsewhere, lotse.user, 1)
    wait_for(lambda: is_forgotten(bot, room), 10, "the room is not forgotten")


def is_forgotten(person: Person, room: str) -> bool:
    """Return whether somebody may not even look back at a room."""
    try:
        person.call("GET", f"/rooms/{quote(room, safe='')}/messages?dir=b&limit=1")
    except urllib.error.HTTPError as error:
        return error.code == 403
    return False


def test_leaves_rooms_where_it_may_not_speak(lotse: BotProcess, person: Person) -> None:
    room = person.room(lotse.user, power_level_content_override={"events_default": 50})
    person.wait_joined(room, lotse.user)

    wait_for(lambda: person.membership(room, lotse.user) == "leave", 10, "stays where it must be silent")


def test_follows_an_upgrade(lotse: BotProcess, person: Person) -> None:
    """Rooms are replaced by newer ones; the bot follows the invitation to a private one."""
    old = person.room(lotse.user, room_version="11")
    person.wait_joined(old, lotse.user)

    answer = person.call("POST", f"/rooms/{quote(old, safe='')}/upgrade", {"new_version": "12"})
    new = str(answer["replacement_room"])
    person.call("POST", f"/rooms/{quote(new, safe='')}/invite", {"user_id": lotse.user})

    person.wait_joined(new, lotse.user)
    person.send(new, "!kontakt zastex")
    person.wait_notices(new, lotse.user, 1)


def test_follows_an_upgrade_of_a_public_room(lotse: BotProcess, person: Person) -> None:
    """A public replacement needs no invitation; the old room is left."""
    old = person.room(lotse.user, preset="public_chat", room_version="11")
    person.wait_joined(old, lotse.user)

    answer = person.call("POST", f"/rooms/{quote(old, safe='')}/upgrade", {"new_version": "12"})

    person.wait_joined(str(answer["replacement_room"]), lotse.user)
    wait_for(lambda: person.membership(old, lotse.user) == "leave", 10, "stays in the old room")
