"""Learns one linear classifier for topic, kind of emergency and aspect from the lines of a content.

``study`` turns the lines into features, ``learn`` fits the classifier and the
small one for the sections of topics such as ``bot`` and ``smalltalk``.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.knowledge import Knowledge, Line
from bot.layout import ALARM, ALARMS, DESPAIR, NONE, WORRY, learned_as
from bot.matching import features, linear, order, places, related, weighing
from bot.matching.blocks import Blocks
from bot.matching.halves import Halfway, in_halves
from bot.matching.kin import Kin
from bot.matching.order import Numbers
from bot.matching.rows import Floats, Places, Rows, joined
from bot.matching.weighing import Weighed
from bot.matching.wordset import Sums, sum_of, sums_of
from bot.reading.reader import Reader
from bot.reply import Aspect
from bot.text import clean, folded_words, spoken

COST = 1.0
EPOCHS, LAST_QUARTERS = 2, 5
"""Epochs over all lines, in quarters, after one over half of them and one over nine tenths, which
lets the rest calibrate. The weights are the mean of those after each of the last quarters.

Each quarter ends a little differently, with the order in which it meets the lines. Of the mean of two whole
epochs the shares differ by 0.2 to 0.7 points between orders, of this mean by 0.1 to 0.2, and 0.4 points more
are found in scope. With one epoch less, 0.4 points fewer; with six more, 0.2 more.
"""
NAMED_WEIGHT = np.float32(1.4)
"""How much more a named feature weighs than a piece of a word of the same rarity."""
SCARCE = 200
"""Lines of a class below which every feature of them counts (see ``weighing.in_use``).

