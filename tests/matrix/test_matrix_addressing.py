"""Who is spoken to, and what is asked."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from adapters.matrix.addressing import Situation, Utterance, asked, event_id, read

BOT = "@lotse:example.org"
HERE = Situation(BOT, ("Sicherheitslotse",))


def said(text: str, **more: Any) -> Utterance:
    return Utterance(text, **more)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Was ist ZASTEX?", None),
        ("Der Sicherheitslotse kann das", None),
        ("Sicherheitslotse: Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("sicherheitslotse, was ist ZASTEX?", "was ist ZASTEX?"),
        ("Sicherheitslotse was ist ZASTEX?", "was ist ZASTEX?"),
        ("@Sicherheitslotse Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("@lotse:example.org: Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("@lotse Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("!lotse Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("lotse: Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("lotse kann das auch", None),
        ("Sicherheitslotse! Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("Hallo Sicherheitslotse, was ist ZASTEX?", "was ist ZASTEX?"),
        ("Guten Tag, @lotse: was ist ZASTEX?", "was ist ZASTEX?"),
        ("Hallo Sicherheitslotse!", "Hallo"),
        ("Hallo zusammen, Sicherheitslotse ist da", None),
        ("Sicherheitslotse.de kennt jemand?", None),
        ("Sicherheitslotsen gibt es viele", None),
        ("Sicherheitslotse", ""),
        ("!kontakt zastex", "!kontakt zastex"),
        ("! kontakt zastex", "! kontakt zastex"),
        ("!!!", None),
        ("!", None),
        ("2", None),
        ("", None),
    ],
)
def test_among_several(text: str, question: str | None) -> None:
    assert asked(said(text), HERE) == question


def test_between_two_everything_is_meant() -> None:
    private = Situation(BOT, ("Sicherheitslotse",), private=True)

    assert asked(said(" Was ist ZASTEX? "), private) == "Was ist ZASTEX?"
    assert asked(said("Sicherheitslotse: Was?"), private) == "Was?"
    assert asked(said("", media=True), private) == ""


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Sicherheitslotse: Was ist ZASTEX?", "Was ist ZASTEX?"),
        ("Was ist ZASTEX, Sicherheitslotse?", "Was ist ZASTEX?"),
        ("Hallo @lotse:example.org was ist ZASTEX?", "was ist ZASTEX?"),
        ("Frage @lotse:example.org was ist ZASTEX?", "Frage was ist ZASTEX?"),
        ("Was ist ZASTEX?", "Was ist ZASTEX?"),
    ],
)
def test_mentions(text: str, question: str) -> None:
    assert asked(said(text, mentions=frozenset({BOT})), HERE) == question


def test_mentions_of_older_clients_are_links() -> None:
    """They count only where the client does not name the mentioned itself."""
    for link in (BOT, "%40lotse%3Aexample.org"):
        pill = f'<a href="https://matrix.to/#/{link}">Lotse</a> Was ist ZASTEX?'
        assert asked(said("Lotse Was ist ZASTEX?", formatted=pill), HERE) == "Lotse Was ist ZASTEX?"
        assert asked(said("Lotse Was?", formatted=pill, mentions=frozenset()), HERE) is None


@pytest.mark.parametrize("circumstance", ["reply_to_bot", "in_thread"])
def test_what_goes_on_is_meant(circumstance: str) -> None:
    """A reply to the bot, and a thread with it; unless somebody else is mentioned."""
    there = replace(Situation(BOT), **{circumstance: True})  # type: ignore[arg-type]  # both are flags

    assert asked(said("Und die Adresse?"), there) == "Und die Adresse?"
    assert asked(said("Und Ihre?", mentions=frozenset({"@bob:example.org"})), there) is None


def test_the_number_of_an_offered_option() -> None:
    offered = Situation(BOT, offered=True)

    for text in ("die 2", "Nummer 3", "Nr. 4", "1 und 3", "1, 2 und 3."):
        assert asked(said(text), offered) == text
        assert asked(said(text), Situation(BOT)) is None
    assert all(asked(said(text), offered) is None for text in ("die 2 Fragen", "1 und 22", "Punkt", "wir 2"))
    assert [asked(said(text), offered) for text in ("2", " 2. ", "3)", "22", "2 Fragen")] == [
        "2",
        "2.",
        "3)",
        None,
        None,
    ]


def test_reads_a_message() -> None:
    content = {
        "msgtype": "m.text",
        "body": "Hallo",
        "formatted_body": "<b>Hallo</b>",
        "m.mentions": {"user_ids": [BOT, 5]},
    }

    assert read(content) == Utterance("Hallo", "<b>Hallo</b>", mentions=frozenset({BOT}))


@pytest.mark.parametrize("kind", ["m.notice", "m.emote", "m.key.verification.request", "x", None, 5, []])
def test_other_kinds_are_nothing_to_answer(kind: object) -> None:
    assert read({"msgtype": kind, "body": "x"}) is None


def test_reads_edits() -> None:
    """The new content counts; without one there is nothing to answer."""
    relation = {"rel_type": "m.replace", "event_id": "$q"}
    new = {"msgtype": "m.text", "body": "neu"}
    content = {"msgtype": "m.text", "body": "* neu", "m.new_content": new, "m.relates_to": relation}

    assert read(content) == Utterance("neu", edits="$q")
    assert read({**content, "m.new_content": None}) is None
    assert read({**content, "m.relates_to": {**relation, "event_id": 5}}) is None


def test_reads_threads_and_replies() -> None:
    """In a thread a reply counts only if it was made by hand."""
    thread = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    said = {"msgtype": "m.text", "body": "x"}

    falling_back = read({**said, "m.relates_to": {**thread, "is_falling_back": True}})
    by_hand = read({**said, "m.relates_to": thread})

    assert falling_back == Utterance("x", thread="$root")
    assert by_hand == Utterance("x", thread="$root", reply_to="$last")


def test_quotes_of_older_clients_are_no_question() -> None:
    reply = {"m.in_reply_to": {"event_id": "$a"}}
    quoted = "> <@a:b> Frage\n> weiter\n\nAntwort\n> zitiert"

    for body, text in ((quoted, "Antwort\n> zitiert"), ("> 5 Personen", "> 5 Personen")):
        utterance = read({"msgtype": "m.text", "body": body, "m.relates_to": reply})
        assert utterance is not None
        assert utterance.text == text
    alone = read({"msgtype": "m.text", "body": quoted})
    assert alone is not None
    assert alone.text == quoted


ODD: tuple[Any, ...] = (None, 0, True, 1.5, "", "x", [], [[]], {}, {"a": 1}, "\ud800", "$" * 300)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_reads_anything(odd: Any) -> None:
    """No content makes it fail, and what it returns can be stored and compared."""
    contents: list[Any] = [odd, {"msgtype": odd, "body": odd}, {"msgtype": "m.text", "body": odd}]
    for rel_type in ("m.replace", "m.thread", odd):
        relation = {"rel_type": rel_type, "event_id": odd, "m.in_reply_to": odd, "is_falling_back": odd}
        more = {"m.relates_to": relation, "m.new_content": odd, "m.mentions": odd, "formatted_body": odd}
        contents += [{"msgtype": "m.text", "body": "x", **more}, {"msgtype": odd, "body": odd, **more}]
    contents.append({"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": odd}, "m.relates_to": odd})
    for content in contents:
        utterance = read(content)
        if utterance is not None:
            utterance.text.encode()
            utterance.thread.encode()
            asked(utterance, HERE)


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        "a" + " " * 60_000 + "b",
        "a" + " ," * 30_000 + "b",
        "a" + " Lotse" * 10_000 + "x",
        "a Lotse" + "?!. " * 15_000 + "x",
        ("Lotse" + " " * 99) * 600 + "x",
        "> \n" * 20_000,
        '<a href="https://matrix.to/#/' * 2_000,
    ],
    ids=lambda body: body[:12],
)
def test_the_longest_messages_cost_nothing(body: str, private: bool) -> None:
    """An event may have 60 kB; one that keeps the bot busy makes it deaf for everybody. CPU time."""
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$a"}}}
    situation = Situation(BOT, ("Sicherheitslotse", "Lotse"), private=private, reply_to_bot=True)
    begun = time.process_time()
    for mentions in ({}, {"m.mentions": {"user_ids": [BOT]}}):
        plain = {"msgtype": "m.text", "body": body, "formatted_body": body, **mentions}
        for content in (plain, {**plain, **reply}):
            utterance = read(content)
            assert utterance is not None
            asked(utterance, situation)

    assert time.process_time() - begun < 2.0


def test_ids_of_events() -> None:
    """Only what can be an id of an event is one."""
    assert event_id("$abc:example.org") == "$abc:example.org"
    assert [event_id(odd) for odd in (None, 5, "", "$", "abc", "$ä", "$a b", "$" + "a" * 300)] == [""] * 8


def test_a_caption_is_a_text() -> None:
    """What stands below a picture was written; the name of its file was not."""
    picture = {"msgtype": "m.image", "body": "Was ist ZASTEX?", "url": "mxc://e.org/x"}
    captioned, bare = read({**picture, "filename": "IMG.jpg"}), read({**picture, "filename": picture["body"]})

    assert captioned is not None
    assert (captioned.text, captioned.media) == ("Was ist ZASTEX?", False)
    assert bare is not None
    assert (bare.text, bare.media) == ("", True)
    assert bare == read(picture)
