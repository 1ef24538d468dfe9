"""Leaves out of an utterance what its question does not need: what it opens and closes with, and what it denies.

Also finds its questions, and the thing that a follow-up is put of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import grammar
from bot.reading.asking import asks_or_wants
from bot.reading.lexicon import Lexicon
from bot.signals import Signal
from bot.text import SIGNS, Utterance, fold_word, spoken

_LONGEST_OPENER = 4
"""Words within which an opener and what follows it are looked for."""
_LONGEST_CLOSING = 3
"""Words of the longest phrase that closes a letter."""
_LONGEST_SIGNATURE = 6
"""Words that may follow the closing of a letter: a name and an office."""
_SHORTEST_LETTER = 25
"""Words from which a message may be a letter, of which one sentence asks."""
_FEWEST_TOLD = 3
"""Words that follow what an utterance begins by denying, if it tells what there is instead."""
_MOST_BETWEEN_DENIALS = 6
"""Words from one denial to the next up to which "sondern" replaces both."""
_NEAR_ITS_BEGIN = 6
"""Words of a clause within which "bloß" tells that it is what there is."""
_LONGEST_CORRECTION = 10
"""Words up to which "nicht das Heft" corrects something; in a story it is told."""


class Clauses:
    """Trims utterances by the words of one content; ``negations`` deny what follows them."""

    def __init__(self, lexicon: Lexicon, negations: Iterable[str]) -> None:
        self._lexicon = lexicon
        self._negations = frozenset(map(fold_word, negations))

    def asking_part(self, utterance: Utterance, *, last_only: bool) -> Utterance:
        """Return the part of an utterance that asks, without what it opens with.

        "Schade. Und schriftlich?" asks "Und schriftlich?". With ``last_only`` all
        sentences but the last are left out. An utterance without such a part is returned whole.
        """
        folded = utterance.folded
        start = self.end_of_openers(folded, utterance.last_start() if last_only else 0)
        return utterance.since(start) if start and self.asks_or_wants(folded[start:]) else utterance

    def end_of_openers(self, folded: Sequence[str], start: int = 0) -> int:
        """Return where the openers that begin at ``start`` end: "ok, super, danke"; ``start`` if there is none."""
        while (end := self._end_of_opener(folded, start)) > start:
            start = end
        return start

    def without_greeting(self, utterance: Utterance) -> Utterance:
        """Return an utterance without the greeting it opens with; the whole if nothing follows."""
        folded, start = utterance.folded, 0
        while start < len(folded):
            near = self._lexicon.find(folded[start : start + _LONGEST_OPENER]).signals
            ends = [hit.end for hit in near if hit.id == Signal.GREETING and hit.start == 0]
            if not ends and not (start and folded[start] in SIGNS):
                break
            start += max(ends, default=1)
        return utterance if start in (0, len(folded)) else utterance.since(start)

    @staticmethod
    def without_closing(utterance: Utterance) -> Utterance:
        """Return an utterance without the words a letter closes with; the whole if nothing precedes.

        "Gibt es dort ein Telefon? Mit freundlichem Gruß, H. Seidel" asks for a telephone and tells of nobody.
        """
        folded = utterance.folded
        for start in range(max(len(folded) - _LONGEST_CLOSING - _LONGEST_SIGNATURE, 1), len(folded)):
            if folded[start] not in _CLOSING:
                continue
            ends = [
                end for n in range(1, _LONGEST_CLOSING + 1) if _closes(folded[start : (end := start + n)])
            ]
            after = folded[max(ends, default=0) :]
            if ends and len(after) <= _LONGEST_SIGNATURE and "?" not in after:
                return Utterance.of(utterance.before(start).text.rstrip())
        return utterance

    @staticmethod
    def is_letter(utterance: Utterance) -> bool:
        """Return whether a message is long enough to be a letter, of which some sentences ask and others tell."""
        return len(utterance.words) >= _SHORTEST_LETTER

    @staticmethod
    def questions(utterance: Utterance) -> list[tuple[int, int]]:
        """Return the words [start, end) of each sentence that ends with "?"."""
        signs = [place for place, word in enumerate(utterance.folded) if word == "?"]
        return [(utterance.sentence_start(sign), sign + 1) for sign in signs]

    @staticmethod
    def thing_added(utterance: Utterance) -> int | None:
        """Return the place of the thing that is put beside what was spoken of: "und die vom Gesundheitsamt?".

        ``None`` if there is none, or if more is said of it in the same clause ("und die Stelle fürs Internet").
        """
        folded, place = utterance.folded, 2
        determiners = grammar.ARTICLES | grammar.OURS
        if folded[:1] != (grammar.AND,) or determiners.isdisjoint(folded[1:2]):
            return None
        if not grammar.WHOSE.isdisjoint(folded[place : place + 1]):
            place += 1 if determiners.isdisjoint(folded[place + 1 : place + 2]) else 2
        if place >= len(folded) or folded[place] in SIGNS:
            return None
        after = place + 1
        return place if utterance.ends_clause(after) or folded[after] in grammar.ALSO else None

    def denies_in_few_words(self, folded: Sequence[str]) -> bool:
        """Return whether a few folded words deny something."""
        return len(folded) <= _LONGEST_CORRECTION and not self._negations.isdisjoint(folded)

    def asks_or_wants(self, folded: Sequence[str]) -> bool:
        """Return whether folded words may ask, or say what is wanted (see ``asking``)."""
        return "?" in folded or asks_or_wants(folded, self._lexicon.find(folded))

    def without_denied(self, utterance: Utterance) -> Utterance:
        """Return an utterance without what it denies.

        "Keine Mails, sondern Briefe" are "Briefe", "die Beratung, nicht das Heft" is "die Beratung".
        """
        folded = utterance.folded
        if grammar.INSTEAD in folded:
            start, end = self._denied_before(utterance, folded.index(grammar.INSTEAD))
        else:
            start, end = self._corrected(utterance)
            if start == end:
                start, end = 0, self._end_of_opening_denials(utterance)
        if start == end:
            return utterance
        text, words = utterance.text, utterance.words
        after = text[words[end].start :] if end < len(words) else ""
        return Utterance.of(f"{text[: words[start].start]}{after}".strip())

    def _denied_before(self, utterance: Utterance, instead: int) -> tuple[int, int]:
        """Return the places [start, end) of what "sondern" at ``instead`` replaces; nothing is (0, 0)."""
        start, folded = utterance.sentence_start(instead), utterance.folded
        denied = [n for n in range(start, instead) if folded[n] in self._negations]
        if not denied or instead + 1 == len(folded) or folded[denied[-1] + 1] in grammar.ONLY:
            return 0, 0
        if denied[-1] + 1 == instead:  # "das Heft will ich nicht, sondern ..." denies what stands before it
            return start, instead + 1
        first = len(denied) - 1
        while first and denied[first] - denied[first - 1] <= _MOST_BETWEEN_DENIALS:
            first -= 1  # "nicht um Drohungen und nicht ums Internet, sondern ..."
        return denied[first], instead + 1

    def behind_denials(self, utterance: Utterance) -> Utterance | None:
        """Return what is the case behind clauses that all say what is not; ``None`` if there are none.

        "Wir haben keine Nazis und keine Drohbriefe, wir haben bloß Leute, die sich fürchten"
        """
        folded = utterance.folded
        if self._negations.isdisjoint(folded) or grammar.MERELY.isdisjoint(folded):
            return None
        for start, end in utterance.clauses():
            clause = spoken(folded[start:end])
            place = next((n for n, word in enumerate(clause) if word in grammar.MERELY), -1)
            if start and 0 <= place < _NEAR_ITS_BEGIN and clause[place - 1] not in self._negations:
                return utterance.since(start) if len(folded) - start >= _FEWEST_TOLD else None
            is_denied = not self._negations.isdisjoint(clause)
            if not is_denied and len(clause) > _FEWEST_TOLD:
                return None
        return None

    def _corrected(self, utterance: Utterance) -> tuple[int, int]:
        """Return the places of "nicht das Heft" in a correction that says also what is wanted."""
        folded = utterance.folded
        replaces = not grammar.INSTEAD_OF.isdisjoint(folded)
        if self._negations.isdisjoint(folded) or (len(folded) > _LONGEST_CORRECTION and not replaces):
            return 0, 0
        opens = folded[0] in self._negations and not grammar.WAYS.isdisjoint(folded[1:2])
        if not opens and not replaces and not self._lexicon.find(folded).has_signal(Signal.CORRECTION):
            return 0, 0
        for start, word in enumerate(folded):
            end = self._end_of_denied(utterance, start) if word in self._negations else start
            rest = [*folded[:start], *folded[end:]]
            # Of "nicht per Brief, per Mail" the rest alone would ask for an address.
            is_way = end > start and folded[start + 1] in grammar.WAYS
            said = self._lexicon.find(rest).questions if is_way else ()
            if end > start and self._lexicon.left_over(rest, said):
                return start, end
        return 0, 0

    def _end_of_opening_denials(self, utterance: Utterance) -> int:
        """Return where the things end with whose denial an utterance begins: "keine Mails, nicht im Netz, ein Brief …".

        0 if there are none, or if little follows.
        """
        folded = utterance.folded
        end, last = 0, len(folded) - _FEWEST_TOLD
        while end < last and folded[end] in self._negations:
            after = self._end_of_denied(utterance, end)
            if after in (end, len(folded)) or not utterance.gap(after).startswith(","):
                break
            end = after
        return end if end <= last and folded[end] not in self._negations else 0

    @staticmethod
    def _end_of_denied(utterance: Utterance, start: int) -> int:
        """Return where a thing denied at ``start`` ends: "nicht das Heft"; ``start`` if no thing is denied."""
        folded, thing = utterance.folded, start + 1
        word = folded[start]
        if not word.startswith(grammar.NONE_OF):
            is_way = thing < len(folded) and folded[thing] in grammar.WAYS
            thing += is_way
            if thing < len(folded) and folded[thing] in grammar.ARTICLES:
                thing += 1
            elif not is_way and word not in grammar.INSTEAD_OF:
                return start
        end = thing + 1
        if end > len(folded):
            return start
        return end if utterance.ends_clause(end) or folded[end] in grammar.ARTICLES else start

    def _end_of_opener(self, folded: Sequence[str], start: int) -> int:
        """Return where the opener that begins at ``start`` ends; ``start`` if there is none."""
        near = folded[start : start + _LONGEST_OPENER]
        found = self._lexicon.find(near)
        ends = [hit.end for hit in found.signals if hit.id == Signal.OPENER and hit.start == 0]
        if not ends or any(hit.start == 0 and hit.end > max(ends) for hit in found.questions):
            return start  # "stimmt die Nummer noch" asks whether it does
        end = start + max(ends)
        return end + 1 if folded[end : end + 1] and folded[end] in SIGNS else end


_CLOSING = frozenset(phrase.partition(" ")[0] for phrase in grammar.CLOSINGS)
"""What such a phrase begins with."""


def _closes(folded: Sequence[str]) -> bool:
    """Return whether folded words are the phrase that a letter closes with."""
    return " ".join(folded) in grammar.CLOSINGS