Leaving out what occurs once costs nothing measurable on the labelled questions
with the shipped content, learns a quarter faster and makes the model 60 % smaller.
"""
FREQUENT = 20
"""Lines from which a word is so frequent that a slip of one letter means it."""
SECTION_BITS = 15
_IN_SEVERAL = -1
ASPECTS = tuple(Aspect)
_Words = tuple[Mapping[str, str], Counter[str]]
_Sections = tuple[tuple[str, ...], Floats, Floats]
_LineSums = tuple[Sums, NDArray[np.uint16]]
_Small = tuple[_Sections, _LineSums, Sums, Sums]
_Fit = tuple[Floats, Floats, Floats]
_Part = tuple[Rows, list[list[int]], list[int]]


@dataclass(frozen=True, slots=True)
class Study:
    """The lines of a content as counted features, before anything is learned from them.

    ``rows`` has the places of each line, ``named`` those of its named features again, ``sums`` its ``verbatim``,
    ``known_words`` are the ordinary words (see ``_words_in``), ``seen_words`` all of them
    with how often they occur.
    """

    lines: tuple[Line, ...]
    rows: Rows
    named: Sequence[Sequence[int]]
    sums: Sequence[int]
    known_words: frozenset[str]
    seen_words: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learned:
    """The numbers behind a model: what a cache keeps.

    ``classes`` are topics and ``notruf.<kind>``; the columns of ``weights``
    are the classes, then the three aspects, in ``weight_unit`` (see ``linear.packed``);
    its rows are the features of ``used`` (see ``weighing.Weighed``) and the stranger.
    ``slope`` turns the margins of the classes into log-probabilities, ``aspect_slope`` those of the aspects.
    ``sections`` are ``topic.section``.
    ``frequent_words``, parted by spaces, are looked for behind slips; ``seen_words``, all words of
    the content, are none; ``known_words`` are the ordinary ones (both as ``wordset.sums_of``).
    ``kin_words``, parted by spaces, are those that others may be kin of (see ``kin``): none for broad topics.
    ``line_sums``, sorted, are those of the lines themselves (see ``verbatim``), ``line_classes``
    the numbers of their classes.
    """

    classes: tuple[str, ...]
    sections: tuple[str, ...]
    used: NDArray[np.int32]
    rarity: NDArray[np.floating]
    weights: NDArray[np.int8]
    weight_unit: Floats
    bias: Floats
    slope: float
    aspect_slope: float
    section_weights: NDArray[np.int8]
    section_unit: Floats
    section_bias: Floats
    known_words: Sums
    frequent_words: str
    kin_words: str
    seen_words: Sums
    line_sums: Sums
    line_classes: NDArray[np.uint16]


def study(knowledge: Knowledge) -> Study:
    """Read all lines of ``knowledge``; about three seconds for 60,000, in two processes."""
    lines = tuple(knowledge.lines)
    place_of = cache(places.name_place)
    narrow = _are_narrow([_class_of(line) for line in lines])
    known: frozenset[str] = frozenset()  # of all lines: both processes find them out
    seen: Mapping[str, int] = {}

    def read(start: int, end: int) -> Halfway[_Words, _Part]:
        nonlocal known, seen
        texts = [clean(line.text) for line in lines[start:end]]
        folded = folded_words(texts)
        here = _words_in(lines[start:end], folded)
        known, seen = _merged(*(yield here))
        reader = Reader(knowledge, known, seen)
        reader.prepare([*here[1]])
        written, named = [], []
        for text, of in zip(texts, folded, strict=True):
            words, names = reader.features_of(text, of)
            written.append(words)
            named.append([place_of(name) for name in names])
        rows = features.extract(written, named)
        if narrow:
            rows = Kin(seen).added(rows, written)
        return rows, named, [verbatim(of) for of in folded]

    with uncollected():
        parts = in_halves(read, [len(line.text) for line in lines])
        (rows, named, sums), (more_rows, more_named, more_sums) = parts
        all_rows = joined([rows, more_rows])
        return Study(lines, all_rows, [*named, *more_named], [*sums, *more_sums], known, seen)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from visiting a million objects again and again: a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def learn(studied: Study) -> Learned:
    """Fit the classifiers; about two seconds for 60,000 lines. A copy of this process lays half of the blocks out and does the small parts."""
    names = [_class_of(line) for line in studied.lines]
    used, rarity = weighing.in_use(studied.rows, _scarce(names))
    if _are_narrow(names):
        rarity = related.emphasised(rarity, used)
    rarity = _emphasised(rarity, used, studied.named)
    rows = Weighed(studied.rows, used, rarity)
    return _learn(studied, names, rows, used, rarity)


def _emphasised(rarity: Floats, used: NDArray[np.int32], named: Sequence[Sequence[int]]) -> Floats:
    """Return ``rarity`` with the named features weighing more: there are few of them in a text."""
    is_named = np.zeros(1 << places.BITS, dtype=np.bool_)
    is_named[[place for row in named for place in row]] = True
    emphasised = rarity.copy()
    emphasised[: len(used)][is_named[used]] *= NAMED_WEIGHT
    return emphasised


def _scarce(names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which lines, by the names of their classes, belong to one with few of them."""
    count = Counter(names)
    return np.array([count[name] < SCARCE for name in names], dtype=np.bool_)


def _are_narrow(names: Sequence[str]) -> bool:
    """Return whether lines of these classes are few of many each (see ``related``)."""
    return related.are_narrow(len(names), len(set(names)))


def _class_of(line: Line) -> str:
    if line.topic == ALARM:
        kind = learned_as(line.section)
        return f"{ALARM}.{kind if kind in ALARMS else ALARMS[0]}"
    return line.topic


def _words_in(lines: Sequence[Line], folded: Sequence[Sequence[str]]) -> _Words:
    """Return the topic of each folded word of some lines, and how often it occurs; no topic if it is an ordinary word.

    Ordinary is what stands in two topics or a foreign line. A word of one topic only may be
    a misspelt name that the lines contain on purpose.
    """
    words_of: dict[str, set[str]] = {}
    for line, of in zip(lines, folded, strict=True):
        words_of.setdefault(line.topic, set()).update(of)
    ordinary = words_of.pop(NONE, set())
    topic_of = dict.fromkeys(ordinary, "")
    for topic, words in words_of.items():
        for word in words:
            topic_of[word] = topic if topic_of.setdefault(word, topic) == topic else ""
    return topic_of, Counter(chain.from_iterable(folded))


