"""Finds figures of speech that sound like danger: "mein Herz blutet, wenn ich den Park sehe"."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bot import grammar
from bot.knowledge import Safety
from bot.matching.patterns import Hit, Patterns
from bot.text import SIGNS, Word, words

_ONLY_POINTING = grammar.PRONOUNS | grammar.ARTICLES | grammar.FIRST_PERSON | SIGNS
"""Words that say nothing where they are left alone: the "es" of "es bricht mir das Herz"."""


class Figures:
    """Finds the ``figures`` of ``safety.yaml``; what words in ``known`` begin is remembered."""

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        self._figures = Patterns({"figure": content.figures}, known)

    def left_out(self, text: str, found: Sequence[Word]) -> str | None:
        """Return what a cleaned ``text`` says beside its figures of speech, nothing if that are pronouns; ``None`` if it has none.

        That counts as it stands: "mein Herz blutet, er hat mich gestochen".
        """
        folded = [word.folded for word in found]
        hits = [hit for hit in self._figures.find(folded) if not _is_place(folded, hit)]
        if not hits:
            return None
        kept, start = "", 0
        for hit in sorted(hits, key=lambda hit: hit.start):
            kept += text[start : found[hit.start].start]
            start = max(start, found[hit.end - 1].end)
        kept = f"{kept}{text[start:]}".strip()
        return "" if _ONLY_POINTING.issuperset(word.folded for word in words(kept)) else kept


def _is_place(folded: Sequence[str], hit: Hit) -> bool:
    """Return whether a preposition makes the words a place of the body: "die Wunde am Herz blutet"."""
    around = (*folded[max(hit.start - 1, 0) : hit.start], *folded[hit.start + 1 : hit.end])
    return not grammar.PREPOSITIONS.isdisjoint(around)
