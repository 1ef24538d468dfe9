"""Finds two or three requests in one message: "Drohbrief im Kasten, und auf Facebook beschimpfen sie mich auch".

A message is divided at each joint in turn. It holds two requests where both
halves, judged alone, clearly mean different topics, and the whole gives both
of them at least a trace; what follows a clear first half may itself be two. Of
6,219 labelled questions this divides 146 of the 195 double ones (names find
some of the rest) and 23 of the others (measured on 30 November 2026).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass

from bot.matching.learning import FOLLOW_UP
from bot.matching.model import Candidate, Judgement, Model
from bot.matching.names import Stance
from bot.matching.reading import Reading
from bot.signals import Signal
from bot.text import Utterance, clean

CLEAR = 0.96
"""Confidence that each half needs."""
CLEAR_ENOUGH = 0.8
"""The same where the words announce two things: "beides", "zwei Sachen: …"."""
_LIKELY = 0.6
"""The same of an item of a numbered list."""
TRACE = 0.001
"""Confidence that the whole must give to the topic of each half, unless two things are asked for in words:
"nummer zastex und link zmi"."""
_MOST_JOINTS = 5
_MOST_PARTS = 3
_PROMISING, _MOST_TRIED = 0.5, 2
"""Confidence at a glance from which halves are judged, and how many of the most confident are."""
_OF_MORE = 0.6
"""How much less the first half counts where the second may itself be two."""
_LONGEST = 60
"""Words beyond which a message is a story."""
_CONTRASTS = frozenset([Signal.NEGATION, Signal.TURN])
_ORDINALS = ("erstens", "zweitens", "drittens", "viertens", "fünftens")
_NUMBER = re.compile(
    rf"(?<!\S)(?:(?P<digit>[1-9])\s?[.):]|(?P<word>{'|'.join(_ORDINALS)})\b[,:]?)\s", re.IGNORECASE
)
"""What begins an item of a list of wishes; only numbers that count up from one do."""
_JOINT = re.compile(
    r"\s+(?:und|sowie|außerdem|ausserdem|zweitens|dann|vs\.?|plus|u\.?|oder)\s+|[,;/]\s+|[.?!:]\s+|\s[+&–-]\s",
    re.IGNORECASE,
)


_CLAUSE = re.compile(r"[,;:.!?–—]+\s+")
_TRACE_OF_LEANING = 0.1
"""Confidence that the whole must give to a follow-up of which one clause is one: "Stadtwerke, Telefonnummer" is none."""
_LONGEST_LEANING = 16
"""Words of a message of which one clause may lean on what was spoken of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an utterance that asks for ``topic``, and what was made of it."""

    topic: str
    judgement: Judgement


class Divider:
    """Divides utterances by what ``model`` makes of their parts; only ``covered`` topics count.

    ``parts`` are the questions for a part of a contact card.
    """

    def __init__(self, model: Model, covered: Collection[str], parts: Collection[str]) -> None:
        self._model, self._covered, self._parts = model, covered, parts

    def divide(self, judgement: Judgement) -> list[Part]:
        """Return the two or three parts of an utterance in their order, or nothing if it is one request."""
        reading = judgement.reading
        announced = reading.findings.has_signal(Signal.BOTH, Signal.SEVERAL)
        least = 0.0 if announced or len({hit.id for hit in reading.questions}) > 1 else TRACE
        clear = CLEAR_ENOUGH if announced else CLEAR
        traced = {c.topic for c in judgement.candidates if c.topic in self._covered and c.confidence >= least}
        meant = {hit.topic for hit in reading.names if hit.stance is Stance.MEANT}
        # A half alone would not tell that its name is ruled out.
        traced -= {hit.topic for hit in reading.names} - meant
        if len(reading.mended) > _LONGEST or len(traced) < 2:
            return []
        if not announced and any(signal.id in _CONTRASTS for signal in reading.findings.signals):
            return []  # "keine Mails, sondern Briefe" speaks of what is not wanted
        return _Division(self._model, traced, clear).parts(reading)

    def numbered(self, reading: Reading) -> list[Part]:
        """Return the items of a numbered list that clearly mean a topic, each topic once."""
        if len(reading.mended) > _LONGEST:
            return []
        found: dict[str, Part] = {}
        for item in filter(None, map(clean, _items(reading.utterance.text))):
            judgement = self._model.judge(Utterance.of(item))
            best = judgement.candidates[0]
            if best.topic in self._covered and best.confidence >= _LIKELY:
                found.setdefault(best.topic, Part(best.topic, judgement))
        return list(found.values())

    def leaning(self, judgement: Judgement) -> Judgement | None:
        """Return the last clause, judged, if it asks how an offer spoken of is reached and the others ask nothing.

        "Mein Akku ist gleich leer, schnell die Mail!" asks "schnell die Mail!".
        """
        reading = judgement.reading
        clauses = [clause for clause in map(clean, _CLAUSE.split(reading.utterance.text)) if clause]
        if len(reading.mended) > _LONGEST_LEANING or not 1 < len(clauses) <= _MOST_PARTS:
            return None
        if judgement.confidence(FOLLOW_UP) < _TRACE_OF_LEANING:
            return None
        *others, last = clauses
        asked = self._model.judge(Utterance.of(last))
        is_part = any(hit.id in self._parts for hit in asked.reading.findings.questions)
        if not is_part or asked.confidence(FOLLOW_UP) < CLEAR_ENOUGH:
            return None
        return (
            None
            if any(self._says_more(self._model.judge(Utterance.of(other))) for other in others)
            else asked
        )

    def _says_more(self, judgement: Judgement) -> bool:
        """Return whether a clause asks something or means a topic."""
        best = judgement.candidates[0]
        return judgement.reading.asks or (best.topic in self._covered and best.confidence >= _LIKELY)


class _Division:
    """One utterance being divided into parts that mean ``traced`` topics, each at least as sure as ``clear``.

    What a stretch of it means is judged once, though several joints part it off.
    """

    def __init__(self, model: Model, traced: Set[str], clear: float) -> None:
        self._model, self._traced, self._clear = model, traced, clear
        self._judged: dict[str, Judgement] = {}

    def parts(self, reading: Reading, *, is_rest: bool = False) -> list[Part]:
        """Return the clear parts of ``reading``; what follows the first one may be two (but not of a rest itself)."""
        best: tuple[float, list[Part]] = 0.0, []
        for left, right in self._promising(reading, is_rest=is_rest):
            first = self._part(self._judge(left))
            if first is None:
                continue
            rest = self._judge(right)
            second = self._part(rest)
            others = [second] if second else []
            if not second and not is_rest:
                others = self.parts(rest.reading, is_rest=True)
            parts = [first, *others]
            weakest = min(part.judgement.confidence(part.topic) for part in parts)
            if others and first.topic != others[0].topic and weakest > best[0]:
                best = weakest, parts
        found: dict[str, Part] = {}
        for part in best[1]:
            for smaller in self.parts(part.judgement.reading, is_rest=True) or [part]:
                found.setdefault(smaller.topic, smaller)
        return list(found.values())[:_MOST_PARTS]

    def _promising(self, reading: Reading, *, is_rest: bool) -> list[tuple[str, str]]:
        """Return the halves at the joints of an utterance; of many joints only those that look as if they part two topics.

        What stands behind a joint may itself be two, but not of a rest.
        """
        joints = list(_JOINT.finditer(reading.utterance.text))[:_MOST_JOINTS]
        if len(joints) > 1:
            starts = [word.start for word in reading.utterance.words]
            places = [bisect_left(starts, joint.end()) for joint in joints]
            glanced = iter(
                self._model.glanced(
                    reading,
                    [bound for place in places for bound in (0, place)],
                    [bound for place in places for bound in (place, len(starts))],
                )
            )
            chances = [
                self._chance_to_part(left, right, may_hold_more=not is_rest and joint is not joints[-1])
                for joint, left, right in zip(joints, glanced, glanced, strict=True)
            ]
            ranked = sorted(zip(chances, joints, strict=True), key=_first, reverse=True)[:_MOST_TRIED]
            joints = [joint for chance, joint in ranked if chance >= _PROMISING]
        return list(_halves(reading.utterance.text, joints))

    def _chance_to_part(self, left: Candidate, right: Candidate, *, may_hold_more: bool) -> float:
        """Return how likely halves with these best candidates are two requests, at a glance."""
        if left.topic not in self._traced:
            return 0.0
        of_more = _OF_MORE * left.confidence if may_hold_more else 0.0
        if right.topic in self._traced and right.topic != left.topic:
            return max(min(left.confidence, right.confidence), of_more)
        return of_more

    def _part(self, judgement: Judgement) -> Part | None:
        best = judgement.candidates[0]
        if best.confidence < self._clear or best.topic not in self._traced:
            return None
        return Part(best.topic, judgement)

    def _judge(self, text: str) -> Judgement:
        if text not in self._judged:
            self._judged[text] = self._model.judge(Utterance.of(text))
        return self._judged[text]


def of_names(reading: Reading) -> dict[str, str]:
    """Return the part of an utterance in which each of its names stands: "nummer zastex" and "link zmi".

    Between two names it is divided at the last joint, or behind the first of them.
    """
    text, words = reading.utterance.text, reading.utterance.words
    hits = [hit for hit in reading.names if hit.stance is Stance.MEANT]
    parts: dict[str, str] = {}
    start = 0
    for place, hit in enumerate(hits, 1):
        end = len(text)
        if place < len(hits):
            after, before = words[hit.end - 1].end, words[hits[place].start].start
            joints = [after + joint.end() for joint in _JOINT.finditer(text[after:before])]
            end = joints[-1] if joints else after
        parts.setdefault(hit.topic, text[start:end])
        start = end
    return parts


def _items(text: str) -> list[str]:
    """Return the items of a numbered list ("1. … 2. …", "erstens … zweitens …"); nothing if a text is none."""
    marks: list[re.Match[str]] = []
    for mark in _NUMBER.finditer(text):
        value = mark["digit"] or str(_ORDINALS.index(mark["word"].lower()) + 1)
        if value == str(len(marks) + 1):
            marks.append(mark)
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)] if len(marks) > 1 else []


def _halves(text: str, joints: Iterable[re.Match[str]]) -> Iterator[tuple[str, str]]:
    for joint in joints:
        left, right = clean(text[: joint.start()]), clean(text[joint.end() :])
        if left and right:
            yield left, right


def _first(entry: tuple[float, re.Match[str]]) -> float:
    return entry[0]