def _merged(first: _Words, second: _Words) -> tuple[frozenset[str], Mapping[str, int]]:
    """Return the ordinary words of two parts of the lines, and how often each word occurs in both."""
    topic_of, other = first[0], second[0]
    ordinary = {word for word, topic in topic_of.items() if not topic or other.get(word, topic) != topic}
    ordinary.update(word for word, topic in other.items() if not topic)
    return frozenset(ordinary), first[1] + second[1]


def _learn(
    studied: Study, names: Sequence[str], rows: Weighed, used: NDArray[np.int32], rarity: Floats
) -> Learned:
    """Fit the weighed ``rows``; ``names`` are the classes of the lines."""
    lines = studied.lines
    classes = tuple(dict.fromkeys(names))
    column = {name: number for number, name in enumerate(classes)}
    right = np.array([column[name] for name in names], dtype=np.int64)
    side = {str(aspect): number for number, aspect in enumerate(ASPECTS)}
    aspects = np.array([side.get(line.section, -1) for line in lines], dtype=np.int64)
    targets = _targets(right, aspects, len(classes))

    def small() -> _Small:
        known, seen = sums_of(studied.known_words), sums_of(studied.seen_words)
        sections = _learn_sections(lines, rows, order.by_lot(studied.sums))
        return sections, _line_sums(studied.sums, right), known, seen

    narrow = _are_narrow(names)
    held_out, *rest = order.groups(studied.sums)
    fitted_at_once = targets[:, len(classes) :] if narrow else targets
    layout = linear.layout(rows, len(rarity), [held_out, *rest])

    def half(start: int, end: int) -> Halfway[Places, tuple[list[_Fit], list[_Small]]]:
        """Lay out a part of the blocks; then the first half fits the classifier, the second the small parts."""
        parts = yield layout.lay_out(start, end)
        if end == len(layout):
            return [], [small()]
        return [_fitted(layout.blocks(*parts), fitted_at_once, len(rarity))], []

    ([fit], _), (_, [small_parts]) = in_halves(half, [1] * len(layout))
    unseen, weights, bias = fit
    if narrow:
        topics = _fitted_related(rows, right, (held_out, np.concatenate(rest)), len(classes), len(rarity))
        unseen, weights, bias = (np.hstack(both) for both in zip(topics, fit, strict=True))
    (sections, section_weights, section_bias), lines_sorted, known_words, seen_words = small_parts
    line_sums, line_classes = lines_sorted
    slope = linear.calibrate(unseen[:, : len(classes)], right[held_out])
    sided = aspects[held_out] >= 0
    aspect_slope = linear.calibrate(unseen[sided][:, len(classes) :], aspects[held_out][sided])
    packed, unit = linear.packed(weights)
    packed_sections, section_unit = linear.packed(section_weights)
    return Learned(
        classes=classes,
        sections=sections,
        used=used,
        rarity=rarity,
        weights=packed,
        weight_unit=unit,
        bias=bias,
        slope=slope,
        aspect_slope=aspect_slope,
        section_weights=packed_sections,
        section_unit=section_unit,
        section_bias=section_bias,
        known_words=known_words,
        frequent_words=" ".join(
            sorted(word for word, times in studied.seen_words.items() if times >= FREQUENT)
        ),
        kin_words=" ".join(sorted(studied.seen_words)) if narrow else "",
        seen_words=seen_words,
        line_sums=line_sums,
        line_classes=line_classes,
    )


def _targets(right: Numbers, aspects: Numbers, classes: int) -> Floats:
    """Return what is to be learned of each line, ``(lines, classes and aspects)``: +1, -1, or 0 where it says nothing.

    ``right`` are the numbers of their classes, ``aspects`` those of their aspects, -1 for none.
    """
    targets = np.full((len(right), classes + len(ASPECTS)), -1, dtype=np.float32)
    targets[np.arange(len(right)), right] = 1
    targets[aspects < 0, classes:] = 0
    with_aspect = np.flatnonzero(aspects >= 0)
    targets[with_aspect, classes + aspects[with_aspect]] = 1
    return targets


