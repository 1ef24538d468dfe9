"""Words of danger that mean none where they stand: figures of speech, and cries for help over a trifle.

"Bei uns brennt die Hütte, morgen ist Haushaltsschluss" holds a word of danger, and what is told beside it none. What
counts is therefore what a message tells without its figures. "Die Hütte brennt" alone may be meant as it is said.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from bot import grammar
from bot.knowledge import Safety
from bot.reading.patterns import Patterns
from bot.text import SIGNS, Utterance, spoken

_NEVER, _MOSTLY, _CRY = "never", "mostly", "cry"
_ENOUGH = 4
"""Words beside what is mostly a figure of speech that must tell something for it to be one."""
_ONLY_POINTING = grammar.PRONOUNS | grammar.ARTICLES | grammar.FIRST_PERSON | SIGNS
"""Words that say nothing where they are left alone."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a message tells beside its figures; ``is_certain`` if none of them can be meant as it is said."""

    told: Utterance
    is_certain: bool

    def is_empty(self) -> bool:
        """Return whether the message was its figures alone, but for pronouns: the "es" of "es bricht mir das Herz"."""
        return _ONLY_POINTING.issuperset(self.told.folded)


class Figures:
    """The phrases of ``safety.yaml`` under ``figures`` and ``mostly_figures``, and its ``cries`` over ``trifles``.

    Beside what is ``called`` in danger only those count that never mean any.
    """

    def __init__(self, content: Safety, called: Patterns, known: Container[str] = ()) -> None:
        phrases = {_NEVER: content.figures, _MOSTLY: content.mostly_figures, _CRY: content.cries}
        self._phrases = Patterns(phrases, known)
        self._trifles = Patterns({"trifles": content.trifles}, known)
        self._called = called

    def places(self, folded: Sequence[str]) -> set[int]:
        """Return the places of the words in a folded message that mean no danger there."""
        return {place for start, end, _ in self._spans(folded) for place in range(start, end)}

    def beside(self, utterance: Utterance) -> Beside | None:
        """Return what a message tells beside its figures; ``None`` if it has none."""
        spans = list(self._spans(utterance.folded))
        if not spans:
            return None
        text, words = utterance.text, utterance.words
        told, left = [], 0
        for start, end, _ in sorted(spans):
            told.append(text[left : max(words[start].start, left)])
            left = max(words[end - 1].end, left)
        beside = Utterance.of(" ".join((*told, text[left:])))
        return Beside(beside, all(is_certain for _, _, is_certain in spans))

    def _spans(self, folded: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
        """Yield the words [start, end) of each figure, and whether it cannot be meant as it is said."""
        hits = self._phrases.scan(folded)
        if not hits:
            return
        is_helped = bool(self._called.scan(folded))
        is_trifle = not is_helped and bool(self._trifles.scan(folded))
        for kind, start, end in hits:
            if kind == _NEVER and not _is_place(folded, start):
                yield start, end, True
            elif kind == _MOSTLY and not is_helped and len(spoken(folded)) - (end - start) >= _ENOUGH:
                yield start, end, False
            elif kind == _CRY and is_trifle:  # and nobody who helps is spoken of
                yield start, end, True


def _is_place(folded: Sequence[str], start: int) -> bool:
    """Return whether a preposition before the words at ``start`` makes them a place of the body: "am Herz blutet es"."""
    return start > 0 and folded[start - 1] in grammar.PREPOSITIONS
