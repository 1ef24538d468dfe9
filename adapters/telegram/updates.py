"""What does an update ask of us? Pure: an update in, one value out, nothing else.

The JSON is read directly: of the hundred fields of a message a dozen matter,
and building all objects of python-telegram-bot takes as long as answering, and
loading it a quarter of the memory. A test holds the words of the Bot API that
stand here and in the other modules against that library. What does not have the documented shape raises ``MalformedError``.

In groups the bot is addressed by a command, a mention or a reply to one of
its messages; everything else there is none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import commands

KINDS = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")
"""The updates to ask Telegram for, and no others."""

_COMMAND = re.compile(r"^/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?=\s|$)\s*(.*)$", re.S)
_PAYLOAD = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_JUST_CALLED = "/hilfe"
"""What is meant by our name and nothing else."""
PRIVATE, GROUP, SUPERGROUP, CHANNEL = "private", "group", "supergroup", "channel"
MENTION, TEXT_MENTION = "mention", "text_mention"
INSIDE = frozenset({"member", "administrator", "restricted"})
OUTSIDE = frozenset({"left", "kicked"})


Json = Mapping[str, Any]


class MalformedError(ValueError):
    """An update does not have the shape that the Bot API documents. Quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: the account's number and name, and what it was allowed by its owner."""

    id: int
    username: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer: the chat, the topic in it, and what to reply to (in groups)."""

    chat: int
    thread: int | None = None
    reply_to: int | None = None
    is_private: bool = True
    is_supergroup: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Words to be answered. ``at`` is when they were written, ``edited`` if written anew.

    ``album`` names the pictures that were sent together with these words.
    """

    place: Place
    message: int
    conversation: str
    text: str
    at: float
    edited: bool = False
    album: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """The conversation is opened, perhaps through a link with a payload."""

    place: Place
    message: int
    conversation: str
    payload: str
    at: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A voice message, a picture or the like, without words. ``album`` names what was sent together."""

    place: Place
    message: int
    conversation: str
    at: float
    album: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed. ``place`` is ``None`` where we may not write."""

    query: str
    place: Place | None
    message: int | None
    conversation: str
    data: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Somebody typed our name and a question in some chat."""

    query: str
    text: str


@dataclass(frozen=True, slots=True)
class Added:
    """We were added to a group."""

    place: Place


@dataclass(frozen=True, slots=True)
class Gone:
    """A chat does not want us any more."""

    chat: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup with another id."""

    old: int
    new: int


Ask = Question | Start | Unreadable | Press | Lookup | Added | Gone | Moved


def read(update: Json, me: Identity) -> Ask | None:
    """Return what ``update`` asks of us, ``None`` if nothing. Raises ``MalformedError``."""
    if "message" in update:
        return _message(_object(update, "message"), me, edited=False)
    if "edited_message" in update:
        return _message(_object(update, "edited_message"), me, edited=True)
    if "callback_query" in update:
        return _press(_object(update, "callback_query"))
    if "inline_query" in update:
        query = _object(update, "inline_query")
        return Lookup(_text(query, "id"), _text(query, "query").strip())
    if "my_chat_member" in update:
        return _membership(_object(update, "my_chat_member"))
    return None


def numbered(update: Json) -> tuple[Place, int] | None:
    """Return where the message of an update is and its number, ``None`` if there is none to be read."""
    try:
        message = _object(update, "message")
        return _place(message), _number(message, "message_id")
    except MalformedError:
        return None


# --- reading JSON --------------------------------------------------------------


def _object(source: Json, key: str) -> Json:
    value = source.get(key)
    if not isinstance(value, dict):
        raise MalformedError(f"{key} is no object")
    return value


def _optional(source: Json, key: str) -> Json | None:
    return None if source.get(key) is None else _object(source, key)


def _number(source: Json, key: str) -> int:
    value = source.get(key)
    if not isinstance(value, int) or abs(value) >= 2**53:
        raise MalformedError(f"{key} is no number")
    return value


def _text(source: Json, key: str) -> str:
    value = source.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"{key} is no text")
    return value


# --- messages ------------------------------------------------------------------


def _message(message: Json, me: Identity, edited: bool) -> Ask | None:
    chat = _object(message, "chat")
    if message.get("migrate_to_chat_id") is not None:
        return Moved(_number(chat, "id"), _number(message, "migrate_to_chat_id"))
    if message.get("migrate_from_chat_id") is not None:
        return Moved(_number(message, "migrate_from_chat_id"), _number(chat, "id"))
    if not _is_from_a_person(message, me):
        return None
    private = chat.get("type") == PRIVATE
    key = "text" if "text" in message else "caption"
    text = _text(message, key) if key in message else None
    command = _COMMAND.match(text) if text else None
    if command is not None and command[2] and command[2].lower() != me.username.lower():
        return None
    if not private and not _is_addressed(message, text or "", me, command):
        return None
    number, place, conversation = _number(message, "message_id"), _place(message), _conversation(message)
    written = float(_number(message, "edit_date" if edited and "edit_date" in message else "date"))
    album = _text(message, "media_group_id") if "media_group_id" in message else ""
    if text is None or not text.strip():
        if edited or not _has_content(message):
            return None
        return Unreadable(place, number, conversation, written, album)
    if command is not None and command[1].lower() == "start":
        payload = command[3].strip()
        good = payload if _PAYLOAD.match(payload) else ""
        return None if edited else Start(place, number, conversation, good, written)
    spoken = _without_mention(text, me)
    text = f"/{command[1]} {command[3]}".strip() if command is not None else spoken
    return Question(place, number, conversation, text, written, edited, album)


