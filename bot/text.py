"""Reduces what people type to a form in which spelling no longer matters.

Two steps, each total over any string:

``clean``   drops what cannot be read (control and zero-width characters, lone
            surrogates), bounds the length, keeps case and punctuation.
``fold``    lower case, one spelling for umlauts (ä = ae = a), ß = ss, doubled
            letters single, punctuation to spaces; ``?`` and ``!`` stay as words.

"Straße", "STRASSE", "strasse" and "Strase" fold alike, so no later part needs
to know about spelling variants. What the parts of the bot hand on is an
``Utterance``: a cleaned text and its folded words together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, pairwise
from typing import NamedTuple, TypeVar

LONGEST = 4000
"""Characters of an utterance that are looked at; beyond, head and tail count."""

_INVISIBLE: dict[int, str | None] = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0B, 0x0D),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        0xAD,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        0xFEFF,
        *range(0xD800, 0xE000),
        *range(0xE0000, 0xE0080),
    ]
) | {0x1F198: " sos "}
_PLAIN = re.compile("[ -~äöüÄÖÜß–„“]*")
"""Matches what ``clean`` leaves as it is."""
_AT_A_TIME = 500
"""Texts that are folded at once: enough to gain by it, few enough to stay in the processor's cache."""
_PIECE = re.compile(r"[^\W_]+|[?!]")
_UMLAUTS = str.maketrans(
    {"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d"}
)
_UNUSUAL = re.compile(r"[^\x00-\x7F]+")
_DOUBLED = re.compile(r"([a-z])(?=\1)")
_SENTENCE_ENDS = frozenset(".:;\n")
_CLAUSE_ENDS = frozenset(".,;:()–—\n")
_FARTHEST = 30
"""Words beyond which nobody's clause goes on."""
SIGNS = frozenset("?!")
"""The signs that are words of their own."""

Found = TypeVar("Found")


def clean(utterance: str) -> str:
    """Return the readable part of ``utterance``, at most ``LONGEST`` characters.

    Of a longer text the first three quarters and the last quarter of the bound
    are kept: the question usually stands at one of the ends.
    """
    visible = _bounded(utterance)
    if _PLAIN.fullmatch(visible):  # as most utterances are
        return visible.strip()
    visible = visible.translate(_INVISIBLE)
    try:
        composed = unicodedata.normalize("NFKC", visible)
    except ValueError:  # pragma: no cover - normalize is total; kept for foreign builds
        composed = visible
    # NFKC may lengthen one character eighteenfold, so the bound is set again.
    return _bounded(composed).strip()


def _bounded(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST * 3 // 4 - 1] + " " + text[-(LONGEST // 4) :]


def fold(text: str) -> str:
    """Return the folded form of a cleaned text (see the module docstring)."""
    return " ".join(_folded([_PIECE.findall(text)])[0])


class Word(NamedTuple):
    """One word: its folded form and the slice [start, end) of the cleaned text."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person wrote, cleaned: the text and its words in order, ``?`` and ``!`` among them.

    ``folded`` are the words alone; the place of a word is the number of those before it. What is cut out of an
    utterance is one of its own.
    """

    text: str
    words: tuple[Word, ...]
    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str, folded: Sequence[str] | None = None) -> Utterance:
        """Return a cleaned ``text`` with its words; ``folded`` are its ``folded_words`` if they are known already."""
        pieces = _PIECE.findall(text)
        if folded is None:
            folded = _folded([pieces])[0]
        return cls(text, tuple(_placed(text, pieces, folded)), tuple(folded))

    # --- parts of it ----------------------------------------------------------------

    def since(self, place: int) -> Utterance:
        """Return what is said from the word at ``place`` on."""
        return Utterance.of(self.text[self.words[place].start :])

    def before(self, place: int) -> Utterance:
        """Return what is said before the word at ``place``."""
        return Utterance.of(self.text[: self.words[place].start])

    def part(self, start: int, end: int) -> Utterance:
        """Return what the words [start, end) say."""
        return Utterance.of(self.text[self.words[start].start : self.words[end - 1].end])

    def without(self, start: int, end: int) -> Utterance:
        """Return what is said beside the words [start, end)."""
        return Utterance.of(self.text[: self.words[start].start] + self.text[self.words[end - 1].end :])

    # --- its sentences and clauses --------------------------------------------------

    def sentence_start(self, place: int) -> int:
        """Return the place of the first word of the sentence that the word at ``place`` is in."""
        for start in range(place, 0, -1):
            if self._begins_sentence(start):
                return start
        return 0

    def sentence_end(self, place: int) -> int:
        """Return the place behind the last word of that sentence; a closing "?" is its last word."""
        for end in range(place + 1, len(self.words)):
            if self._begins_sentence(end):
                return end
        return len(self.words)

    def last_start(self) -> int:
        """Return the place of the first word of the last sentence; 0 if there is only one."""
        return self.sentence_start(len(self.words) - 1)

    def _begins_sentence(self, place: int) -> bool:
        # As ``gap``, which is asked for each word; nearly all are parted by one space.
        gap = self.text[self.words[place - 1].end : self.words[place].start]
        return self.folded[place - 1] in SIGNS or (gap != " " and not _SENTENCE_ENDS.isdisjoint(gap))

    def begins_clause(self, place: int) -> bool:
        """Return whether a clause ends in front of the word at ``place``; "?" and "!" belong to theirs."""
        gap = self.gap(place)
        # Nearly all words are parted by one space.
        is_parted = gap != " " and (gap == " - " or not _CLAUSE_ENDS.isdisjoint(gap))
        return is_parted or self.folded[place - 1] in SIGNS

    def ends_clause(self, place: int) -> bool:
        """Return whether a clause ends in front of ``place``: nothing, a sign or another clause follows."""
        return place == len(self.words) or self.folded[place] in SIGNS or self.begins_clause(place)

    def clauses(self) -> list[tuple[int, int]]:
        """Return the words [start, end) of each clause, in order; "?" and "!" belong to theirs."""
        places = range(1, len(self.words))
        begun = [n for n in places if self.folded[n] not in SIGNS and self.begins_clause(n)]
        return list(pairwise([0, *begun, len(self.words)])) if self.words else []

    def clause(self, start: int, end: int, joints: Set[str] = frozenset()) -> tuple[int, int]:
        """Return the words [start, end) widened to the clause they are in; the words ``joints`` end one as well.

        No clause reaches farther than ``_FARTHEST`` words: looking at each name of a long text stays linear.
        """
        folded = self.folded
        least, most = max(start - _FARTHEST, 0), min(end + _FARTHEST, len(folded))

        def begins(place: int) -> bool:
            return folded[place - 1] in joints or folded[place] in joints or self.begins_clause(place)

        while start > least and not begins(start):
            start -= 1
        while end < most and not begins(end):
            end += 1
        return start, end

    def gap(self, place: int) -> str:
        """Return what is written between the word at ``place`` and the one before it."""
        return self.text[self.words[place - 1].end : self.words[place].start]


