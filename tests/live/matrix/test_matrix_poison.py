"""Malformed and hostile events: the bot answers the next question, now and after a restart."""

from __future__ import annotations

import base64
import urllib.error
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
import vodozemac

from tests.live.matrix.conftest import BotProcess, ledger
from tests.live.matrix.people import Person, wait_for
from tests.live.matrix.stranger import MEGOLM, OLM, Stranger
from tests.live.matrix.synapse import Json, Synapse

pytestmark = pytest.mark.chaos

GARBAGE = base64.b64encode(bytes(range(200))).decode()
ODD: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x", [], [[]], {}, {"a": {}}, "\ud800", "0" * 5000)


@pytest.fixture
def stranger(synapse: Synapse, person: Person) -> Stranger:
    """Somebody with an account on the same server."""
    name = f"stranger-{person.name}"
    synapse.register(name)
    return Stranger(synapse, name)


def to_device_poison(stranger: Stranger, bot: str) -> Iterator[tuple[str, Any]]:
    """Yield to-device messages that no honest client sends."""
    stranger.olm(bot, {})  # learns the bot's keys
    own = stranger._device[0]
    body: Any
    sender_key: Any
    content: Any
    for kind in (0, 1, 2, "0", None):
        for body in ("", "not base64 !", "AAAA", GARBAGE, None, 5, {}):
            sealed = {own: {"type": kind, "body": body}}
            yield "m.room.encrypted", {"algorithm": OLM, "sender_key": stranger.curve, "ciphertext": sealed}
    for sender_key in ("", "x", "AAAA", GARBAGE, None, 7, [], "é" * 43):
        yield "m.room.encrypted", {**stranger.olm(bot, {}), "sender_key": sender_key}
    for odd in ODD:
        yield "m.room.encrypted", {"algorithm": OLM, "sender_key": stranger.curve, "ciphertext": odd}
        yield "m.room.encrypted", {"algorithm": OLM, "sender_key": stranger.curve, "ciphertext": {own: odd}}
        yield "m.room.encrypted", {"algorithm": odd, "sender_key": odd, "ciphertext": odd}
        yield "m.room.encrypted", stranger.olm(bot, odd if odd != "\ud800" else b"\xff\xfe")
        for kind in ("m.room_key", "m.forwarded_room_key", "m.dummy", "m.secret.send", odd):
            yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, kind, odd))
    yield "m.room.encrypted", stranger.olm(bot, b"[" * 60000)
    yield "m.room.encrypted", stranger.olm(bot, b'{"a": ' + b"9" * 5000 + b"}")
    for change in ("sender", "recipient", "keys", "recipient_keys"):
        for odd in ODD:
            yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, "m.dummy", {}, **{change: odd}))
    for session_key in ("", "x", GARBAGE, 3, None):
        content = {"algorithm": MEGOLM, "room_id": "!x", "session_id": "y", "session_key": session_key}
        yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, "m.room_key", content))
    # A pre-key message for a one-time key that the bot does not have.
    lost = Stranger(stranger.synapse, stranger.name)
    lost.olm(bot, {})
    sealed = lost.olm(bot, {})
    yield "m.room.encrypted", {**sealed, "ciphertext": {own: {"type": 0, "body": GARBAGE}}}
    for kind in ("start", "accept", "key", "mac", "cancel", "request", "ready", "done"):
        for content in ({}, {"transaction_id": "t", "from_device": "d", "key": "?", "mac": [], "method": 5}):
            yield f"m.key.verification.{kind}", content
    for kind in ("m.room_key_request", "m.room_key.withheld", "m.secret.request", "m.dummy", "", "x" * 255):
        for odd in ({}, {"room_id": 5, "session_id": [], "code": {}}, {"action": "request", "body": "x"}):
            yield kind, odd


def timeline_poison(stranger: Stranger, bot: str, room: str) -> Iterator[tuple[str, Any]]:
    """Yield room events that no honest client sends, encrypted and not."""
    plain: Any
    for odd in ODD:
        yield "m.room.message", {"msgtype": odd, "body": odd}
        yield "m.room.message", {"msgtype": "m.text", "body": odd, "formatted_body": odd, "m.mentions": odd}
        for rel_type in ("m.replace", "m.thread", "m.annotation", odd):
            relation = {"rel_type": rel_type, "event_id": odd, "m.in_reply_to": odd, "key": odd}
            said = {"msgtype": "m.text", "body": "x", "m.new_content": odd}
            yield "m.room.message", {**said, "m.relates_to": relation}
            yield "m.reaction", {"m.relates_to": relation}
        yield "m.room.message", {"msgtype": "m.text", "body": "x", "m.relates_to": odd}
        yield "m.room.encrypted", {"algorithm": odd, "ciphertext": odd, "session_id": odd}
        yield "m.room.encrypted", {"algorithm": MEGOLM, "ciphertext": odd, "session_id": odd}
        yield "org.example.odd", {"value": odd}
    session = stranger.group_session(bot, room)
    for plain in (b"\xff\xfe\x00", b"[]", b"[[[", b"[" * 30000, b"", b"null", b"5", b'{"type": 5}'):
        yield "m.room.encrypted", stranger.megolm(session, plain)
    for odd in ODD:
        if odd != "\ud800":
            plain = {"type": "m.room.message", "content": odd, "room_id": room}
            yield "m.room.encrypted", stranger.megolm(session, plain)
            yield (
                "m.room.encrypted",
                stranger.megolm(session, {**plain, "content": {"body": odd}, "type": odd}),
            )
    yield "m.room.encrypted", stranger.megolm(session, question("!elsewhere:localhost"))
    for ciphertext in ("", "AAAA", GARBAGE, "not base64 !"):
        yield "m.room.encrypted", stranger.megolm(session, b"{}", ciphertext=ciphertext)


