"""Turns texts into sparse features: pieces of words, words, pairs of words, concepts.

Pieces and words depend on the word alone, so every distinct word is hashed
once, all of them in one go with numpy; a text is then the features of its
words and pairs. ``extract`` does this for a whole content, ``Extractor`` for
one question; a test holds that both find the same.
Features are hashed into ``places``, of which a content uses one in twenty. The places in use are
numbered. Any other piece or word is a stranger: it says nothing, but it makes the row longer, so
that one known piece among unknown words stays small. Pairs that no line contains do not: nearly
every text has some.

Pieces of words (four letters, the edge of the word counts as a letter) carry
over typos, inflection and compounds: "Drohmails" shares most pieces with
"Drohmail" and half of them with "Drohbrief".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Sequence
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.matching.places import BITS, Hashes, Words, all_pairs, name_place, of_word, of_words, pairs
from bot.matching.rows import CHUNK, Places, Rows, joined
from bot.reading.reader import END

Number = TypeVar("Number", bound=np.integer[Any])

_MANY = 8
"""Words from which hashing them together is quicker than one by one."""


def extract(texts: Sequence[Sequence[str]], extras: Sequence[Sequence[int]]) -> Rows:
    """Return counted features of ``texts``, each a sequence of folded words.

    ``extras`` are the places of the named features of each text.
    """
    words = list(dict.fromkeys(chain.from_iterable(texts)))
    number_of = dict(zip(words, range(len(words)), strict=True)).__getitem__
    tokens = [list(map(number_of, text)) for text in texts]
    table = of_words(words)
    parts = [
        _counted_chunk(table, tokens[start : start + CHUNK], extras[start : start + CHUNK])
        for start in range(0, max(len(texts), 1), CHUNK)
    ]
    return joined(parts)


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
            pairs(hashes, 1)[together],
            pairs(hashes, 2)[near],
            np.fromiter(chain.from_iterable(extras), dtype=np.int64),
        ]
    )
    unique, times = np.unique((rows << BITS) | places, return_counts=True)
    starts = np.searchsorted(unique >> BITS, np.arange(len(texts) + 1))
    return Rows(
        starts.astype(np.int64), (unique & ((1 << BITS) - 1)).astype(np.int32), times.astype(np.float32)
    )


class Extractor:
    """Extracts the weighed row of one text at a time.

    ``used`` and ``rarity`` are those of the content (see ``weighing``). The features of words in ``known`` are remembered, and of no others.
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

    def row(self, text: Sequence[str], named: Collection[str]) -> Rows:
        """Return the row of the folded words ``text`` with the features ``named``."""
        words = self._of_words(text)
        found = [numbers for numbers, _ in words]
        found.append(self._pairs_in_use(np.array([hashed for _, hashed in words], dtype=np.uint64)))
        if named:
            extras = [self._named[name] if name in self._named else self._number_of(name) for name in named]
            found.append(np.array(extras, dtype=np.int32))
        numbers = np.concatenate(found)
        if not len(numbers):
            return Rows(np.zeros(2, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
        return self._weighed(*self._with_besides(text, *_counted(numbers)))

    def _weighed(self, numbers: NDArray[np.int32], counts: NDArray[Any]) -> Rows:
        """Return the weighed row of ``numbers``, sorted, each once, that occur so often."""
        known = int(numbers.searchsorted(self._stranger))
        weights = np.empty(len(numbers), np.float32)
        weights[:known] = self._rarity[numbers[:known]]
        weights[known:] = self._rarity[self._stranger]
        weights *= 1 + np.log(counts)
        strange = weights[known:]
        places, values = np.empty(known + 1, np.int32), np.empty(known + 1, np.float32)
        places[:known], places[known] = numbers[:known], self._stranger
        values[:known], values[known] = weights[:known], math.sqrt(strange @ strange)
        values /= math.sqrt(values @ values)
        return Rows(np.array([0, known + 1]), places, values)

    def placed(
        self, text: Sequence[str], named: Sequence[tuple[str, int]]
    ) -> tuple[Places, NDArray[np.int32], NDArray[np.floating]]:
        """Return the place of the word that each feature of ``text`` ends with, its number and its weight, by place.

        Empty words in ``text`` have no features. ``named`` are features with their places; what ``besides`` finds
        has none and is left out. All strangers have the same number.
        """
        at = [place for place, word in enumerate(text) if word]
        words = self._of_words([text[place] for place in at])
        coupled = self._numbers(all_pairs(np.array([hashed for _, hashed in words], dtype=np.uint64)))
        extras = [self._named[name] if name in self._named else self._number_of(name) for name, _ in named]
        in_use = coupled < self._stranger
        found = np.concatenate(
            [*(numbers for numbers, _ in words), coupled[in_use], np.array(extras, dtype=np.int32)]
        )
        places = np.concatenate(
            [
                np.repeat(np.array(at, dtype=np.int64), [len(numbers) for numbers, _ in words]),
                np.array([*at[1:], *at[2:]], dtype=np.int64)[in_use],
                np.array([place for _, place in named], dtype=np.int64),
            ]
        )
        order = np.argsort(places, kind="stable")
        numbers = np.minimum(found[order], np.int32(self._stranger))
        return places[order], numbers, self._rarity[numbers]

    def _of_words(self, text: Sequence[str]) -> list[tuple[NDArray[np.int32], int]]:
        """Return the numbers and the hash of each word."""
        fresh = self._fresh([word for word in dict.fromkeys(text) if word not in self._words])
        return [self._words.get(word) or fresh[word] for word in text]

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
        wanted = all_pairs(hashes).astype(self.used.dtype)
        at = self.used.searchsorted(wanted)
        found: NDArray[np.int32] = at[self.used.take(at, mode="clip") == wanted].astype(np.int32)
        return found

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


def _counted(numbers: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return each of ``numbers`` (at least one; sorts them) once, and how often it occurs."""
    numbers.sort()
    changes = np.ones(len(numbers) + 1, dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=changes[1:-1])
    bounds = changes.nonzero()[0]
    firsts = bounds[:-1]
    return numbers[firsts], bounds[1:] - firsts


def summed(keys: NDArray[Number], counts: NDArray[Any]) -> tuple[NDArray[Number], NDArray[Any]]:
    """Return each of ``keys`` once, sorted, and how much it counts in all.

    A count weighs 1 + log(count); less than one shall weigh what it is and is given as the count that does.
    """
    unique, where = np.unique(keys, return_inverse=True)
    totals = np.bincount(where, counts, len(unique))
    return unique, np.where(totals < 1, np.exp(totals - 1), totals)