def verbatim(folded: Sequence[str]) -> int:
    """Return the checksum of a text for which it is the same as a line: its ``folded`` words without "?" and "!"."""
    return sum_of(" ".join(spoken(folded)))


def _line_sums(sums_of_lines: Sequence[int], right: NDArray[np.int64]) -> _LineSums:
    """Return the checksums of the lines, sorted, and their classes, without those that stand in several classes."""
    class_of: dict[int, int] = {}
    for total, number in zip(sums_of_lines, right.tolist(), strict=True):
        class_of[total] = number if class_of.get(total, number) == number else _IN_SEVERAL
    sums = sorted(total for total, number in class_of.items() if number != _IN_SEVERAL)
    return np.array(sums, dtype=np.uint64), np.array([class_of[total] for total in sums], dtype=np.uint16)


def _fitted(blocks: Blocks, targets: Floats, size: int) -> _Fit:
    """Return margins of the rows of the first group before they were learned from, weights and bias."""
    fitting, rounds = linear.Fitting(blocks, targets, COST, size), order.Rounds()
    held_out, first, second = blocks.groups
    fitting.epoch(first)  # from nothing, every second line brings as far as all of them
    fitting.epoch(rounds.over(first, second))
    _, unseen = fitting.margins(held_out)
    weights, bias = np.zeros_like(fitting.weights), np.zeros_like(fitting.bias)
    orders = [rounds.over(*blocks.groups) for _ in range(EPOCHS)]
    quarters = [quarter for whole in orders for quarter in np.array_split(whole, 4)]
    for left, quarter in zip(reversed(range(len(quarters))), quarters, strict=True):
        fitting.epoch(quarter)
        if left < LAST_QUARTERS:
            weights += fitting.weights
            bias += fitting.bias
    return unseen, weights / np.float32(LAST_QUARTERS), bias / np.float32(LAST_QUARTERS)


def _fitted_related(
    rows: Weighed, right: NDArray[np.int64], groups: tuple[Numbers, Numbers], classes: int, size: int
) -> _Fit:
    """Return the same for many classes of few lines; ``right`` has the class of each row."""
    held_out, rest = groups
    weights, bias = related.fit(rows.select(rest), right[rest], classes, size)
    unseen = linear.margins(rows.select(held_out), weights, bias)
    return unseen, *related.fit(rows.all(), right, classes, size)


def _learn_sections(lines: Sequence[Line], rows: Weighed, numbers: Numbers) -> _Sections:
    """Learn the sections of the topics whose lines have other sections than the aspects, in the order of ``numbers``.

    Of an emergency only whose despair is told of: other kinds are classes of their own.
    """
    plain, despair = {*Aspect}, {DESPAIR, WORRY}
    about = np.array(
        [
            n
            for n in numbers.tolist()
            if lines[n].topic != NONE
            and (lines[n].section in despair if lines[n].topic == ALARM else lines[n].section not in plain)
        ],
        dtype=np.int64,
    )
    names = tuple(sorted({f"{lines[n].topic}.{lines[n].section}" for n in about}))
    if not names:
        empty = np.zeros((1 << SECTION_BITS, 1), dtype=np.float32)
        return (), empty, np.zeros(1, dtype=np.float32)
    column = {name: number for number, name in enumerate(names)}
    targets = np.full((len(about), len(names)), -1, dtype=np.float32)
    for number, n in enumerate(about):
        targets[number, column[f"{lines[n].topic}.{lines[n].section}"]] = 1
    some = rows.select(about)
    small = replace(some, places=some.places & ((1 << SECTION_BITS) - 1))
    blocks = linear.layout(small, 1 << SECTION_BITS).blocks()
    fitting = linear.Fitting(blocks, targets, COST, 1 << SECTION_BITS)
    for _ in range(4):
        fitting.epoch(*blocks.groups)
    return names, fitting.weights, fitting.bias
