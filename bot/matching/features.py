"""Turns texts into sparse features: pieces of words, words, pairs of words, concepts.

All texts of the content are processed in one go with numpy, and a single
question with the same code, so that fitting and asking cannot differ. Features
are hashed into ``2 ** BITS`` places, of which a content uses about a tenth; the
places in use are numbered, and every other one is the stranger at the end.

Pieces of words (3 to 5 letters, the edge of the word counts as a letter) carry
over typos, inflection and compounds: "Drohmails" shares most pieces with
"Drohmail" and half of them with "Drohbrief".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 22
CHUNK = 4000
"""Texts that are processed at a time: bounds the memory of learning."""
PIECE_LENGTHS = (3, 4, 5)

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_MULTIPLY = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xFF51AFD7ED558CCD)
_HALF = np.uint64(32)
_DOWN = np.uint64(64 - BITS)
_ALL_BITS = 0xFFFFFFFFFFFFFFFF
_SPACE = np.uint64(0x20)
_WORD, _PAIR, _EXTRA = 101, 102, 103


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: row ``i`` has ``places[starts[i]:starts[i + 1]]`` with ``values``."""

    starts: Places
    places: Places
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, number: int) -> tuple[Places, Floats]:
        """Return the places and values of one row."""
        begin, end = self.starts[number], self.starts[number + 1]
        return self.places[begin:end], self.values[begin:end]


