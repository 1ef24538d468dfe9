"""Finds two or three requests in one message: "Drohbrief im Kasten, und auf Facebook beschimpfen sie mich auch".

A message is divided at each joint in turn. How likely its halves are two requests is told by what they mean when judged
alone, by what the whole gives to both of their topics, and by what parts them; each half may itself be two. Names find
some of the others (``Intents``).

The weights are those of a logistic regression, ``python -m benchmarks.division``: left out in turn, it finds 446 of the
477 double questions of the sets whose halves mean two topics, and takes 49 of 5,135 others for two (30 November 2026).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.layout import FOLLOW_UP
from bot.matching.model import Candidate, Judgement, Model
from bot.reading.asking import interrogatives, may_ask, wanted
from bot.reading.names import Stance
from bot.reading.reader import Reading
from bot.signals import Signal
from bot.text import Utterance, clean
from bot.understanding.confidence import SURE

_CLEAR_ENOUGH = 0.8
"""Confidence that a clause needs which leans on what was spoken of."""
AS_TWO = 0.4
"""Chance from which two halves are two requests."""
_OF_BOTH = 0.8
"""Confidence that each half needs where only "beide" announces two: it may as well stand for two people."""
_MOST_JOINTS = 5
_MOST_PARTS = 3
_PROMISING, _MOST_TRIED = 0.35, 2
"""Chance at a glance from which halves are judged, and how many of the most likely are."""
_BIAS, _OF_WORD, _ANNOUNCED, _CONTRASTED = -3.82, -0.026, 4.11, -2.33
"""What speaks for two requests by itself, with each word, where the words announce them ("beides", "zwei Sachen: …"), and
where something is denied: "keine Mails, sondern Briefe" speaks of what is not wanted."""
_OF_LESS, _OF_MORE, _SUREST = 0.76, 0.65, 0.99
"""How much the log-odds of the less and of the more confident half count; no half counts as surer than this."""
_OF_FAINTER, FAINTEST = 0.47, 1e-4
"""How much the logarithm of what the whole gives to the less likely of their topics counts."""
_SENTENCES, _AND, _ALSO = -0.25, 2.11, 2.28
"""What a new sentence, an "und" or an "außerdem" between them count."""
_BOTH_SAY, _BOTH_ASK = 0.89, 2.20
"""What it counts if each half says what is wanted, and if each holds an interrogative: "wo melde ich …, wer berät …"."""
JOINING_TOO = frozenset(["sowie", "außerdem", "ausserdem", "plus", "u", "u.", "+", "&"])
SENTENCE_MARKS = frozenset(".?!:")
LONGEST = 60
"""Words beyond which a message is a story."""
_ORDINALS = ("erstens", "zweitens", "drittens", "viertens", "fünftens")
_NUMBER = re.compile(
    rf"(?<!\S)(?:(?P<digit>[1-9])\s?[.):]|(?P<word>{'|'.join(_ORDINALS)})\b[,:]?)\s", re.IGNORECASE
)
"""What begins an item of a list of wishes; only numbers that count up from one do."""
_JOINT = re.compile(
    r"(?:[,;]|(?<!\s))\s+(?P<word>und|sowie|außerdem|ausserdem|zweitens|dann|vs\.?|plus|u\.?|oder)\s+|[,;/]\s+|[.?!:]\s+|\s[+&–-]\s",
    re.IGNORECASE,
)
"""What may part two requests."""
_BETWEEN_CLAUSES = re.compile(r"[,;:.!?–—]+\s+")
"""What parts clauses of which one may lean on what was spoken of: a sign, however they go on."""
_TRACE_OF_LEANING = 0.1
"""Confidence that the whole must give to a follow-up of which one clause is one: "Stadtwerke, Telefonnummer" is none."""
_LONGEST_LEANING = 16
"""Words of a message of which one clause may lean on what was spoken of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an utterance that asks for ``topic``, what was made of it, and how likely it alone asks for that.

    ``leans``: it says so only after what was spoken of.
    """

    topic: str
    judgement: Judgement
    confidence: float
    leans: bool = False


class Divider:
    """Divides utterances by what ``model`` makes of their parts; only ``covered`` topics count.

    ``parts`` are the questions for a part of a contact card.
    """

    def __init__(self, model: Model, covered: Collection[str], parts: Collection[str]) -> None:
        self._model, self._covered, self._parts = model, frozenset(covered), frozenset(parts)

    def divide(self, judgement: Judgement, focus: str = "") -> list[Part]:
        """Return the two or three parts of an utterance in their order, or nothing if it is one request.

        A part may lean on ``focus``, the topic spoken of: "wo melde ich das, und wie schütze ich mein Haus".
        """
        reading = judgement.reading
        if len(reading.mended) > LONGEST:
            return []
        meant = {hit.topic for hit in reading.names if hit.stance is Stance.MEANT}
        # A half alone would not tell that its name is ruled out.
        left = self._covered - ({hit.topic for hit in reading.names} - meant)
        whole = {c.topic: c.confidence for c in judgement.candidates if c.topic in left}
        focus = focus if focus in whole else ""
        if focus:
            whole[focus] += judgement.confidence(FOLLOW_UP)
        if len(whole) < 2:
            return []
        several = reading.findings.has_signal(Signal.SEVERAL)
        announced = several or reading.findings.has_signal(Signal.BOTH)
        contrasted = reading.findings.has_signal(Signal.NEGATION, Signal.TURN)
        bias = _BIAS + _OF_WORD * len(reading.mended) + _ANNOUNCED * announced + _CONTRASTED * contrasted
        asked = _BOTH_SAY * (len(wanted(reading)) > 1) + _BOTH_ASK * (len(interrogatives(reading)) > 1)
        least = _OF_BOTH if announced and not several else 0.0
        return _Division(self._model, whole, focus, bias=bias, asked=asked, least=least).parts(reading)

    def numbered(self, reading: Reading) -> list[Part]:
        """Return the items of a numbered list that clearly mean a topic, each topic once."""
        if len(reading.mended) > LONGEST:
            return []
        found: dict[str, Part] = {}
        for item in filter(None, map(clean, _items(reading.utterance.text))):
            judgement = self._model.judge(Utterance.of(item))
            best = judgement.candidates[0]
            if best.topic in self._covered and best.confidence >= SURE:
                found.setdefault(best.topic, Part(best.topic, judgement, best.confidence))
        return list(found.values())

    def leaning(self, judgement: Judgement) -> Judgement | None:
        """Return the last clause, judged, if it asks how an offer spoken of is reached and the others ask nothing.

        "Mein Akku ist gleich leer, schnell die Mail!" asks "schnell die Mail!".
        """
        reading = judgement.reading
        clauses = [clause for clause in map(clean, _BETWEEN_CLAUSES.split(reading.utterance.text)) if clause]
        if len(reading.mended) > _LONGEST_LEANING or not 1 < len(clauses) <= _MOST_PARTS:
            return None
        if judgement.confidence(FOLLOW_UP) < _TRACE_OF_LEANING:
            return None
        *others, last = clauses
        asked = self._model.judge(Utterance.of(last))
        is_part = any(hit.id in self._parts for hit in asked.reading.findings.questions)
        if not is_part or asked.confidence(FOLLOW_UP) < _CLEAR_ENOUGH:
            return None
        if any(self._says_more(self._model.judge(Utterance.of(other))) for other in others):
            return None
        return asked

    def _says_more(self, judgement: Judgement) -> bool:
        """Return whether a clause asks something or means a topic."""
        best = judgement.candidates[0]
        return may_ask(judgement.reading) or (best.topic in self._covered and best.confidence >= SURE)


class _Division:
    """One utterance being divided into parts for topics to which the ``whole`` gives some confidence.

    ``focus`` is the one spoken of, which a part that leans on it asks for; nothing if none is. ``bias`` is what speaks for two requests before anything is divided, ``asked`` what may come to it if both halves ask,
    ``least`` the confidence that each half needs. What a stretch means is judged once, though several joints part it off.
    """

    def __init__(
        self,
        model: Model,
        whole: Mapping[str, float],
        focus: str,
        *,
        bias: float,
        asked: float,
        least: float,
    ) -> None:
        self._model, self._whole, self._focus = model, whole, focus
        self._bias, self._asked, self._least = bias, asked, least
        self._judged: dict[str, Judgement] = {}

    def parts(self, reading: Reading) -> list[Part]:
        """Return the parts of ``reading`` in their order, or nothing if it is one request."""
        likeliest: tuple[float, list[Part]] = 0.0, []
        for mark, left, right in self._promising(reading):
            first = self._part(self._judge(left))
            if first is None or not self._is_possible_behind(first, mark):
                continue
            second = self._part(self._judge(right))
            if second is None or second.leans or second.topic == first.topic:
                continue  # "…, die mit den Opfern spricht. Die Nummer, bitte" leans on what stands before it
            chance = self._chance(first, second, mark)
            if chance >= max(AS_TWO, likeliest[0]):
                likeliest = chance, [first, second]
        found: dict[str, Part] = {}
        for part in likeliest[1]:
            for smaller in self.parts(part.judgement.reading) or [part]:
                found.setdefault(smaller.topic, smaller)
        return list(found.values())[:_MOST_PARTS]

    def _is_possible(self, mark: str) -> bool:
        """Return whether halves that nobody doubts, parted by ``mark``, would be two requests."""
        fainter = sorted(self._whole.values())[-2]
        odds = self._odds(_SUREST, _SUREST, fainter)
        return _of_odds(odds + self._asked + _of_mark(mark)) >= AS_TWO

    def _is_possible_behind(self, first: Part, mark: str) -> bool:
        """Return whether a half that nobody doubts would be a request beside the ``first`` one."""
        other = max(weight for topic, weight in self._whole.items() if topic != first.topic)
        odds = self._odds(first.confidence, _SUREST, min(self._whole[first.topic], other))
        return _of_odds(odds + self._asked + _of_mark(mark)) >= AS_TWO

    def _chance(self, first: Part, second: Part, mark: str) -> float:
        """Return how likely two halves are two requests; ``mark`` is what parts them."""
        fainter = min(self._whole[first.topic], self._whole[second.topic])
        one, other = first.judgement.reading, second.judgement.reading
        odds = self._odds(first.confidence, second.confidence, fainter) + _of_mark(mark)
        odds += _BOTH_SAY * bool(wanted(one) and wanted(other))
        return _of_odds(odds + _BOTH_ASK * bool(interrogatives(one) and interrogatives(other)))

    def _odds(self, one: float, other: float, fainter: float) -> float:
        """Return the log-odds by the confidences of the halves, and of the whole in the less likely of their topics."""
        less, more = sorted(map(log_odds, (one, other)))
        return self._bias + _OF_LESS * less + _OF_MORE * more + _OF_FAINTER * math.log(fainter + FAINTEST)

    def _promising(self, reading: Reading) -> list[tuple[str, str, str]]:
        """Return the joints of an utterance with its halves, as far as they look at a glance as if they part two topics."""
        # Few messages are two requests, and what the whole gives to their topics tells it before anything is judged.
        joints = [joint for joint in joints_of(reading.utterance.text) if self._is_possible(_mark(joint))]
        if not joints:
            return []
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
            self._chance_at_a_glance(left, right, _mark(joint))
            for joint, left, right in zip(joints, glanced, glanced, strict=True)
        ]
        ranked = sorted(zip(chances, joints, strict=True), key=_first, reverse=True)[:_MOST_TRIED]
        joints = [joint for chance, joint in ranked if chance >= _PROMISING]
        return list(halves_at(reading.utterance.text, joints))

    def _chance_at_a_glance(self, left: Candidate, right: Candidate, mark: str) -> float:
        one, other = self._meant(left.topic), self._meant(right.topic)
        if one == other or not {one, other} <= self._whole.keys():
            return 0.0
        fainter = min(self._whole[one], self._whole[other])
        return _of_odds(self._odds(left.confidence, right.confidence, fainter) + _of_mark(mark) + self._asked)

    def _part(self, judgement: Judgement) -> Part | None:
        best = judgement.candidates[0]
        topic = self._meant(best.topic)
        leans = topic != best.topic
        reading = judgement.reading
        is_clear = topic in self._whole and best.confidence >= self._least
        is_request = (
            not leans or may_ask(reading) or wanted(reading)
        )  # not the "besetzt" of "besetzt, dann lieber die ZMI"
        return Part(topic, judgement, best.confidence, leans) if is_clear and is_request else None

    def _meant(self, topic: str) -> str:
        """Return the topic spoken of where one asks for something of it."""
        return self._focus if topic == FOLLOW_UP and self._focus else topic

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


def halves_at(text: str, joints: Iterable[re.Match[str]]) -> Iterator[tuple[str, str, str]]:
    """Return each of the joints in lower case, and what stands before and behind it."""
    for joint in joints:
        left, right = clean(text[: joint.start()]), clean(text[joint.end() :])
        if left and right:
            yield _mark(joint), left, right


def joints_of(text: str) -> list[re.Match[str]]:
    """Return the places at which a cleaned text may be divided, the first few of them."""
    return list(_JOINT.finditer(text))[:_MOST_JOINTS]


def _mark(joint: re.Match[str]) -> str:
    """Return what parts two halves: a word in lower case or a sign."""
    return (joint["word"] or joint.group()).strip().lower()


def _of_mark(mark: str) -> float:
    return _SENTENCES * (mark in SENTENCE_MARKS) + _AND * (mark == "und") + _ALSO * (mark in JOINING_TOO)


def log_odds(confidence: float) -> float:
    """Return the log-odds of a confidence; no half counts as surer than ``_SUREST``."""
    bounded = min(max(confidence, 1 - _SUREST), _SUREST)
    return math.log(bounded / (1 - bounded))


def _of_odds(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _first(entry: tuple[float, re.Match[str]]) -> float:
    return entry[0]
