"""Finds what is asked of things of a list by their numbers: "Mail von 2 und 4", "was kostet die 3"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot import grammar
from bot.knowledge import Knowledge
from bot.matching.lexicon import Lexicon
from bot.matching.patterns import Hit, covered
from bot.reply import Aspect
from bot.session import Intent
from bot.text import SIGNS

_LONGEST = 10
"""Words beyond which numbers count something that is told of."""
_MOST = 5
"""Numbers that are chosen at once."""
_NUMBERS = grammar.NUMBERS.keys() | grammar.ORDINALS.keys()
_NOTHING_ELSE = grammar.CHOOSING | grammar.LISTING | SIGNS
"""Words that may stand beside the numbers and what is asked."""


@dataclass(frozen=True, slots=True)
class Picks:
    """The ``numbers`` that are said, each once, and the side or finer point that is asked of each."""

    numbers: tuple[int, ...]
    aspect: Aspect
    detail: str

    def of(self, topic: str) -> Intent:
        """Return what is asked of a topic that is picked."""
        return Intent(topic, self.aspect, self.detail)


class Picking:
    """Finds picks with the words of one content."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon) -> None:
        self._questions = {question.id: question for question in knowledge.vocabulary.questions}
        self._parts, self._lexicon = knowledge.vocabulary.parts, lexicon

    def find(self, folded: Sequence[str]) -> Picks | None:
        """Return what is asked of which numbers if nothing else is said; ``None`` if they count: "die zwei Mails"."""
        if len(folded) > _LONGEST:
            return None
        if _NUMBERS.isdisjoint(folded):  # as nearly always
            return None
        numbers = {place: number for place, word in enumerate(folded) if (number := _number(word))}
        picked = tuple(dict.fromkeys(numbers.values()))
        is_one_ordinal = len(picked) == 1 and grammar.NUMBERS.keys().isdisjoint(folded)
        if not 0 < len(picked) <= _MOST or is_one_ordinal:  # "die Mail von der zweiten": see ``references``
            return None
        found = self._lexicon.find(folded)
        asking = [hit for hit in (*found.questions, *found.aspects) if not _belongs_to_number(folded, hit)]
        wanted, said = self._wanted(asking), covered(asking)
        if wanted is None or _counts(folded, numbers, said):
            return None
        left = (folded[place] for place in self._lexicon.left_over(folded, asking) if place not in numbers)
        return Picks(picked, *wanted) if _NOTHING_ELSE.issuperset(left) else None

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


def _number(word: str) -> int:
    """Return the number that a folded word says, 0 if it says none."""
    return grammar.NUMBERS.get(word) or grammar.ORDINALS.get(word, 0)


def _belongs_to_number(folded: Sequence[str], hit: Hit) -> bool:
    """Return whether "nummer" only announces the number behind it: "Adresse von Nummer 2", unlike "Nummer von 2"."""
    return folded[hit.start] in grammar.CHOOSING and hit.end < len(folded) and bool(_number(folded[hit.end]))


def _counts(folded: Sequence[str], numbers: Collection[int], asking: Collection[int]) -> bool:
    """Return whether a number counts things and picks none: "2 Mails", "die Nummern von den zwei".

    ``numbers`` and ``asking`` are the places of numbers and of words that ask something.
    """
    is_one = len(numbers) == 1 and any(place + 1 in asking for place in numbers)
    return is_one or any(place and folded[place - 1] in grammar.THE_MANY for place in numbers)
