"""Finds authorities that are named side by side: "LKA und Landesdirektion"."""

from __future__ import annotations

from itertools import pairwise

from bot import grammar
from bot.knowledge import Knowledge
from bot.reading.lexicon import Lexicon
from bot.reading.names import NameHit, Stance
from bot.reading.patterns import Hit, Patterns, covered
from bot.reading.reader import Reading
from bot.text import SIGNS

_LONGEST = 14
"""Words up to which authorities are named and nothing is told of them."""
_BESIDE = grammar.CHOOSING | grammar.LISTING | grammar.SIDE_BY_SIDE | grammar.PREPOSITIONS | SIGNS
"""Words that may stand beside them."""
_SIGNS_BETWEEN = frozenset(",/&+;")
"""Signs between authorities that stand side by side."""


class Bodies:
    """Finds the ``bodies`` of the topics that a source covers.

    Alone an authority may stand for several offers, beside another one it is as good as a name.
    """

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon) -> None:
        topics = [topic for topic in knowledge.topics.values() if topic.id in knowledge.covered]
        self._covered, self._lexicon = knowledge.covered, lexicon
        bodies = {topic.id: topic.bodies for topic in topics if topic.bodies}
        self._bodies = Patterns(bodies, lexicon.known)

    def side_by_side(self, reading: Reading) -> list[str]:
        """Return the topics of authorities and names that stand side by side, in their order; none if more is told."""
        folded = reading.mended
        named = self._bodies.find(folded) if len(folded) <= _LONGEST else ()
        if not named:  # as nearly always
            return []
        taken = covered(reading.names)
        bodies = [hit for hit in named if taken.isdisjoint(range(hit.start, hit.end))]
        names = [hit for hit in reading.names if hit.stance is Stance.MEANT and hit.topic in self._covered]
        if not bodies or len(names) < len(reading.names):
            return []
        hits: tuple[Hit | NameHit, ...] = (
            *names,
            *bodies,
            *reading.findings.questions,
            *reading.findings.aspects,
        )
        if any(folded[place] not in _BESIDE for place in self._lexicon.left_over(folded, hits)):
            return []
        found = [(hit.start, hit.end, hit.topic) for hit in names]
        found = sorted(found + [(hit.start, hit.end, hit.id) for hit in bodies])
        are_joined = all(_is_joint(reading, end, start) for (_, end, _), (start, _, _) in pairwise(found))
        topics = list(dict.fromkeys(topic for _, _, topic in found))
        return topics if are_joined and len(topics) > 1 else []


def _is_joint(reading: Reading, end: int, start: int) -> bool:
    """Return whether two names stand side by side, the first up to ``end``: "LKA und LPR", unlike "die ZASTEX beim LKA"."""
    text, words = reading.utterance.text, reading.utterance.words
    between = text[words[end - 1].end : words[start].start]
    is_word = not grammar.SIDE_BY_SIDE.isdisjoint(reading.mended[end:start])
    return is_word or not _SIGNS_BETWEEN.isdisjoint(between)
