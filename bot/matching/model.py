"""Judges utterances by what was learned from one content.

Judging never raises and never decides: it returns probabilities and the
evidence; the dialogue decides.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from bot.knowledge import Knowledge
from bot.layout import ALARM, FOLLOW_UP, NONE
from bot.matching import features, learning, linear, stretches
from bot.matching.kin import Kin
from bot.matching.learning import ASPECTS, SECTION_BITS, Learned
from bot.matching.rows import Floats, Rows
from bot.matching.stretches import Spread, Stretch
from bot.matching.weighing import Weighed
from bot.matching.wordset import WordSet
from bot.reading.reader import Reader, Reading
from bot.reply import Aspect
from bot.text import Utterance, clean

SHARPENED = np.float32(1.58)
"""By how much margins are clearer once the held-out lines were learned too.

Chosen on the labelled questions: with 1.2 the bot asks back more often (0.6 points fewer in scope),
with 1.75 it answers more foreign ones (0.3 points).
"""
VERBATIM = 0.9
"""Confidence that a class gets for a line of its own: what an editor writes down is understood like that."""
UNCLAIMED = -0.7
"""Margin of the silent rival (see ``_chances``), chosen on held-out lines."""


class Candidate(NamedTuple):
    """A topic with the probability, 0 to 1, that it is meant."""

    topic: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an utterance may mean. ``candidates`` are sorted, best first, and sum to 1."""

    reading: Reading
    candidates: tuple[Candidate, ...]
    alarms: Mapping[str, float]
    aspects: Mapping[Aspect, float]
    row: Rows = field(repr=False)

    def confidence(self, topic: str) -> float:
        """Return the probability of ``topic``; 0 for one that is not known."""
        return next((c.confidence for c in self.candidates if c.topic == topic), 0.0)

    @property
    def danger(self) -> float:
        """The probability that somebody is in danger or despair now."""
        return sum(self.alarms.values())

    def calm(self, *, is_asked: bool) -> Judgement:
        """Return the same where what sounds like danger is none, but asks on (``is_asked``); ``danger`` stays what it is."""
        carried = self.confidence(FOLLOW_UP) + (self.confidence(ALARM) if is_asked else 0.0)
        others = [c for c in self.candidates if c.topic not in (ALARM, FOLLOW_UP)]
        return replace(self, candidates=_ranked([*others, Candidate(FOLLOW_UP, carried)]))

    def likelier(self, topic: str, times: float) -> Judgement:
        """Return the same with ``topic`` so many times likelier beside each of the others."""
        weights = [
            Candidate(c.topic, c.confidence * (times if c.topic == topic else 1.0)) for c in self.candidates
        ]
        return replace(self, candidates=_ranked(weights))

    def foreign(self) -> Judgement:
        """Return the same where what sounds like a follow-up is put of something else."""
        carried = self.confidence(NONE) + self.confidence(FOLLOW_UP)
        others = [c for c in self.candidates if c.topic not in (NONE, FOLLOW_UP)]
        return replace(self, candidates=_ranked([*others, Candidate(NONE, carried)]))


