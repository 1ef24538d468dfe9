"""Decides what in a room is said to the bot, and what exactly is asked. Pure functions.

In a room of two everything is. Among more people it is what mentions the bot,
begins with its name (after a greeting, too) or with ``!``, replies to one of its answers, goes on in a
thread in which the same person asked it, or is nothing but the number of an option
("2", "die 2", "1 und 3") that it has just offered to that person. Everything else is none of its business: the
text is neither processed nor logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_EVENT_ID = re.compile(r"\$[!-~]{1,254}", re.ASCII)
_COMMAND = re.compile(r"!\s?[^\W\d_]{2,}")
_NUMBER = re.compile(
    r"(?:(?:die|nummer|nr\.?|punkt)\s+)?[1-9](?:\s*(?:,|und|\+)\s*[1-9]){0,8}\s*[.)]?", re.IGNORECASE
)
_PILL = re.compile(r'href="https://matrix\.to/#/([^"?]+)', re.IGNORECASE)
_SPOKEN = frozenset({"m.text"})
_MEDIA = frozenset({"m.image", "m.file", "m.audio", "m.video", "m.location"})
_GREETING = r"((?:hallo|hi|hey|moin|servus|guten (?:tag|morgen|abend)|liebe[rs]?)\b[,!]?[^\S\n]+)?"
_AFTER_NAME = r"(?:\s*[:,;]\s*|[.!?]+(?:\s+|$)|\s+|$)"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a message says. Empty ids are what it does not refer to.

    ``media`` is what nobody has written a word about; a caption is a text.
    ``thread`` is the root of the thread, ``reply_to`` the message that the
    person replied to by hand, ``edits`` the message that this one replaces.
    ``mentions`` are the user ids that the sender named for notification,
    ``None`` if its client does not name any.
    """

    text: str
    formatted: str = ""
    media: bool = False
    thread: str = ""
    reply_to: str = ""
    edits: str = ""
    mentions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a message was said: who the bot is there and what it has said before.

    ``names`` are its display names; ``private`` a room of two; ``reply_to_bot``
    whether the message replies to one of the bot's; ``in_thread`` whether the
    person asked the bot in this thread before; ``offered`` whether the bot's last
    answer to the person offered options.
    """

    user: str
    names: tuple[str, ...] = ()
    private: bool = False
    reply_to_bot: bool = False
    in_thread: bool = False
    offered: bool = False


def event_id(value: object) -> str:
    """Return ``value`` if it can be the id of an event, else ``""``."""
    return value if isinstance(value, str) and _EVENT_ID.fullmatch(value) else ""


def read(content: object) -> Utterance | None:
    """Return what the content of an ``m.room.message`` says, ``None`` if it is nothing to answer.

    Notices are what bots say; answering them is how two bots talk for ever.
    """
    if not isinstance(content, dict):
        return None
    relation = _object(content.get("m.relates_to"))
    edits = event_id(relation.get("event_id")) if relation.get("rel_type") == "m.replace" else ""
    said = content
    if relation.get("rel_type") == "m.replace":
        said = _object(content.get("m.new_content"))
        if not edits or not said:
            return None
    kind, body = said.get("msgtype"), said.get("body")
    if not isinstance(kind, str) or not isinstance(body, str):
        return None
    media = kind in _MEDIA
    # With a ``filename`` of its own the body is a caption (Matrix specification 1.10, "Media captions").
    media = media and said.get("filename", body) == body
    if kind not in _MEDIA and kind not in _SPOKEN:
        return None
    thread = event_id(relation.get("event_id")) if relation.get("rel_type") == "m.thread" else ""
    replied = _object(relation.get("m.in_reply_to")).get("event_id")
    by_hand = not (thread and relation.get("is_falling_back") is True)
    formatted = said.get("formatted_body")
    return Utterance(
        text="" if media else _speakable(_without_quote(body) if replied else body),
        formatted=formatted if isinstance(formatted, str) else "",
        media=media,
        thread=thread,
        reply_to=event_id(replied) if by_hand else "",
        edits=edits,
        mentions=_mentions(content, said),
    )


def asked(utterance: Utterance, situation: Situation) -> str | None:
    """Return what is asked of the bot, without the words that address it; ``None`` if it is not addressed."""
    text = utterance.text.strip()
    called = _without_name(text, situation)
    if called is not None:
        return called
    if situation.private:
        return text
    if _mentions_bot(utterance, situation):
        return _without_mention(text, situation)
    if utterance.mentions:
        return None
    addressed = (
        _COMMAND.match(text) is not None
        or situation.reply_to_bot
        or situation.in_thread
        or (situation.offered and _NUMBER.fullmatch(text) is not None)
    )
    return text if addressed else None


def is_named(utterance: Utterance, situation: Situation) -> bool:
    """Return whether a message names the bot, or replies to it: what has no words can do that, too."""
    return situation.reply_to_bot or _mentions_bot(utterance, situation)


def is_command(text: str) -> bool:
    """Return whether a text is a command that may be meant for another bot of the room."""
    return _COMMAND.match(text) is not None


def _mentions_bot(utterance: Utterance, situation: Situation) -> bool:
    if utterance.mentions is not None and situation.user in utterance.mentions:
        return True
    # Older clients name nobody for notification, but write a link to the person.
    return utterance.mentions is None and situation.user in _linked(utterance.formatted)


def _linked(formatted: str) -> Iterable[str]:
    return [
        link.replace("%40", "@").replace("%3A", ":").replace("%3a", ":") for link in _PILL.findall(formatted)
    ]


def _without_name(text: str, situation: Situation) -> str | None:
    """Return the rest of a text that begins with the bot's name, ``None`` if it does not."""
    localpart = situation.user[1:].partition(":")[0]
    loose = [*(f"@{name}" for name in situation.names), *situation.names, situation.user, f"@{localpart}"]
    loose += [f"!{localpart}", *(f"!{name}" for name in situation.names)]
    for name, follow in [*((name, _AFTER_NAME) for name in loose), (localpart, r"\s*[:,]\s*")]:
        if name.strip("@! "):
            match = re.match(_GREETING + re.escape(name) + follow, text, re.IGNORECASE)
            if match is not None:
                return text[match.end() :].strip() or (match[1] or "").strip()
    return None


