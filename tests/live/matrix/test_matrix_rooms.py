"""Staff and the bot in plain rooms."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

import pytest

from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.people import Person, wait_for
from tests.live.matrix.synapse import Json

PHONE = "+49 351 855-2223"
_limits = itertools.count(1)


class Group(NamedTuple):
    """A room of several."""

    room: str
    lotse: BotProcess
    person: Person
    other: Person


@pytest.fixture
def lotse(shared_lotse: BotProcess) -> BotProcess:
    """The bot that serves already."""
    return shared_lotse


def test_answers_everything_between_two(lotse: BotProcess, person: Person) -> None:
    """In a room of two no mention is needed; the answer is a notice, complete in plain text and HTML."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    person.send(room, "!kontakt zastex")

    content = person.wait_notices(room, lotse.user, 1)[0]["content"]

    assert content["msgtype"] == "m.notice"
    assert PHONE in content["body"]
    assert content["format"] == "org.matrix.custom.html"
    assert f'<a href="tel:+493518552223">{PHONE}</a>' in content["formatted_body"]
    assert '<a href="mailto:' in content["formatted_body"]
    assert "m.mentions" not in content


def text(event: Json) -> str:
    """Return what a notice says."""
    return str(event["content"]["body"])


def mention(bot: BotProcess, body: str) -> Json:
    """Return a message that mentions the bot as clients do it today."""
    return {"msgtype": "m.text", "body": body, "m.mentions": {"user_ids": [bot.user]}}


@pytest.fixture
def group(lotse: BotProcess, person: Person, new_person: Callable[..., Person]) -> Group:
    """A room of two people and the bot."""
    other = new_person()
    room = person.room(lotse.user, other.user)
    other.join(room)
    person.wait_joined(room, lotse.user)
    return Group(room, lotse, person, other)


def test_is_spoken_to_among_several(group: Group) -> None:
    """By mention, name or prefix; not by anything else. The asker is mentioned and replied to."""
    room, lotse, person, other = group
    person.send(room, "Wie erreiche ich ZASTEX?")
    person.send(room, {"msgtype": "m.notice", "body": "!kontakt zastex"})
    person.send(room, "!umfrage Pizza oder Pasta")
    asked = [
        person.send(room, mention(lotse, "Sicherheitslotse: Wie erreiche ich ZASTEX?")),
        other.send(room, "Sicherheitslotse, wie erreiche ich ZASTEX?"),
        person.send(room, "!kontakt zastex"),
    ]

    notices = person.wait_notices(room, lotse.user, 3)

    assert [event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] for event in notices] == asked
    assert [event["content"]["m.mentions"] for event in notices] == [
        {"user_ids": [person.user]},
        {"user_ids": [other.user]},
        {"user_ids": [person.user]},
    ]
    assert all(PHONE in text(event) for event in notices)


def test_options_are_chosen_by_number(group: Group) -> None:
    """The number alone is enough for the person who was offered the options, and for nobody else."""
    room, lotse, person, other = group
    person.send(room, "!angebote")
    offered = person.wait_notices(room, lotse.user, 1)[0]
    assert "\n1. " in text(offered)
    other.send(room, "1")
    person.send(room, "1")

    notices = person.wait_notices(room, lotse.user, 2)

    assert notices[1]["content"]["m.mentions"] == {"user_ids": [person.user]}
    assert text(notices[1]) != text(offered)


def test_replies_to_the_bot_are_for_the_bot(group: Group) -> None:
    """Whoever replies to an answer asks the bot, with or without a quote in the body."""
    room, lotse, person, other = group
    person.send(room, "!angebote")
    offered = person.wait_notices(room, lotse.user, 1)[0]
    reply = {"m.in_reply_to": {"event_id": offered["event_id"]}}
    body = f"> <{lotse.user}> Diese\n> fünf\n\nWie erreiche ich ZASTEX?"
    other.send(room, {"msgtype": "m.text", "body": body, "m.relates_to": reply})

    notices = person.wait_notices(room, lotse.user, 2)

    assert PHONE in text(notices[1])


