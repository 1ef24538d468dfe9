"""Sparse rows of numbers: what texts become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.integer[Any]]

CHUNK = 4000
"""Rows that are worked on at a time: bounds the memory of learning and suits the cache of the processor."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: row ``i`` has ``places[starts[i]:starts[i + 1]]`` with ``values``."""

    starts: NDArray[np.int64]
    places: Places
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def most(self) -> int:
        """How many places all rows have."""
        return len(self.places)

    def most_of(self, numbers: NDArray[np.int64]) -> int:
        """Return how many places the rows with these ``numbers`` have."""
        return int((self.starts[numbers + 1] - self.starts[numbers]).sum())

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


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all ``parts`` (at least one) in order."""
    ends = np.cumsum([part.starts[-1] for part in parts])
    starts = [part.starts[:-1] + end - part.starts[-1] for part, end in zip(parts, ends, strict=True)]
    return Rows(
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.values for part in parts]),
    )
