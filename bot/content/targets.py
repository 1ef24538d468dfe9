"""Whether what a content names to go on with exists: options, and cards of other topics."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.content.form import close_to
from bot.content.sound import Sound
from bot.content.source import Document, Path
from bot.errors import Mistake
from bot.layout import ASPECTS, OFFER_FOLDER, OFFERS


def mistakes_of_options(document: Document, path: Path, content: Sound) -> Iterator[Mistake]:
    """Yield a mistake for each option of the list at ``path`` that leads nowhere, or stands there twice."""
    options: Any = document.value
    for key in path:
        options = options.get(key, {})
    for number, target in enumerate(options):
        is_every_offer = target == OFFERS and path[-1] == "options"
        if text := "" if is_every_offer else _no_target(target, content):
            yield document.mistake((*path, number), text)
        if target in options[:number]:
            yield document.mistake((*path, number), f"Die Auswahl „{target}“ steht hier zweimal.")


def mistakes_of_unspoken(document: Document, content: Sound) -> Iterator[Mistake]:
    """Yield a mistake for each question whose answer while no offer is spoken of does not exist."""
    value: Any = document.value
    for key, question in value.get("details", {}).items():
        if (target := question.get("unspoken")) and (text := _no_target(target, content)):
            yield document.mistake(("details", key, "unspoken"), text)


def sides_of(value: Mapping[str, Any]) -> list[str]:
    """Return the aspects and finer points that the file of a topic answers."""
    return [*value.get("answers", {}), *value.get("details", {})]


def no_card(card: str, own: Mapping[str, Any], content: Sound) -> str:
    """Return what to say if ``card`` ("card" of the topic ``own``, or "topic.card") does not exist; else nothing."""
    owner, _, name = card.rpartition(".")
    cards = (content.topics.get(owner, {}) if owner else own).get("contacts", {})
    topic = owner or str(own.get("topic"))
    if name in cards or owner in content.doubtful or content.may_lack(topic, "contacts"):
        return ""
    if not cards and _is_offer(topic, content):
        return ""  # that it has none is said there
    known = [f"{owner}.{key}" if owner else key for key in cards]
    return f"Eine Kontaktkarte „{card}“ gibt es nicht.{close_to(card, known)}"


def _no_target(target: str, content: Sound) -> str:
    """Return why an option cannot lead to ``target``, or nothing if it can."""
    topic, _, side = target.partition(".")
    topics, vocabulary = content.topics, content.value("vocabulary.yaml")
    if topic in content.doubtful:
        return ""
    every = [*topics, *(f"{t}.{side}" for t, v in topics.items() for side in sides_of(v))]
    if side in ASPECTS and target not in every and _is_offer(topic, content):
        return ""  # that this side is missing is said at the offer itself
    if target not in every:
        if topic in topics and (content.may_lack(topic, "answers") or content.may_lack(topic, "details")):
            return ""
        return f"Die Auswahl „{target}“ führt nirgendwohin.{_alike(target, every)}"
    detail = topics[topic].get("details", {}).get(side)
    is_known = content.is_whole("vocabulary.yaml", "details", side) and not content.may_lack(topic, "details")
    shared = vocabulary.get("details", {}).get(side, {}) if is_known else {"label": "?"}
    if detail is not None and "label" not in {**shared, **detail}:
        return f"Die Auswahl „{target}“ hat keine Aufschrift: dort „label“ ergänzen."
    return ""


def _is_offer(topic: str, content: Sound) -> bool:
    document = content.files.get(f"{OFFER_FOLDER}/{topic}.yaml")
    return document is not None and document.value is content.topics.get(topic)


def _alike(target: str, every: Iterable[str]) -> str:
    """Return what may have been meant by an option: of a topic that exists, one of its sides or all of them."""
    topic, dot, side = target.partition(".")
    sides = [known.partition(".")[2] for known in every if dot and known.startswith(f"{topic}.")]
    if not sides:
        return close_to(target, [known for known in every if known.count(".") == target.count(".")])
    if near := difflib.get_close_matches(side, sides, n=1):
        return f" Meinten Sie „{topic}.{near[0]}“?"
    return f" Möglich: {', '.join(f'{topic}.{known}' for known in sides)}."