def test_threads_are_answered_in_the_thread(group: Group) -> None:
    """A thread is a conversation of its own; there the person who began it needs no mention."""
    room, lotse, person, other = group
    root = person.send(room, "Besprechung am Montag")

    def in_thread(content: Json, by: Person = person) -> str:
        relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
        return by.send(room, {**content, "m.relates_to": {**relation, "m.in_reply_to": {"event_id": root}}})

    first = in_thread(mention(lotse, "Sicherheitslotse: Was ist ZASTEX?"))
    notices = person.wait_notices(room, lotse.user, 1)
    in_thread({"msgtype": "m.text", "body": "Das wollte ich auch fragen."}, other)
    second = in_thread({"msgtype": "m.text", "body": "Wie erreiche ich die?"})
    notices = person.wait_notices(room, lotse.user, 2)

    relations = [event["content"]["m.relates_to"] for event in notices]
    assert relations == [
        {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": question},
        }
        for question in (first, second)
    ]
    assert PHONE in text(notices[1])


def test_an_edited_question_edits_its_answer(lotse: BotProcess, person: Person) -> None:
    """One answer, changed; a second edit changes it again."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    question = person.send(room, "!kontakt zmi")
    answer = person.wait_notices(room, lotse.user, 1)[0]

    def edit(body: str) -> None:
        new = {"msgtype": "m.text", "body": body}
        relation = {"rel_type": "m.replace", "event_id": question}
        person.send(room, {**new, "body": f"* {body}", "m.new_content": new, "m.relates_to": relation})

    edit("!kontakt zastex")
    notices = person.wait_notices(room, lotse.user, 2)
    edit("!kontakt asskomm")
    notices = person.wait_notices(room, lotse.user, 3)

    changes = [event["content"] for event in notices[1:]]
    assert [change["m.relates_to"] for change in changes] == [
        {"rel_type": "m.replace", "event_id": answer["event_id"]}
    ] * 2
    assert PHONE in changes[0]["m.new_content"]["body"]
    assert PHONE not in changes[1]["m.new_content"]["body"]


def test_an_edit_that_tells_of_danger_gets_a_message_of_its_own(lotse: BotProcess, person: Person) -> None:
    """An edit of an answer far above would be seen by nobody."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    question = person.send(room, "!kontakt zmi")
    person.wait_notices(room, lotse.user, 1)
    new = {"msgtype": "m.text", "body": "Hilfe, er hat ein Messer und steht vor der Tür und droht"}
    relation = {"rel_type": "m.replace", "event_id": question}
    person.send(room, {**new, "m.new_content": new, "m.relates_to": relation})
    alarm = person.wait_notices(room, lotse.user, 2)[1]["content"]
    assert "110" in alarm["body"].split("\n")[0]
    assert "rel_type" not in alarm.get("m.relates_to", {})


