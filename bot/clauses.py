"""Leaves out of a text what its question does not need: what it opens and closes with, and what it denies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot import grammar
from bot.matching.lexicon import Lexicon
from bot.signals import Signal
from bot.text import SIGNS, Word, fold_word, sentence_start, spoken, words

_LONGEST_OPENER = 4
"""Words within which an opener and what follows it are looked for."""
_LONGEST_CLOSING = 3
"""Words of the longest phrase that closes a letter."""
_LONGEST_SIGNATURE = 6
"""Words that may follow the closing of a letter: a name and an office."""
_SHORTEST_LETTER = 25
"""Words from which a message may be a letter, of which one sentence asks."""
_FEWEST_TOLD = 3
"""Words that follow what a text begins by denying, if it tells what there is instead."""
_MOST_BETWEEN_DENIALS = 6
"""Words from one denial to the next up to which "sondern" replaces both."""
_NEAR_ITS_BEGIN = 6
"""Words of a clause within which "bloß" tells that it is what there is."""
_LONGEST_CORRECTION = 10
"""Words up to which "nicht das Heft" corrects something; in a story it is told."""


class Clauses:
    """Trims texts by the words of one content; ``negations`` deny what follows them."""

    def __init__(self, lexicon: Lexicon, negations: Iterable[str]) -> None:
        self._lexicon = lexicon
        self._negations = frozenset(map(fold_word, negations))

    def asking_part(self, text: str, found: Sequence[Word], *, last_only: bool) -> tuple[str, Sequence[Word]]:
        """Return the part of a cleaned ``text`` that asks, without what it opens with, and its words.

        "Schade. Und schriftlich?" asks "Und schriftlich?". With ``last_only`` all
        sentences but the last are left out. A text without such a part is returned whole.
        """
        folded = [word.folded for word in found]
        start = self.end_of_openers(folded, sentence_start(text, found, len(found) - 1) if last_only else 0)
        if not start or not self.asks(folded[start:]):
            return text, found
        part = text[found[start].start :]
        return part, words(part)

    def end_of_openers(self, folded: Sequence[str], start: int = 0) -> int:
        """Return where the openers that begin at ``start`` end: "ok, super, danke"; ``start`` if there is none."""
        while (end := self._end_of_opener(folded, start)) > start:
            start = end
        return start

    def without_greeting(self, text: str, found: Sequence[Word]) -> tuple[str, Sequence[Word]]:
        """Return a cleaned ``text`` without the greeting it opens with, and its words; the whole if nothing follows."""
        folded, start = [word.folded for word in found], 0
        while start < len(folded):
            near = self._lexicon.find(folded[start : start + _LONGEST_OPENER]).signals
            ends = [hit.end for hit in near if hit.id == Signal.GREETING and hit.start == 0]
            if not ends and not (start and folded[start] in SIGNS):
                break
            start += max(ends, default=1)
        if start in (0, len(folded)):
            return text, found
        part = text[found[start].start :]
        return part, words(part)

    @staticmethod
    def without_closing(text: str, found: Sequence[Word]) -> tuple[str, Sequence[Word]]:
        """Return a cleaned ``text`` without the words a letter closes with, and its words; the whole if nothing precedes.

        "Gibt es dort ein Telefon? Mit freundlichem Gruß, H. Seidel" asks for a telephone and tells of nobody.
        """
        folded = [word.folded for word in found]
        for start in range(max(len(folded) - _LONGEST_CLOSING - _LONGEST_SIGNATURE, 1), len(folded)):
            if folded[start] not in _CLOSING:
                continue
            ends = [
                end for n in range(1, _LONGEST_CLOSING + 1) if _closes(folded[start : (end := start + n)])
            ]
            after = folded[max(ends, default=0) :]
            if ends and len(after) <= _LONGEST_SIGNATURE and "?" not in after:
                part = text[: found[start].start].rstrip()
                return part, words(part)
        return text, found

    @staticmethod
    def is_letter(found: Sequence[Word]) -> bool:
        """Return whether a message is long enough to be a letter, of which some sentences ask and others tell."""
        return len(found) >= _SHORTEST_LETTER

    @staticmethod
    def questions(text: str, found: Sequence[Word]) -> list[tuple[int, str]]:
        """Return the sentences of a cleaned ``text`` that end with "?", each with the place of its first letter."""
        ends = [place for place, word in enumerate(found) if word.folded == "?"]
        starts = [found[sentence_start(text, found, end)].start for end in ends]
        return [(start, text[start : found[end].end]) for start, end in zip(starts, ends, strict=True)]

    def denies(self, folded: Sequence[str]) -> bool:
        """Return whether a few folded words deny something."""
        return len(folded) <= _LONGEST_CORRECTION and not self._negations.isdisjoint(folded)

    def asks(self, folded: Sequence[str]) -> bool:
        """Return whether folded words ask something."""
        if "?" in folded:
            return True
        found = self._lexicon.find(folded)
        return found.has_signal(Signal.QUESTION) or bool(found.questions or found.aspects)

    def without_denied(self, text: str, found: Sequence[Word]) -> tuple[str, Sequence[Word]]:
        """Return a cleaned ``text`` without what it denies, and its words.

        "Keine Mails, sondern Briefe" are "Briefe", "die Beratung, nicht das Heft" is "die Beratung".
        """
        folded = [word.folded for word in found]
        if grammar.INSTEAD in folded:
            start, end = self._denied_before(text, found, folded.index(grammar.INSTEAD))
        else:
            start, end = self._corrected(text, found, folded)
            if start == end:
                start, end = 0, self._end_of_opening_denials(text, found)
        if start == end:
            return text, found
        after = text[found[end].start :] if end < len(found) else ""
        kept = f"{text[: found[start].start]}{after}".strip()
        return kept, words(kept)

    def _denied_before(self, text: str, found: Sequence[Word], instead: int) -> tuple[int, int]:
        """Return the places [start, end) of what "sondern" at ``instead`` replaces; nothing is (0, 0)."""
        start = sentence_start(text, found, instead)
        denied = [n for n in range(start, instead) if found[n].folded in self._negations]
        if not denied or instead + 1 == len(found) or found[denied[-1] + 1].folded in grammar.ONLY:
            return 0, 0
        if denied[-1] + 1 == instead:  # "das Heft will ich nicht, sondern ..." denies what stands before it
            return start, instead + 1
        first = len(denied) - 1
        while first and denied[first] - denied[first - 1] <= _MOST_BETWEEN_DENIALS:
            first -= 1  # "nicht um Drohungen und nicht ums Internet, sondern ..."
        return denied[first], instead + 1

    def behind_denials(self, text: str, found: Sequence[Word]) -> tuple[str, Sequence[Word]] | None:
        """Return what is the case behind clauses that all say what is not, and its words; ``None`` if there are none.

        "Wir haben keine Nazis und keine Drohbriefe, wir haben bloß Leute, die sich fürchten"
        """
        folded = [word.folded for word in found]
        if self._negations.isdisjoint(folded) or grammar.MERELY.isdisjoint(folded):
            return None
        bounds = [n for n in range(1, len(found)) if grammar.ends_clause(text, found[n - 1], found[n])]
        starts = [0, *(n for n in bounds if folded[n] not in SIGNS)]
        for start, end in pairwise([*starts, len(found)]):
            clause = spoken(folded[start:end])
            place = next((n for n, word in enumerate(clause) if word in grammar.MERELY), -1)
            if start and 0 <= place < _NEAR_ITS_BEGIN and clause[place - 1] not in self._negations:
                rest = text[found[start].start :]
                return (rest, words(rest)) if len(found) - start >= _FEWEST_TOLD else None
            is_denied = not self._negations.isdisjoint(clause)
            if not is_denied and len(clause) > _FEWEST_TOLD:
                return None
        return None

    def _corrected(self, text: str, found: Sequence[Word], folded: Sequence[str]) -> tuple[int, int]:
        """Return the places of "nicht das Heft" in a correction that says also what is wanted."""
        replaces = not grammar.INSTEAD_OF.isdisjoint(folded)
        if self._negations.isdisjoint(folded) or (len(found) > _LONGEST_CORRECTION and not replaces):
            return 0, 0
        opens = folded[0] in self._negations and not grammar.WAYS.isdisjoint(folded[1:2])
        if not opens and not replaces and not self._lexicon.find(folded).has_signal(Signal.CORRECTION):
            return 0, 0
        for start, word in enumerate(folded):
            end = self._end_of_denied(text, found, start) if word in self._negations else start
            rest = [*folded[:start], *folded[end:]]
            # Of "nicht per Brief, per Mail" the rest alone would ask for an address.
            is_way = end > start and folded[start + 1] in grammar.WAYS
            said = self._lexicon.find(rest).questions if is_way else ()
            if end > start and self._lexicon.left_over(rest, said):
                return start, end
        return 0, 0

    def _end_of_opening_denials(self, text: str, found: Sequence[Word]) -> int:
        """Return where the things end with whose denial a text begins: "keine Mails, nicht im Netz, ein Brief …".

        0 if there are none, or if little follows.
        """
        end, last = 0, len(found) - _FEWEST_TOLD
        while end < last and found[end].folded in self._negations:
            after = self._end_of_denied(text, found, end)
            if after in (end, len(found)) or not text[found[after - 1].end : found[after].start].startswith(
                ","
            ):
                break
            end = after
        return end if end <= last and found[end].folded not in self._negations else 0

    @staticmethod
    def _end_of_denied(text: str, found: Sequence[Word], start: int) -> int:
        """Return where a thing denied at ``start`` ends: "nicht das Heft"; ``start`` if no thing is denied."""
        thing = start + 1
        word = found[start].folded
        if not word.startswith(grammar.NONE_OF):
            is_way = thing < len(found) and found[thing].folded in grammar.WAYS
            thing += is_way
            if thing < len(found) and found[thing].folded in grammar.ARTICLES:
                thing += 1
            elif not is_way and word not in grammar.INSTEAD_OF:
                return start
        end = thing + 1
        if end > len(found):
            return start
        is_parted = end == len(found) or found[end].folded in SIGNS
        is_parted = is_parted or grammar.ends_clause(text, found[thing], found[end])
        return end if is_parted or found[end].folded in grammar.ARTICLES else start

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
