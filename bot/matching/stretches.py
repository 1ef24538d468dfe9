"""Finds where in a long text something stands out, without reading each stretch of it anew.

A margin is a sum over features, divided by the length of the row. The sums up
to each word therefore give the margins of all stretches at once: one row more,
however long the text is. A feature that occurs twice in a stretch counts twice
here and 1.7 times in a row of its own; a pair across the edge counts as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matching.rows import Floats, Places

WIDTHS = (6, 12, 18)
"""Words of the stretches around each word: what stands out does so in the near and in the wide."""
_LEAST = 1e-9
"""Keeps lengths finite."""


class Spread(NamedTuple):
    """The features of a text, ordered by the word they end with.

    ``places`` are those words, ``values`` how much each feature weighs, ``shares`` what it adds to the margin of
    each class. ``is_strange`` marks those that the content has never seen: together they count ``strange``.
    """

    places: Places
    values: Floats
    shares: Floats
    is_strange: NDArray[np.bool_]
    strange: Floats


class Stretch(NamedTuple):
    """The words [start, end) of a text and how likely they tell of what is looked for."""

    start: int
    end: int
    chance: float


def strongest(spread: Spread, count: int, odds: Callable[[Floats], Floats]) -> Stretch:
    """Return the stretch of a text of ``count`` words, at least one, that likeliest is of what is looked for.

    ``odds`` turns margins without bias into the log-odds of that. The odds of the chance returned are the
    geometric mean over ``WIDTHS`` around one word, of which every second is looked at; the stretch is that of the
    middle width.
    """
    centre = np.arange(0, count, 2)
    starts = [np.minimum(np.maximum(centre - width // 2, 0), max(count - width, 0)) for width in WIDTHS]
    begin = np.concatenate(starts)
    end = np.minimum(begin + np.repeat(WIDTHS, len(centre)), count)
    mean = odds(margins(spread, count, begin, end)).reshape(len(WIDTHS), -1).mean(axis=0)
    best = int(mean.argmax())
    middle = len(WIDTHS) // 2 * len(centre) + best
    return Stretch(int(begin[middle]), int(end[middle]), float(1 / (1 + np.exp(-mean[best]))))


def margins(spread: Spread, count: int, begin: Places, end: Places) -> Floats:
    """Return the margins without bias of the stretches from ``begin`` to ``end`` of a text of ``count`` words."""
    squares = spread.values * spread.values
    summands = np.column_stack([squares, np.where(spread.is_strange, squares, 0), spread.shares])
    sums = np.zeros((len(summands) + 1, summands.shape[1]))
    summands.cumsum(axis=0, out=sums[1:])
    bounds = np.searchsorted(spread.places, np.arange(count + 1))
    within = sums[bounds[end]] - sums[bounds[begin]]
    squared, strangers = np.maximum(within[:, 0:1], _LEAST), np.maximum(within[:, 1:2], 0)
    found = (within[:, 2:] + np.sqrt(strangers) * spread.strange) / np.sqrt(squared)
    return found.astype(np.float32)
