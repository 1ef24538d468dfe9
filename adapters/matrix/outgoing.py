"""Makes what the bot sends: answers, edits of answers, reactions, transaction ids. Pure functions."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from adapters.render import Labels, html, plain
from bot.commands import Command
from bot.reply import Outcome, Reply

Json = dict[str, Any]

NUMBERS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣")

_LONGEST = 12_000
"""Characters of an answer; an event may have 65,536 bytes, encrypted a third less."""


_SLASH = re.compile(rf"(?<![\w/])/(?=(?:{'|'.join(Command)})\b)")


@dataclass(frozen=True, slots=True)
class Place:
    """What an answer refers to.

    ``question`` is the event id; ``thread`` the root of its thread or ``""``;
    ``asker`` the person to mention or ``""``; ``quote`` whether to show the
    answer as a reply to the question outside of threads.
    """

    question: str
    thread: str = ""
    asker: str = ""
    quote: bool = True


def transaction(event: str, purpose: str) -> str:
    """Return the transaction id of what is sent for an event: the same before and after a crash.

    The server answers a repeated id with the event that it made the first time.
    """
    return "lotse-" + hashlib.sha256(f"{purpose}|{event}".encode()).hexdigest()[:40]


def answer(reply: Reply, place: Place, labels: Labels, before: str = "") -> Json:
    """Return the content of the notice that says ``reply``, after the line ``before``; emergency numbers come first."""
    paragraphs = (before, *reply.paragraphs) if before else reply.paragraphs
    if before and reply.outcome is Outcome.EMERGENCY:
        paragraphs = (*reply.paragraphs, before)
    reply = replace(reply, paragraphs=tuple(_with_own_prefix(paragraph) for paragraph in paragraphs))
    body = plain(reply, labels)
    formatted = html(reply, labels, options=True, contact_links=True, line_break="<br>")
    return _notice(body, formatted, place)


def line(text: str, place: Place | None = None) -> Json:
    """Return the content of a notice that says one line."""
    return _notice(_with_own_prefix(text), "", place)


def edit(content: Json, original: str) -> Json:
    """Return the content that replaces the answer ``original`` by ``content``."""
    new = {key: value for key, value in content.items() if key != "m.relates_to"}
    return {
        **new,
        "body": f"* {content['body']}",
        "m.new_content": new,
        "m.mentions": {},
        "m.relates_to": {"rel_type": "m.replace", "event_id": original},
    }


def reaction(target: str, key: str) -> Json:
    """Return the content of a reaction to the event ``target``."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}}


def _with_own_prefix(text: str) -> str:
    """Return a text with ``!hilfe`` for ``/hilfe``: Matrix clients keep the slash for their own commands."""
    return _SLASH.sub("!", text)


def _notice(body: str, formatted: str, place: Place | None) -> Json:
    content: Json = {"msgtype": "m.notice", "body": _shortened(body)}
    if formatted and len(formatted) <= _LONGEST:
        content["format"] = "org.matrix.custom.html"
        content["formatted_body"] = formatted
    if place is None:
        return {**content, "m.mentions": {}}
    # Between two people nobody else can be meant, and a notice does not notify by names
    # (``.m.rule.suppress_notices`` comes first); Synapse takes 2 of 50 ms to check the field.
    if place.asker:
        content["m.mentions"] = {"user_ids": [place.asker]}
    relation: Json = {}
    if place.thread:
        relation = {"rel_type": "m.thread", "event_id": place.thread, "is_falling_back": True}
    if place.thread or place.quote:
        relation["m.in_reply_to"] = {"event_id": place.question}
        content["m.relates_to"] = relation
    return content


def _shortened(body: str) -> str:
    return body if len(body) <= _LONGEST else body[: _LONGEST - 1] + "…"
