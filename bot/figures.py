"""Words of danger that mean none where they stand: figures of speech, and cries for help over a trifle.

"Bei uns brennt die Hütte, morgen ist Haushaltsschluss" holds a word of danger, and what is told beside it none. What
counts is therefore what a message tells without its figures. "Die Hütte brennt" alone may be meant as it is said.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from bot import grammar
from bot.knowledge import Safety
from bot.matching.patterns import Patterns
from bot.text import SIGNS, Word, words

_NEVER, _MOSTLY = "never", "mostly"
_ENOUGH = 4
"""Words beside what is mostly a figure of speech that must tell something for it to be one."""
_ONLY_POINTING = grammar.PRONOUNS | grammar.ARTICLES | grammar.FIRST_PERSON | SIGNS
"""Words that say nothing where they are left alone."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a message tells ``text`` beside its figures; ``is_certain`` if none of them can be meant as it is said."""

    text: str
    is_certain: bool

    def is_empty(self) -> bool:
        """Return whether the message was its figures alone, but for pronouns: the "es" of "es bricht mir das Herz"."""
        return _ONLY_POINTING.issuperset(word.folded for word in words(self.text))


class Figures:
    """The phrases of ``safety.yaml`` under ``figures`` and ``mostly_figures``, and its ``cries`` over ``trifles``."""

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        self._figures = Patterns({_NEVER: content.figures, _MOSTLY: content.mostly_figures}, known)
        self._cries = Patterns({"cries": content.cries}, known)
        self._trifles = Patterns({"trifles": content.trifles}, known)
        self._help = Patterns({"help": content.help}, known)

    def places(self, folded: Sequence[str]) -> set[int]:
        """Return the places of the words in a folded message that mean no danger there."""
        return {place for start, end, _ in self._spans(folded) for place in range(start, end)}

    def beside(self, text: str, found: Sequence[Word]) -> Beside | None:
        """Return what a message tells beside its figures; ``None`` if it has none."""
        spans = list(self._spans([word.folded for word in found]))
        if not spans:
            return None
        told, left = [], 0
        for start, end, _ in sorted(spans):
            told.append(text[left : max(found[start].start, left)])
            left = max(found[end - 1].end, left)
        return Beside(" ".join((*told, text[left:])), all(is_certain for _, _, is_certain in spans))

    def _spans(self, folded: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
        """Yield the words [start, end) of each figure, and whether it cannot be meant as it is said."""
        hits = [hit for hit in self._figures.scan(folded) if not _is_place(folded, *hit[1:])]
        yield from ((start, end, True) for kind, start, end in hits if kind == _NEVER)
        for kind, start, end in hits:
            is_more = _count(folded) - (end - start) >= _ENOUGH
            if kind == _MOSTLY and is_more and not self._help.scan(folded):
                yield start, end, False
        yield from ((start, end, True) for start, end in self._cries_over_trifles(folded))

    def _cries_over_trifles(self, folded: Sequence[str]) -> list[tuple[int, int]]:
        """Return the words [start, end) of cries for help beside which a trifle is spoken of, and nobody who helps."""
        cries = [(start, end) for _, start, end in self._cries.scan(folded)]
        if not cries or self._help.scan(folded) or not self._trifles.scan(folded):
            return []
        return cries


def _is_place(folded: Sequence[str], start: int, end: int) -> bool:
    """Return whether a preposition makes words [start, end) a place of the body: "die Wunde am Herz blutet"."""
    around = (*folded[max(start - 1, 0) : start], *folded[start + 1 : end])
    return not grammar.PREPOSITIONS.isdisjoint(around)


def _count(folded: Sequence[str]) -> int:
    return sum(word not in SIGNS for word in folded)