def folded_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the folded words of each of many cleaned texts, without their places."""
    found: list[list[str]] = []
    for start in range(0, len(texts), _AT_A_TIME):
        found += _folded([_PIECE.findall(text) for text in texts[start : start + _AT_A_TIME]])
    return found


def _folded(pieces: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the folded words of the ``pieces`` of each of some texts."""
    # Folding them all at once is many times as fast as one by one.
    together = fold_word(" ".join(chain.from_iterable(pieces))).split(" ")
    ends = list(accumulate(map(len, pieces)))
    if len(together) != max(ends[-1], 1):  # some letter folds to a space or to nothing
        together = [_folded_piece(piece) for of_text in pieces for piece in of_text]
    folded = [together[end - len(of_text) : end] for of_text, end in zip(pieces, ends, strict=True)]
    return folded if all(together) else [[word for word in of if word] for of in folded]


def _folded_piece(piece: str) -> str:
    return fold_word(piece).replace(" ", "")


def _placed(text: str, pieces: Sequence[str], folded: Sequence[str]) -> list[Word]:
    """Return the ``folded`` words with their places; what is between ``pieces`` cannot look like one of them."""
    if len(pieces) != len(folded):
        pieces = [piece for piece in pieces if _folded_piece(piece)]
    starts, ends, end = [], [], 0
    for piece in pieces:
        start = text.find(piece, end)
        end = start + len(piece)
        starts.append(start)
        ends.append(end)
    # As ``Word(*of)`` of each, in a third of the time.
    return [*map(_as_word, zip(folded, starts, ends, strict=True))]


_as_word = partial(tuple.__new__, Word)


def last_start(text: str, folded: Sequence[str]) -> int:
    """Return the place of the first word of the last sentence of a cleaned text; 0 if there is only one.

    As ``Utterance.last_start`` finds it, without the places of the words before.
    """
    pieces = _PIECE.findall(text)
    if len(pieces) != len(folded):
        return Utterance.of(text, folded).last_start()
    behind = len(text)
    for place in range(len(pieces) - 1, 0, -1):
        start = text.rfind(pieces[place], 0, behind)
        before = text.rfind(pieces[place - 1], 0, start)
        gap = text[before + len(pieces[place - 1]) : start]
        if folded[place - 1] in SIGNS or not _SENTENCE_ENDS.isdisjoint(gap):
            return place
        behind = start
    return 0


def spoken(folded: Iterable[str]) -> list[str]:
    """Return the folded words without signs, and without the empty places that a name joined of several words leaves."""
    return [word for word in folded if word and word not in SIGNS]


def fold_word(word: str) -> str:
    """Return the folded form of a single word."""
    if word.isascii():
        word = word.lower()
    else:
        word = word.casefold().replace("ä", "a").replace("ö", "o").replace("ü", "u")
        word = word if word.isascii() else _UNUSUAL.sub(_usual, word)
    return _DOUBLED.sub("", word.replace("ae", "a").replace("oe", "o").replace("ue", "u"))


def _usual(unusual: re.Match[str]) -> str:
    """Return letters beyond ASCII without what sits above or below them."""
    letters = unusual.group().translate(_UMLAUTS)
    if letters.isascii():
        return letters
    decomposed = unicodedata.normalize("NFD", letters)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def remembering(function: Callable[[str], Found], known: Container[str]) -> Callable[[str], Found]:
    """Return ``function`` of a folded word with a memory for the words in ``known``, and for no others.

    What strangers write is not kept, and the memory cannot outgrow the content.
    """
    return Memory(function, known).__getitem__


class Memory(dict[str, Found]):
    """What ``function`` returns for folded words, kept for those in ``known``.

    A dictionary, because nothing is read faster. A word is in it only if it is known and was asked for.
    """

    def __init__(self, function: Callable[[str], Found], known: Container[str]) -> None:
        super().__init__()
        self._function, self._known = function, known

    def __missing__(self, word: str) -> Found:
        found = self._function(word)
        if word in self._known:
            self[word] = found
        return found
