"""Linear classifier for many classes of few lines each, in which related classes learn from each other.

"Remove the alarm" and "set the alarm" share what an alarm is and keep apart what they differ in. First every
class learns for itself (multinomial logistic regression); from the likeness of the weights follows which
classes are related; then all learn again, with weights that vary as that relation says (the matrix normal
prior of multi-task learning, Zhang and Yeung 2010, "A Convex Formulation for Learning Task Relationships").

Of ten lines a class this finds 3 to 6 points more than ``linear`` (BANKING77, CLINC150, HWU64); for a dozen
broad classes of many lines it finds half a point less and takes half as long again: ``learning`` chooses.
The shipped content is of the second kind; the first is that of a new content with many narrow topics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.matching.linear import BIAS_SCALE
from bot.matching.order import SEED
from bot.matching.places import PAIRS, WORDS
from bot.matching.rows import Floats, Rows
from bot.matching.within import Shortening

MANY, MOST = 30, 300
"""Classes from and up to which they are taken for related: time grows with their square."""
FEW = 40
"""Lines a class, on average, up to which they are."""
EPOCHS_ALONE, EPOCHS_RELATED = 8, 10
PENALTY = 0.04
"""Of the size of the weights against the log loss; 0.02 and 0.08 find the same within half a point."""
SHARED = 4.0
"""How much the relation counts; 3 and 5 find the same."""
LEAST_OWN = 0.1
"""Least eigenvalue of the relation: keeps what tells related classes apart."""
_RARITY_POWER, _WORD_WEIGHT, _PAIR_WEIGHT = np.float32(1.5), np.float32(1.5), np.float32(0.7)
_CURVED_ALONE, _CURVED_RELATED = 0.25, 0.05
"""Curvature of the log loss that a step assumes. The sure bound for related classes would be the same, and slow."""


def are_narrow(lines: int, classes: int) -> bool:
    """Return whether a content with so many ``lines`` and ``classes`` is one that this module is for."""
    return MANY <= classes <= MOST and lines <= FEW * classes


def emphasised(rarity: Floats, used: NDArray[np.int32]) -> Floats:
    """Return the weights of features for few lines: rare ones and words count more, pairs of words less.

    ``rarity`` is that of the places ``used``, as ``weighing.in_use`` gives it.
    """
    weights: Floats = rarity**_RARITY_POWER
    weights[: len(used)][used >= PAIRS] *= _PAIR_WEIGHT
    weights[: len(used)][(used >= WORDS) & (used < PAIRS)] *= _WORD_WEIGHT
    return weights


def fit(rows: Rows, classes: NDArray[np.int64], count: int, size: int) -> tuple[Floats, Floats]:
    """Return weights ``(size, count)`` and bias of ``count`` classes; ``classes`` has the one of each row."""
    identity = np.eye(count, dtype=np.float32)
    target = identity[classes]
    shortening = Shortening(rows, classes, size)
    alone, _ = _fit(shortening, target, identity, EPOCHS_ALONE, _CURVED_ALONE)
    return _fit(shortening, target, relation(alone), EPOCHS_RELATED, _CURVED_RELATED)


def relation(weights: Floats) -> Floats:
    """Return how much the classes with these ``weights`` are to be alike, ``(classes, classes)``."""
    products = (weights.T @ weights).astype(np.float64)
    length = np.sqrt(np.maximum(np.diag(products), 1e-12))
    alike = products / length / length[:, None]
    np.fill_diagonal(alike, 0)
    values, directions = np.linalg.eigh(np.eye(len(alike)) + SHARED * alike)
    related: Floats = ((directions * np.maximum(values, LEAST_OWN)) @ directions.T).astype(np.float32)
    return related


def _fit(
    shortening: Shortening, target: Floats, related: Floats, epochs: int, curved: float
) -> tuple[Floats, Floats]:
    """Return weights and bias; each row in turn moves its share of them against its slope, as in ``linear``."""
    rows, beside = shortening.rows, shortening.beside
    step = np.float32(1 / (curved * (1 + BIAS_SCALE) * np.linalg.eigvalsh(related)[-1] + PENALTY))
    own = np.zeros((shortening.size, target.shape[1]), dtype=np.float32)
    # What the rows have beside their features: the directions within classes, and the constant of the bias.
    extra = np.zeros((beside.shape[1] + 1, target.shape[1]), dtype=np.float32)
    constant = np.full((len(rows), 1), np.sqrt(BIAS_SCALE), dtype=np.float32)
    taken, given = np.hstack([-beside, constant]), np.hstack([beside, constant])
    duals = np.zeros_like(target)
    shuffle = np.random.default_rng(SEED)
    for _ in range(epochs):
        for number in shuffle.permutation(len(rows)).tolist():
            places, values = rows.row(number)
            chances = (values @ own[places] + taken[number] @ extra) @ related
            np.exp(chances - chances.max(), out=chances)
            chances /= chances.sum()
            change = step * (target[number] - chances - np.float32(PENALTY) * duals[number])
            duals[number] += change
            own[places] += np.multiply.outer(values, change)
            extra += np.multiply.outer(given[number], change)
    weights: Floats = shortening.unfolded(own, extra[:-1]) @ related
    return weights, (extra[-1] @ related) * np.sqrt(BIAS_SCALE)