def test_nobody_else_can_edit_a_question(group: Group) -> None:
    """Anybody can claim to; the answer stays."""
    room, lotse, person, other = group
    question = person.send(room, "!kontakt zastex")
    person.wait_notices(room, lotse.user, 1)
    new = {"msgtype": "m.text", "body": "!kontakt zmi"}
    other.send(
        room, {**new, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": question}}
    )
    person.send(room, "!kontakt zastex")

    notices = person.wait_notices(room, lotse.user, 2)

    assert [PHONE in text(event) for event in notices] == [True, True]


def test_an_edit_can_add_what_addresses_the_bot(group: Group) -> None:
    """A question to nobody that is edited into one to the bot is answered, once."""
    room, lotse, person, _ = group
    question = person.send(room, "Wie erreiche ich ZASTEX?")
    new = mention(lotse, "Sicherheitslotse: Wie erreiche ich ZASTEX?")
    relation = {"rel_type": "m.replace", "event_id": question}
    person.send(room, {**new, "m.new_content": new, "m.relates_to": relation})
    person.send(room, "!kontakt zastex")

    notices = person.wait_notices(room, lotse.user, 2)

    assert [event["content"]["m.relates_to"].get("rel_type") for event in notices] == [None, None]


def test_an_edit_in_a_thread_stays_there(group: Group) -> None:
    """The edit itself does not say in which thread the question stands."""
    room, lotse, person, _ = group
    root = person.send(room, "Besprechung am Montag")
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    relation = {**thread, "m.in_reply_to": {"event_id": root}}
    question = person.send(
        room, {"msgtype": "m.text", "body": "Wie erreiche ich ZASTEX?", "m.relates_to": relation}
    )
    new = mention(lotse, "Sicherheitslotse: Wie erreiche ich ZASTEX?")
    edit = {"rel_type": "m.replace", "event_id": question}
    person.send(room, {**new, "m.new_content": new, "m.relates_to": edit})

    notices = person.wait_notices(room, lotse.user, 1)

    assert notices[0]["content"]["m.relates_to"] == {**thread, "m.in_reply_to": {"event_id": question}}


def test_media_among_several(group: Group) -> None:
    """A picture is nothing to the bot unless it is shown to it; what stands below one is a question."""
    room, lotse, person, _ = group
    picture = {"msgtype": "m.image", "body": "IMG_1.jpg", "url": "mxc://localhost/abc"}
    mentions = {"m.mentions": {"user_ids": [lotse.user]}}
    person.send(room, picture)
    person.send(room, {**picture, **mentions})
    person.send(room, {**picture, **mentions, "filename": "IMG_1.jpg", "body": "Wie erreiche ich ZASTEX?"})

    notices = person.wait_notices(room, lotse.user, 2)

    assert ["kann ich nicht lesen" in text(event) for event in notices] == [True, False]
    assert PHONE in text(notices[1])


def test_says_among_several_how_it_is_spoken_to(
    lotse: BotProcess, person: Person, new_person: Callable[..., Person]
) -> None:
    other = new_person()
    room = person.room(other.user)
    other.join(room)
    person.call("POST", f"/rooms/{quote(room, safe='')}/invite", {"user_id": lotse.user})
    person.wait_joined(room, lotse.user)
    person.send(room, "!hilfe")
    answer = person.wait_notices(room, lotse.user, 1)[0]

    first = next(
        event
        for event in person.history(room)
        if event["sender"] == lotse.user and "body" in event["content"]
    )

    assert "mit Sicherheitslotse, mit !hilfe oder als Antwort" in text(first)
    assert "!kontakt zastex" in text(answer)
    assert "/" not in text(answer)


def test_media_gets_a_hint_between_two(lotse: BotProcess, person: Person) -> None:
    """A photo cannot be read, and the bot says so."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    person.send(room, {"msgtype": "m.image", "body": "IMG_1.jpg", "url": "mxc://localhost/abc"})

    assert "kann ich nicht lesen" in text(person.wait_notices(room, lotse.user, 1)[0])


def test_says_who_it_is_and_who_reads_along(lotse: BotProcess, person: Person) -> None:
    """The first message of a room is the welcome; name and picture are set; questions are marked read."""
    room = person.room(lotse.user)
    person.wait_joined(room, lotse.user)
    question = person.send(room, "!kontakt zastex")
    person.wait_notices(room, lotse.user, 1)

    first = next(event for event in person.history(room) if event["content"].get("msgtype") == "m.notice")
    profile = person.call("GET", f"/profile/{lotse.user}")

    assert "Sicherheitslotse" in text(first)
    assert "110" in text(first)
    assert profile["displayname"] == "Sicherheitslotse"
    assert profile["avatar_url"].startswith("mxc://")
    wait_for(lambda: read_by(person, room, lotse.user) == question, 10, "not marked as read")


def read_by(person: Person, room: str, user: str) -> str:
    """Return the last event of a room that ``user`` has read."""
    # Synapse keeps the answer to the same question for two minutes.
    limit = json.dumps({"room": {"timeline": {"limit": next(_limits)}}})
    joined = person.call("GET", f"/sync?timeout=0&filter={quote(limit)}")["rooms"]["join"]
    for event in joined[room]["ephemeral"]["events"]:
        for read, receipts in event["content"].items():
            if user in receipts.get("m.read", {}):
                return str(read)
    return ""
