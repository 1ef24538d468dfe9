"""The fit of the classifier and of its probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from bot.matching import linear
from bot.matching.rows import Rows


def rows_of(dense: np.ndarray) -> Rows:
    """Return a matrix without zeros as sparse rows of length one."""
    dense = dense / np.linalg.norm(dense, axis=1, keepdims=True)
    count, width = dense.shape
    starts = np.arange(count + 1, dtype=np.int64) * width
    return Rows(starts, np.tile(np.arange(width), count), dense.ravel().astype(np.float32))


def test_a_fit_ends_where_its_objective_is_least() -> None:
    """No small step from the weights makes squared hinge loss and size of the weights smaller."""
    random = np.random.default_rng(3)
    dense = random.normal(size=(60, 5)) + 0.01
    targets = np.where(random.random((60, 2)) < 0.5, -1, 1).astype(np.float32)
    rows = rows_of(dense)
    blocks = linear.layout(rows, 5).blocks()
    fitting = linear.Fitting(blocks, targets, cost=1.0, size=5)
    for _ in range(200):
        fitting.epoch(*blocks.groups)
    constant = np.sqrt(linear.BIAS_SCALE)
    inputs = np.hstack([rows.values.reshape(60, 5), np.full((60, 1), constant)])
    found = np.vstack([fitting.weights, fitting.bias / constant])

    def objective(weights: np.ndarray) -> float:
        short = np.maximum(0, 1 - targets * (inputs @ weights))
        return float((weights**2).sum() / 2 + (short**2).sum())

    least = objective(found)
    for step in random.normal(size=(50, *found.shape)) * 0.01:
        assert objective(found + step) >= least - 1e-5


def test_rows_of_two_groups_are_learned_from_apart() -> None:
    """What was held out has changed nothing, and its margins are those of the weights."""
    random = np.random.default_rng(4)
    dense = random.normal(size=(23, 5)) + 0.01
    targets = np.where(random.random((23, 3)) < 0.5, -1, 1).astype(np.float32)
    held_out, known = np.arange(0, 23, 4), np.flatnonzero(np.arange(23) % 4)
    rows = rows_of(dense)
    blocks = linear.layout(rows, 5, [held_out, known]).blocks()
    both = linear.Fitting(blocks, targets, cost=1.0, size=5)
    for _ in range(300):
        both.epoch(blocks.groups[1])
    known_blocks = linear.layout(rows.select(known), 5).blocks()
    only = linear.Fitting(known_blocks, targets[known], cost=1.0, size=5)
    for _ in range(300):
        only.epoch(*known_blocks.groups)
    assert np.allclose(both.weights, only.weights, atol=1e-3)
    numbers, margins = both.margins(blocks.groups[0])
    assert sorted(numbers) == held_out.tolist()
    assert np.allclose(margins, linear.margins(rows.select(numbers), both.weights, both.bias), atol=1e-5)


def test_calibrated_chances_are_as_often_right_as_they_say() -> None:
    random = np.random.default_rng(5)
    margin = random.normal(size=(4000, 3)).astype(np.float32)
    truth = linear.softmax(np.float32(2.0) * margin)
    classes = np.array([random.choice(3, p=row / row.sum()) for row in truth.astype(float)])
    assert linear.calibrate(margin, classes) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("scale", [0.01, 0.3, 3, 100])
def test_the_slope_has_the_least_loss(scale: float) -> None:
    """However far from the usual one it is, and where a step of Newton's method leads astray."""
    random = np.random.default_rng(6)
    margin = (scale * random.normal(size=(400, 3))).astype(np.float32)
    classes = np.where(random.random(400) < 0.8, margin.argmax(axis=1), random.integers(0, 3, 400))

    def loss(slope: float) -> float:
        chances = linear.softmax((slope * margin).astype(np.float64))
        penalty = linear.SLOPE_PENALTY * (slope - linear.USUAL_SLOPE) ** 2 / 2
        return float(-np.log(np.maximum(chances[np.arange(400), classes], 1e-300)).mean() + penalty)

    slope = linear.calibrate(margin, classes)
    allowed = np.linspace(linear.LEAST_SLOPE, linear.MOST_SLOPE, 300)
    assert loss(slope) <= 1.0001 * min(map(loss, allowed))


def test_a_few_lines_without_a_mistake_do_not_promise_certainty() -> None:
    margin = np.array([[1, -1], [-1, 1]], dtype=np.float32)
    assert linear.USUAL_SLOPE < linear.calibrate(margin, np.array([0, 1])) < 10


def test_lines_that_are_all_missed_do_not_turn_the_margins_round() -> None:
    margin = np.array([[1, -1], [-1, 1]], dtype=np.float32)
    assert linear.calibrate(margin, np.array([1, 0])) == pytest.approx(linear.LEAST_SLOPE, abs=1e-3)


def test_no_line_at_all_leaves_the_usual_slope() -> None:
    none = np.zeros((0, 3), dtype=np.float32)
    assert linear.calibrate(none, np.zeros(0, dtype=np.int64)) == linear.USUAL_SLOPE