def question(room: str) -> Json:
    """Return the plaintext of a question in a room."""
    content = {"msgtype": "m.text", "body": "!kontakt zastex"}
    return {"type": "m.room.message", "content": content, "room_id": room}


def accepted(send: Callable[[], object]) -> bool:
    """Send something; return whether the server took it."""
    try:
        send()
    except (urllib.error.HTTPError, UnicodeEncodeError):
        return False
    return True


def test_to_device_messages(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """Anybody can send them, without sharing a room."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    sent = 0
    for kind, content in to_device_poison(stranger, lotse.user):
        sent += accepted(partial(stranger.to_device, lotse.user, content, kind))
    assert sent > 150

    answers_still(lotse, person, room)


def test_room_events(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """Whoever is in the room can send them."""
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    sent = 0
    for kind, content in timeline_poison(stranger, lotse.user, room):
        sent += accepted(partial(stranger.send, room, content, kind))
    assert sent > 100

    answers_still(lotse, person, room)
    assert len(person.notices(room, lotse.user)) == 2


def test_state_events(lotse: BotProcess, person: Person) -> None:
    """The owner of a room can set any state."""
    room = person.room(lotse.user, invite=[lotse.user])
    person.wait_joined(room, lotse.user)
    for odd in ODD:
        for kind in ("m.room.tombstone", "m.room.name", "m.room.topic", "m.room.pinned_events", "org.odd"):
            for content in ({"replacement_room": odd, "name": odd, "pinned": odd}, {"body": odd}):
                accepted(partial(person.state, room, kind, content))
        accepted(
            partial(
                person.state, room, "m.room.member", {"membership": "join", "displayname": odd}, person.user
            )
        )

    answers_still(lotse, person, room)


def test_invitations(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """Odd rooms are joined or declined, and the bot goes on."""
    for odd in ODD:
        accepted(partial(stranger.room, lotse.user, creation_content={"type": odd}))
        accepted(partial(stranger.room, lotse.user, name=odd, topic=odd))
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)

    answers_still(lotse, person, room)


def answers_still(lotse: BotProcess, person: Person, room: str) -> None:
    """Ask, restart after a kill, and ask again."""
    before = len(person.notices(room, lotse.user))
    for count in (1, 2):
        person.send(room, "!kontakt zastex")
        person.wait_notices(room, lotse.user, before + count)
        lotse.kill()
        lotse.start().serving()
    assert "Traceback" not in lotse.logged()


def test_stolen_sessions_are_not_believed(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """Whoever relays somebody else's ciphertext speaks for nobody, not even for themselves."""
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    session = stranger.group_session(lotse.user, room)
    sealed = stranger.megolm(session, question(room))
    person.send(room, sealed, "m.room.encrypted")
    stranger.send(room, sealed, "m.room.encrypted")
    stranger.send(room, sealed, "m.room.encrypted")
    person.send(room, "!kontakt zmi")

    notices = person.wait_notices(room, lotse.user, 2)

    assert ["2223" in event["content"]["body"] for event in notices] == [True, False]
    assert notices[0]["content"]["m.mentions"] == {"user_ids": [stranger.user]}


def test_new_clients_leave_out_deprecated_fields(
    lotse: BotProcess, person: Person, stranger: Stranger
) -> None:
    """``sender_key`` and ``device_id`` of an encrypted event are deprecated since Matrix 1.3."""
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    session = stranger.group_session(lotse.user, room)
    stranger.send(
        room, stranger.megolm(session, question(room), sender_key=None, device_id=None), "m.room.encrypted"
    )

    assert "2223" in person.wait_notices(room, lotse.user, 1)[0]["content"]["body"]


def test_used_up_one_time_keys(lotse: BotProcess, synapse: Synapse, person: Person) -> None:
    """Many devices claim all of its keys while it is down; it hears the next one all the same."""
    lotse.stop()
    synapse.register(f"greedy-{person.name}")
    greedy = Stranger(synapse, f"greedy-{person.name}")
    keys = [greedy.claim(lotse.user) for _ in range(60)]
    assert len(set(keys)) < 60, "the fallback key was not reached"
    synapse.register(f"late-{person.name}")
    late = Stranger(synapse, f"late-{person.name}")
    room = person.room(lotse.user, late.user)
    late.join(room)
    session = late.group_session(lotse.user, room)
    lotse.start().serving()
    person.wait_joined(room, lotse.user)
    late.send(room, late.megolm(session, question(room)), "m.room.encrypted")

    assert "2223" in person.wait_notices(room, lotse.user, 1)[0]["content"]["body"]
    wait_for(lambda: greedy.claim(lotse.user) not in keys, 10, "no new one-time keys")


def test_a_late_key_answers_the_question(
    new_bot: Callable[..., BotProcess], person: Person, stranger: Stranger
) -> None:
    """Without its key a message waits; told what to do after a while; answered when the key comes."""
    lotse = new_bot(patience=1.0).start().serving()
    room = stranger.room(lotse.user)
    stranger.wait_joined(room, lotse.user)
    late = vodozemac.GroupSession()
    key = late.session_key.to_base64()
    for _ in range(2):
        stranger.send(room, stranger.megolm(late, question(room)), "m.room.encrypted")
    told = stranger.wait_notices(room, lotse.user, 1)
    assert "2223" not in told[0]["content"]["body"]

    stranger.share(lotse.user, room, late, key)

    notices = stranger.wait_notices(room, lotse.user, 3)

    assert ["2223" in event["content"]["body"] for event in notices] == [False, True, True]


@pytest.mark.parametrize("told", [False, True], ids=["before it is told", "after it is told"])
def test_a_key_that_comes_after_a_restart(
    new_bot: Callable[..., BotProcess], person: Person, stranger: Stranger, told: bool
) -> None:
    """The bot is killed between the question and its key; the question is answered all the same."""
    lotse = new_bot(patience=1.0 if told else 30.0).start().serving()
    room = stranger.room(lotse.user)
    stranger.wait_joined(room, lotse.user)
    late = vodozemac.GroupSession()
    key = late.session_key.to_base64()
    for _ in range(2):
        stranger.send(room, stranger.megolm(late, question(room)), "m.room.encrypted")
    stranger.send(room, "!kontakt zmi")
    before = 2 if told else 1
    stranger.wait_notices(room, lotse.user, before)
    if told:
        wait_for(lambda: len([k for k in ledger(lotse) if "unreadable" in k]) == 2, 10, "not recorded")
    lotse.kill()
    lotse.start().serving()
    stranger.share(lotse.user, room, late, key)

    notices = stranger.wait_notices(room, lotse.user, before + 2)[before:]

    assert ["2223" in event["content"]["body"] for event in notices] == [True, True]


def test_a_key_that_is_withheld(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """The person is told why at once, and that strangers withhold it does not matter."""
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    sessions = [vodozemac.GroupSession(), vodozemac.GroupSession()]
    for session, refuser in zip(sessions, (person, stranger), strict=True):
        withheld = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.session_id,
            "sender_key": stranger.curve,
            "code": "m.unverified",
        }
        body = {"messages": {lotse.user: {"*": withheld}}}
        refuser.call(
            "PUT", f"/sendToDevice/m.room_key.withheld/{quote(session.session_id[:8], safe='')}", body
        )
    asked = [
        stranger.send(room, stranger.megolm(session, question(room)), "m.room.encrypted")
        for session in sessions
    ]

    told = stranger.wait_notices(room, lotse.user, 1)[0]["content"]

    assert told["m.relates_to"]["m.in_reply_to"]["event_id"] == asked[1]
    assert "nicht bestätigt" in told["body"]


def test_a_key_that_begins_after_the_question(
    new_bot: Callable[..., BotProcess], person: Person, stranger: Stranger
) -> None:
    """Clients send a key again from its current index on: the question waits for the better one, and keeps it."""
    lotse = new_bot(patience=1.0).start().serving()
    room = stranger.room(lotse.user)
    stranger.wait_joined(room, lotse.user)
    session = vodozemac.GroupSession()
    keys, sealed = [], []
    for _ in range(3):
        keys.append(session.session_key.to_base64())
        sealed.append(stranger.megolm(session, question(room)))
    stranger.share(lotse.user, room, session, keys[1])
    stranger.send(room, sealed[0], "m.room.encrypted")
    assert "2223" not in stranger.wait_notices(room, lotse.user, 1)[0]["content"]["body"]

    for key in keys:
        stranger.share(lotse.user, room, session, key)
    assert "2223" in stranger.wait_notices(room, lotse.user, 2)[1]["content"]["body"]
    stranger.send(room, sealed[1], "m.room.encrypted")
    lotse.kill()
    lotse.start()

    notices = stranger.wait_notices(room, lotse.user, 3)
    assert ["2223" in event["content"]["body"] for event in notices] == [False, True, True]
