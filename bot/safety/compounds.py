"""Words that are danger only together: something poisonous and that it was swallowed, a child and a hot car.

Each of them is harmless alone and too rare for the examples to teach what they mean beside each other.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence, Set

from bot.knowledge import Safety
from bot.reading.patterns import Patterns

_LONGEST = 30
"""Words of a sentence beyond which such words stand too far apart to belong together."""


class Compounds:
    """The groups of words under ``together`` in ``safety.yaml``: of each of them one must be said in one sentence.

    ``first`` are the words of the first group of each, the rarest ones, to be looked for together with other
    signs: every look costs time in every turn. The others are looked for only beside one of these.
    """

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        compounds = {
            f"{kind} {number}": (kind, groups)
            for kind, of_kind in content.together.items()
            for number, groups in enumerate(of_kind)
        }
        self.first: Mapping[str, Sequence[str]] = {key: groups[0] for key, (_, groups) in compounds.items()}
        others = {
            f"{key} {place}": group
            for key, (_, groups) in compounds.items()
            for place, group in enumerate(groups[1:])
        }
        self._others = Patterns(others, known)
        self._wanted = {
            key: (kind, frozenset(f"{key} {place}" for place in range(len(groups) - 1)))
            for key, (kind, groups) in compounds.items()
        }

    def kind(self, said: Set[str], folded: Sequence[str]) -> str | None:
        """Return the kind of emergency that the folded words of a sentence are together, if any.

        ``said`` are the signs in it, keys of ``first`` among others.
        """
        begun = [self._wanted[key] for key in self._wanted if key in said]
        if not begun or len(folded) > _LONGEST:
            return None
        found = {identity for identity, _, _ in self._others.scan(folded)}
        return next((kind for kind, wanted in begun if wanted <= found), None)
