"""Notes for editors on content that is sound in form but may disappoint in use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.content.source import Path
from bot.errors import Mistake
from bot.knowledge import Knowledge, Line
from bot.layout import ASPECTS, SPOKEN, kind_of, utterances_of
from bot.matching.learning import Learned, Study
from bot.matching.model import Candidate, Model
from bot.text import clean, fold

THIN = 60
"""Lines of a topic below which it is rarely understood in words of one's own."""
STOLEN = 0.5
"""Probability of a foreign topic from which a line counts as stolen."""
MANY_STOLEN = 0.05
"""Share of a topic's lines above which stolen ones are told though they are not new.

A few always are: a word on its own may stand for much. Each is still understood word for word.
"""
CHANGED = 0.6
"""Probability of its old and its new topic from which an older line counts as changed.

With three or ten new lines, 39 of 66,000 others swing around a half, and none from 60 to 60 % (measured).
"""
MOST_STOLEN = 15
MOST_CHANGED = 10
DEFAULT_TERM = 12
LONGEST = 60
"""Characters of an utterance that a note quotes."""

Where = Callable[[str, Path], tuple[int, int]]
"""Returns line and column of a path in a file, (0, 0) if they are not known."""


def nowhere(file: str, path: Path) -> tuple[int, int]:  # noqa: ARG001 - as every ``Where``
    """Know no place."""
    return 0, 0


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A content and what was learned from it: for each line its likeliest topic, and whether it is new."""

    lines: Sequence[Line]
    likeliest: Sequence[Candidate]
    is_new: Sequence[bool]


def notes(
    knowledge: Knowledge,
    studied: Study,
    model: Model,
    before: Model | None = None,
    *,
    today: date | None = None,
    where: Where = nowhere,
    every: bool = False,
) -> Iterator[Mistake]:
    """Return notes: thin topics, lines under two topics, stolen and changed lines, stale facts.

    ``studied`` are the lines of ``knowledge`` and ``model`` what was learned from
    them; ``before`` is what was learned from the content before it was edited.
    With ``every``, all stolen lines are told, not only new ones.
    """
    old, times = _topics_by_sum(before.learned) if before else {}, Counter(studied.sums)
    is_new = [  # of what stands there twice it is not known; that it does is a note of its own
        before is not None and old.get(total) != line.topic and times[total] == 1
        for total, line in zip(studied.sums, knowledge.lines, strict=True)
    ]
    reviewed = Reviewed(knowledge.lines, model.likeliest(studied.rows), is_new)
    yield from _thin(knowledge)
    yield from _twice(knowledge.lines)
    yield from _stolen(knowledge, reviewed, every=every)
    if before is not None:
        yield from _changed(reviewed, before.likeliest(studied.rows))
    yield from stale(knowledge.tree, today or date.today(), where)


def _topics_by_sum(learned: Learned) -> Mapping[int, str]:
    """Return the topic of each line that was learned from, by its checksum (see ``learning.verbatim``)."""
    topics = [name.partition(".")[0] for name in learned.classes]
    pairs = zip(learned.line_sums.tolist(), learned.line_classes.tolist(), strict=True)
    return {total: topics[number] for total, number in pairs}


def _thin(knowledge: Knowledge) -> Iterator[Mistake]:
    counts = Counter(line.topic for line in knowledge.lines)
    for topic in knowledge.topics.values():
        if topic.is_offer and counts[topic.id] < THIN:
            text = (
                f"Nur {counts[topic.id]} Äußerungen zu „{topic.id}“; ab {THIN} wird es verlässlich erkannt."
            )
            yield Mistake(f"utterances/{topic.id}.yaml", 0, 0, text)
    sections = Counter((line.topic, line.section) for line in knowledge.lines)
    for topic in knowledge.topics.values():
        for section in ASPECTS if topic.is_offer else ():
            if (count := sections[topic.id, section]) < THIN // 4:
                text = f"Nur {count} Äußerungen im Abschnitt „{section}“ von „{topic.id}“."
                if not count:
                    text = f"Der Abschnitt „{section}“ fehlt bei „{topic.id}“: wer so fragt, bekommt eine andere Seite."
                yield Mistake(f"utterances/{topic.id}.yaml", 0, 0, text)


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


def _stolen(knowledge: Knowledge, reviewed: Reviewed, *, every: bool) -> Iterator[Mistake]:
    """Return lines of offers that even after learning sound more like another topic, new ones first."""
    count = Counter(line.topic for line in reviewed.lines)
    found: dict[str, list[tuple[bool, float, Mistake]]] = defaultdict(list)
    for line, best, is_new in zip(reviewed.lines, reviewed.likeliest, reviewed.is_new, strict=True):
        if line.topic not in knowledge.topics or not knowledge.topics[line.topic].is_offer:
            continue
        if best.topic != line.topic and best.confidence >= STOLEN:
            text = (
                f"{_quoted(line)} klingt mehr nach {_named(best.topic)} ({best.confidence:.0%}). Wortgleich versteht "
                f"der Bot sie, ähnlich gesagt nicht: hier zwei, drei ähnliche Zeilen ergänzen, oder sie gehört nach "
                f"{utterances_of(best.topic)}."
            )
            found[line.topic].append((not is_new, -best.confidence, Mistake(line.file, line.number, 1, text)))
    told = [
        entry
        for topic, entries in found.items()
        for entry in entries
        if every or not entry[0] or len(entries) > MANY_STOLEN * count[topic]
    ]
    for *_, note in sorted(told, key=lambda entry: entry[:2])[: None if every else MOST_STOLEN]:
        yield note


def _quoted(line: Line) -> str:
    return f"„{line.text}“" if len(line.text) <= LONGEST else f"„{line.text[: LONGEST - 1]}…“"


def _named(topic: str) -> str:
    """Return how an editor calls a topic, or what has utterances and is none."""
    return f"„{SPOKEN.get(topic, topic)}“"


def _changed(reviewed: Reviewed, earlier: Sequence[Candidate]) -> Iterator[Mistake]:
    """Return lines that were there before and sound like a topic of the new ones since the content was edited.

    Whatever is edited, some lines swing between two other topics: that is no news.
    """
    pairs = zip(reviewed.lines, reviewed.is_new, strict=True)
    edited = {line.topic for line, is_new in pairs if is_new}
    found = []
    for line, now, then, is_new in zip(
        reviewed.lines, reviewed.likeliest, earlier, reviewed.is_new, strict=True
    ):
        is_sure = min(now.confidence, then.confidence) >= CHANGED
        if is_sure and not is_new and now.topic != then.topic and now.topic in edited:
            text = (
                f"{_quoted(line)} klang bisher nach {_named(then.topic)}, durch die neuen Zeilen jetzt nach "
                f"{_named(now.topic)}: wer ähnlich fragt, bekommt das."
            )
            found.append((line.topic == now.topic, -now.confidence, Mistake(line.file, line.number, 1, text)))
    worse = sorted((entry for entry in found if not entry[0]), key=lambda entry: entry[1])
    if worse:
        text = (
            f"{sum(reviewed.is_new)} neue oder geänderte Äußerungen ändern, was {len(found)} vorhandene bekommen: "
            f"{len(found) - len(worse)} werden jetzt besser verstanden, {len(worse)} anders als gewollt."
        )
        yield Mistake("utterances", 0, 0, text)
    for _, _, note in worse[:MOST_CHANGED]:
        yield note


def stale(tree: Mapping[str, Any], today: date, where: Where = nowhere) -> Iterator[Mistake]:
    """Return sources and contacts that nobody has confirmed for longer than their term, or not yet.

    A date in the future is a note and no mistake: whether a content is sound must not depend on the clock.
    """
    contacts = [
        (file, topic.get("source", ""), name, card)
        for file, topic in tree.items()
        if kind_of(file) == "topic"
        for name, card in topic.get("contacts", {}).items()
    ]
    sources: Mapping[str, Mapping[str, str]] = tree["sources.yaml"]
    for key, source in sources.items():
        place = where("sources.yaml", (key, "date"))
        if source["date"] > today.isoformat():
            text = f"Die Quelle „{key}“: „date“ liegt in der Zukunft. Ist das Jahr richtig?"
            yield Mistake("sources.yaml", *place, text)
        if age := _overdue(source["date"], _term(source), today):
            text = f"Die Quelle „{key}“ ist {age}. Gibt es eine neuere, hier „date“ erneuern."
            leaning = [
                (file, name) for file, own, name, card in contacts if own == key and "confirmed" not in card
            ]
            if leaning:
                text += f" Sonst {_listed(leaning)} nachprüfen und dort „confirmed“ auf den Tag der Prüfung setzen."
            yield Mistake("sources.yaml", *place, text)
    for file, key, name, card in contacts:
        if not (confirmed := card.get("confirmed", "")):
            continue
        place = where(file, ("contacts", name, "confirmed"))
        if confirmed > today.isoformat():
            text = f"Kontakt „{name}“: „confirmed“ liegt in der Zukunft. Ist das Jahr richtig?"
            yield Mistake(file, *place, text)
        if age := _overdue(confirmed, _term(sources.get(key, {})), today):
            text = f"Kontakt „{name}“ ({card['organisation']}) ist {age}: nachprüfen, „confirmed“ erneuern."
            yield Mistake(file, *place, text)


def _term(source: Mapping[str, str]) -> int:
    return int(source.get("term_months", DEFAULT_TERM))


def _listed(contacts: Sequence[tuple[str, str]]) -> str:
    """Return which contacts are to be looked at, by file."""
    names: dict[str, list[str]] = defaultdict(list)
    for file, name in contacts:
        names[file].append(f"„{name}“")
    many = "den Kontakt" if len(contacts) == 1 else f"die {len(contacts)} Kontakte daraus"
    by_file = [f"{file}: {', '.join(of)}" for file, of in names.items()]
    return f"{many} ({'; '.join(by_file)})"


def _overdue(since: str, term: int, today: date) -> str:
    """Return how old ``since`` (ISO) is, in words, if that is more than ``term`` months, else ``""``."""
    then = date.fromisoformat(since)
    months = (today.year - then.year) * 12 + today.month - then.month - (today.day < then.day)
    if months < term or (months == term and today.day == then.day):
        return ""
    return f"vom {then:%d.%m.%Y}, {months} Monate alt (Frist: {term})"
