"""Whether an utterance tells of danger here and now, or of what is past, rehearsed, imagined, dreamt, or of a thing that fails.

"Im Krimi ersticht er den Landrat" and "letzte Woche hat er mich angeschrien" hold words of danger and tell of none,
"mein Handy ist gleich tot" of a thing. Such a frame silences fixed signals, and what is learned must be surer beside
it (``Costs.distant_alarm_missed``): who is in danger all the same is heard. What a message turns to behind such a
frame ("…, aber jetzt steht er vor mir") is judged alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator, Sequence

from bot import grammar
from bot.knowledge import Safety
from bot.reading.patterns import Hit, Patterns, covered
from bot.safety.dreams import Dreams
from bot.safety.figures import Figures
from bot.text import SIGNS, Utterance, spoken

LONG_STORY = 25
"""Words beyond which a frame stands too far from most of a message to count for all of it."""
_FAILING = "failing"
_SHORTEST_TURN = 3
"""Words that a part of a message must have to tell of something alone."""
_SAID_BEFORE = 4
"""Words before "alles gut" within which it is said by others, hoped or pretended."""
_NEARLY_LAST = 2
"""Words that may follow what closes a message: "alles gut jetzt"."""
_OPENING = 4
"""Words from the beginning within which what opens a message stands: "wollte fragen, was kostet …"."""
_SHORT = 6
"""Words up to which a question for helpers tells of nobody who needs them: "was kostet ein Krankenwagen"."""
_ASKED = "?"
_TURNING = (grammar.CONTRAST, _ASKED)
"""Behind them something else is told: "…, aber …", "Was kostet das Heft? Hier …"."""
_SUBJECT = 2
"""Words within which a clause begins with its subject, with an article at most before it."""
_ENDING = 3
"""Words behind a frame within which it is said to be over."""
_YEARS = frozenset(map(str, range(1900, 2100)))
"""Such a number is a year where it begins a sentence or a word for years stands before it: "Raum 2001" is none."""

_PARTICIPLE = re.compile(r"(ge|\w+ge|be|ver|zer|er|ent|uber)\w+(t|n)")
"""What such a folded word may be, beside "hat" or "ist"."""


class Distance:
    """The frames of ``safety.yaml``: ``unless``, ``past`` and ``long_ago`` with ``now``, ``things`` that are ``failing``, dreams."""

    def __init__(self, content: Safety, known: Container[str] = ()) -> None:
        self._unless = Patterns({"unless": content.unless}, known)
        self._past = Patterns({"past": (*content.past, *content.long_ago)}, known)
        self._now = Patterns({"now": content.now}, known)
        self._things = Patterns({"things": content.things}, known)
        self._failing = Patterns({_FAILING: content.failing}, known)
        self._bodiless = Patterns({"bodiless": content.bodiless}, known)
        self._people = Patterns({"people": content.people}, known)
        self._help = Patterns({"help": content.help}, known)
        self._dreams = Dreams(content, known)
        self.figures = Figures(content, self._help, known)
        self._harmless = Patterns({"harmless": content.harmless}, known)
        self._long_ago = Patterns({"long_ago": content.long_ago}, known)
        self._loud = Patterns({"loud": content.loud}, known)
        self._turning = Patterns(
            {
                "turning": (
                    *content.past,
                    *content.long_ago,
                    *content.now,
                    *content.unhurried,
                    *content.bodiless,
                    *content.dreamt,
                    *content.nightmares,
                )
            },
            known,
        )
        self._unhurried = Patterns({"unhurried": content.unhurried}, known)

    def is_distant(self, folded: Sequence[str], *, is_own: bool = False) -> bool:
        """Return whether folded words show an event that is rehearsed or imagined, or past and over.

        One's own despair (``is_own``) is not over because it began at a time that is.
        """
        if self._imagined(folded):
            return True
        return not is_own and self._is_past(folded) and not self.is_now(folded)

    def is_now(self, folded: Sequence[str]) -> bool:
        """Return whether folded words speak of what is happening: "grad", "schon wieder"."""
        return bool(self._now.scan(folded))

    def is_dreamt(self, utterance: Utterance) -> bool:
        """Return whether a message, if no long story, speaks of a dream and turns to nothing else."""
        is_dream = len(utterance.words) <= LONG_STORY and self._dreams.are_told(utterance)
        return is_dream and not self.turn(utterance)

    def is_only_dreamt(self, utterance: Utterance) -> bool:
        """Return whether a short utterance tells what was dreamt, and nothing else: not "schlecht geträumt, …"."""
        return self._dreams.are_all(utterance) and not self.turn(utterance)

    def is_loud(self, utterance: Utterance, mended: Sequence[str]) -> bool:
        """Return whether an utterance, its words ``mended``, tells in one clause that somebody shouts: no violence yet, unless more is told."""
        if not self._loud.scan(mended):
            return False
        end = utterance.clause(0, 1, grammar.JOINING | grammar.SUBORDINATE)[1]
        return SIGNS.issuperset(utterance.folded[end:])

    def is_unhurried(self, folded: Sequence[str]) -> bool:
        """Return whether folded words ask for rules, costs or who is responsible, and tell of nobody.

        Who names those that help ("habt ihr einen Defi"), or tells of oneself or of somebody near beside the question
        ("was kostet das, meine Tochter ist gestürzt"), is in no peace to ask, unless all that is only a case ("wenn").
        """
        asked = covered(self._unhurried.find(folded))
        if not asked or self.is_now(folded) or grammar.tells_of_anybody(folded):
            return False
        return not grammar.IF.isdisjoint(folded) or not self._tells_beside(folded, asked)

    def _tells_beside(self, folded: Sequence[str], asked: Collection[int]) -> bool:
        """Return whether folded words tell of people beside what is ``asked``, or name those that help."""
        if len(folded) > _SHORT and self.names_help(folded):
            return True
        people = [
            place for _, place, _ in self._people.scan(folded) if not self._is_asked_for(folded, place, asked)
        ]
        # "Wir grillen auf dem Markt, ist das erlaubt": what "wir" do before they ask is mostly a plan.
        behind = min(asked)
        return bool(people) or any(
            word in grammar.SPEAKERS and place not in asked and (place > behind or word != grammar.WE)
            for place, word in enumerate(folded)
        )

    @staticmethod
    def _is_asked_for(folded: Sequence[str], place: int, asked: Container[int]) -> bool:
        """Return whether a question is put for the person at ``place``: "darf ich meine Tochter", "Kurse für Kollegen"."""
        before = folded[place - 1] if place else ""
        is_object = place - 1 in asked and before in grammar.ARTICLES | grammar.MINE
        return place in asked or is_object or grammar.FOR in folded[max(place - 2, 0) : place]

    def names_help(self, folded: Sequence[str]) -> bool:
        """Return whether folded words name somebody or something that helps in danger: "die Polizei"."""
        return bool(self._help.scan(folded))

    def ends_well(self, folded: Sequence[str]) -> bool:
        """Return whether a message, if no long story, says at its end that nothing came of it: "…, alles gut".

        Not what others say, or what is hoped, pretended or to come: "er tut, als wär nichts passiert".
        """
        folded = spoken(folded)
        if len(folded) > LONG_STORY:
            return False
        return any(
            end + _NEARLY_LAST >= len(folded)
            and grammar.NOT_SO.isdisjoint(folded[max(start - _SAID_BEFORE, 0) : start])
            for _, start, end in self._harmless.scan(folded)
        )

    def is_long_ago(self, utterance: Utterance) -> bool:
        """Return whether a message, if no long story, tells of what is over for years: "1993 …", "als ich klein war".

        It counts for its own sentence and those before it.
        """
        folded = utterance.folded
        if len(folded) > LONG_STORY or self.is_now(folded):
            return False
        starts = [
            start
            for _, start, end in self._long_ago.scan(folded)
            if grammar.SUBORDINATE.isdisjoint(folded[end : end + 1])
        ]
        return any(
            len(folded) - utterance.sentence_end(start) < _SHORTEST_TURN
            for start in self._over(folded, starts)
        )

    def may_turn(self, folded: Sequence[str]) -> bool:
        """Return whether an utterance may ``turn`` to something, tell something ``aside`` or something ``before_past``.

        One look for all their words: most utterances have none of them.
        """
        asks_before = _ASKED in folded[:-_SHORTEST_TURN]
        return asks_before or grammar.CONTRAST in folded or bool(self._turning.scan(folded))

    def turn(self, utterance: Utterance) -> int:
        """Return where an utterance turns to what happens here and now: "ich war gestern beim Arzt, heute …"; 0 if it does not.

        Behind what is imagined that must be told of oneself or of here: "der Film war lang, aber hier brennt es", not
        "im Film war alles gut, aber jetzt kommt der Mörder".
        """
        if woken := self.woken(utterance):
            return woken
        folded = utterance.folded
        nows = {start for _, start, _ in self._now.scan(folded)}
        if not nows and grammar.CONTRAST not in folded and _ASKED not in folded:
            return 0
        mine = grammar.FIRST_PERSON | grammar.HERE
        last_mine = max((place for place, word in enumerate(folded) if word in mine), default=0)
        last_now = max(nows, default=0)
        first_imagined = min(self._imagined(folded), default=len(folded))
        for place in range(1, len(folded) - _SHORTEST_TURN + 1):
            is_near = last_mine >= place or (last_now >= place and first_imagined >= place)
            if is_near and (folded[place - 1] in _TURNING or _opens(utterance, place, nows)):
                return place
        return 0

    def woken(self, utterance: Utterance) -> int:
        """Return where an utterance goes on behind a dream; 0 if it tells of none or of nothing else."""
        return self._dreams.end(utterance)

    def aside(self, utterance: Utterance) -> int:
        """Return where something else is told behind a question at leisure or what has no body; 0 if nothing is.

        "Was kostet ein Einsatz, die Küche brennt": each clause for itself says more than both.
        """
        folded = utterance.folded
        opened = (*self._unhurried.scan(folded), *self._bodiless.scan(folded))
        first = min((end for _, start, end in opened if start < _OPENING), default=len(folded))
        for place in range(first, len(folded) - _SHORTEST_TURN + 1):
            goes_on = not grammar.CARRIED_ON.isdisjoint(folded[place - 1 : place + 1])
            tells = folded[place] in grammar.TELLERS and place > first
            if not goes_on and (tells or utterance.begins_clause(place)):
                return place
        return 0

    def before_past(self, utterance: Utterance) -> int:
        """Return where what is told of now ends before a clause of what is past: "er hat ein Messer, letztes Mal …"; else 0.

        That clause must tell something itself: not "er hat ein Messer, gestern gekauft".
        """
        folded = utterance.folded
        for _, start, end in self._past.scan(folded):
            tells = len(folded) - end >= _SHORTEST_TURN and start >= _SHORTEST_TURN
            if tells and utterance.begins_clause(start):
                return start if is_of_now(folded[:start]) else 0
        return 0

    def is_of_message(self, utterance: Utterance) -> bool:
        """Return whether a whole message, if no long story, is distant, and nothing of it is told of now."""
        if len(utterance.words) > LONG_STORY or self.before_past(utterance):
            return False
        return self.is_distant(utterance.folded[self._dreams.end(utterance) :])

    def is_of_things(self, utterance: Utterance, alarming: Container[int]) -> bool:
        """Return whether a message, if no long story, tells of nothing worse than things that fail or have no body.

        ``alarming`` are the places of words of danger in it.
        """
        if len(utterance.words) > LONG_STORY:
            return False
        told = [place for place in range(len(utterance.words)) if place in alarming]
        failing, figures = covered(self.failures(utterance)), covered(self._figures(utterance))
        is_said = bool(failing) or not figures.isdisjoint(told)
        return is_said and all(place in failing or place in figures for place in told)

    def failures(self, utterance: Utterance) -> list[Hit]:
        """Return where in ``utterance`` a thing fails: the "tot" of "mein Handy ist gleich tot", within a clause.

        A thing behind a preposition is only a place: "mein Mann liegt tot im Auto", "ist am Drucker zusammengebrochen".
        """
        folded = utterance.folded
        things = [place for _, place, _ in self._things.scan(folded) if not _is_place(folded, place)]
        if not things:
            return []
        return [hit for hit in self._failing.find(folded) if self._is_of_thing(utterance, hit, things)]

    def _figures(self, utterance: Utterance) -> Iterator[Hit]:
        """Yield the clauses whose words are figures of speech, for they are said of what has no body: "die Debatte brennt"."""
        folded = utterance.folded
        for _, place, end in self._bodiless.scan(folded):
            first, last = utterance.clause(place, end, grammar.JOINING)
            said = folded[first:last]
            is_subject = place - first < _SUBJECT
            if not self._is_of_people(said, is_subject=is_subject) and not _is_place(folded, place):
                yield Hit("figure", first, last)

    def _is_of_people(self, said: Sequence[str], *, is_subject: bool) -> bool:
        """Return whether a clause tells of who writes or of others: of "Stadtrat", not of "im Stadtrat".

        What is done to oneself by what has no body (``is_subject``) is done by nobody: "die Mieten bringen uns um".
        """
        mine = grammar.FIRST_PERSON - grammar.ONESELF if is_subject else grammar.FIRST_PERSON
        if not mine.isdisjoint(said) or grammar.tells_of_somebody(said):
            return True
        beside = (*self._people.scan(said), *self._help.scan(said))
        return any(not _is_adverbial(said, place) for _, place, _ in beside)

    def _imagined(self, folded: Sequence[str]) -> list[int]:
        """Return where something is rehearsed or imagined: not "kein Film", "wie im Film", "sagt, war nur Spaß", "Übung vorbei, jetzt …"."""
        return [
            start
            for _, start, end in self._unless.scan(folded)
            if not self._is_ended(folded, end)
            and not grammar.is_denied_or_likened(folded, start)
            and grammar.SAID_TO_BE.isdisjoint(folded[start - 1 : start])
        ]

    def _is_ended(self, folded: Sequence[str], end: int) -> bool:
        """Return whether what is rehearsed or imagined up to ``end`` is said to be over, and something to be now."""
        return grammar.OVER in folded[end : end + _ENDING] and self.is_now(folded[end:])

    def _is_past(self, folded: Sequence[str]) -> bool:
        """Return whether a time is named that is over: not "seit gestern", nor "die Typen von gestern"."""
        if self._dreams.is_past(folded):
            return True
        return bool(self._over(folded, [start for _, start, _ in self._past.scan(folded)]))

    @staticmethod
    def _over(folded: Sequence[str], times: list[int]) -> list[int]:
        """Return where a year or one of the ``times`` begins nothing that goes on: not "seit 2019"."""
        years = [place for place, word in enumerate(folded) if word in _YEARS and _is_year(folded, place)]
        return [start for start in times + years if not start or folded[start - 1] not in grammar.UP_TO_NOW]

    @staticmethod
    def _is_of_thing(utterance: Utterance, hit: Hit, things: Sequence[int]) -> bool:
        start, end = utterance.clause(hit.start, hit.end, grammar.JOINING)
        return any(start <= thing < end for thing in things)


def _is_year(folded: Sequence[str], place: int) -> bool:
    """Return whether the number at ``place`` is a year: "2019 hat er", "im Jahr 2019"; not "2000 Euro"."""
    if place:
        return folded[place - 1] in grammar.YEARS
    return len(folded) > 1 and folded[1] not in grammar.UNITS


def _opens(utterance: Utterance, place: int, nows: Container[int]) -> bool:
    """Return whether a clause begins at ``place`` with a word of what is happening: "…, heute", "und jetzt"."""
    is_joined = utterance.folded[place - 1] in grammar.JOINING
    return place in nows and (is_joined or utterance.begins_clause(place))


def _is_adverbial(folded: Sequence[str], place: int) -> bool:
    """Return whether the word at ``place`` hangs on a preposition: "im Stadtrat", "bei den Mietern"."""
    before = folded[max(place - 2, 0) : place]
    if before and before[-1] in grammar.ARTICLES | grammar.MINE:
        before = before[:-1]
    return bool(before) and before[-1] in grammar.PREPOSITIONS


def is_of_now(folded: Sequence[str]) -> bool:
    """Return whether a clause holds no verb of the past: "er hat ein Messer", not "er hat mich gewürgt" nor "er kam"."""
    is_perfect = not grammar.HAPPENED.isdisjoint(folded) and any(map(_PARTICIPLE.fullmatch, folded))
    return not is_perfect and grammar.WERE.isdisjoint(folded)


def _is_place(folded: Sequence[str], thing: int) -> bool:
    """Return whether a preposition stands before the word at ``thing``, with an article between at most."""
    return any(word in grammar.PREPOSITIONS for word in folded[max(thing - 2, 0) : thing])
