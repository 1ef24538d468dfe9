"""Whether a text tells of danger here and now, or of what is past, rehearsed, imagined, or of a thing that fails.

"Im Krimi ersticht er den Landrat" and "letzte Woche hat er mich angeschrien" hold words of danger and tell of none,
"mein Handy ist gleich tot" of a thing. Such a frame silences fixed signals, and what is learned must be surer beside
it (``Costs.distant_alarm_missed``): who is in danger all the same is heard.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from bot import grammar
from bot.knowledge import Safety
from bot.matching.patterns import Hit, Patterns, covered
from bot.text import Word

_LIKENESS = 2
"""Words before a frame in which "wie" makes it a likeness: "wie im Film", "wie in einem Krimi"."""
LONG_STORY = 25
"""Words beyond which a frame stands too far from most of a message to count for all of it."""
_FAILING = "failing"
_YEARS = frozenset(map(str, range(1900, 2100)))
"""Such a number is a year where it begins a sentence or a word for years stands before it: "Raum 2001" is none."""


class Distance:
    """The frames of ``safety.yaml``: ``unless``, ``past`` with ``now``, ``things`` that are ``failing``."""

    def __init__(self, content: Safety) -> None:
        self._unless = Patterns({"unless": content.unless})
        self._past = Patterns({"past": content.past})
        self._now = Patterns({"now": content.now})
        self._things = Patterns({"things": content.things})
        self._failing = Patterns({_FAILING: content.failing})

    def is_distant(self, folded: Sequence[str], *, is_own: bool = False) -> bool:
        """Return whether folded words show an event that is rehearsed or imagined, or past and over.

        One's own despair (``is_own``) is not over because it began at a time that is.
        """
        if self._is_imagined(folded):
            return True
        return not is_own and self._is_past(folded) and not self.is_now(folded)

    def is_now(self, folded: Sequence[str]) -> bool:
        """Return whether folded words speak of what is happening: "grad", "schon wieder"."""
        return bool(self._now.scan(folded))

    def is_of_message(
        self, text: str, found: Sequence[Word], alarming: Container[int], *, is_own: bool
    ) -> bool:
        """Return whether a whole message, if no long story, is distant or tells of nothing worse than a thing that fails.

        ``alarming`` are the places of words of danger in it. What ``is_own``, as despair, no frame makes distant
        ("gestern stand ich auf der Brücke"), and no thing if one speaks of oneself ("ich wäre lieber tot").
        """
        folded = [word.folded for word in found]
        if len(found) > LONG_STORY or (is_own and not grammar.SPEAKERS.isdisjoint(folded)):
            return False
        if not is_own and self.is_distant(folded):
            return True
        failing = covered(self.failures(text, found))
        return bool(failing) and all(place in failing for place in range(len(found)) if place in alarming)

    def failures(self, text: str, found: Sequence[Word]) -> list[Hit]:
        """Return where in ``text`` a thing fails: the "tot" of "mein Handy ist gleich tot", within a clause.

        A thing behind a preposition is only a place: "mein Mann liegt tot im Auto", "ist am Drucker zusammengebrochen".
        """
        folded = [word.folded for word in found]
        things = [place for _, place, _ in self._things.scan(folded) if not _is_place(folded, place)]
        if not things:
            return []
        return [hit for hit in self._failing.find(folded) if self._is_of_thing(text, found, hit, things)]

    def _is_imagined(self, folded: Sequence[str]) -> bool:
        """Return whether something is rehearsed or imagined: not "das ist kein Film", "wie im Film"."""
        return any(
            not start
            or not (
                folded[start - 1].startswith(grammar.NONE_OF)
                or grammar.LIKE in folded[max(start - _LIKENESS, 0) : start]
            )
            for _, start, _ in self._unless.scan(folded)
        )

    def _is_past(self, folded: Sequence[str]) -> bool:
        """Return whether a time is named that is over: not "seit gestern", nor "die Typen von gestern"."""
        times = [start for _, start, _ in self._past.scan(folded)]
        times += [place for place, word in enumerate(folded) if word in _YEARS and _is_year(folded, place)]
        return any(not start or folded[start - 1] not in grammar.UP_TO_NOW for start in times)

    @staticmethod
    def _is_of_thing(text: str, found: Sequence[Word], hit: Hit, things: Sequence[int]) -> bool:
        start, end = grammar.clause(text, found, hit.start, hit.end, grammar.JOINING)
        return any(start <= thing < end for thing in things)


def _is_year(folded: Sequence[str], place: int) -> bool:
    """Return whether the number at ``place`` is a year: "2019 hat er", "im Jahr 2019"; not "2000 Euro"."""
    if place:
        return folded[place - 1] in grammar.YEARS
    return folded[1:2] != [] and folded[1] not in grammar.UNITS


def _is_place(folded: Sequence[str], thing: int) -> bool:
    """Return whether a preposition stands before the word at ``thing``, with an article between at most."""
    return any(word in grammar.PREPOSITIONS for word in folded[max(thing - 2, 0) : thing])
