"""Notes for editors on content that is sound in form but may disappoint in use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bot.errors import Mistake
from bot.knowledge import Knowledge, Line
from bot.layout import SPOKEN, kind_of, utterances_of
from bot.matching.learning import Study
from bot.matching.model import Candidate, Model
from bot.text import clean, fold

THIN = 60
"""Lines of a topic below which it is rarely understood in words of one's own."""
STOLEN = 0.5
"""Probability of a foreign topic from which a line counts as stolen."""
MOST_STOLEN = 15
MOST_CHANGED = 10
DEFAULT_TERM = 12
LONGEST = 60
"""Characters of an utterance that a note quotes."""


def notes(
    knowledge: Knowledge,
    studied: Study,
    model: Model,
    before: tuple[Knowledge, Model] | None = None,
    today: date | None = None,
) -> Iterator[Mistake]:
    """Return notes: thin topics, lines under two topics, stolen and changed lines, stale facts.

    ``studied`` are the lines of ``knowledge`` and ``model`` what was learned from
    them; ``before`` is what was learned from the content before it was edited.
    """
    likeliest = model.likeliest(studied.rows)
    yield from _thin(knowledge)
    yield from _twice(knowledge.lines)
    yield from _stolen(knowledge, likeliest, before[0].lines if before else knowledge.lines)
    if before is not None:
        yield from _changed(knowledge, likeliest, before[0], before[1].likeliest(studied.rows))
    yield from stale(knowledge.tree, today or date.today())


def _thin(knowledge: Knowledge) -> Iterator[Mistake]:
    counts = Counter(line.topic for line in knowledge.lines)
    for topic in knowledge.topics.values():
        if topic.is_offer and counts[topic.id] < THIN:
            text = (
                f"Nur {counts[topic.id]} Äußerungen zu „{topic.id}“; ab {THIN} wird es verlässlich erkannt."
            )
            yield Mistake(f"utterances/{topic.id}.yaml", 0, 0, text)
    sections = Counter((line.topic, line.section) for line in knowledge.lines)
    for (topic_id, section), count in sections.items():
        if topic_id in knowledge.topics and knowledge.topics[topic_id].is_offer and count < THIN // 4:
            text = f"Nur {count} Äußerungen im Abschnitt „{section}“ von „{topic_id}“."
            yield Mistake(f"utterances/{topic_id}.yaml", 0, 0, text)


def _twice(lines: Sequence[Line]) -> Iterator[Mistake]:
    seen: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        seen[fold(clean(line.text)) or line.text].append(line)
    for same in seen.values():
        first, *others = same
        for other in others:
            where = f"{first.file}:{first.number}"
            about = "" if other.topic == first.topic else f", dort als {_named(first.topic)}"
            text = f"{_quoted(other)} steht schon in {where}{about}: eine der beiden löschen."
            yield Mistake(other.file, other.number, 1, text)


def _stolen(
    knowledge: Knowledge, likeliest: Sequence[Candidate], before: Sequence[Line]
) -> Iterator[Mistake]:
    """Return lines that even after learning sound more like another topic, those new since ``before`` first."""
    old = {(line.text, line.topic) for line in before}
    found = []
    for line, best in zip(knowledge.lines, likeliest, strict=True):
        if line.topic not in knowledge.topics or not knowledge.topics[line.topic].is_offer:
            continue
        if best.topic != line.topic and best.confidence >= STOLEN:
            text = (
                f"{_quoted(line)} klingt mehr nach {_named(best.topic)} ({best.confidence:.0%}): "
                f"hier mehr solche Zeilen schreiben, oder sie gehört nach {utterances_of(best.topic)}."
            )
            is_old = (line.text, line.topic) in old
            found.append((is_old, -best.confidence, Mistake(line.file, line.number, 1, text)))
    for *_, note in sorted(found, key=lambda entry: entry[:2])[:MOST_STOLEN]:
        yield note


def _quoted(line: Line) -> str:
    return f"„{line.text}“" if len(line.text) <= LONGEST else f"„{line.text[: LONGEST - 1]}…“"


def _named(topic: str) -> str:
    """Return how an editor calls a topic, or what has utterances and is none."""
    return f"„{SPOKEN.get(topic, topic)}“"


def _changed(
    knowledge: Knowledge, likeliest: Sequence[Candidate], before: Knowledge, earlier: Sequence[Candidate]
) -> Iterator[Mistake]:
    """Return lines that were there before and are understood differently since the content was edited."""
    old = {(line.text, line.topic) for line in before.lines}
    new = [line for line in knowledge.lines if (line.text, line.topic) not in old]
    found = []
    for line, now, then in zip(knowledge.lines, likeliest, earlier, strict=True):
        if now.topic != then.topic and now.confidence >= STOLEN and (line.text, line.topic) in old:
            better = " (wie gewollt)" if now.topic == line.topic else ""
            text = (
                f"{_quoted(line)} wurde bisher als {_named(then.topic)} verstanden, "
                f"jetzt als {_named(now.topic)}{better}."
            )
            found.append((line.topic == now.topic, -now.confidence, Mistake(line.file, line.number, 1, text)))
    if found:
        sure = sum(better for better, _, _ in found)
        text = (
            f"{len(new)} neue oder geänderte Äußerungen ändern, was {len(found)} vorhandene bekommen: "
            f"{sure} werden jetzt richtig verstanden, {len(found) - sure} anders als gewollt."
        )
        yield Mistake("utterances", 0, 0, text)
    for _, _, note in sorted(found, key=lambda entry: entry[:2])[:MOST_CHANGED]:
        yield note


def stale(tree: Mapping[str, Any], today: date) -> Iterator[Mistake]:
    """Return sources and contacts that nobody has confirmed for longer than their term."""
    sources: Mapping[str, Mapping[str, str]] = tree["sources.yaml"]
    terms = {key: int(source.get("term_months", DEFAULT_TERM)) for key, source in sources.items()}
    for key, source in sources.items():
        if age := _overdue(source["date"], terms[key], today):
            yield Mistake("sources.yaml", 0, 0, f"Die Quelle „{key}“ ist {age}. Gibt es eine neuere?")
    for file, topic in tree.items():
        if kind_of(file) != "topic":
            continue
        key = topic.get("source", "")
        for name, card in topic.get("contacts", {}).items():
            if card.get("confirmed", "") > today.isoformat():
                text = f"Kontakt „{name}“: „confirmed“ liegt in der Zukunft. Ist das Jahr richtig?"
                yield Mistake(file, 0, 0, text)
            since = card.get("confirmed") or sources.get(key, {}).get("date", "")
            if since and (age := _overdue(since, terms.get(key, DEFAULT_TERM), today)):
                text = f"Kontakt „{name}“ ({card['organisation']}) ist {age}: nachprüfen, „confirmed“ setzen."
                yield Mistake(file, 0, 0, text)


def _overdue(since: str, term: int, today: date) -> str:
    """Return how old ``since`` (ISO) is, in words, if that is more than ``term`` months, else ``""``."""
    then = date.fromisoformat(since)
    months = (today.year - then.year) * 12 + today.month - then.month - (today.day < then.day)
    if months < term or (months == term and today.day == then.day):
        return ""
    return f"vom {then:%d.%m.%Y}, {months} Monate alt (Frist: {term})"
