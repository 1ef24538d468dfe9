"""Words that are danger only together: something poisonous and that it was swallowed, a child and a hot car.

Each of them is harmless alone and too rare for the examples to teach what they mean beside each other.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from bot.knowledge import Safety
from bot.matching.patterns import Patterns

_LONGEST = 30
"""Words of a sentence beyond which such words stand too far apart to belong together."""


class Compounds:
    """The groups of words under ``together`` in ``safety.yaml``: of each of them one must be said in one sentence."""

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        self._compounds = [
            (kind, frozenset(f"{kind} {number} {place}" for place in range(len(groups))))
            for kind, compounds in content.together.items()
            for number, groups in enumerate(compounds)
        ]
        self._patterns = Patterns(
            {
                f"{kind} {number} {place}": group
                for kind, compounds in content.together.items()
                for number, groups in enumerate(compounds)
                for place, group in enumerate(groups)
            },
            known,
        )

    def find(self, folded: Sequence[str]) -> str | None:
        """Return the kind of emergency that the folded words of a sentence are together, if any."""
        if len(folded) > _LONGEST:
            return None
        said = {identity for identity, _, _ in self._patterns.scan(folded)}
        return next((kind for kind, groups in self._compounds if groups <= said), None) if said else None