def extract(texts: Sequence[str], extras: Sequence[Sequence[int]]) -> Rows:
    """Return counted features of folded ``texts``; ``extras`` are places of named features of each."""
    if len(texts) <= CHUNK:
        return _extract(texts, extras)
    parts = [
        _extract(texts[start : start + CHUNK], extras[start : start + CHUNK])
        for start in range(0, len(texts), CHUNK)
    ]
    ends = np.cumsum([part.starts[-1] for part in parts])
    starts = [part.starts[:-1] + end - part.starts[-1] for part, end in zip(parts, ends, strict=True)]
    return Rows(
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def _extract(texts: Sequence[str], extras: Sequence[Sequence[int]]) -> Rows:
    encoded = [f" {text} ".encode("utf-8", "replace") for text in texts]
    lengths = np.fromiter((len(e) for e in encoded), dtype=np.int64, count=len(encoded))
    letters = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.uint64)
    row_of = np.repeat(np.arange(len(encoded), dtype=np.int64), lengths)
    is_space = letters == _SPACE
    found = [*_pieces(letters, is_space, row_of), *_words(letters, is_space, row_of)]
    named = [(number, place) for number, places in enumerate(extras) for place in places]
    if named:
        pairs = np.array(named, dtype=np.int64)
        found.append((pairs[:, 0], pairs[:, 1]))
    if not found:
        return Rows(np.zeros(len(texts) + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    rows = np.concatenate([r for r, _ in found])
    places = np.concatenate([p for _, p in found])
    return _counted(rows, places, len(texts))


def name_place(name: str) -> int:
    """Return the place of a named feature such as ``concept:online`` (FNV-1a, then as ``_place``)."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & _ALL_BITS
    value = ((value ^ _EXTRA) * int(_SPREAD)) & _ALL_BITS
    value ^= value >> 32
    return ((value * int(_MULTIPLY)) & _ALL_BITS) >> int(_DOWN)


def places_in_use(rows: Rows) -> NDArray[np.int32]:
    """Return the places that occur in ``rows``, sorted."""
    used = np.zeros(1 << BITS, dtype=np.bool_)
    used[rows.places] = True
    return np.flatnonzero(used).astype(np.int32)


def numbered(rows: Rows, used: NDArray[np.integer]) -> Rows:
    """Return ``rows`` with each place replaced by its number among ``used``.

    Places that are not in use get the number ``len(used)``, the stranger.
    """
    if len(rows) > 1:
        number_of = np.full(1 << BITS, len(used), dtype=np.int64)
        number_of[used] = np.arange(len(used))
        return Rows(rows.starts, number_of[rows.places], rows.values)
    # Of one type, or numpy would convert all of ``used`` for every question.
    places = rows.places.astype(used.dtype)
    found = np.searchsorted(used, places)
    found[found == len(used)] = 0
    return Rows(rows.starts, np.where(used[found] == places, found, len(used)), rows.values)


def weigh(rows: Rows, weight: NDArray[np.floating]) -> Rows:
    """Return numbered rows with damped counts times the weight of the feature, each of length one."""
    values = (1 + np.log(rows.values)) * weight[rows.places]
    if not len(values):
        return rows
    total = np.concatenate([np.zeros(1), np.cumsum(values * values, dtype=np.float64)])
    squares = total[rows.starts[1:]] - total[rows.starts[:-1]]
    norms = np.sqrt(np.maximum(squares, 1e-12))
    scaled = values / np.repeat(norms, np.diff(rows.starts))
    return Rows(rows.starts, rows.places, scaled.astype(np.float32))


def rarity(rows: Rows, size: int) -> Floats:
    """Return the weight of each of ``size`` features and of the stranger: the rarer, the more.

    The stranger weighs most. It has no say in any class, but it makes the row
    longer, so that one known piece among unknown words stays small.
    """
    seen = np.bincount(rows.places, minlength=size + 1)
    return (np.log((1 + len(rows)) / (1 + seen)) + 1).astype(np.float32)


def _pieces(letters: Hashes, is_space: NDArray[np.bool_], row_of: Places) -> list[tuple[Places, Places]]:
    spaces_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_space)])
    found = []
    hashes = letters + np.uint64(1)
    for length in range(2, max(PIECE_LENGTHS) + 1):
        hashes = hashes[:-1] * _MULTIPLY + letters[length - 1 :] + np.uint64(1)
        count = len(hashes)
        if count <= 0:
            break
        inner = spaces_before[length - 1 : length - 1 + count] - spaces_before[1 : 1 + count]
        # A piece lies within one word, its edges included; two edges meet between texts.
        keep = (inner == 0) & ~(is_space[:count] & is_space[length - 1 :])
        if length in PIECE_LENGTHS:
            found.append((row_of[:count][keep], _place(hashes[keep], length)))
    return found


def _words(letters: Hashes, is_space: NDArray[np.bool_], row_of: Places) -> list[tuple[Places, Places]]:
    starts = np.flatnonzero(is_space[:-1] & ~is_space[1:]) + 1
    if not len(starts):
        return []
    lengths = np.diff(np.append(starts, len(letters)))
    inside = np.arange(len(letters) - starts[0]) - np.repeat(starts - starts[0], lengths)
    position = inside.astype(np.uint64)
    mixed = letters[starts[0] :] * (position * _SPREAD + (position * position + np.uint64(1)) * _MULTIPLY)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _SPREAD
    mixed[is_space[starts[0] :]] = 0
    hashes = np.add.reduceat(mixed, starts - starts[0])
    rows = row_of[starts]
    paired = rows[:-1] == rows[1:]
    pairs = (hashes[:-1] * _MULTIPLY + hashes[1:])[paired]
    return [(rows, _place(hashes, _WORD)), (rows[:-1][paired], _place(pairs, _PAIR))]


def _place(hashes: Hashes, kind: int) -> Places:
    mixed = (hashes ^ np.uint64(kind)) * _SPREAD
    mixed ^= mixed >> _HALF
    return ((mixed * _MULTIPLY) >> _DOWN).astype(np.int64)


def _counted(rows: Places, places: Places, count: int) -> Rows:
    keys = (rows << BITS) | places
    unique, times = np.unique(keys, return_counts=True)
    starts = np.searchsorted(unique >> BITS, np.arange(count + 1))
    return Rows(starts.astype(np.int64), unique & ((1 << BITS) - 1), times.astype(np.float32))
