"""Finds what is picked of a list, and what is asked of it: "1, 2 und 4", "das erste und das letzte", "Mail von 2 und 4".

One place that is pointed to ("das zweite") may be of what was spoken of before; see ``references`` for those.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from bot import grammar
from bot.knowledge import Knowledge
from bot.reading.lexicon import Lexicon
from bot.reading.patterns import Hit, Patterns, covered
from bot.reply import Aspect
from bot.session import Intent
from bot.signals import Signal
from bot.text import SIGNS
from bot.understanding import references

MOST_PICKED = 5
"""Things that are picked at once."""
_LONGEST = 10
"""Words beyond which numbers count something that is told of."""
_NOTHING_ELSE = grammar.CHOOSING | grammar.LISTING | SIGNS
"""Words that may stand beside the numbers and what is asked."""
_AROUND = (Signal.CHOICE, Signal.TURN, Signal.CORRECTION)
"""Signals that may stand around what is picked of a list that is shown, and say nothing else."""


@dataclass(frozen=True, slots=True)
class Picks:
    """What is picked, in the order in which it is said, each once, and the side or finer point that is asked of each.

    ``places`` count from 1, or back from -1 where the last is said; without any all are picked of ``every`` so many
    ("alle drei"), or something is only ruled out ("die zwei nicht"). ``aspect`` is ``None`` if nothing is asked.
    ``is_plain``: numbers that choose, and nothing around them that may mean something where no list is shown.
    ``is_indefinite``: one thing is wanted, of which kind is not said: "bestell mir eins".
    """

    places: tuple[int, ...]
    every: int = 0
    aspect: Aspect | None = None
    detail: str = ""
    is_plain: bool = True
    is_indefinite: bool = False

    def of(self, topic: str) -> Intent:
        """Return what is asked of a topic that is picked."""
        return Intent(topic, self.aspect, self.detail)

    def within(self, count: int) -> list[int]:
        """Return which of ``count`` things are picked, from 0 on; nothing if there are not so many."""
        if not self.places:
            return list(range(count)) if count == self.every else []
        picked = [place - 1 if place > 0 else count + place for place in self.places]
        return list(dict.fromkeys(picked)) if all(0 <= place < count for place in picked) else []


@dataclass(frozen=True, slots=True)
class _Mark:
    """The words [start, end) that pick ``places``, or all of ``every``; ``is_number`` if they are a number in digits or said."""

    start: int
    end: int
    places: tuple[int, ...]
    every: int = 0
    is_number: bool = False


class Picking:
    """Finds picks with the words of one content."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon) -> None:
        vocabulary = knowledge.vocabulary
        self._questions = {question.id: question for question in vocabulary.questions}
        self._parts, self._lexicon = vocabulary.parts, lexicon
        placing = {place: vocabulary.signals.get(place, ()) for place in references.PLACES}
        around = {signal: vocabulary.signals.get(signal, ()) for signal in (*_AROUND, Signal.OPENER)}
        self._placing = Patterns({str(place): texts for place, texts in placing.items()}, lexicon.known)
        self._around = Patterns({str(signal): texts for signal, texts in around.items()}, lexicon.known)

    def find(self, folded: Sequence[str]) -> Picks | None:
        """Return what is picked if nothing else is said; ``None`` if numbers count: "die zwei Mails"."""
        if len(folded) > _LONGEST:
            return None
        marks = _marks(folded, self._placing.find(folded))
        if not marks:  # as nearly always
            return None
        meant = [mark for mark in marks if _denial(folded, mark) is None]
        places = tuple(dict.fromkeys(place for mark in meant for place in mark.places))
        every = max((mark.every for mark in meant), default=0)
        if (places and every) or max(len(places), every) > MOST_PICKED:
            return None
        if len(places) == 1 and len(marks) == 1 and not marks[0].is_number:
            return None  # "die Mail von der zweiten": see ``references``
        found = self._lexicon.find(folded)
        asking = [hit for hit in (*found.questions, *found.aspects) if not _belongs_to_number(folded, hit)]
        asking = [hit for hit in asking if covered(marks).isdisjoint(range(hit.start, hit.end))]
        if asking:
            return self._asked(folded, marks, Picks(places, every), asking)
        return self._chosen(folded, marks, Picks(places, every))

    def _asked(
        self, folded: Sequence[str], marks: Sequence[_Mark], picks: Picks, asking: Sequence[Hit]
    ) -> Picks | None:
        """Return ``picks`` with what is asked of them by the words ``asking`` if nothing else is said."""
        wanted, said = self._wanted(asking), covered(asking)
        if wanted is None or not picks.places or _counts(folded, marks, said):
            return None
        left = {folded[n] for n in self._lexicon.left_over(folded, (*asking, *map(_hit, marks)))}
        if not _NOTHING_ELSE.issuperset(left):
            return None
        return Picks(picks.places, 0, *wanted, is_indefinite=_is_indefinite(folded, marks))

    def _chosen(self, folded: Sequence[str], marks: Sequence[_Mark], picks: Picks) -> Picks | None:
        """Return ``picks`` of which nothing is asked if nothing else is said."""
        if grammar.counts(folded) or grammar.counts_times(folded):
            return None
        said, around = covered(marks), self._around.find(folded)
        opened = covered(hit for hit in around if hit.id == Signal.OPENER)
        if not said.isdisjoint(opened):
            return None  # "eins noch"
        denying = {_denial(folded, mark) for mark in marks}
        left = {n for n, word in enumerate(folded) if n not in said and word not in grammar.CHOOSING}
        if any(folded[place] in grammar.RULING_OUT and place not in denying for place in left):
            return None  # "alle drei, die wir nicht kennen"
        left -= opened
        if not left and all(mark.is_number for mark in marks):
            is_one = _is_indefinite(folded, marks) and not grammar.ONE_IS_WISHED.isdisjoint(folded)
            return replace(picks, is_indefinite=is_one)
        left -= covered(around) | denying
        return None if left else Picks(picks.places, picks.every, is_plain=False)

    def _wanted(self, asking: Sequence[Hit]) -> tuple[Aspect, str] | None:
        """Return the side and the finer point that are asked for; several parts of a card are the contact as a whole."""
        ids = dict.fromkeys(hit.id for hit in asking)
        questions = [self._questions[one] for one in ids if one in self._questions]
        sides = {Aspect(one) for one in ids if one in set(Aspect)} | {one.aspect for one in questions}
        if len(sides) != 1:
            return None
        if len(questions) == 1:
            return questions[0].aspect, questions[0].id
        return (sides.pop(), "") if all(one.id in self._parts for one in questions) else None


