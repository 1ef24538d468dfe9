"""Whether somebody says that an emergency is over: "er ist weg", and not "mein Sohn ist weg", "wenn er weg ist".

A missed all-clear costs a few needless numbers, a wrong one the help. So what is asked, denied, hoped for or told
of some who leave others behind is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot import grammar, knowledge
from bot.reading.patterns import Hit, Patterns, covered
from bot.text import Utterance, fold_word, spoken

_MOST_CLAIMS = 20
"""All-clears of a message that are looked at: who says it oftener says nothing more."""
_NEAR = 3
"""Words before an all-clear within which a negation denies it."""
_SHORTEST_SENTENCE = 4
"""Fewer words than that are no sentence: they deny only with a plain "nicht" ("ich bin in Sicherheit, meine Frau nicht")."""


class AllClear:
    """Finds what says that an emergency is over.

    ``negations`` deny an all-clear, as the words do that the content adds to them; beside ``fillers`` nothing may
    be said of who is gone but that it is a threat.
    """

    def __init__(self, content: knowledge.Safety, negations: Iterable[str], fillers: Iterable[str]) -> None:
        self._negations = frozenset(map(fold_word, (*negations, *content.denials)))
        self._of_threats = self._negations.union(map(fold_word, (*content.threats, *fillers)))
        self._still = Patterns({"still": content.still})
        self._arrived = Patterns({"arrived": content.arrived})
        self._harmed = Patterns({"harmed": content.harmed})
        alarms = content.alarms
        self._all_clear = {kind: Patterns({kind: alarm.all_clear}) for kind, alarm in alarms.items()}
        self._gone = {kind: Patterns({kind: alarm.gone}) for kind, alarm in alarms.items()}

    def found(self, kind: str, utterance: Utterance) -> tuple[int, int] | None:
        """Return the words [start, end) of an utterance that say that an emergency of ``kind`` is over.

        ``None`` if nothing says so: a question ("bin ich in Sicherheit?") does not, nor an utterance
        that denies it as well ("er ist weg, aber es ist noch nicht vorbei").
        """
        hits = self._claims(kind, utterance)
        claims = [
            hit
            for hit in self._said_of_threats(kind, utterance, hits)
            if not self._denials(utterance, hit, hits)
        ]
        if not claims or self.goes_on(kind, utterance):
            return None
        return min(hit.start for hit in claims), max(hit.end for hit in claims)

    def goes_on(self, kind: str, utterance: Utterance) -> bool:
        """Return whether an utterance denies that an emergency of ``kind`` is over: "noch nicht vorbei".

        So does who hopes for it ("wenn er weg ist, ist es vorbei"). "Keine Sorge, alles gut" does not: what is
        denied there ends at the comma. Who is in danger still counts as well: "er ist weg, sein Freund steht noch
        da", "die Kinder sind in Sicherheit, aber ich nicht".
        """
        hits = self._claims(kind, utterance)
        if any(self._denials(utterance, hit, hits) or _is_conditional(utterance, hit) for hit in hits):
            return True
        return bool(hits) and (self._is_contrasted(utterance, hits[0]) or self._lasts(utterance.folded, hits))

    def is_qualified(self, folded: Sequence[str], clear: tuple[int, int]) -> bool:
        """Return whether the words ``clear`` say only that help is there, and what follows takes something of it back.

        "Die Polizei ist da, aber nur zwei": help alone ends no danger.
        """
        start, end = clear
        hits = self._arrived.find(folded[start:end])
        is_all = any(hit.start == 0 for hit in hits) and any(hit.end == end - start for hit in hits)
        return is_all and (
            grammar.CONTRAST in folded[end:] or not grammar.ONLY.isdisjoint(folded[end : end + 1])
        )

    def is_of_leaving(self, kind: str, folded: Sequence[str], clear: tuple[int, int]) -> bool:
        """Return whether the words ``clear`` say only that somebody is gone, not that an emergency of ``kind`` is over."""
        start, end = clear
        return not self._all_clear[kind].scan(folded[start:end])

    def leaves_harm(self, folded: Sequence[str]) -> bool:
        """Return whether folded words tell what is not over once who did it is gone: "er hat zugestochen"."""
        return bool(self._harmed.scan(folded))

    def says_more(self, folded: Sequence[str], clear: tuple[int, int]) -> bool:
        """Return whether anything is said beside the words ``clear`` but who is gone, fillers apart."""
        start, end = clear
        return not self._of_threats.issuperset((*folded[:start], *folded[end:]))

    def denies(self, folded: Sequence[str]) -> bool:
        """Return whether one of the folded words denies something: "nichts ist gut"."""
        return not self._negations.isdisjoint(folded)

    def _claims(self, kind: str, utterance: Utterance) -> list[Hit]:
        """Return where it is said, not asked, that something is over, in the order of the words."""
        folded = utterance.folded
        hits = []
        claims = sorted((*self._all_clear[kind].find(folded), *self._gone[kind].find(folded)), key=_start)
        for hit in claims[:_MOST_CLAIMS]:
            begin, end = utterance.sentence_start(hit.start), utterance.sentence_end(hit.end - 1)
            is_asked = (
                folded[end - 1] == "?"
                or folded[begin] in grammar.OPENING
                or (
                    hit.start == begin and folded[begin] in grammar.ARE and folded[begin + 1] in grammar.THOSE
                )
            )
            is_doubted = grammar.WHETHER in folded[max(begin, hit.start - _NEAR) : hit.start]
            if not is_asked and not is_doubted and not _comes_from_somewhere(utterance, hit):
                hits.append(hit)
        return hits

    def _said_of_threats(self, kind: str, utterance: Utterance, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield the ``hits`` that tell that the emergency is over: who is gone must be a threat, and not one of several."""
        clear = {(hit.start, hit.end) for hit in self._all_clear[kind].find(utterance.folded)}
        for hit in hits:
            if not self._is_of_some(utterance, hit) and (
                (hit.start, hit.end) in clear or self._is_of_threat(utterance, hit)
            ):
                yield hit

    def _is_of_some(self, utterance: Utterance, hit: Hit) -> bool:
        """Return whether what ``hit`` tells is told of some who leave others behind: "einer ist weg", "ein paar Typen sind weg".

        "Eine Streife hat ihn mitgenommen" and "bei einer Nachbarin in Sicherheit" are not, nor is what is over over for some.
        """
        folded = utterance.folded
        if folded[hit.end - 1] in (grammar.SAFETY, grammar.OVER):
            return False
        goes_on = self._of_threats | grammar.HAPPENED
        return any(
            folded[place] in grammar.PARTS
            and (place + 1 == hit.start or folded[place + 1] in goes_on)
            and folded[place - 1 if place else place] not in grammar.PREPOSITIONS
            for place in range(_clause(utterance, hit)[0], hit.start)
        )

    def _is_of_threat(self, utterance: Utterance, hit: Hit) -> bool:
        """Return whether the clause of ``hit`` tells of a threat or oneself and of nothing else: not "mein Sohn ist weg".

        Where one is oneself may be told: "ich bin bei meiner Schwester in Sicherheit".
        """
        folded = utterance.folded
        start, end = _clause(utterance, hit)
        clause = folded[start:end]
        is_mine = clause[0] in grammar.MYSELF or grammar.AM in clause
        is_safe = folded[hit.end - 1] == grammar.SAFETY and is_mine
        if is_safe and self._negations.isdisjoint(clause) and grammar.YET not in clause:
            return True
        return self._of_threats.issuperset((*folded[start : hit.start], *folded[hit.end : end]))

    def _denials(self, utterance: Utterance, hit: Hit, hits: Iterable[Hit]) -> list[int]:
        """Return the places of the negations shortly before ``hit`` in its sentence, and behind it in its clause.

        One that is part of another of the ``hits`` denies nothing ("niemand verletzt alles gut"), nor one that a
        comma ends ("keine Sorge, alles gut").
        """
        begin = max(utterance.sentence_start(hit.start), hit.start - _NEAR)
        said = covered(hits)
        places = (*range(begin, hit.start), *range(hit.end, _clause(utterance, hit)[1]))
        return [
            place
            for place in places
            if utterance.folded[place] in self._negations
            and place not in said
            and not (place < hit.start and _is_other_clause(utterance, place, hit.start))
        ]

    def _is_contrasted(self, utterance: Utterance, claim: Hit) -> bool:
        """Return whether a clause behind ``claim`` denies it for somebody else: "aber ich nicht", "meine Frau nicht"."""
        folded, start = utterance.folded, claim.end
        while start < len(folded):
            end = _clause(utterance, Hit("", start, start + 1))[1]
            said = spoken(folded[start:end])
            follows = folded[start - 1] == grammar.CONTRAST
            if said and said[-1] in (self._negations if follows else grammar.NOT):
                return follows or len(said) < _SHORTEST_SENTENCE
            is_short = len(said) < _SHORTEST_SENTENCE
            if said and is_short and (said[-1] == grammar.INDEED or (follows and said[0] in grammar.OTHERS)):
                return True
            start = end
        return False

    def _lasts(self, folded: Sequence[str], claims: Iterable[Hit]) -> bool:
        """Return whether a phrase beside ``claims`` says that it goes on: "einer ist noch da"."""
        said = covered(claims)
        still = self._still.find(folded)
        return any(not said.issuperset(range(hit.start, hit.end)) for hit in still)