def _is_from_a_person(message: Json, me: Identity) -> bool:
    if message.get("is_automatic_forward") or _object(message, "chat").get("type") == CHANNEL:
        return False
    if _is_me(_optional(message, "via_bot"), me):
        return False
    # An anonymous administrator writes as the group itself, through a bot account.
    sender = _optional(message, "from")
    return "sender_chat" in message or (sender is not None and not sender.get("is_bot"))


def _is_addressed(message: Json, text: str, me: Identity, command: re.Match[str] | None) -> bool:
    if command is not None:
        return bool(command[2]) or command[1].casefold() in commands.NAMES  # ours even beside other bots
    answered = _optional(message, "reply_to_message")
    # Every message of a topic counts as a reply to the note that it was opened, perhaps by us.
    is_reply = answered is not None and "forum_topic_created" not in answered
    if answered is not None and is_reply and _is_me(_optional(answered, "from"), me):
        return True
    entities = message.get("entities") or message.get("caption_entities") or []
    return any(_mentions(text, entity, me) for entity in entities)


def _is_me(user: Json | None, me: Identity) -> bool:
    return user is not None and user.get("id") == me.id


def _mentions(text: str, entity: Json, me: Identity) -> bool:
    kind = entity.get("type")
    if kind == TEXT_MENTION:
        return _is_me(_optional(entity, "user"), me)
    if kind != MENTION:
        return False
    # Offsets count UTF-16 units, of two bytes each.
    begin = _number(entity, "offset") * 2
    named = text.encode("utf-16-le", "surrogatepass")[begin : begin + _number(entity, "length") * 2]
    return named.decode("utf-16-le", "replace").lower() == f"@{me.username}".lower()


def _without_mention(text: str, me: Identity) -> str:
    if "@" not in text:
        return text
    return re.sub(rf"@{re.escape(me.username)}\b[,:]?", " ", text, flags=re.I).strip() or _JUST_CALLED


def _place(message: Json) -> Place:
    chat = _object(message, "chat")
    kind = chat.get("type")
    private = kind == PRIVATE
    reply_to = None if private else _number(message, "message_id")
    return Place(_number(chat, "id"), _thread(message), reply_to, private, kind == SUPERGROUP)


def _thread(message: Json) -> int | None:
    return _number(message, "message_thread_id") if message.get("is_topic_message") else None


def _conversation(message: Json) -> str:
    chat = _object(message, "chat")
    if chat.get("type") == PRIVATE:
        return f"telegram:{_number(chat, 'id')}"
    writer = _optional(message, "sender_chat") or _object(message, "from")
    return f"telegram:{_number(chat, 'id')}:{_thread(message) or 0}:{_number(writer, 'id')}"


_CONTENT = frozenset(
    {"voice", "photo", "sticker", "location", "document", "video", "video_note", "audio", "animation"}
    | {"contact", "venue", "poll", "dice", "story", "checklist", "game", "paid_media", "rich_message"}
)


def _has_content(message: Json) -> bool:
    """Return whether a person sent something, in contrast to a note about the chat."""
    return not _CONTENT.isdisjoint(message)


# --- the rest ------------------------------------------------------------------


def _press(query: Json) -> Press:
    message = _optional(query, "message")
    person = _number(_object(query, "from"), "id")
    place, number, conversation = None, None, f"telegram:{person}"
    if message is not None:
        number = _number(message, "message_id")
        there = _place(message)
        place = Place(there.chat, there.thread, None, there.is_private, there.is_supergroup)
        if not place.is_private:
            conversation = f"telegram:{place.chat}:{place.thread or 0}:{person}"
    data = query.get("data")
    return Press(_text(query, "id"), place, number, conversation, data if isinstance(data, str) else "")


def _membership(change: Json) -> Ask | None:
    before = _object(change, "old_chat_member").get("status")
    now = _object(change, "new_chat_member").get("status")
    chat = _object(change, "chat")
    number, kind = _number(chat, "id"), chat.get("type")
    if now in OUTSIDE:
        # A group that becomes a supergroup is left, too; its answers are to follow it.
        return None if kind == GROUP else Gone(number)
    if kind in (GROUP, SUPERGROUP) and before in OUTSIDE and now in INSIDE:
        return Added(Place(number, None, None, False, kind == SUPERGROUP))
    return None
