"""One-against-rest linear classifiers over sparse rows, fitted by dual coordinate descent.

The objective is that of a linear support vector machine with squared hinge
loss (Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale
Linear SVM", algorithm 1). All classes are visited in one pass, so that a row
of features is gathered once for all of them. Margins become probabilities by
a temperature and a bias per class, fitted on rows that the classifier has not
seen (Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Floats, Rows

SEED = 7
BIAS_SCALE = np.float32(0.05)
"""Square of the constant feature behind the bias. With 1, as usual, the bias swings
for six epochs; with 0.05 the fit is as good after two (measured on held-out lines)."""


OFFSET_PENALTY = 0.2
"""Keeps the offsets small: what a held-out tenth says of the classes is noisy.

With 0.03 the one of the foreign lines swung between -0.44 and -0.02 with the choice of the tenth.
"""


class Fitting:
    """A fit in progress: run ``epoch`` until the weights stand.

    ``targets`` is ``(rows, classes)`` with +1, -1, or 0 where a row says
    nothing about a class. ``cost`` weighs mistakes against the size of the
    weights, as C in the literature. ``weights`` is ``(size, classes)``.
    """

    def __init__(self, rows: Rows, targets: Floats, cost: float, size: int) -> None:
        count, classes = targets.shape
        self._rows = rows
        ridge = 1 / (2 * cost)
        self._step = np.float32(1 / (1 + BIAS_SCALE + ridge))  # |x|² = 1
        self._kept = np.float32(1 - self._step * ridge)
        # Dual variables with the sign of their target: what each row adds to the weights.
        self._duals = np.zeros((count, classes), dtype=np.float32)
        self._pull = targets * self._step
        self._lowest = np.where(targets < 0, -np.inf, 0).astype(np.float32)
        self._highest = np.where(targets > 0, np.inf, 0).astype(np.float32)
        self._shuffle = np.random.default_rng(SEED)
        self.weights: Floats = np.zeros((size, classes), dtype=np.float32)
        self.bias: Floats = np.zeros(classes, dtype=np.float32)

    def epoch(self, among: NDArray[np.int64]) -> None:
        """Visit each of the rows ``among`` once, in a fresh order."""
        starts, all_places, all_values = self._rows.starts.tolist(), self._rows.places, self._rows.values
        weights, bias, duals = self.weights, self.bias, self._duals
        pull, lowest, highest, kept = self._pull, self._lowest, self._highest, self._kept
        # Rows of the weights as opaque blocks: numpy copies those three times as fast.
        block = np.dtype((np.void, weights.itemsize * weights.shape[1]))
        blocks = weights.view(block).ravel()
        for number in self._shuffle.permutation(among).tolist():
            begin, end = starts[number], starts[number + 1]
            places, values = all_places[begin:end], all_values[begin:end]
            touched = weights.take(places, axis=0)
            updated = values @ touched
            updated += bias
            updated *= -self._step
            updated += duals[number] * kept
            updated += pull[number]
            np.maximum(updated, lowest[number], out=updated)
            np.minimum(updated, highest[number], out=updated)
            change = updated - duals[number]
            duals[number] = updated
            touched += np.multiply.outer(values, change)
            blocks[places] = touched.view(block).ravel()
            bias += BIAS_SCALE * change


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


def calibrate(margin: Floats, classes: NDArray[np.int64], steps: int = 300) -> Floats:
    """Return ``(2, classes)``: slope and offset that turn margins into log-probabilities.

    ``classes`` holds the right class of each row of ``margin``. Gradient descent
    on the log loss; the slope is shared, so that order within a class is kept.
    """
    count, width = margin.shape
    right = np.zeros((count, width), dtype=np.float32)
    right[np.arange(count), classes] = 1
    slope, offset = 3.0, np.zeros(width, dtype=np.float32)
    for step in range(steps):
        rate = 2.0 / (1 + step / 60)
        error = softmax(slope * margin + offset) - right
        slope -= rate * float((error * margin).sum() / count)
        offset -= rate * (error.mean(axis=0) + OFFSET_PENALTY * offset)
    return np.stack([np.full(width, slope, dtype=np.float32), offset.astype(np.float32)])


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
