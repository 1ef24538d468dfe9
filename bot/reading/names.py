"""Finds the offers by name: abbreviations, halves of names, joined, split and misspelt.

A misspelt word becomes a name only if it is no known word of the content:
"Leitfarden" is the Leitfaden, "Leitplanke" and "Sicherheitsgurt" are not. Every
finding carries its stance, because "nicht die ZASTEX" asks for something else.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.reading.patterns import Patterns, covered
from bot.reading.spelling import SHORTEST, Sounds, Spelling
from bot.signals import Signal
from bot.text import Utterance, clean, fold, fold_word, remembering, spoken

_MIDDLING, _LONG = 7, 13
"""Letters from which a name may differ in two, and in a quarter of its letters.

A shorter one may differ in two if its first two letters and its last one are right.
"""
_DOUBLED = 2
"""How often a letter of a name may stand apart: "A S S Komm"; "a a a a" begins none, however far it goes on."""
_THING = 2
"""Places behind a name at which "hab ich" may begin: "die ZASTEX-Nummer hab ich"."""
_REACH = 3
"""Words before a name within which a denial rules it out."""
DENIED_TOGETHER = frozenset(map(fold_word, ("und", "oder", "sowie", "bzw", "noch")))
"""Between two names they carry the denial of the first one on: "nicht ZASTEX oder ZMI", "weder ZASTEX noch ZMI"."""
_NEITHER, _NOR = "weder", "noch"
_NOR_FAR = 2
"""Words that may stand between two names of which neither is meant: "weder die ZASTEX noch die ZMI"."""


_FEWEST_SPOKEN, _LONGEST_SPOKEN = 3, 4
"""Letters of a name that is spelt as they are called; fewer are words ("er es"), and longer names are read."""
_SPOKEN = {
    fold_word(called): letter
    for letter, spellings in {
        "a": "a ah",
        "b": "b be beh bee",
        "c": "c ce zeh ceh",
        "d": "d de deh dee",
        "e": "e eh",
        "f": "f ef eff",
        "g": "g ge geh",
        "h": "h ha hah",
        "i": "i ih ie",
        "j": "j jot",
        "k": "k ka kah",
        "l": "l el ell",
        "m": "m em emm",
        "n": "n en enn",
        "o": "o oh",
        "p": "p pe peh",
        "r": "r er err",
        "s": "s es ess",
        "t": "t te teh tee",
        "u": "u uh",
        "w": "w we weh",
        "x": "x ix iks",
        "y": "y ypsilon",
        "z": "z zet zett set sett tset tsett zed",
    }.items()
    for called in spellings.split()
}
"""What letters are called, by ear."""


class Stance(StrEnum):
    """How a name stands in its clause."""

    MEANT = "meant"
    NEGATED = "negated"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NameHit:
    """A topic named by the words [start, end) of the utterance.

    ``name`` is the folded name that is meant; ``exact`` tells whether the words
    spell it so.
    """

    topic: str
    start: int
    end: int
    stance: Stance
    name: str
    exact: bool


class Names:
    """The names of all topics.

    ``signals`` gives the words that rule out (``negation``; behind the name also ``refusal``) unless one is said to
    be ``lacking`` ("wir kennen ASSKomm nicht"), the words and
    phrases that report something as over (``done``, ``settled``; as all that follows the name also ``possession``)
    and the words that turn to something else (``turn``). ``ordinary`` are the folded words of the
    content that are never taken for a misspelt name; what words in ``known`` mean is remembered.
    """

    def __init__(
        self,
        names: Mapping[str, Iterable[str]],
        signals: Mapping[Signal, Iterable[str]],
        ordinary: Container[str],
        known: Container[str],
        sounds: Sounds,
    ) -> None:
        self._single: dict[str, str] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._ordinary = ordinary
        self._negations = _folded(signals[Signal.NEGATION])
        self._lacking = _folded(signals[Signal.LACKING])
        self._refusals = self._negations | _folded(signals[Signal.REFUSAL])
        self._done = Patterns({Stance.DONE: (*signals[Signal.DONE], *signals[Signal.SETTLED])})
        self._possessions = frozenset(fold(clean(text)) for text in signals[Signal.POSSESSION])
        self._turns = _folded(signals[Signal.TURN])
        for topic, texts in names.items():
            for text in texts:
                self._add(topic, text)
        self._spelling = Spelling(self._single, _allowed, sounds, by_ear=True)
        self._lengths = sorted({len(name) for name in self._single if len(name) >= SHORTEST})
        self._of_word = remembering(self._name_of, known)
        self._initials = {name[0] for name in self._single if _FEWEST_SPOKEN <= len(name) <= _LONGEST_SPOKEN}
        self._beginnings = {name[:end] for name in self._single for end in range(1, len(name))}
        self.may_begin = remembering(self._begins, known)
        """Tells whether a name may begin with a folded word."""

    def _add(self, topic: str, text: str) -> None:
        parts = tuple(p for p in (fold_word(part) for part in _split(text)) if p)
        joined = "".join(parts)
        if len(parts) == 1 or len(joined) <= 16:
            self._single.setdefault(joined, topic)
        if len(parts) > 1:
            self._phrases.setdefault(parts[0], []).append((parts, topic))

    def find(self, utterance: Utterance) -> list[NameHit]:
        """Return the names in ``utterance``, longest first at a place."""
        folded = utterance.folded
        hits: list[NameHit] = []
        behind, may_begin = 0, self.may_begin
        for place, word in enumerate(folded):
            if place < behind or not may_begin(word) or (found := self._at(folded, place)) is None:
                continue
            name, topic, length, exact = found
            behind = place + length
            stance = self._stance(utterance, topic, place, behind, hits[-1] if hits else None)
            hits.append(NameHit(topic, place, behind, stance, name, exact))
        return hits

    def _begins(self, word: str) -> bool:
        """Return whether a name may begin with the folded ``word``."""
        return (
            word in self._phrases
            or word in self._beginnings
            or _SPOKEN.get(word) in self._initials
            or self._of_word(word) is not None
        )

    def _at(self, folded: Sequence[str], place: int) -> tuple[str, str, int, bool] | None:
        """Return the name that begins at ``place``: its words, topic, length and exactness."""
        best: tuple[str, int] | None = None
        for parts, topic in self._phrases.get(folded[place], ()):
            end = place + len(parts)
            if tuple(folded[place:end]) == parts and (best is None or len(parts) > best[1]):
                best = (topic, len(parts))
        if best is not None:
            topic, length = best
            return " ".join(folded[place : place + length]), topic, length, True
        if (spelt := self._spoken(folded, place)) is not None:
            return spelt
        # "Z A S T E X", "ass komm", "sicherheits leitfaden"
        joined, joins = folded[place], 1
        while joined in self._beginnings and joins <= _DOUBLED * len(joined) and place + joins < len(folded):
            joined, joins = fold_word(joined + folded[place + joins]), joins + 1
            if joined in self._single:
                return joined, self._single[joined], joins, False
        found = self._of_word(folded[place])
        return (found[0], self._single[found[0]], 1, found[1]) if found else None

    def _spoken(self, folded: Sequence[str], place: int) -> tuple[str, str, int, bool] | None:
        """Return the name that is spelt at ``place`` as its letters are called: "zet em i"."""
        letters = ""
        for end in range(place, min(place + _LONGEST_SPOKEN, len(folded))):
            letter = _SPOKEN.get(folded[end])
            if letter is None:
                return None
            letters += letter
            if len(letters) >= _FEWEST_SPOKEN and letters in self._single:
                return letters, self._single[letters], end + 1 - place, False
        return None

    def _name_of(self, word: str) -> tuple[str, bool] | None:
        """Return the single-word name that ``word`` means and whether it is spelt so."""
        if word in self._single:
            return word, True
        for length in self._lengths:
            # Inflection and compounds: "leitfadens", "zastexnummer", "lkaleitfaden".
            name = word[:length]
            if name in self._single and (len(word) - length <= 2 or length >= 6):
                return name, True
        meant = self._spelling.same_sound(word)
        if meant is None and word not in self._ordinary:
            meant = self._spelling.closest(word)
        return (meant, False) if meant else None

    def _stance(
        self, utterance: Utterance, topic: str, start: int, end: int, previous: NameHit | None
    ) -> Stance:
        """Return the stance of the name of ``topic`` in the words [start, end), behind the ``previous`` one."""
        folded = utterance.folded
        first, last = utterance.clause(start, end, self._turns)
        before = folded[first:start]
        reach = max(start - _REACH, first)
        if previous is not None and not _carries_on(previous, topic, folded[previous.end : start]):
            reach = max(reach, previous.end)
        if not self._negations.isdisjoint(folded[reach:start]) or _is_neither(folded, previous, start):
            return Stance.NEGATED
        after = spoken(folded[end:last])
        if len(after) == 1 and after[0] in self._refusals:
            # "ZMI kenne ich, ZASTEX nicht" asks for the ZASTEX, as "wir kennen die ZASTEX nicht" does.
            beside_known = previous is not None and previous.stance is Stance.DONE
            is_wanted = beside_known or not self._lacking.isdisjoint(before)
            return Stance.MEANT if is_wanted and after[0] in self._negations else Stance.NEGATED
        is_done = last < len(folded) and self._is_done(folded[first:last])
        return Stance.DONE if is_done or self._is_had(folded, end, last) else Stance.MEANT

    def _is_done(self, around: Sequence[str]) -> bool:
        """Return whether folded words report something as over, and deny it only by that: "brauche ich nicht"."""
        hits = self._done.find(around)
        said = covered(hits)
        return bool(hits) and all(
            place in said for place, word in enumerate(around) if word in self._negations
        )

    def _is_had(self, folded: Sequence[str], end: int, last: int) -> bool:
        """Return whether "hab ich" is all between a name that ends at ``end`` and what follows it.

        That is the next clause, which begins at ``last``, or the next name where nobody wrote a comma.
        """
        behind = folded[end:last]
        stop = next((place for place in range(len(behind)) if self._at(behind, place)), len(behind))
        after = behind[:stop]
        return end + stop < len(folded) and any(
            " ".join(after[n:]) in self._possessions for n in range(_THING)
        )


def _carries_on(previous: NameHit, topic: str, between: Sequence[str]) -> bool:
    """Return whether what denies the ``previous`` name denies that of ``topic`` behind the words ``between`` as well.

    "Nicht ZASTEX oder ZMI", "kein ASSKomm vom LPR", unlike "nicht ZASTEX die ZMI".
    """
    return previous.topic == topic or not DENIED_TOGETHER.isdisjoint(between)


def _is_neither(folded: Sequence[str], previous: NameHit | None, start: int) -> bool:
    """Return whether the name at ``start`` is ruled out with the ``previous`` one by "weder" and "noch", however far apart."""
    if previous is None or previous.stance is not Stance.NEGATED:
        return False
    between = folded[previous.end : start]
    return len(between) <= _NOR_FAR and between[:1] == (_NOR,) and _NEITHER in folded[: previous.start]


def _allowed(name: str, word: str) -> int:
    letters = len(name)
    is_framed = word[:2] == name[:2] and word[-1] == name[-1]
    if letters < _MIDDLING and not is_framed:
        return 1
    return 2 if letters < _LONG else letters // 4


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(fold_word(text) for text in texts)


def _split(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()
