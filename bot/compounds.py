"""Words that are danger only together: something poisonous and that it was swallowed, a child and a hot car.

Each of them is harmless alone and too rare for the examples to teach what they mean beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from bot.knowledge import Safety

LONGEST = 30
"""Words of a sentence beyond which such words stand too far apart to belong together."""


class Compounds:
    """The groups of words under ``together`` in ``safety.yaml``: of each of them one must be said in one sentence."""

    def __init__(self, content: Safety) -> None:
        self.patterns: Mapping[str, Sequence[str]] = {
            f"{kind} {number} {place}": group
            for kind, compounds in content.together.items()
            for number, groups in enumerate(compounds)
            for place, group in enumerate(groups)
        }
        """The words of each group, to be looked for together with others: each look costs time in every turn."""
        self._compounds = [
            (kind, frozenset(f"{kind} {number} {place}" for place in range(len(groups))))
            for kind, compounds in content.together.items()
            for number, groups in enumerate(compounds)
        ]

    def kind(self, said: Set[str]) -> str | None:
        """Return the kind of emergency that the groups ``said`` in one sentence are together, if any."""
        return next((kind for kind, groups in self._compounds if groups <= said), None)
