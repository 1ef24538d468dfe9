"""What an attacker with an account would try, beyond malformed values: the bot stays quick, small and right."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import vodozemac

from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.people import Person, wait_for
from tests.live.matrix.stranger import MEGOLM, Stranger
from tests.live.matrix.synapse import Json, Synapse
from tests.live.matrix.test_matrix_poison import accepted, answers_still, question

pytestmark = pytest.mark.chaos

LONG = "x" * 60_000
DEEP = '{"a":' * 900 + "0" + "}" * 900


@pytest.fixture
def stranger(synapse: Synapse, person: Person) -> Stranger:
    """Somebody with an account on the same server."""
    name = f"stranger-{person.name}"
    synapse.register(name)
    return Stranger(synapse, name)


def said(body: str, **more: Any) -> Json:
    """Return the content of a message."""
    return {"msgtype": "m.text", "body": body, **more}


def related(kind: str, event: str, **more: Any) -> Json:
    """Return the relation to an event."""
    return {"m.relates_to": {"rel_type": kind, "event_id": event, **more}}


def room_attacks(
    stranger: Stranger, bot: str, asked: str, answer: str, room: str
) -> Iterator[tuple[str, Any]]:
    """Yield events for a room with a question and its answer; no honest person would expect an answer."""
    new = {"m.new_content": said("!kontakt zmi")}
    for target in (asked, answer, "$nothing", "$" + "../" * 50, "$" + "x" * 250):
        yield "m.room.message", {**said("* !kontakt zmi"), **new, **related("m.replace", target)}
        for key in ("1️⃣", LONG[:30_000], "", "👍"):
            yield "m.reaction", related("m.annotation", target, key=key)
    yield "m.room.message", {**said(" ," * 25_000 + "x"), "m.mentions": {"user_ids": ["@x:y"] * 500}}
    for kind in ("key.verification.request", "emote", "notice", "server_notice", "bad.encrypted"):
        yield "m.room.message", said("!kontakt zmi", msgtype=f"m.{kind}", to=bot, methods=["m.sas.v1"])
    for kind in ("start", "accept", "key", "mac", "cancel", "ready", "done"):
        yield (
            f"m.key.verification.{kind}",
            {**related("m.reference", asked), "from_device": "x", "key": LONG[:99]},
        )
    for kind in ("m.call.invite", "m.sticker", "m.poll.start", "m.beacon", "m.room_key", "m.room.redaction"):
        yield kind, {**said("!kontakt zmi"), "redacts": asked, "session_id": "x", "session_key": "y"}
    session = stranger.group_session(bot, room)
    for plain in (
        DEEP.encode(),
        b'{"type":"m.room.message","room_id":'
        + json.dumps(room).encode()
        + b',"content":'
        + DEEP.encode()
        + b"}",
        b'{"type": NaN, "content": Infinity, "room_id": -1e999}',
        b"9" * 4000,
        b'"' + b"\\ud83d" * 9000 + b'"',
    ):
        yield "m.room.encrypted", stranger.megolm(session, plain)
    fine = stranger.megolm(session, question("!elsewhere:localhost"))
    for length in (1, 20, len(fine["ciphertext"]) - 4):
        yield "m.room.encrypted", {**fine, "ciphertext": fine["ciphertext"][:length]}
    yield "m.room.encrypted", {**fine, "session_id": LONG[:30_000]}
    for odd in ([], "x", {"rel_type": "m.thread"}, {"rel_type": {}, "event_id": [], "m.in_reply_to": 5}):
        yield "m.room.encrypted", {**fine, "m.relates_to": odd}


def test_in_a_room(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """None of it is answered, and the answer to somebody else's question stays what it was."""
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    asked = person.send(room, "!kontakt zastex")
    answer = str(person.wait_notices(room, lotse.user, 1)[0]["event_id"])
    sent = 0
    for kind, content in room_attacks(stranger, lotse.user, asked, answer, room):
        sent += accepted(partial(stranger.send, room, content, kind))
    assert sent > 30
    # The one that kept the bot busy for minutes is addressed to it, and answered.
    stranger.send(room, {**said("a" + " " * 60_000 + "b"), "m.mentions": {"user_ids": [lotse.user]}})

    answers_still(lotse, person, room)
    events = [event["content"] for event in person.notices(room, lotse.user)]
    assert len(events) == 4
    assert not [content for content in events if "m.new_content" in content]


def to_device_attacks(stranger: Stranger, bot: str) -> Iterator[tuple[str, Any]]:
    """Yield to-device messages that are well-formed, and too many or too large."""
    for number in range(40):
        lengthy = f"!{number}{LONG[:20_000]}"
        yield "m.room_key.withheld", {"room_id": lengthy, "session_id": lengthy, "code": lengthy}
        session = vodozemac.GroupSession()
        key = session.session_key.to_base64()
        content = {
            "algorithm": MEGOLM,
            "room_id": lengthy,
            "session_id": session.session_id,
            "session_key": key,
        }
        yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, "m.room_key", content))
        yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, "m.forwarded_room_key", content))
    for action in ("request", "request_cancellation"):
        body = {"algorithm": MEGOLM, "room_id": "!x", "session_id": "y", "sender_key": stranger.curve}
        asked = {"action": action, "requesting_device_id": stranger.device, "request_id": "z", "body": body}
        yield "m.room_key_request", asked
        yield "m.secret.request", {**asked, "name": "m.cross_signing.master"}
    for secret in ("m.cross_signing.master", "m.megolm_backup.v1"):
        content = {"request_id": "z", "secret": LONG[:99], "name": secret}
        yield "m.room.encrypted", stranger.olm(bot, stranger.payload(bot, "m.secret.send", content))
    yield "m.room.encrypted", stranger.olm(bot, DEEP.encode())


def test_to_the_device(lotse: BotProcess, person: Person, stranger: Stranger) -> None:
    """Keys by the dozen, for rooms with names of 20 kB: nothing of it is kept."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    stranger.olm(lotse.user, {})
    for kind, content in to_device_attacks(stranger, lotse.user):
        stranger.to_device(lotse.user, content, kind)
    for depth in (300, 600, 850, 920, 950):
        nested = '{"a":' * depth + "0" + "}" * depth
        accepted(partial(to_device_raw, stranger, lotse.user, nested))

    answers_still(lotse, person, room)
    store = next((Path(str(lotse.settings["folder"])) / "crypto").glob("*.db"))
    assert store.stat().st_size < 500_000


def to_device_raw(stranger: Stranger, bot: str, content: str) -> None:
    """Send JSON as it stands to the bot's device."""
    body = f'{{"messages": {{"{bot}": {{"*": {content}}}}}}}'.encode()
    url = f"{stranger.synapse.address}/_matrix/client/v3/sendToDevice/m.odd/{uuid.uuid4().hex}"
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {stranger.token}"}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def test_sessions_without_end(new_bot: Callable[..., BotProcess], person: Person, stranger: Stranger) -> None:
    """A device that begins a session with every message costs the others nothing."""
    lotse = new_bot().start().serving()
    room = person.room(lotse.user, stranger.user)
    stranger.join(room)
    person.wait_joined(room, lotse.user)
    for _ in range(80):
        stranger._session = None
        stranger.to_device(lotse.user, stranger.olm(lotse.user, {}))
    session = stranger.group_session(lotse.user, room)
    stranger.send(room, stranger.megolm(session, question(room)), "m.room.encrypted")
    assert "2223" in person.wait_notices(room, lotse.user, 1)[0]["content"]["body"]

    answers_still(lotse, person, room)
    wait_for(lambda: stranger.claim(lotse.user) != "", 10, "no one-time keys")