class Model:
    """Judges utterances by what was learned from one content."""

    def __init__(self, knowledge: Knowledge, learned: Learned) -> None:
        self.learned = learned
        known, seen = WordSet(learned.known_words), WordSet(learned.seen_words)
        self._reader = Reader(knowledge, known, known, learned.frequent_words.split(), seen)
        kin = Kin(learned.kin_words.split()).counted if learned.kin_words else None
        self._extractor = features.Extractor(learned.used, learned.rarity, known, kin)
        self._topics = tuple(name.partition(".")[0] for name in learned.classes)
        self._kinds = tuple(
            (number, name.partition(".")[2])
            for number, name in enumerate(learned.classes)
            if name.startswith(f"{ALARM}.")
        )
        self._sections = _grouped(learned.sections)
        self._line_sums = array("Q", learned.line_sums.tolist())
        self.lexicon = self._reader.lexicon

    @classmethod
    def fit(cls, knowledge: Knowledge) -> Model:
        """Learn from ``knowledge.lines``; see ``learning`` for the parts and their time."""
        return cls(knowledge, learning.learn(learning.study(knowledge)))

    def read(self, utterance: Utterance) -> Reading:
        """Return what the words of ``utterance`` hit."""
        return self._reader.read(utterance)

    def judge(self, utterance: Utterance) -> Judgement:
        """Return what ``utterance`` means by itself."""
        return self.judge_reading(self._reader.read(utterance))

    def judge_reading(self, reading: Reading) -> Judgement:
        """Return what an utterance that was read means by itself."""
        learned = self.learned
        row = self._row(reading)
        margin = self._margins(row)
        count = len(learned.classes)
        chances = _chances(learned, margin[:count])
        if (own := self._class_of_line(reading)) is not None:
            chances = [chance * (1 - VERBATIM) for chance in chances]
            chances[own] += VERBATIM
        sides = linear.shares((learned.aspect_slope * margin[count:]).tolist())
        return Judgement(
            reading,
            _candidates(self._topics, chances),
            {kind: chances[number] for number, kind in self._kinds},
            dict(zip(ASPECTS, sides, strict=True)),
            row,
        )

    def likeliest(self, rows: Rows) -> list[Candidate]:
        """Return the best candidate of each of many counted ``rows`` (see ``learning.study``)."""
        learned = self.learned
        weighed = Weighed(rows, learned.used, learned.rarity).all()
        margins = linear.margins(weighed, learned.weights, learned.bias, learned.weight_unit)[
            :, : len(learned.classes)
        ]
        return [_candidates(self._topics, _chances(learned, margin))[0] for margin in margins]

    def strongest(self, reading: Reading) -> Stretch:
        """Return where in ``reading`` danger stands out most, and how likely it is there."""
        learned, count = self.learned, len(self.learned.classes)
        kinds = [number for number, _ in self._kinds]
        bias = learned.bias[:count]
        spread, words = self._spread(reading), len(reading.mended)
        return stretches.strongest(spread, words, lambda margins: _odds(learned, margins + bias, kinds))

    def glanced(self, reading: Reading, begin: Sequence[int], end: Sequence[int]) -> list[Candidate]:
        """Return roughly the best candidate of each stretch of words of ``reading`` from ``begin`` to ``end``.

        All of them together take as long as to ``judge`` one; see ``stretches`` for the differences.
        """
        margins = stretches.margins(
            self._spread(reading), len(reading.mended), np.array(begin), np.array(end)
        )
        margins += self.learned.bias[: len(self.learned.classes)]
        return [_candidates(self._topics, _chances(self.learned, margin))[0] for margin in margins]

    def _spread(self, reading: Reading) -> Spread:
        learned, count = self.learned, len(self.learned.classes)
        places, numbers, values = self._extractor.placed(reading.mended, reading.placed_features)
        unit = learned.weight_unit[:count]
        is_strange = numbers == len(learned.used)
        shares = learned.weights[numbers, :count] * (values[:, None] * unit)
        shares[is_strange] = 0
        strange = learned.weights[len(learned.used), :count] * unit
        return Spread(places, values, shares, is_strange, strange)

    def _class_of_line(self, reading: Reading) -> int | None:
        """Return the number of the class in which the utterance stands word for word, if it does."""
        wanted = learning.verbatim(reading.utterance.folded)
        place = bisect_left(self._line_sums, wanted)
        if place == len(self._line_sums) or self._line_sums[place] != wanted:
            return None
        return int(self.learned.line_classes[place])

    def _margins(self, row: Rows) -> Floats:
        learned = self.learned
        margin: Floats = linear.margins(row, learned.weights, learned.bias, learned.weight_unit)[0]
        return margin

    def _row(self, reading: Reading) -> Rows:
        return self._extractor.row(reading.written, reading.named_features)

    def section(self, topic: str, judgement: Judgement) -> str | None:
        """Return the section of ``topic`` that the utterance is closest to."""
        columns = self._sections.get(topic)
        if not columns:
            return None
        places, values = judgement.row.row(0)
        weights = self.learned.section_weights[places & ((1 << SECTION_BITS) - 1)]
        margin = (values @ weights.astype(np.float32)) * self.learned.section_unit
        margin += self.learned.section_bias
        best = max(columns, key=lambda column: float(margin[column]))
        return self.learned.sections[best].partition(".")[2]

    def contributions(self, judgement: Judgement, topic: str) -> list[tuple[str, float]]:
        """Return how much each word speaks for ``topic``, in margin units, strongest first.

        A word is left out and the text judged again; the difference is its share.
        """
        column = [n for n, c in enumerate(self.learned.classes) if c.partition(".")[0] == topic]
        if not column:
            return []
        whole = self._margins(judgement.row)[column].max()
        shares = []
        text = judgement.reading.utterance.text
        for word in judgement.reading.utterance.words:
            without = clean(text[: word.start] + " " + text[word.end :])
            rest = self._reader.read(Utterance.of(without))
            row = self._row(rest)
            margin = self._margins(row)[column].max()
            shares.append((text[word.start : word.end], float(whole - margin)))
        return sorted(shares, key=lambda share: -abs(share[1]))


def _chances(learned: Learned, margin: Floats) -> list[float]:
    """Return the probabilities of the classes; what no class claims is foreign.

    Without the silent rival of a fixed margin, a text of unknown words would be
    shared out among classes that all reject it, the loudest one first.
    """
    powers = (SHARPENED * learned.slope * margin).tolist()
    powers.append(float(SHARPENED * learned.slope * UNCLAIMED))
    *chances, nobody = linear.shares(powers)
    chances[learned.classes.index(NONE)] += nobody
    return chances


def _odds(learned: Learned, margins: Floats, columns: Sequence[int]) -> Floats:
    """Return the log-odds of the classes ``columns`` together for each row of ``margins``."""
    powers = np.exp(SHARPENED * learned.slope * margins)
    is_wanted = np.zeros(powers.shape[1], dtype=np.float32)
    is_wanted[columns] = 1
    odds: Floats = np.log(powers @ is_wanted) - np.log(
        powers @ (1 - is_wanted) + np.exp(SHARPENED * learned.slope * UNCLAIMED)
    )
    return odds


def _ranked(weights: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates that sum to 1, best first."""
    total = sum(weight.confidence for weight in weights) or 1.0
    ranked = sorted(weights, key=lambda weight: -weight.confidence)
    return tuple(Candidate(weight.topic, weight.confidence / total) for weight in ranked)


def _chance(entry: tuple[str, float]) -> float:
    return entry[1]


def _candidates(topics: Sequence[str], chances: Sequence[float]) -> tuple[Candidate, ...]:
    total: dict[str, float] = {}
    for topic, chance in zip(topics, chances, strict=True):
        total[topic] = total.get(topic, 0.0) + chance
    return tuple(map(Candidate, *zip(*sorted(total.items(), key=_chance, reverse=True), strict=True)))


def _grouped(sections: Sequence[str]) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(sections):
        groups.setdefault(name.partition(".")[0], []).append(number)
    return groups
