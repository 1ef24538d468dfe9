"""What an update asks of us."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.telegram.updates import (
    Added,
    Gone,
    Identity,
    Lookup,
    MalformedError,
    Moved,
    Press,
    Question,
    Start,
    Unreadable,
    read,
)
from bot import commands

Json = dict[str, Any]
ME = Identity(7, "Lotse_Bot", True)
PERSON = {"id": 5, "is_bot": False, "first_name": "A"}
BOT = {"id": 7, "is_bot": True, "first_name": "L"}
PRIVATE = {"id": 5, "type": "private"}
GROUP = {"id": -100, "type": "supergroup"}


def message(chat: Json = PRIVATE, **content: Any) -> Json:
    """Return an update with a message."""
    return {"update_id": 1, "message": {"message_id": 3, "date": 10, "chat": chat, "from": PERSON} | content}


def mention(text: str, name: str = "@lotse_bot") -> Json:
    """Return a group text with the entity of a mention, in UTF-16 units."""
    offset = len(text[: text.index(name)].encode("utf-16-le")) // 2
    entity = {"type": "mention", "offset": offset, "length": len(name)}
    return {"text": text, "entities": [entity]}


def asked(update: Json) -> str | None:
    """Return the words that are to be answered."""
    ask = read(update, ME)
    return ask.text if isinstance(ask, Question) else None


ANSWERED = [
    (message(text="Hallo"), "Hallo"),
    (message(text="/hilfe@lotse_bot"), "/hilfe"),
    (message(text="/kontakt  zastex"), "/kontakt zastex"),
    (message(caption="Bild mit Frage", photo=[{}]), "Bild mit Frage"),
    (message(GROUP, text="/hilfe"), "/hilfe"),
    (message(GROUP, text="/Kontakt@LOTSE_BOT zmi"), "/Kontakt zmi"),
    (message(GROUP, **mention("😀 @lotse_bot, wer hilft?")), "😀   wer hilft?"),
    (message(GROUP, **mention("@lotse_bot")), "/hilfe"),
    (message(GROUP, text="ja", reply_to_message={"from": BOT}), "ja"),
    (message(GROUP, text="/hilfe", **{"from": BOT | {"id": 1}, "sender_chat": GROUP}), "/hilfe"),
]
UNANSWERED = [
    message(GROUP, text="unter uns"),
    message(GROUP, text="/hilfe@anderer_bot"),
    message(text="/hilfe@anderer_bot"),
    message(GROUP, text="/wetter"),
    message(GROUP, **mention("@lotse_bot2 hallo", "@lotse_bot2")),
    message(GROUP, text="ja", reply_to_message={"from": PERSON}),
    message(text="Hallo", **{"from": PERSON | {"is_bot": True}}),
    message(text="Karte", via_bot=BOT),
    message(GROUP, text="/hilfe", is_automatic_forward=True, sender_chat=GROUP),
    message({"id": -1, "type": "channel"}, text="x"),
    message(pinned_message={}),
    message(GROUP, new_chat_members=[BOT]),
    message(GROUP, text="unter uns", reply_to_message={"from": BOT, "forum_topic_created": {}}),
    {"update_id": 1, "poll": {}},
    {"update_id": 1},
]


@pytest.mark.parametrize(("update", "text"), ANSWERED)
def test_these_words_are_answered(update: Json, text: str) -> None:
    """Private words, and in groups those that are meant for us."""
    assert asked(update) == text


@pytest.mark.parametrize("name", [name for name in commands.NAMES if name.isascii()])
def test_every_command_is_answered_in_a_group(name: str) -> None:
    """What is a command in a private chat is one among other people and bots, too."""
    ask = read(message(GROUP, text=f"/{name}"), ME)
    assert isinstance(ask, Start) if name == "start" else isinstance(ask, Question)


@pytest.mark.parametrize("update", UNANSWERED)
def test_these_are_none_of_our_business(update: Json) -> None:
    """Other people, other bots, notes about the chat."""
    assert read(update, ME) is None


def test_where_to_answer() -> None:
    """In a group as a reply and in its topic; the session is that of the person there."""
    ask = read(message(GROUP, text="/hilfe", message_thread_id=9, is_topic_message=True), ME)
    assert isinstance(ask, Question)
    assert (ask.place.chat, ask.place.thread, ask.place.reply_to) == (-100, 9, 3)
    assert ask.conversation == "telegram:-100:9:5"
    private = read(message(text="x", message_thread_id=9), ME)
    assert isinstance(private, Question)
    assert (private.place.thread, private.place.reply_to) == (None, None)


def test_an_edit_counts_from_its_own_time() -> None:
    """Edited words are answered anew; an edited place or picture is not."""
    edited = {"message_id": 3, "date": 10, "edit_date": 90, "chat": PRIVATE, "from": PERSON}
    ask = read({"update_id": 1, "edited_message": edited | {"text": "x"}}, ME)
    assert isinstance(ask, Question)
    assert (ask.edited, ask.at) == (True, 90.0)
    assert read({"update_id": 1, "edited_message": edited | {"location": {}}}, ME) is None
    assert read({"update_id": 1, "edited_message": edited | {"text": "/start"}}, ME) is None


@pytest.mark.parametrize(
    ("text", "payload"),
    [("/start", ""), ("/start zmi-contact", "zmi-contact"), ("/start a b", ""), (f"/start {'x' * 65}", "")],
)
def test_start(text: str, payload: str) -> None:
    """A payload is taken only in the documented alphabet and length."""
    ask = read(message(text=text), ME)
    assert isinstance(ask, Start)
    assert ask.payload == payload


@pytest.mark.parametrize(
    "kind", ["voice", "photo", "sticker", "location", "document", "rich_message", "poll"]
)
def test_media(kind: str) -> None:
    """What a person sends without words is unreadable; in a group only if it is meant for us."""
    content: Json = {kind: [{}]}
    assert isinstance(read(message(PRIVATE, **content), ME), Unreadable)
    assert read(message(GROUP, **content), ME) is None
    assert isinstance(read(message(GROUP, reply_to_message={"from": BOT}, **content), ME), Unreadable)


def test_presses() -> None:
    """A press knows its message; one under an inline message has no place."""
    query = {"id": "q", "from": PERSON, "data": "1:x", "message": {"message_id": 8, "chat": GROUP, "date": 0}}
    ask = read({"update_id": 1, "callback_query": query}, ME)
    assert isinstance(ask, Press)
    assert (ask.message, ask.data, ask.conversation) == (8, "1:x", "telegram:-100:0:5")
    inline = {"id": "q", "from": PERSON, "inline_message_id": "i", "data": "1:x"}
    ask = read({"update_id": 1, "callback_query": inline}, ME)
    assert isinstance(ask, Press)
    assert ask.place is None


def membership(before: str, now: str, chat: Json = GROUP) -> Json:
    """Return an update about our own membership."""
    change = {"chat": chat, "old_chat_member": {"status": before}, "new_chat_member": {"status": now}}
    return {"update_id": 1, "my_chat_member": change}


def test_membership() -> None:
    """Being added is greeted, being promoted is not, being removed ends it."""
    assert isinstance(read(membership("left", "member"), ME), Added)
    assert isinstance(read(membership("kicked", "administrator"), ME), Added)
    assert read(membership("member", "administrator"), ME) is None
    assert read(membership("kicked", "member", PRIVATE), ME) is None
    assert read(membership("member", "kicked"), ME) == Gone(-100)
    assert read(membership("member", "left", {"id": -9, "type": "group"}), ME) is None, "it may be moving"
    assert read(message(GROUP, migrate_to_chat_id=-200), ME) == Moved(-100, -200)
    assert read(message(GROUP, migrate_from_chat_id=-9), ME) == Moved(-9, -100)
    assert read({"update_id": 1, "inline_query": {"id": "q", "query": " x ", "from": PERSON}}, ME) == Lookup(
        "q", "x"
    )


MALFORMED = [
    {"update_id": 1, "message": 5},
    {"update_id": 1, "message": {}},
    message(text=5),
    message({"type": "private"}, text="x"),
    message(text="x", message_id="3"),
    message(text="x", date=None),
    {"update_id": 1, "callback_query": {"from": {}}},
    {"update_id": 1, "inline_query": {"id": 1, "query": "x"}},
]


@pytest.mark.parametrize("update", MALFORMED)
def test_other_shapes_are_refused(update: Json) -> None:
    """Nothing is guessed into a broken update."""
    with pytest.raises(MalformedError):
        read(update, ME)
