"""Weighs counted rows: which features count, how much each does, and rows of length one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.matching.places import BITS, PAIRS
from bot.matching.rows import CHUNK, Floats, Places, Rows, joined


def in_use(rows: Rows, scarce: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int32], Floats]:
    """Return the places that say something about more than one of ``rows``, sorted, and their rarity.

    What occurs in a single row, as two thirds of all places do, teaches nothing
    but that row by heart. In the rows marked as ``scarce``, of which there are few
    alike, every place counts; without ``scarce`` in all of them.
    The rarity is the weight of each place and at last that of the stranger: the rarer, the more.
    """
    seen = np.bincount(rows.places, minlength=1 << BITS)
    counts = seen > 1
    counts[rows.places if scarce is None else rows.places[np.repeat(scarce, np.diff(rows.starts))]] = True
    used = np.flatnonzero(counts)
    # Each stranger is another feature, and none was seen.
    rarity = np.log((1 + len(rows)) / (1 + np.append(seen[used], 0))) + 1
    return used.astype(np.int32), rarity.astype(np.float32)


class Weighed:
    """Counted ``rows`` as numbered ones with damped counts times the weight of the feature, each of length one.

    Each place is replaced by its number among ``used``. Pairs that are not in use are left out; other such places
    become one feature, the stranger, the last of each row. ``used`` and ``weight`` are those of ``in_use``.
    Rows are weighed when they are selected, some at a time: that suits the cache of the processor.
    """

    def __init__(self, rows: Rows, used: NDArray[np.integer], weight: NDArray[np.floating]) -> None:
        self._rows, self._weight = rows, weight
        self._number_of = np.full(1 << BITS, len(used), dtype=np.int32)
        self._number_of[PAIRS:] = -1
        self._number_of[used] = np.arange(len(used))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def most(self) -> int:
        """How many places all rows have, at most."""
        return self._rows.most + len(self)

    def most_of(self, numbers: NDArray[np.int64]) -> int:
        """Return how many places the rows with these ``numbers`` have, at most."""
        return self._rows.most_of(numbers) + len(numbers)

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
    return Rows(before[starts], places[kept], values[kept].astype(np.float32))


def _sums(values: NDArray[np.floating], starts: Places) -> NDArray[np.floating]:
    """Return the sum of each row."""
    # With a zero at the end, where the last rows may begin if they are empty.
    sums: NDArray[np.floating] = np.add.reduceat(np.append(values, np.float32(0)), starts[:-1])
    sums[np.diff(starts) == 0] = 0
    return sums
