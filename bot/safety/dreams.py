"""Whether an utterance tells of a dream, and from where it tells of what happened when somebody woke.

"Ich hab geträumt, dass es brennt" tells of nothing else, whatever words it has. Who only says that there was a dream
("schlecht geträumt", "hatte einen Albtraum") may tell of a danger beside it: that makes danger less likely and no more.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from bot import grammar
from bot.knowledge import Safety
from bot.reading.patterns import Patterns
from bot.text import Utterance

_LONGEST = 20
"""Words up to which a message may be nothing but a dream."""
_SHORTEST_REST = 3
"""Words that must follow a dream to tell of something else."""
_DENIED = (2, 4)
"""Words behind a verb and behind "im Traum" within which "nicht" denies it: "ich träum doch nicht", "im Traum hab ich das nie gedacht"."""

_Hits = list[tuple[int, int]]


class Dreams:
    """The phrases of ``safety.yaml`` that tell what was dreamt (``dreamt``) or only that it was (``nightmares``)."""

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        self._dreamt = Patterns({"dreamt": content.dreamt}, known)
        self._nightmares = Patterns({"nightmares": content.nightmares}, known)

    def are_told(self, utterance: Utterance) -> bool:
        """Return whether a dream is spoken of and nothing is told behind it."""
        return self._is_dream(utterance.folded) and not self.end(utterance)

    def are_all(self, utterance: Utterance) -> bool:
        """Return whether a short utterance tells what was dreamt, and nothing else."""
        folded = utterance.folded
        if len(folded) > _LONGEST or not _real(folded, self._told(folded)):
            return False
        return self._is_dream(folded) and not self.end(utterance)

    def is_past(self, folded: Sequence[str]) -> bool:
        """Return whether folded words tell what was dreamt."""
        return bool(_real(folded, self._told(folded)))

    def end(self, utterance: Utterance) -> int:
        """Return where an utterance goes on behind a dream; 0 if it does not.

        Behind waking, the sentence of the dream, or "und" directly behind it: "schlecht geträumt, und dann …".
        """
        folded = utterance.folded
        dreams = self._told(folded) + self._had(folded)
        if not dreams:
            return 0
        last = max(end for _, end in dreams)
        ends = [place + 1 for place, word in enumerate(folded) if word in grammar.WAKING]
        ends.append(utterance.sentence_end(last - 1))
        if grammar.AND in folded[last : last + 1]:
            ends.append(last + 1)
        return max((end for end in ends if len(folded) - end >= _SHORTEST_REST), default=0)

    def _is_dream(self, folded: Sequence[str]) -> bool:
        is_awake = not grammar.AWAKE.isdisjoint(folded)
        return not is_awake and bool(_real(folded, self._told(folded) + self._had(folded)))

    def _told(self, folded: Sequence[str]) -> _Hits:
        """Return where it is told what was dreamt: not the "geträumt" of "schlecht geträumt"."""
        told = [(start, end) for _, start, end in self._dreamt.scan(folded)]
        had = self._had(folded) if told else []
        return [hit for hit in told if not any(start <= hit[0] < end for start, end in had)]

    def _had(self, folded: Sequence[str]) -> _Hits:
        return [(start, end) for _, start, end in self._nightmares.scan(folded)]


def _real(folded: Sequence[str], hits: _Hits) -> _Hits:
    """Return the ``hits`` that are no figure of speech.

    Not "kein Traum", "wie im Traum", "ich träum doch nicht", "gedacht, ich träume", "nicht mal im Traum", "im Traum
    hätte ich nie".
    """
    return [
        (start, end)
        for start, end in hits
        if not grammar.is_denied_or_likened(folded, start)
        and grammar.BEFORE_NO_DREAM.isdisjoint(folded[start - 1 : start])
        and grammar.NEVER.isdisjoint(folded[end : end + _DENIED[folded[end - 1] == grammar.DREAM]])
        and grammar.WOULD.isdisjoint(folded[end : end + 1])
    ]
