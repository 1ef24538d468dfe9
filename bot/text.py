"""Reduces what people type to a form in which spelling no longer matters.

Three steps, each total over any string:

``clean``   drops what cannot be read (control and zero-width characters, lone
            surrogates), bounds the length, keeps case and punctuation.
``fold``    lower case, one spelling for umlauts (ä = ae = a), ß = ss, doubled
            letters single, punctuation to spaces; ``?`` and ``!`` stay as words.
``words``   the words of a folded text, with their place in the cleaned one.

"Straße", "STRASSE", "strasse" and "Strase" fold alike, so no later part needs
to know about spelling variants.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import accumulate, chain
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
    return " ".join(word.folded for word in words(text))


class Word(NamedTuple):
    """One word: its folded form and the slice [start, end) of the cleaned text."""

    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of a cleaned text in order, folded; ``?`` and ``!`` count."""
    pieces = _PIECE.findall(text)
    return _placed(text, pieces, _folded([pieces])[0])


def words_at(text: str, folded: Sequence[str]) -> list[Word]:
    """Return the words of a cleaned text whose ``folded_words`` are known already."""
    return _placed(text, _PIECE.findall(text), folded)


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
    found, end = [], 0
    for piece, word in zip(pieces, folded, strict=True):
        start = text.find(piece, end)
        end = start + len(piece)
        found.append(Word(word, start, end))
    return found


def spoken(folded: Iterable[str]) -> list[str]:
    """Return the folded words without signs, and without the empty places that a name joined of several words leaves."""
    return [word for word in folded if word and word not in SIGNS]


def sentence_start(text: str, found: Sequence[Word], place: int) -> int:
    """Return the place of the first word of the sentence that the word at ``place`` of ``text`` is in."""
    for start in range(place, 0, -1):
        if _parts(text, found[start - 1], found[start]):
            return start
    return 0


def sentence_end(text: str, found: Sequence[Word], place: int) -> int:
    """Return the place behind the last word of that sentence; a closing "?" is its last word."""
    for end in range(place + 1, len(found)):
        if _parts(text, found[end - 1], found[end]):
            return end
    return len(found)


def _parts(text: str, left: Word, right: Word) -> bool:
    gap = text[left.end : right.start]
    # Nearly all words are parted by one space.
    return left.folded in SIGNS or (gap != " " and not _SENTENCE_ENDS.isdisjoint(gap))


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
