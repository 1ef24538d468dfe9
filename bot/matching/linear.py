"""One-against-rest linear classifiers over sparse rows, fitted by dual coordinate descent.

The objective is that of a linear support vector machine with squared hinge
loss (Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale
Linear SVM", algorithm 1). All classes are visited in one pass, so that a row
of features is gathered once for all of them. Margins become probabilities by
a slope, fitted on rows that the classifier has not seen: "temperature scaling"
(Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.blocks import TOGETHER, Blocks, Layout
from bot.matching.rows import Floats, Rows
from bot.matching.weighing import Weighed

BIAS_SCALE = np.float32(0.05)
"""Square of the constant feature behind the bias. With 1, as usual, the bias swings
for six epochs; with 0.05 the fit is as good after two (measured on held-out lines)."""


_MOST_STEPS, _SMALL_STEP = 30, 1e-4
"""Of Newton's method: it ends after so many, or once a step is smaller."""
USUAL_SLOPE, SLOPE_PENALTY = 3.0, 0.001
"""Where the slope stays if the held-out lines say nothing of it: of few lines, all told apart."""
LEAST_SLOPE, MOST_SLOPE = 1.0, 30.0
"""Of a dozen lines the held-out ones may all be missed; a slope below zero would turn every margin round."""


def layout(rows: Rows | Weighed, size: int, groups: Sequence[NDArray[np.int64]] | None = None) -> Layout:
    """Return the plan of blocks from which a ``Fitting`` with ``size`` features learns ``rows``.

    Without ``groups`` (see ``blocks``) all rows are one, in their order: rows of a class must not follow each
    other (see ``order``). Of two values of a row at one place only one would count.
    """
    every = [np.arange(len(rows), dtype=np.int64)]
    return Layout(rows, every if groups is None else groups, (size, float(np.sqrt(BIAS_SCALE))))


