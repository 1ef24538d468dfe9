"""BM25 over an inverted index, for comparison (Robertson & Zaragoza 2009, k1 = 1.5, b = 0.75)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_K1, _B = 1.5, 0.75
_WORD = re.compile(r"\w+")


class Bm25:
    """An index of texts; each word knows the texts it is in and what it adds to their scores."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(_words(text)) for text in texts]
        average = sum(counter.total() for counter in counts) / len(texts)
        found: dict[str, list[tuple[int, float]]] = {}
        for number, counter in enumerate(counts):
            length = _K1 * (1 - _B + _B * counter.total() / average)
            for word, times in counter.items():
                found.setdefault(word, []).append((number, times * (_K1 + 1) / (times + length)))
        self._count = len(texts)
        self._index: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for word, entries in found.items():
            rarity = math.log(1 + (len(texts) - len(entries) + 0.5) / (len(entries) + 0.5))
            numbers, gains = zip(*entries, strict=True)
            self._index[word] = np.array(numbers), rarity * np.array(gains)

    def best(self, text: str) -> int:
        """Return the number of the text with the highest score, 0 if no word is known."""
        scores = np.zeros(self._count)
        for word in _words(text):
            if word in self._index:
                numbers, gains = self._index[word]
                scores[numbers] += gains
        return int(scores.argmax())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
