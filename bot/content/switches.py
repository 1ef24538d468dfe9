"""The sense of ``off.yaml``: what is switched off exists, and its text is one that the bot can say; what is off, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from bot.content.form import close_to, scalars, short
from bot.content.source import Document
from bot.errors import Mistake
from bot.knowledge import Knowledge
from bot.layout import ALARM, NOT_TOPICS
from bot.reply import Aspect


def mistakes_of_switches(
    document: Document, topics: Iterable[str], doubtful: Collection[str]
) -> Iterator[Mistake]:
    """Return switches for what does not exist; about ``doubtful`` topics nothing is said."""
    value: Any = document.value
    known = list(topics)
    for part in ("topics", "aspects"):
        for key in value.get(part, {}):
            topic = key.partition(".")[0]
            if topic not in known and topic not in doubtful:
                yield document.mistake((part, key), _no_topic(topic, known))
    for path, text in scalars(value):
        if (
            text.strip() and " " not in text.strip() and text.strip()[-1] not in ".!?"
        ):  # meant to switch: aus, null
            usual = "leer: er ist an" if path == ("bot",) else 'leer, "": der übliche Satz'
            said = f"„{text}“ würde der Bot sagen. Hier steht der ganze Satz für die Menschen ({usual})."
            yield document.mistake(path, said)


def switched_off(content: Knowledge) -> Iterator[str]:
    """Yield for an editor what of ``content`` is switched off now, no more and no less, and what is said instead."""
    off = content.off
    if off.bot:
        yield f"der ganze Bot, außer bei Gefahr. Er sagt: „{off.bot}“"
    for topic in off.topics:
        said = content.instead(topic, Aspect.OVERVIEW)
        yield f"das ganze Thema {content.topics[topic].title}. Der Bot sagt dazu: „{said}“"
    for target in off.aspects:
        topic, _, side = target.partition(".")
        if topic not in off.topics:
            said = content.instead(topic, Aspect(side))
            yield f"von {content.topics[topic].title} nur die Seite {side}. Der Bot sagt dazu: „{said}“"


def _no_topic(topic: str, known: Collection[str]) -> str:
    """Return what to say of a switch for ``topic``, which is none."""
    if topic == ALARM:
        return "Gefahr lässt sich nicht ausschalten; sie wird immer mit der 110 beantwortet."
    name, colon, _ = topic.partition(":")
    if colon:
        return f"Nach „{short(name)}:“ fehlt ein Leerzeichen."
    if " " in topic:
        return f'„{short(topic)}“ ist kein Thema. Steht davor ein Text mit einem Komma, gehört er in "…".'
    return f"Das Thema „{short(topic)}“ gibt es nicht.{close_to(topic, set(known) - NOT_TOPICS)}"