class Fitting:
    """A fit in progress: run ``epoch`` until the weights stand.

    ``blocks`` are those of ``layout``. ``targets`` is ``(rows, classes)`` with +1, -1, or 0 where a row says
    nothing about a class. ``cost`` weighs mistakes against the size of the
    weights, as C in the literature. ``weights`` is ``(size, classes)``.
    """

    def __init__(self, blocks: Blocks, targets: Floats, cost: float, size: int) -> None:
        classes = targets.shape[1]
        self._blocks = blocks
        ridge = 1 / (2 * cost)
        self._step = np.float32(1 / (1 + BIAS_SCALE + ridge))  # |x|² = 1
        self._kept = np.float32(1 - self._step * ridge)
        # Whoever fills a block up says nothing.
        self._targets = np.append(targets, np.zeros((1, classes), np.float32), axis=0)[blocks.numbers]
        # Dual variables with the sign of their target: what each row adds to the weights.
        self._duals = np.zeros_like(self._targets)
        self._weights: Floats = np.zeros((size + 1, classes), dtype=np.float32)

    @property
    def weights(self) -> Floats:
        """The weights as they stand, ``(size, classes)``: a view, which the next epoch changes."""
        return self._weights[:-1]

    @property
    def bias(self) -> Floats:
        """The bias of each class as it stands."""
        bias: Floats = self._weights[-1] * np.sqrt(BIAS_SCALE)
        return bias

    def epoch(self, order: NDArray[np.int64]) -> None:
        """Visit each of the blocks whose numbers are ``order`` once, in that order.

        The rows of a block do not yet know of each other's steps; as they are few and have little in common,
        that costs nothing. Every step works on arrays of one shape in place.
        """
        weights, blocks = self._weights, self._blocks
        targets, duals = self._targets[order], self._duals[order]
        lowest = np.where(targets < 0, -np.inf, 0).astype(np.float32)
        highest = np.where(targets > 0, np.inf, 0).astype(np.float32)
        # A block is visited once in an epoch, so what its duals bring along is known now.
        updates = duals * self._kept + targets * self._step
        most = int((blocks.ends - blocks.starts).max(initial=0))
        room = np.empty((most, weights.shape[1]), dtype=np.float32)
        # Rows of the weights as opaque blocks: numpy copies those three times as fast.
        opaque = np.dtype((np.void, weights.itemsize * weights.shape[1]))
        weights_whole, room_whole = weights.view(opaque).ravel(), room.view(opaque).ravel()
        begins, ends = blocks.starts[order].tolist(), blocks.ends[order].tolist()
        for begin, end, updated, dual, low, high in zip(
            begins, ends, updates, duals, lowest, highest, strict=True
        ):
            here, touched, values = blocks.places[begin:end], room[: end - begin], blocks.values[begin:end]
            weights.take(here, axis=0, out=touched, mode="clip")  # the mode that makes no copy
            np.subtract(updated, values.T.dot(touched) * self._step, out=updated)
            np.maximum(updated, low, out=updated)
            np.minimum(updated, high, out=updated)
            touched += values.dot(updated - dual)
            weights_whole[here] = room_whole[: end - begin]
        self._duals[order] = updates

    def margins(self, among: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """Return the numbers of the rows in the blocks ``among``, and their margins as the weights stand."""
        blocks = self._blocks
        margins = np.empty((len(among), TOGETHER, self._weights.shape[1]), dtype=np.float32)
        for margin, begin, end in zip(
            margins, blocks.starts[among].tolist(), blocks.ends[among].tolist(), strict=True
        ):
            blocks.values[begin:end].T.dot(self._weights[blocks.places[begin:end]], out=margin)
        numbers = blocks.numbers[among]
        return numbers[numbers >= 0], margins[numbers >= 0]


def packed(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return ``weights`` in whole units, and the unit of each column: a quarter of the memory.

    A unit is a 127th of the largest weight of the column; a margin of some 150
    weights changes by less than a hundredth.
    """
    unit = np.maximum(np.abs(weights).max(axis=0), 1e-12) / np.float32(127)
    return np.rint(weights / unit).astype(np.int8), unit.astype(np.float32)


def margins(rows: Rows, weights: NDArray[np.generic], bias: Floats, unit: Floats | float = 1.0) -> Floats:
    """Return the distances from the boundaries ``(rows, classes)``, positive inside.

    ``unit`` is that of ``packed`` weights.
    """
    if len(rows) == 1:
        only: Floats = (rows.values @ weights[rows.places].astype(np.float32)) * unit + bias
        return only[None]
    result = np.empty((len(rows), len(bias)), dtype=np.float32)
    for number in range(len(rows)):
        places, values = rows.row(number)
        result[number] = values @ weights[places].astype(np.float32)
    return result * unit + bias


def calibrate(margin: Floats, classes: NDArray[np.int64]) -> float:
    """Return the slope that turns margins ``(rows, classes)`` into log-probabilities.

    ``classes`` holds the right class of each row of ``margin``. The slope with the least log loss is found by
    Newton's method, between bounds that close in: four steps or so.
    """
    if not len(margin):
        return USUAL_SLOPE
    right = margin[np.arange(len(margin)), classes].mean()
    slope, lowest, highest = USUAL_SLOPE, LEAST_SLOPE, MOST_SLOPE
    for _ in range(_MOST_STEPS):
        chances = softmax(np.float32(slope) * margin)
        expected = (chances * margin).sum(axis=1)
        spread = (chances * margin * margin).sum(axis=1) - expected * expected
        rise = float(expected.mean() - right) + SLOPE_PENALTY * (slope - USUAL_SLOPE)
        lowest, highest = (lowest, slope) if rise > 0 else (slope, highest)
        before, slope = slope, slope - rise / (float(spread.mean()) + SLOPE_PENALTY)
        if not lowest <= slope <= highest:  # far from the least loss a whole step may overshoot it
            slope = (lowest + highest) / 2
        if abs(slope - before) < _SMALL_STEP:
            break
    return slope


def shares(powers: Sequence[float]) -> list[float]:
    """Return the probabilities of one row: ``softmax`` where numpy would cost more than it saves."""
    top = max(powers)
    raised = [math.exp(power - top) for power in powers]
    total = sum(raised)
    return [power / total for power in raised]


def softmax(values: Floats) -> Floats:
    """Return probabilities along the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    total: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return total