def _marks(folded: Sequence[str], placing: Sequence[Hit]) -> list[_Mark]:
    """Return what picks something in folded words, in their order; ``placing`` are the hits of ``references.PLACES``."""
    marks: dict[int, _Mark] = {}

    def add(mark: _Mark) -> None:
        if marks.keys().isdisjoint(range(mark.start, mark.end)):
            marks.update(dict.fromkeys(range(mark.start, mark.end), mark))

    for place, word in enumerate(folded):
        behind = _count(folded, place + 1)
        if word in grammar.EDGES and (count := behind or _count(folded, place - 1)):
            start = place if behind else place - 1
            first = 1 if grammar.EDGES[word] > 0 else -count
            add(_Mark(start, start + 2, tuple(range(first, first + count))))
        elif word in grammar.ALL and behind > 1:
            add(_Mark(place, place + 2, (), every=behind))
    for hit in sorted(placing, key=lambda hit: hit.start - hit.end):  # the longest first
        number = references.PLACES[Signal(hit.id)]
        if hit.id != Signal.MIDDLE:
            add(_Mark(hit.start, hit.end, (number + 1 if number >= 0 else number,)))
    for place, word in enumerate(folded):
        if word in grammar.NUMBERS:
            add(_Mark(place, place + 1, (grammar.NUMBERS[word],), is_number=True))
        elif word in grammar.BOTH:
            add(_Mark(place, place + 1, (), every=2))
        elif word in grammar.LAST and place and marks and folded[place - 1] in grammar.SIDE_BY_SIDE:
            add(_Mark(place, place + 1, (-1,)))  # "die erste und letzte"
    return sorted(set(marks.values()), key=lambda mark: mark.start)


def _hit(mark: _Mark) -> Hit:
    return Hit("", mark.start, mark.end)


def _count(folded: Sequence[str], place: int) -> int:
    """Return how many are said at ``place``: "die ersten drei", "die beiden letzten"; 0 if nothing of the kind is."""
    word = folded[place] if 0 <= place < len(folded) else ""
    if word in grammar.BOTH:
        return 2
    return grammar.NUMBERS[word] if word in grammar.NUMBERS and word in grammar.MANY else 0


def _denial(folded: Sequence[str], mark: _Mark) -> int | None:
    """Return the place of the word that rules a mark out, if one does: "nicht die eins, zwei", "eher vier als fünf", "zwei nicht"."""
    if mark.end == len(folded) - 1 and folded[mark.end] in grammar.NOT:
        return mark.end
    place = mark.start - 1
    while place >= 0 and folded[place] in grammar.ANNOUNCING:
        place -= 1
    return place if place >= 0 and folded[place] in grammar.RULING_OUT else None


def _is_indefinite(folded: Sequence[str], marks: Sequence[_Mark]) -> bool:
    """Return whether an "eins" is all that is picked, with nothing before it that makes it a number: "bestell mir eins"."""
    start = marks[0].start
    is_one = len(marks) == 1 and folded[start] in grammar.ONE
    return is_one and not (start and folded[start - 1] in grammar.ANNOUNCING | grammar.PREPOSITIONS)


def _belongs_to_number(folded: Sequence[str], hit: Hit) -> bool:
    """Return whether "nummer" only announces the number behind it: "Adresse von Nummer 2", unlike "Nummer von 2"."""
    behind = folded[hit.end] if hit.end < len(folded) else ""
    return folded[hit.start] in grammar.CHOOSING and (behind in grammar.NUMBERS or behind in grammar.ORDINALS)


def _counts(folded: Sequence[str], marks: Sequence[_Mark], asking: Container[int]) -> bool:
    """Return whether a number counts things and picks none: "2 Mails", "die Nummern von den zwei".

    ``asking`` are the places of the words that ask something.
    """
    is_one = len(marks) == 1 and marks[0].end in asking
    numbers = (mark.start for mark in marks if mark.is_number)
    return is_one or any(place and folded[place - 1] in grammar.THE_MANY for place in numbers)