def _without_mention(text: str, situation: Situation) -> str:
    """Return a text without the bot's name where that name is a mention inside the sentence."""
    for name in (situation.user, *(f"@{name}" for name in situation.names if name)):
        text = re.sub(re.escape(name) + r"\s*[:,]?", " ", text, flags=re.IGNORECASE)
    for name in filter(None, situation.names):
        # Only from the beginning of a gap: else a gap of 60,000 blanks costs minutes.
        last = r"(?<![\s,])[\s,]+" + re.escape(name) + r"([\s.?!]*)$"
        text = re.sub(last, r"\1", text, flags=re.IGNORECASE)
    return re.sub(r" {2,}", " ", text).strip()


def _mentions(content: dict[str, Any], said: dict[str, Any]) -> frozenset[str] | None:
    named = said.get("m.mentions", content.get("m.mentions"))
    if not isinstance(named, dict):
        return None
    users = named.get("user_ids")
    return (
        frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()
    )


def _without_quote(body: str) -> str:
    """Return a body without the "> quote" that older clients put before a reply."""
    lines = body.split("\n")
    first = 0
    while first < len(lines) and lines[first].startswith(">"):
        first += 1
    if first and first < len(lines) and not lines[first].strip():
        return "\n".join(lines[first + 1 :])
    return body


def _speakable(text: str) -> str:
    # JSON can carry half of a surrogate pair, which no encoding can.
    return text.encode("utf-8", "replace").decode()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
