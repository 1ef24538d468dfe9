"""Hashes words, their pieces, pairs of words and named features into places.

There are ``2 ** BITS`` places: pieces and named features lie in the first quarter, words in
the second, pairs in the upper half, so that the kinds can be weighed apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matching.rows import Places

BITS = 22
PIECE_LENGTH = 4
"""Letters of a piece. Three and five together, or three to five, find no more (measured over
several orders of the lines) and cost half as much again in time and memory."""

Hashes = NDArray[np.uint64]

_MULTIPLIER, _SPREADER = 0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD
_MULTIPLY, _SPREAD = np.uint64(_MULTIPLIER), np.uint64(_SPREADER)
_HALF = np.uint64(32)
_ALL_BITS = 0xFFFFFFFFFFFFFFFF
_SPACE = np.uint64(0x20)
_PIECE, _WORD, _PAIR, _EXTRA, _APART = PIECE_LENGTH, 101, 102, 103, 104
FIRST, LAST, BEGINNINGS = 105, 106, range(110, 120)
"""Kinds of words beside the usual one (see ``kin``); beginnings by their length."""
WORDS, PAIRS = 1 << (BITS - 2), 1 << (BITS - 1)
"""The places from which on words and pairs of words lie."""
_RANGES = {
    **dict.fromkeys((_PIECE, _EXTRA), (0, BITS - 2)),
    **dict.fromkeys((_WORD, FIRST, LAST, *BEGINNINGS), (WORDS, BITS - 2)),
    **dict.fromkeys((_PAIR, _APART), (PAIRS, BITS - 1)),
}
"""Where the places of each kind of feature begin, and how many bits number them."""
_NOWHERE = np.zeros(0, dtype=np.int64)


class Words(NamedTuple):
    """Features of words: word ``i`` has ``places[starts[i]:starts[i + 1]]``, repeated ones included."""

    starts: Places
    places: Places
    hashes: Hashes


def of_words(words: Sequence[str]) -> Words:
    """Return the features of ``words``, each folded, without spaces and not empty."""
    encoded = [f" {word} ".encode("utf-8", "replace") for word in words]
    lengths = np.fromiter((len(e) for e in encoded), dtype=np.int64, count=len(encoded))
    letters = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.uint64)
    is_space = letters == _SPACE
    hashes = _hashed(letters, is_space, lengths)
    word_of = np.repeat(np.arange(len(encoded), dtype=np.int64), lengths)
    piece_of, pieces = _pieces(letters, is_space, word_of)
    owners = np.concatenate([piece_of, np.arange(len(words))])
    places = np.concatenate([pieces, _place(hashes, _WORD)])
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(len(words) + 1))
    return Words(starts.astype(np.int64), places[order], hashes)


def of_word(word: str) -> tuple[list[int], int]:
    """Return the places and the hash of a single word: as ``of_words``, and for a few words quicker."""
    letters = f" {word} ".encode("utf-8", "replace")
    places: list[int] = []
    if len(letters) > PIECE_LENGTH:  # a piece with both edges is the word itself
        hashes = [letter + 1 for letter in letters]
        for done in range(1, PIECE_LENGTH):
            hashes = [
                (hashed * _MULTIPLIER + letter + 1) & _ALL_BITS
                for hashed, letter in zip(hashes, letters[done:], strict=False)
            ]
        places = [_place_of(hashed, _PIECE) for hashed in hashes]
    whole = 0
    for position, letter in enumerate(letters[1:-1]):
        mixed = letter * (position * _SPREADER + (position * position + 1) * _MULTIPLIER) & _ALL_BITS
        whole += (mixed ^ (mixed >> 29)) * _SPREADER
    whole &= _ALL_BITS
    return [*places, _place_of(whole, _WORD)], whole


def name_place(name: str) -> int:
    """Return the place of a named feature such as ``concept:online`` (FNV-1a, then as ``_place``)."""
    value = 0xCBF29CE484222325
    for byte in name.encode("utf-8", "replace"):
        value = ((value ^ byte) * 0x100000001B3) & _ALL_BITS
    return _place_of(value, _EXTRA)


def word_place(word: str, kind: int) -> int:
    """Return the place of a folded word of a ``kind`` of its own, such as ``FIRST``."""
    return _place_of(of_word(word)[1], kind)


def _pieces(letters: Hashes, is_space: NDArray[np.bool_], word_of: Places) -> tuple[Places, Places]:
    """Return the word and the place of each piece of the words in ``letters``."""
    count = len(letters) - PIECE_LENGTH + 1
    if count <= 0:
        return _NOWHERE, _NOWHERE
    hashes = letters + np.uint64(1)
    for done in range(1, PIECE_LENGTH):
        hashes = hashes[:-1] * _MULTIPLY + letters[done:] + np.uint64(1)
    spaces_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_space)])
    inner = spaces_before[PIECE_LENGTH - 1 : -1] - spaces_before[1 : 1 + count]
    # A piece lies within one word, its edges included; two edges meet between words.
    keep = (inner == 0) & ~(is_space[:count] & is_space[PIECE_LENGTH - 1 :])
    return word_of[:count][keep], _place(hashes[keep], _PIECE)


def _hashed(letters: Hashes, is_space: NDArray[np.bool_], lengths: Places) -> Hashes:
    """Return one hash for each word, made of its letters and their positions."""
    if not len(lengths):
        return np.zeros(0, np.uint64)
    starts = np.cumsum(lengths) - lengths
    position = (np.arange(len(letters)) - np.repeat(starts + 1, lengths)).astype(np.uint64)
    mixed = letters * (position * _SPREAD + (position * position + np.uint64(1)) * _MULTIPLY)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _SPREAD
    mixed[is_space] = 0
    return np.add.reduceat(mixed, starts)


def pairs(hashes: Hashes, apart: int) -> Places:
    """Return the places of the pairs of words that stand ``apart``, 1 for neighbours."""
    kind = _PAIR if apart == 1 else _APART
    return _place(hashes[:-apart] * _MULTIPLY + hashes[apart:], kind)


def all_pairs(hashes: Hashes) -> Places:
    """Return the places of the ``pairs`` of neighbours, then of those two apart: in one go, as one text has few."""
    count = len(hashes) - 1
    if count < 1:
        return _NOWHERE
    mixed = np.empty(2 * count - 1, dtype=np.uint64)
    spread = hashes * _MULTIPLY
    np.add(spread[:-1], hashes[1:], out=mixed[:count])
    np.add(spread[:-2], hashes[2:], out=mixed[count:])
    mixed[:count] ^= np.uint64(_PAIR)
    mixed[count:] ^= np.uint64(_APART)
    return _settled(mixed, *_RANGES[_PAIR])


def _place(hashes: Hashes, kind: int) -> Places:
    return _settled(hashes ^ np.uint64(kind), *_RANGES[kind])


def _settled(mixed: Hashes, begin: int, bits: int) -> Places:
    """Return the places of fresh hashes, which this changes, among the ``2 ** bits`` from ``begin`` on."""
    mixed *= _SPREAD
    mixed ^= mixed >> _HALF
    mixed *= _MULTIPLY
    mixed >>= np.uint64(64 - bits)
    places = mixed.astype(np.int64)
    places += begin
    return places


def _place_of(hashed: int, kind: int) -> int:
    """Return ``_place`` of a single hash."""
    begin, bits = _RANGES[kind]
    mixed = ((hashed ^ kind) * _SPREADER) & _ALL_BITS
    mixed ^= mixed >> 32
    return begin + (((mixed * _MULTIPLIER) & _ALL_BITS) >> (64 - bits))
