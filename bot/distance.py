"""Whether a text tells of danger here and now, or of what is past, rehearsed, imagined, dreamt, or of a thing that fails.

"Im Krimi ersticht er den Landrat" and "letzte Woche hat er mich angeschrien" hold words of danger and tell of none,
"mein Handy ist gleich tot" of a thing. Such a frame silences fixed signals, and what is learned must be surer beside
it (``Costs.distant_alarm_missed``): who is in danger all the same is heard. What a message turns to behind such a
frame ("…, aber jetzt steht er vor mir") is judged alone.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from bot import grammar
from bot.knowledge import Safety
from bot.matching.patterns import Hit, Patterns, covered
from bot.text import Word

_LIKENESS = 2
"""Words before a frame in which "wie" makes it a likeness: "wie im Film", "wie in einem Krimi"."""
LONG_STORY = 25
"""Words beyond which a frame stands too far from most of a message to count for all of it."""
_FAILING = "failing"
_SHORTEST_TURN = 3
"""Words that a part of a message must have to tell of something alone."""
_DENIED = 4
"""Words within which "nicht" denies a dream: "im Traum nicht"."""
_NEARLY_LAST = 2
"""Words that may follow what closes a message: "alles gut jetzt"."""
_ASKED = "?"
_TURNING = (grammar.CONTRAST, _ASKED)
"""Behind them something else is told: "…, aber …", "Was kostet das Heft? Hier …"."""
_YEARS = frozenset(map(str, range(1900, 2100)))
"""Such a number is a year where it begins a sentence or a word for years stands before it: "Raum 2001" is none."""


class Distance:
    """The frames of ``safety.yaml``: ``unless``, ``past`` and ``long_ago`` with ``now``, ``dreamt``, ``things`` that are ``failing``."""

    def __init__(self, content: Safety) -> None:
        self._unless = Patterns({"unless": content.unless})
        self._past = Patterns({"past": (*content.past, *content.long_ago)})
        self._now = Patterns({"now": content.now})
        self._things = Patterns({"things": content.things})
        self._failing = Patterns({_FAILING: content.failing})
        self._bodiless = Patterns({"bodiless": content.bodiless})
        self._dreamt = Patterns({"dreamt": content.dreamt})
        self._harmless = Patterns({"harmless": content.harmless})
        self._long_ago = Patterns({"long_ago": content.long_ago})
        self._loud = Patterns({"loud": content.loud})
        self._unhurried = Patterns({"unhurried": content.unhurried})

    def is_distant(self, folded: Sequence[str], *, is_own: bool = False) -> bool:
        """Return whether folded words show an event that is rehearsed or imagined, or past and over.

        One's own despair (``is_own``) is not over because it began at a time that is.
        """
        if self._imagined(folded, self._unless):
            return True
        return not is_own and self._is_past(folded) and not self.is_now(folded)

    def is_now(self, folded: Sequence[str]) -> bool:
        """Return whether folded words speak of what is happening: "grad", "schon wieder"."""
        return bool(self._now.scan(folded))

    def is_dreamt(self, text: str, found: Sequence[Word]) -> bool:
        """Return whether a text tells of a dream and of nothing that happens: not "…, aber da ist wirklich einer"."""
        folded = [word.folded for word in found]
        if not self._dreamt.scan(folded) or not grammar.AWAKE.isdisjoint(folded):
            return False
        # "Ich träum doch nicht", "im Traum nicht gedacht"
        is_told = any(
            grammar.NOT.isdisjoint(folded[max(start - 1, 0) : start + _DENIED])
            for start in self._imagined(folded, self._dreamt)
        )
        return is_told and not self.turn(text, found)

    def is_loud(self, text: str, found: Sequence[Word]) -> bool:
        """Return whether a text tells in one clause that somebody insults or shouts: no violence yet, unless more is told."""
        if not self._loud.scan([word.folded for word in found]):
            return False
        end = grammar.clause(text, found, 0, 1, grammar.JOINING | grammar.SUBORDINATE)[1]
        return all(word.folded in "?!" for word in found[end:])

    def is_unhurried(self, folded: Sequence[str]) -> bool:
        """Return whether folded words ask for rules, costs or who is responsible, and tell of nobody."""
        asks = bool(self._unhurried.scan(folded)) and not self.is_now(folded)
        return asks and not grammar.tells_of_anybody(folded)

    def ends_well(self, found: Sequence[Word]) -> bool:
        """Return whether a message, if no long story, says at its end that nothing came of it: "…, alles gut"."""
        folded = [word.folded for word in found if word.folded not in "?!"]
        if len(folded) > LONG_STORY:
            return False
        return any(end + _NEARLY_LAST >= len(folded) for _, _, end in self._harmless.scan(folded))

    def is_long_ago(self, found: Sequence[Word]) -> bool:
        """Return whether a message, if no long story, tells of what is over for years: "1993 …", "als ich klein war"."""
        folded = [word.folded for word in found]
        if len(folded) > LONG_STORY or self.is_now(folded):
            return False
        return self._are_over(folded, [start for _, start, _ in self._long_ago.scan(folded)])

    def turn(self, text: str, found: Sequence[Word]) -> int:
        """Return where a text turns to what happens here and now: "ich war gestern beim Arzt, heute …"; 0 if it does not.

        Behind what is imagined that must be told of oneself or of here: "der Film war lang, aber hier brennt es", not
        "im Film war alles gut, aber jetzt kommt der Mörder".
        """
        folded = [word.folded for word in found]
        nows = {start for _, start, _ in self._now.scan(folded)}
        if not nows and grammar.CONTRAST not in folded and _ASKED not in folded:
            return 0
        mine = grammar.FIRST_PERSON | grammar.HERE
        last_mine = max((place for place, word in enumerate(folded) if word in mine), default=0)
        last_now = max(nows, default=0)
        first_imagined = min(self._imagined(folded, self._unless), default=len(folded))
        for place in range(1, len(found) - _SHORTEST_TURN + 1):
            is_near = last_mine >= place or (last_now >= place and first_imagined >= place)
            if is_near and (folded[place - 1] in _TURNING or _opens(text, found, place, nows)):
                return place
        return 0

    def is_of_message(self, found: Sequence[Word]) -> bool:
        """Return whether a whole message, if no long story, is distant."""
        return len(found) <= LONG_STORY and self.is_distant([word.folded for word in found])

    def is_of_things(self, text: str, found: Sequence[Word], alarming: Container[int]) -> bool:
        """Return whether a message, if no long story, tells of nothing worse than things that fail or have no body.

        ``alarming`` are the places of words of danger in it.
        """
        if len(found) > LONG_STORY:
            return False
        told = [place for place in range(len(found)) if place in alarming]
        failing, figures = covered(self.failures(text, found)), covered(self._figures(text, found))
        is_said = bool(failing) or not figures.isdisjoint(told)
        return is_said and all(place in failing or place in figures for place in told)

    def failures(self, text: str, found: Sequence[Word]) -> list[Hit]:
        """Return where in ``text`` a thing fails: the "tot" of "mein Handy ist gleich tot", within a clause.

        A thing behind a preposition is only a place: "mein Mann liegt tot im Auto", "ist am Drucker zusammengebrochen".
        """
        folded = [word.folded for word in found]
        things = [place for _, place, _ in self._things.scan(folded) if not _is_place(folded, place)]
        if not things:
            return []
        return [hit for hit in self._failing.find(folded) if self._is_of_thing(text, found, hit, things)]

    def _figures(self, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Yield the clauses whose words are figures of speech, for they are said of what has no body: "die Debatte brennt"."""
        folded = [word.folded for word in found]
        for _, place, end in self._bodiless.scan(folded):
            first, last = grammar.clause(text, found, place, end, grammar.JOINING)
            said = folded[first:last]
            is_of_people = not grammar.SPEAKERS.isdisjoint(said) or grammar.tells_of_somebody(said)
            if not is_of_people and not _is_place(folded, place):
                yield Hit("figure", first, last)

    @staticmethod
    def _imagined(folded: Sequence[str], frames: Patterns) -> list[int]:
        """Return where something is rehearsed or imagined: not "das ist kein Film", "wie im Film"."""
        return [
            start
            for _, start, _ in frames.scan(folded)
            if not start
            or not (
                folded[start - 1].startswith(grammar.NONE_OF)
                or grammar.LIKE in folded[max(start - _LIKENESS, 0) : start]
            )
        ]

    def _is_past(self, folded: Sequence[str]) -> bool:
        """Return whether a time is named that is over: not "seit gestern", nor "die Typen von gestern"."""
        return self._are_over(folded, [start for _, start, _ in self._past.scan(folded)])

    @staticmethod
    def _are_over(folded: Sequence[str], times: list[int]) -> bool:
        """Return whether a year or one of the ``times`` begins nothing that goes on: not "seit 2019"."""
        years = [place for place, word in enumerate(folded) if word in _YEARS and _is_year(folded, place)]
        return any(not start or folded[start - 1] not in grammar.UP_TO_NOW for start in (*times, *years))

    @staticmethod
    def _is_of_thing(text: str, found: Sequence[Word], hit: Hit, things: Sequence[int]) -> bool:
        start, end = grammar.clause(text, found, hit.start, hit.end, grammar.JOINING)
        return any(start <= thing < end for thing in things)


def _is_year(folded: Sequence[str], place: int) -> bool:
    """Return whether the number at ``place`` is a year: "2019 hat er", "im Jahr 2019"; not "2000 Euro"."""
    if place:
        return folded[place - 1] in grammar.YEARS
    return folded[1:2] != [] and folded[1] not in grammar.UNITS


def _opens(text: str, found: Sequence[Word], place: int, nows: Container[int]) -> bool:
    """Return whether a clause begins at ``place`` with a word of what is happening: "…, heute", "und jetzt"."""
    left, right = found[place - 1], found[place]
    return place in nows and (left.folded in grammar.JOINING or grammar.ends_clause(text, left, right))


def _is_place(folded: Sequence[str], thing: int) -> bool:
    """Return whether a preposition stands before the word at ``thing``, with an article between at most."""
    return any(word in grammar.PREPOSITIONS for word in folded[max(thing - 2, 0) : thing])