def _comes_from_somewhere(utterance: Utterance, hit: Hit) -> bool:
    """Return whether ``hit`` ends with an "aus" that tells where something comes from, not that it is out."""
    folded = utterance.folded
    if folded[hit.end - 1] != grammar.OUT or hit.end == len(folded):
        return False
    return not utterance.begins_clause(hit.end) and folded[hit.end] in grammar.FROM_WHERE


def _is_conditional(utterance: Utterance, hit: Hit) -> bool:
    """Return whether ``hit`` holds only under a condition: "wenn er weg ist, ist es vorbei", "in Sicherheit, sobald ich raus bin"."""
    folded = utterance.folded
    start, end = _clause(utterance, hit)
    is_of_safety = folded[hit.end - 1] == grammar.SAFETY
    if _sets_a_condition(folded[start : end if is_of_safety else hit.start], is_of_safety=is_of_safety):
        return True
    if start and utterance.gap(start).startswith(","):
        before = _clause(utterance, Hit("", start - 1, start))
        opens = folded[start] in grammar.FOLLOWING
        if opens and _sets_a_condition(folded[before[0] : before[0] + 2], is_of_safety=is_of_safety):
            return True
    is_parted = end < len(folded) and utterance.gap(end).startswith(",")
    return is_of_safety and is_parted and _sets_a_condition(folded[end : end + 2], is_of_safety=True)


def _sets_a_condition(folded: Sequence[str], *, is_of_safety: bool) -> bool:
    """Return whether one of folded words sets a condition; "erst" does only for one's own safety."""
    return any(word in grammar.CONDITIONS and (is_of_safety or word != grammar.NOT_BEFORE) for word in folded)


def _start(hit: Hit) -> int:
    return hit.start


def _clause(utterance: Utterance, hit: Hit) -> tuple[int, int]:
    """Return the words [start, end) of the clause that ``hit`` is in; "und" ends one."""
    return utterance.clause(hit.start, hit.end, grammar.JOINING)


def _is_other_clause(utterance: Utterance, denial: int, claim: int) -> bool:
    """Return whether a comma ends what is denied: "keine Sorge, alles gut", not "ich glaube nicht, dass es vorbei ist"."""
    return any(
        "," in utterance.gap(place + 1) and utterance.folded[place + 1] not in grammar.SUBORDINATE
        for place in range(denial, claim)
    )
