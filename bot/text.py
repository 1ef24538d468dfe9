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
from collections.abc import Callable
from typing import NamedTuple

LONGEST = 4000
"""Characters of an utterance that are looked at; beyond, head and tail count."""

_INVISIBLE = dict.fromkeys(
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
)
_PIECE = re.compile(r"[^\W_]+|[?!]")
_UMLAUTS = str.maketrans({"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d"})
_DIGRAPH = re.compile(r"([aou])e")
_DOUBLED = re.compile(r"([a-z])\1+")


def clean(utterance: str) -> str:
    """Return the readable part of ``utterance``, at most ``LONGEST`` characters.

    Of a longer text the first three quarters and the last quarter of the bound
    are kept: the question usually stands at one of the ends.
    """
    if len(utterance) > LONGEST:
        utterance = utterance[: LONGEST * 3 // 4 - 1] + " " + utterance[-(LONGEST // 4) :]
    visible = utterance.translate(_INVISIBLE)
    try:
        composed = unicodedata.normalize("NFKC", visible)
    except ValueError:  # pragma: no cover - normalize is total; kept for foreign builds
        composed = visible
    # NFKC may lengthen one character eighteenfold, so the bound is set again.
    return composed[:LONGEST].strip()


def fold(text: str) -> str:
    """Return the folded form of a cleaned text (see the module docstring)."""
    return " ".join(word.folded for word in words(text))


class Word(NamedTuple):
    """One word: its folded form and the slice [start, end) of the cleaned text."""

    folded: str
    start: int
    end: int


def words(text: str, fold_one: Callable[[str], str] | None = None) -> list[Word]:
    """Return the words of a cleaned text in order, folded; ``?`` and ``!`` count.

    ``fold_one`` may be a remembering ``fold_word``, for reading a whole content.
    """
    fold_one = fold_one or fold_word
    return [
        Word(folded, piece.start(), piece.end())
        for piece in _PIECE.finditer(text)
        if (folded := fold_one(piece.group()))
    ]


def fold_word(word: str) -> str:
    """Return the folded form of a single word."""
    if not word.isascii():
        word = word.casefold().translate(_UMLAUTS)
        if not word.isascii():
            decomposed = unicodedata.normalize("NFD", word)
            word = "".join(c for c in decomposed if not unicodedata.combining(c))
    else:
        word = word.lower()
    return _DOUBLED.sub(r"\1", _DIGRAPH.sub(r"\1", word))
