"""Turns texts into sparse features: pieces of words, words, pairs of words, concepts.

Pieces and words depend on the word alone, so every distinct word is hashed
once, all of them in one go with numpy; a text is then the features of its
words and pairs. ``extract`` does this for a whole content, ``Extractor`` for
one question; a test holds that both find the same.
Features are hashed into ``2 ** BITS`` places: pieces and named features into the first quarter,
words into the second, pairs into the upper half, so that the kinds can be weighed apart; a content
uses one place in twenty-five. The places in use are numbered. Any other piece or word is a stranger: it
says nothing, but it makes the row longer, so that one known piece among unknown words stays
small. Pairs that no line contains do not: nearly every text has some.

Pieces of words (four letters, the edge of the word counts as a letter) carry
over typos, inflection and compounds: "Drohmails" shares most pieces with
"Drohmail" and half of them with "Drohbrief".
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

BITS = 22
CHUNK = 4000
"""Texts that are worked on at a time: bounds the memory of learning and suits the cache of the processor."""
PIECE_LENGTH = 4
"""Letters of a piece. Three and five together, or three to five, find no more (measured over
several orders of the lines) and cost half as much again in time and memory."""

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Number = TypeVar("Number", bound=np.integer[Any])

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
_NOTHING, _NOWHERE = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
_MANY = 8
"""Words from which hashing them together is quicker than one by one."""


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

    def select(self, numbers: NDArray[np.int64]) -> Rows:
        """Return the rows with these ``numbers``, in their order."""
        lengths = np.diff(self.starts)[numbers]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        index = np.repeat(self.starts[numbers] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(starts, self.places[index], self.values[index])

    def slice(self, begin: int, end: int) -> Rows:
        """Return the rows from ``begin`` to ``end``, as a slice of a sequence would."""
        starts = self.starts[begin : min(end, len(self)) + 1]
        first, last = starts[0], starts[-1]
        return Rows(starts - first, self.places[first:last], self.values[first:last])

    def with_last(self, place: int, values: NDArray[np.floating] | float) -> Rows:
        """Return the rows, each with ``place`` and its value at the end."""
        ends = self.starts[1:]
        return Rows(
            self.starts + np.arange(len(self.starts)),
            np.insert(self.places, ends, place),
            np.insert(self.values, ends, values),
        )


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


def extract(texts: Sequence[Sequence[str]], extras: Sequence[Sequence[int]]) -> Rows:
    """Return counted features of ``texts``, each a sequence of folded words.

    ``extras`` are the places of the named features of each text.
    """
    numbers: dict[str, int] = {}
    tokens = [[numbers.setdefault(word, len(numbers)) for word in text] for text in texts]
    table = of_words(list(numbers))
    parts = [
        _counted_chunk(table, tokens[start : start + CHUNK], extras[start : start + CHUNK])
        for start in range(0, max(len(texts), 1), CHUNK)
    ]
    return joined(parts)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all ``parts`` (at least one) in order."""
    ends = np.cumsum([part.starts[-1] for part in parts])
    starts = [part.starts[:-1] + end - part.starts[-1] for part, end in zip(parts, ends, strict=True)]
    return Rows(
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def _counted_chunk(table: Words, texts: Sequence[Sequence[int]], extras: Sequence[Sequence[int]]) -> Rows:
    tokens = np.fromiter(chain.from_iterable(texts), dtype=np.int64)
    row_of = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    lengths = np.diff(table.starts)[tokens]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    index = np.repeat(table.starts[tokens] - ends + lengths, lengths) + np.arange(total)
    hashes = table.hashes[tokens]
    together, near = row_of[:-1] == row_of[1:], row_of[:-2] == row_of[2:]
    extra_of = np.repeat(np.arange(len(texts)), [len(extra) for extra in extras])
    rows = np.concatenate([np.repeat(row_of, lengths), row_of[:-1][together], row_of[:-2][near], extra_of])
    places = np.concatenate(
        [
            table.places[index],
            _pairs(hashes, 1)[together],
            _pairs(hashes, 2)[near],
            np.fromiter(chain.from_iterable(extras), dtype=np.int64),
        ]
    )
    unique, times = np.unique((rows << BITS) | places, return_counts=True)
    starts = np.searchsorted(unique >> BITS, np.arange(len(texts) + 1))
    return Rows(starts.astype(np.int64), unique & ((1 << BITS) - 1), times.astype(np.float32))


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


class Extractor:
    """Extracts the weighed row of one text at a time.

    ``used`` and ``rarity`` are those of the content (see ``places_in_use`` and
    ``rarity``). The features of words in ``known`` are remembered, and of no others.
    ``besides`` returns further places of a text and how often each counts (see ``kin``).
    """

    def __init__(
        self,
        used: NDArray[np.int32],
        rarity: NDArray[np.floating],
        known: Container[str],
        besides: Callable[[Sequence[str]], tuple[Places, NDArray[np.floating]]] | None = None,
    ) -> None:
        self.used, self._rarity, self._known, self._besides = used, rarity, known, besides
        self._stranger = len(used)
        self._words: dict[str, tuple[NDArray[np.int32], int]] = {}
        self._named: dict[str, int] = {}

    def row(self, text: Sequence[str], named: Iterable[str]) -> Rows:
        """Return the row of the folded words ``text`` with the features ``named``."""
        fresh = self._fresh([word for word in dict.fromkeys(text) if word not in self._words])
        words = [self._words.get(word) or fresh[word] for word in text]
        pairs = self._pairs_in_use(np.array([hashed for _, hashed in words], dtype=np.uint64))
        extras = [self._named[name] if name in self._named else self._number_of(name) for name in named]
        found = np.concatenate([*(numbers for numbers, _ in words), pairs, np.array(extras, dtype=np.int32)])
        if not len(found):
            return Rows(np.zeros(2, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
        found.sort()
        changes = np.ones(len(found) + 1, dtype=np.bool_)
        np.not_equal(found[1:], found[:-1], out=changes[1:-1])
        bounds = np.flatnonzero(changes)
        places, counts = self._with_besides(text, found[bounds[:-1]], bounds[1:] - bounds[:-1])
        values = (1 + np.log(counts)) * self._rarity[np.minimum(places, self._stranger)]
        values /= np.sqrt(values @ values)
        known = int(np.searchsorted(places, self._stranger))
        strange = np.sqrt(values[known:] @ values[known:])
        whole = np.append(places[:known], np.int32(self._stranger))
        return Rows(np.array([0, known + 1]), whole, np.append(values[:known], strange).astype(np.float32))

    def _with_besides(
        self, text: Sequence[str], places: NDArray[Any], counts: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the numbers and counts of the features of ``text`` with those that ``besides`` finds in it."""
        if self._besides is None:
            return places, counts
        more, shares = self._besides(text)
        return summed(np.concatenate([places, self._numbers(more)]), np.concatenate([counts, shares]))

    def _pairs_in_use(self, hashes: Hashes) -> NDArray[np.int32]:
        """Return the numbers of the pairs of words with these ``hashes`` that the content uses."""
        if len(hashes) < 2:
            return _NOTHING
        pairs = self._numbers(np.concatenate([_pairs(hashes, 1), _pairs(hashes, 2)]))
        return pairs[pairs < self._stranger]

    def _fresh(self, words: Sequence[str]) -> dict[str, tuple[NDArray[np.int32], int]]:
        """Return the numbers and the hash of words that are not remembered; remember those of the content."""
        if len(words) < _MANY:
            single = [of_word(word) for word in words]
            found = {
                word: (self._numbers(np.array(places, dtype=np.int64)), hashed)
                for word, (places, hashed) in zip(words, single, strict=True)
            }
        else:
            table = of_words(words)
            numbers, ends = self._numbers(table.places), table.starts.tolist()
            found = {
                word: (numbers[ends[n] : ends[n + 1]].copy(), hashed)
                for n, (word, hashed) in enumerate(zip(words, table.hashes.tolist(), strict=True))
            }
        self._words.update({word: features for word, features in found.items() if word in self._known})
        return found

    def _numbers(self, places: Places) -> NDArray[np.int32]:
        """Return the number of each place; strangers get numbers of their own beyond ``stranger``."""
        # Of one type, or numpy would convert all of ``used`` for every question.
        wanted = places.astype(self.used.dtype)
        at = np.minimum(np.searchsorted(self.used, wanted), self._stranger - 1)
        return np.where(self.used[at] == wanted, at, self._stranger + wanted).astype(np.int32)

    def _number_of(self, name: str) -> int:
        number = int(self._numbers(np.array([name_place(name)]))[0])
        # Other named features are of the content; these contain what was written.
        if not name.startswith(END) or name.removeprefix(END) in self._known:
            self._named[name] = number
        return number


END = "end:"
"""Begins the named feature of a word in the last sentence."""


def name_place(name: str) -> int:
    """Return the place of a named feature such as ``concept:online`` (FNV-1a, then as ``_place``)."""
    value = 0xCBF29CE484222325
    for byte in name.encode("utf-8", "replace"):
        value = ((value ^ byte) * 0x100000001B3) & _ALL_BITS
    return _place_of(value, _EXTRA)


def word_place(word: str, kind: int) -> int:
    """Return the place of a folded word of a ``kind`` of its own, such as ``FIRST``."""
    return _place_of(of_word(word)[1], kind)


def summed(keys: NDArray[Number], counts: NDArray[Any]) -> tuple[NDArray[Number], NDArray[Any]]:
    """Return each of ``keys`` once, sorted, and how much it counts in all.

    A count weighs 1 + log(count); less than one shall weigh what it is and is given as the count that does.
    """
    unique, where = np.unique(keys, return_inverse=True)
    totals = np.bincount(where, counts, len(unique))
    return unique, np.where(totals < 1, np.exp(totals - 1), totals)


def places_in_use(rows: Rows, scarce: NDArray[np.bool_] | None = None) -> NDArray[np.int32]:
    """Return the places that say something about more than one of ``rows``, sorted.

    What occurs in a single row, as seven tenths of all places do, teaches nothing
    but that row by heart. In the rows marked as ``scarce``, of which there are few
    alike, every place counts; without ``scarce`` in all of them.
    """
    if scarce is None:
        scarce = np.ones(len(rows), dtype=np.bool_)
    seen = np.bincount(rows.places, minlength=1 << BITS)
    seen[rows.places[np.repeat(scarce, np.diff(rows.starts))]] = 2
    return np.flatnonzero(seen > 1).astype(np.int32)


class Weighed:
    """Counted ``rows`` as numbered ones with damped counts times the weight of the feature, each of length one.

    Each place is replaced by its number among ``used``. Pairs that are not in use are left out; other such places
    become one feature, the stranger, the last of each row. ``weight`` is that of ``rarity``.
    Rows are weighed when they are selected, some at a time: that suits the cache of the processor.
    """

    def __init__(self, rows: Rows, used: NDArray[np.integer], weight: NDArray[np.floating]) -> None:
        self._rows, self._weight = rows, weight
        self._number_of = np.full(1 << BITS, len(used), dtype=np.int32)
        self._number_of[PAIRS:] = -1
        self._number_of[used] = np.arange(len(used))

    def __len__(self) -> int:
        return len(self._rows)

    def select(self, numbers: NDArray[np.int64]) -> Rows:
        """Return the weighed rows with these ``numbers``, in their order."""
        rows, stranger = self._rows.select(numbers), len(self._weight) - 1
        number_of = self._number_of[rows.places]
        rows = _only(rows.starts, number_of, rows.values, number_of >= 0)
        values = (1 + np.log(rows.values)) * self._weight[rows.places]
        known = rows.places < stranger
        squares = values * values
        length = _sums(squares, rows.starts)
        strange = _sums(np.where(known, 0, squares), rows.starts)
        scale = 1 / np.sqrt(np.maximum(length, 1e-12))
        kept = _only(rows.starts, rows.places, values * np.repeat(scale, np.diff(rows.starts)), known)
        return kept.with_last(stranger, np.sqrt(strange) * scale)

    def all(self) -> Rows:
        """Return all rows."""
        numbers = np.arange(len(self), dtype=np.int64)
        chunks = [numbers[start : start + CHUNK] for start in range(0, max(len(self), 1), CHUNK)]
        return joined([self.select(chunk) for chunk in chunks])


def _only(
    starts: Places, places: NDArray[np.integer], values: NDArray[np.floating], kept: NDArray[np.bool_]
) -> Rows:
    """Return rows of the places and values that are ``kept``."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return Rows(before[starts], places[kept].astype(np.int64), values[kept].astype(np.float32))


def _sums(values: NDArray[np.floating], starts: Places) -> NDArray[np.floating]:
    """Return the sum of each row."""
    # With a zero at the end, where the last rows may begin if they are empty.
    sums: NDArray[np.floating] = np.add.reduceat(np.append(values, np.float32(0)), starts[:-1])
    sums[np.diff(starts) == 0] = 0
    return sums


def rarity(rows: Rows, used: NDArray[np.integer]) -> Floats:
    """Return the weight of each of the places ``used`` and at last that of the stranger: the rarer, the more."""
    seen = np.bincount(rows.places, minlength=1 << BITS)[used]
    # Each stranger is another feature, and none was seen.
    return (np.log((1 + len(rows)) / (1 + np.append(seen, 0))) + 1).astype(np.float32)


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


def _pairs(hashes: Hashes, apart: int) -> Places:
    """Return the places of the pairs of words that stand ``apart``, 1 for neighbours."""
    kind = _PAIR if apart == 1 else _APART
    return _place(hashes[:-apart] * _MULTIPLY + hashes[apart:], kind)


def _place(hashes: Hashes, kind: int) -> Places:
    begin, bits = _RANGES[kind]
    mixed = (hashes ^ np.uint64(kind)) * _SPREAD
    mixed ^= mixed >> _HALF
    return begin + ((mixed * _MULTIPLY) >> np.uint64(64 - bits)).astype(np.int64)


def _place_of(hashed: int, kind: int) -> int:
    """Return ``_place`` of a single hash."""
    begin, bits = _RANGES[kind]
    mixed = ((hashed ^ kind) * _SPREADER) & _ALL_BITS
    mixed ^= mixed >> 32
    return begin + (((mixed * _MULTIPLIER) & _ALL_BITS) >> (64 - bits))
