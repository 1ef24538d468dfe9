"""Lays sparse rows out in small blocks that are learned from at once.

numpy spends a visit of a row on anything but arithmetic: four rows at a time take
little longer than one. A block has each of its places once, and beside it what every row has there.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.rows import Floats, Places, Rows
from bot.matching.weighing import Weighed

TOGETHER = 4
"""Rows of a block. Of 58,841 rows and eight classes an epoch takes 0.45 s with one, 0.25 with two, 0.17
with four, 0.14 with eight; after three epochs the objective is the same within a hundredth."""
_CHUNK = 1024
"""Blocks that are laid out at a time: few enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Rows in blocks: block ``b`` has ``places[starts[b]:ends[b]]``, sorted, each once.

    ``values`` are ``(places, TOGETHER)``, zero where a row has nothing at a place.
    ``numbers`` are those of the rows ``(blocks, TOGETHER)``; -1 where the last block of a group
    is not full. ``groups`` are the numbers of the blocks of each group of rows.
    """

    starts: Places
    ends: Places
    places: NDArray[np.int32]
    values: Floats
    numbers: NDArray[np.int64]
    groups: Sequence[NDArray[np.int64]]


class Layout:
    """A plan of blocks for ``rows``, each with a ``constant`` (place and value) at its end; carried out part by part.

    ``groups`` are numbers of rows, of which no two groups share a block, in the order of their blocks. A copy of this process may carry out a part:
    the memory for the blocks is shared, and what is never written to costs nothing.
    """

    def __init__(
        self, rows: Rows | Weighed, groups: Sequence[NDArray[np.int64]], constant: tuple[int, float]
    ) -> None:
        numbers = [_in_blocks(group) for group in groups]
        ends = np.cumsum([len(group) for group in numbers])
        self._rows, self._constant, self._numbers = rows, constant, np.concatenate(numbers)
        self._groups = np.split(np.arange(ends[-1]), ends[:-1])
        most = rows.most + len(rows) + 1  # with the constant, and one more: no memory may be empty
        self._places = np.frombuffer(mmap.mmap(-1, 4 * most), dtype=np.int32)
        self._values = np.frombuffer(mmap.mmap(-1, 4 * TOGETHER * most), dtype=np.float32).reshape(
            -1, TOGETHER
        )

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self._numbers)

    def lay_out(self, start: int, end: int) -> Places:
        """Lay out the blocks from ``start`` to ``end``; return where each begins, and at last where the last one ends."""
        before = self._numbers[:start]
        begin = self._rows.most_of(before[before >= 0]) + before.size
        starts: list[Places] = [np.array([begin])]
        for first in range(start, end, _CHUNK):
            part = self._numbers[first : min(first + _CHUNK, end)]
            slots = np.flatnonzero(part.ravel() >= 0)
            begin = int(starts[-1][-1])
            rows = self._rows.select(part.ravel()[slots]).with_last(*self._constant)
            starts.append(
                begin + _lay_out(rows, slots, len(part), self._places[begin:], self._values[begin:])
            )
        return np.concatenate(starts)

    def blocks(self, *parts: Places) -> Blocks:
        """Return the blocks whose ``parts`` are laid out, all of them in order; without any lay out the whole."""
        laid_out = parts or (self.lay_out(0, len(self)),)
        starts = np.concatenate([part[:-1] for part in laid_out])
        ends = np.concatenate([part[1:] for part in laid_out])
        return Blocks(starts, ends, self._places, self._values, self._numbers, self._groups)


def _in_blocks(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of rows ``(blocks, TOGETHER)``, the last block filled up with -1."""
    missing = np.full(-len(group) % TOGETHER, -1)
    return np.concatenate([group, missing]).reshape(-1, TOGETHER)


def _lay_out(rows: Rows, slots: Places, count: int, places: Places, values: Floats) -> Places:
    """Lay ``rows`` out in the ``slots`` of ``count`` blocks, at the beginning of ``places`` and ``values``.

    Returns the ends of the blocks.
    """
    slot_of = np.repeat(slots, np.diff(rows.starts))
    span = int(rows.places.max(initial=0)) + 1
    keys = slot_of // TOGETHER * span + rows.places
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    block_of, found = np.divmod(keys[is_first], span)
    places[: len(found)] = found
    values[: len(found)] = 0
    values[np.cumsum(is_first) - 1, slot_of[order] % TOGETHER] = rows.values[order]
    return np.searchsorted(block_of, np.arange(1, count + 1))
