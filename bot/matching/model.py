"""Everything that is learned from one content, and the judging of an utterance by it.

Fitting takes the example lines, learns one linear classifier for topic, kind
of emergency and aspect together, and a small one for the sections of topics
such as ``bot`` and ``smalltalk``. Judging never raises and never decides: it
returns probabilities and the evidence; the dialogue decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bot.check import ALARMS
from bot.knowledge import Knowledge, Line
from bot.matching import features, linear
from bot.matching.features import Floats, Rows
from bot.matching.names import NameHit, Names
from bot.matching.patterns import Hit, Patterns
from bot.matching.spelling import Spelling
from bot.reply import Aspect
from bot.text import Word, clean, fold_word, words

COST = 1.0
EPOCHS_BEFORE_CALIBRATION = 2
EPOCHS_AFTER = 2
SHARPENED = np.float32(1.4)
"""By how much margins are clearer once the held-out lines were learned too.

Of 1, 1.25 … 2.5 about the best in log loss on the single labelled questions.
"""
NAMED_WEIGHT = np.float32(1.8)
"""How much more a named feature weighs than a piece of a word of the same rarity."""
SCARCE = 200
"""Lines of a class below which every feature of them counts (see ``features.places_in_use``).

Leaving out what occurs once costs nothing measurable on the labelled questions
with the shipped content, learns a quarter faster and makes the model 60 % smaller.
"""
HELD_OUT = 10
"""Every tenth line calibrates the probabilities before it is learned from."""
UNCLAIMED = -0.7
"""Margin of the silent rival (see ``_chances``), chosen on held-out lines."""
SECTION_BITS = 15
NONE, FOLLOW_UP, ALARM = "none", "follow_up", "notruf"
ASPECTS = tuple(Aspect)
_SHORTEST_STORY = 5
"""Words beyond which "eine Mail" is something that came rather than something that is wanted."""
_LONG = 12
"""Letters from which a word of a question may differ in two from its misspelling."""
_SENTENCE_ENDS = frozenset(".:;\n")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic with the probability, 0 to 1, that it is meant."""

    topic: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance as the matcher reads it: words with names and questions mended, and what they hit.

    ``last_start`` is the place of the first word of the last sentence; 0 if there is only one.
    """

    text: str
    words: tuple[Word, ...]
    mended: tuple[str, ...]
    names: tuple[NameHit, ...]
    questions: tuple[Hit, ...]
    concepts: tuple[Hit, ...]
    last_start: int

    @property
    def named_features(self) -> list[str]:
        """The names of what was found, each once."""
        named = [f"name:{hit.topic}:{hit.stance}" for hit in self.names]
        asked = [f"ask:{hit.id}" for hit in self.questions]
        meant = [f"concept:{hit.id}" for hit in self.concepts]
        ends = [features.END + word for word in self.last_sentence]
        return [*dict.fromkeys([*named, *asked, *meant, *ends])]

    @property
    def written(self) -> list[str]:
        """The folded words, names mended, without the empty places."""
        return [word for word in self.mended if word]

    @property
    def last_sentence(self) -> list[str]:
        """The words of the last of several sentences: there people usually ask.

        Empty for a single sentence, of which every word counts anyway.
        """
        start = self.last_start
        return [word for word in self.mended[start:] if word and word not in "?!"] if start else []


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


@dataclass(frozen=True, slots=True)
class Learned:
    """The numbers behind a model: what a cache keeps.

    ``classes`` are topics and ``notruf.<kind>``; the columns of ``weights``
    are the classes, then the three aspects; its rows are the features of ``used``
    (see ``features.numbered``) and the stranger. ``sections`` are ``topic.section``.
    """

    classes: tuple[str, ...]
    sections: tuple[str, ...]
    used: NDArray[np.int32]
    rarity: NDArray[np.floating]
    weights: NDArray[np.floating]
    bias: Floats
    calibration: Floats
    aspect_calibration: Floats
    section_weights: NDArray[np.floating]
    section_bias: Floats
    known_words: str


class Model:
    """Judges utterances by what was learned from one content."""

    def __init__(self, knowledge: Knowledge, learned: Learned) -> None:
        known = frozenset(learned.known_words.split())
        self._reader = Reader(knowledge, known, known)
        self._extractor = features.Extractor(learned.used, learned.rarity, known)
        self._topics = tuple(name.partition(".")[0] for name in learned.classes)
        self._kinds = tuple(
            (number, name.partition(".")[2])
            for number, name in enumerate(learned.classes)
            if name.startswith(f"{ALARM}.")
        )
        self._sections = _grouped(learned.sections)
        self.learned = learned
        self.known_words = known

    @classmethod
    def fit(cls, knowledge: Knowledge) -> Model:
        """Learn from ``knowledge.lines``; about three seconds for 20,000 lines."""
        texts = [clean(line.text) for line in knowledge.lines]
        found = [words(text) for text in texts]
        known = _known_words(knowledge.lines, found)
        reader = Reader(knowledge, known, {word.folded for of in found for word in of})
        readings = [reader.read(text, of) for text, of in zip(texts, found, strict=True)]
        place_of = cache(features.name_place)
        named = [[place_of(name) for name in reading.named_features] for reading in readings]
        counted = features.extract([reading.written for reading in readings], named)
        used = features.places_in_use(counted, _scarce(knowledge.lines))
        counted = features.numbered(counted, used)
        rarity = _emphasised(features.rarity(counted, len(used)), used, named)
        rows = features.weigh(counted, rarity)
        return cls(knowledge, _learn(knowledge.lines, rows, used, rarity, " ".join(sorted(known))))

    def read(self, text: str) -> Reading:
        """Return the words of a cleaned ``text`` and what they hit."""
        return self._reader.read(text)

    def judge(self, text: str, found: Sequence[Word] | None = None) -> Judgement:
        """Judge a cleaned ``text``; ``found`` are its words if they are known already."""
        learned = self.learned
        reading = self._reader.read(text, found)
        row = self._row(reading)
        margin = linear.margins(row, learned.weights, learned.bias)[0]
        count = len(learned.classes)
        chances = _chances(learned, margin[:count])
        slope, offset = learned.aspect_calibration
        sides = linear.shares((slope * margin[count:] + offset).tolist())
        return Judgement(
            reading,
            _candidates(self._topics, chances),
            {kind: chances[number] for number, kind in self._kinds},
            dict(zip(ASPECTS, sides, strict=True)),
            row,
        )

    def _row(self, reading: Reading) -> Rows:
        return self._extractor.row(reading.written, reading.named_features)

    def section(self, topic: str, judgement: Judgement) -> str | None:
        """Return the section of ``topic`` that the utterance is closest to."""
        columns = self._sections.get(topic)
        if not columns:
            return None
        places, values = judgement.row.row(0)
        weights = self.learned.section_weights[places & ((1 << SECTION_BITS) - 1)]
        margin = values @ weights.astype(np.float32) + self.learned.section_bias
        best = max(columns, key=lambda column: float(margin[column]))
        return self.learned.sections[best].partition(".")[2]

    def contributions(self, judgement: Judgement, topic: str) -> list[tuple[str, float]]:
        """Return how much each word speaks for ``topic``, in margin units, strongest first.

        A word is left out and the text judged again; the difference is its share.
        """
        reading = judgement.reading
        column = [n for n, c in enumerate(self.learned.classes) if c.partition(".")[0] == topic]
        if not column:
            return []
        whole = linear.margins(judgement.row, self.learned.weights, self.learned.bias)[0][column].max()
        shares = []
        for word in reading.words:
            without = clean(reading.text[: word.start] + " " + reading.text[word.end :])
            rest = self._reader.read(without)
            row = self._row(rest)
            margin = linear.margins(row, self.learned.weights, self.learned.bias)[0][column].max()
            shares.append((reading.text[word.start : word.end], float(whole - margin)))
        return sorted(shares, key=lambda share: -abs(share[1]))


class Reader:
    """Finds words, names, questions and concepts in a cleaned text.

    ``ordinary`` words are never misspelt names; what words in ``known`` mean is remembered.
    """

    def __init__(self, knowledge: Knowledge, ordinary: Container[str], known: Container[str]) -> None:
        vocabulary = knowledge.vocabulary
        self._names = Names(
            {topic.id: topic.names for topic in knowledge.topics.values()},
            vocabulary.signals,
            ordinary,
            known,
        )
        self._questions = Patterns({question.id: question.ask for question in vocabulary.questions}, known)
        self._concepts = Patterns(vocabulary.concepts, known)
        self._ordinary = ordinary
        asked = [*vocabulary.aspects.values(), *(question.ask for question in vocabulary.questions)]
        single = {fold_word(text) for texts in asked for text in texts if text.isalpha()}
        self._spelling = Spelling(sorted(single), _allowed)
        self._parts = frozenset(question.id for question in vocabulary.questions if question.part)
        self._manner = Patterns({"manner": vocabulary.signals["manner"]}, known)

    def read(self, text: str, found: Sequence[Word] | None = None) -> Reading:
        """Read a cleaned ``text``; ``found`` are its words if they are known already."""
        found = tuple(words(text) if found is None else found)
        names = tuple(self._names.find(text, found))
        mended = [word.folded for word in found]
        for hit in names:
            if not hit.exact:
                # Words joined into a name leave empty places, so that places still fit the words.
                mended[hit.start : hit.end] = [hit.name] + [""] * (hit.end - hit.start - 1)
        named = {place for hit in names for place in range(hit.start, hit.end)}
        for place, word in enumerate(mended):
            if place not in named and word not in self._ordinary:
                mended[place] = self._spelling.same_sound(word) or self._spelling.closest(word) or word
        return Reading(
            text,
            found,
            tuple(mended),
            names,
            tuple(hit for hit in self._questions.find(mended) if not self._is_manner(hit, mended)),
            tuple(self._concepts.find(mended)),
            last_start(text, found),
        )

    def _is_manner(self, hit: Hit, mended: Sequence[str]) -> bool:
        """Return whether a channel is only named as the way: "per Mail beleidigt"."""
        if hit.id not in self._parts or not hit.start or len(mended) <= _SHORTEST_STORY:
            return False
        return bool(self._manner.of_word(mended[hit.start - 1]))


def _allowed(word: str, misspelt: str) -> int:
    """Return in how many letters a misspelt word of a question may differ: "nummr", "anschirft"."""
    return 0 if word[0] != misspelt[0] else 1 if len(word) < _LONG else 2


def last_start(text: str, found: Sequence[Word]) -> int:
    """Return the place of the first word of the last sentence; 0 if there is only one."""
    for place in range(len(found) - 1, 0, -1):
        left, right = found[place - 1], found[place]
        gap = text[left.end : right.start]
        # Nearly all words are parted by one space.
        if left.folded in "?!" or (gap != " " and not _SENTENCE_ENDS.isdisjoint(gap)):
            return place
    return 0


def _emphasised(rarity: Floats, used: NDArray[np.int32], named: Sequence[Sequence[int]]) -> Floats:
    """Return ``rarity`` with the named features weighing more: there are few of them in a text."""
    is_named = np.zeros(1 << features.BITS, dtype=np.bool_)
    is_named[[place for row in named for place in row]] = True
    rarity[: len(used)][is_named[used]] *= NAMED_WEIGHT
    return rarity


def _scarce(lines: Sequence[Line]) -> NDArray[np.bool_]:
    """Return which lines belong to a class with few of them."""
    classes = [_class_of(line) for line in lines]
    count = Counter(classes)
    return np.array([count[name] < SCARCE for name in classes])


def _class_of(line: Line) -> str:
    if line.topic == ALARM:
        return f"{ALARM}.{line.section if line.section in ALARMS else ALARMS[0]}"
    return line.topic


def _known_words(lines: Sequence[Line], found: Sequence[Sequence[Word]]) -> frozenset[str]:
    """Return the ordinary words: seen in two topics or a foreign line.

    A word of one topic only may be a misspelt name that the lines contain on purpose.
    """
    topic_of: dict[str, str] = {}
    ordinary: set[str] = set()
    for line, of in zip(lines, found, strict=True):
        topic = line.topic
        for word in of:
            if topic == NONE or topic_of.setdefault(word.folded, topic) != topic:
                ordinary.add(word.folded)
    return frozenset(ordinary)


def _learn(lines: Sequence[Line], rows: Rows, used: NDArray[np.int32], rarity: Floats, known: str) -> Learned:
    classes = tuple(dict.fromkeys(_class_of(line) for line in lines))
    column = {name: number for number, name in enumerate(classes)}
    right = np.array([column[_class_of(line)] for line in lines], dtype=np.int64)
    targets = np.full((len(lines), len(classes) + len(ASPECTS)), -1, dtype=np.float32)
    targets[np.arange(len(lines)), right] = 1
    aspects = np.array(
        [ASPECTS.index(Aspect(line.section)) if line.section in set(Aspect) else -1 for line in lines]
    )
    targets[aspects < 0, len(classes) :] = 0
    with_aspect = np.flatnonzero(aspects >= 0)
    targets[with_aspect, len(classes) + aspects[with_aspect]] = 1

    every = np.arange(len(lines), dtype=np.int64)
    held_out = every % HELD_OUT == 0
    fitting = linear.Fitting(rows, targets, COST, len(rarity))
    for _ in range(EPOCHS_BEFORE_CALIBRATION):
        fitting.epoch(every[~held_out])
    unseen = linear.margins(_select(rows, every[held_out]), fitting.weights, fitting.bias)
    calibration = linear.calibrate(unseen[:, : len(classes)], right[held_out])
    sided = aspects[held_out] >= 0
    aspect_calibration = linear.calibrate(unseen[sided][:, len(classes) :], aspects[held_out][sided])
    for _ in range(EPOCHS_AFTER):
        fitting.epoch(every)
    sections, section_weights, section_bias = _learn_sections(lines, rows)
    return Learned(
        classes=classes,
        sections=sections,
        used=used,
        rarity=rarity,
        weights=fitting.weights.astype(np.float16),
        bias=fitting.bias,
        calibration=calibration,
        aspect_calibration=aspect_calibration,
        section_weights=section_weights.astype(np.float16),
        section_bias=section_bias,
        known_words=known,
    )


def _learn_sections(lines: Sequence[Line], rows: Rows) -> tuple[tuple[str, ...], Floats, Floats]:
    """Learn the sections of the topics whose lines have other sections than the aspects."""
    plain = {*Aspect}
    about = np.array(
        [n for n, line in enumerate(lines) if line.topic not in (NONE, ALARM) and line.section not in plain],
        dtype=np.int64,
    )
    names = tuple(dict.fromkeys(f"{lines[n].topic}.{lines[n].section}" for n in about))
    if not names:
        empty = np.zeros((1 << SECTION_BITS, 1), dtype=np.float32)
        return (), empty, np.zeros(1, dtype=np.float32)
    column = {name: number for number, name in enumerate(names)}
    targets = np.full((len(about), len(names)), -1, dtype=np.float32)
    for number, n in enumerate(about):
        targets[number, column[f"{lines[n].topic}.{lines[n].section}"]] = 1
    some = _select(rows, about)
    small = replace(some, places=some.places & ((1 << SECTION_BITS) - 1))
    fitting = linear.Fitting(small, targets, COST, 1 << SECTION_BITS)
    for _ in range(4):
        fitting.epoch(np.arange(len(about), dtype=np.int64))
    return names, fitting.weights, fitting.bias


def _select(rows: Rows, numbers: NDArray[np.int64]) -> Rows:
    lengths = np.diff(rows.starts)[numbers]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    index = np.repeat(rows.starts[numbers] - starts[:-1], lengths) + np.arange(starts[-1])
    return Rows(starts, rows.places[index], rows.values[index])


def _chances(learned: Learned, margin: Floats) -> list[float]:
    """Return the probabilities of the classes; what no class claims is foreign.

    Without the silent rival of a fixed margin, a text of unknown words would be
    shared out among classes that all reject it, the loudest one first.
    """
    slope, offset = learned.calibration
    powers = (SHARPENED * (slope * margin + offset)).tolist()
    powers.append(float(SHARPENED * slope[0] * UNCLAIMED))
    *chances, nobody = linear.shares(powers)
    chances[learned.classes.index(NONE)] += nobody
    return chances


def _candidates(topics: Sequence[str], chances: Sequence[float]) -> tuple[Candidate, ...]:
    total: dict[str, float] = {}
    for topic, chance in zip(topics, chances, strict=True):
        total[topic] = total.get(topic, 0.0) + chance
    ordered = sorted(total.items(), key=lambda item: -item[1])
    return tuple(Candidate(topic, chance) for topic, chance in ordered)


def _grouped(sections: Sequence[str]) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(sections):
        groups.setdefault(name.partition(".")[0], []).append(number)
    return groups
