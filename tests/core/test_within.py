"""What the lines of one class differ in counts less."""

from __future__ import annotations

import numpy as np

from bot.matching.rows import Floats, Rows
from bot.matching.within import Shortening

SIZE, CLASSES, LINES = 12, 5, 60


def some_lines() -> tuple[Rows, Floats, np.ndarray]:
    """Return rows, the same as a table, and classes; all classes vary alike, mostly in the last feature."""
    random = np.random.default_rng(4)
    classes = np.arange(LINES) % CLASSES
    dense = random.normal(size=(CLASSES, SIZE))[classes] + 0.1 * random.normal(size=(LINES, SIZE))
    dense[:, -1] += 3 * random.normal(size=LINES)
    dense = (dense / np.linalg.norm(dense, axis=1, keepdims=True)).astype(np.float32)
    starts = np.arange(LINES + 1, dtype=np.int64) * SIZE
    return Rows(starts, np.tile(np.arange(SIZE), LINES), dense.ravel()), dense, classes


def test_products_are_those_with_the_covariance_within_classes_taken_out() -> None:
    """With as many directions as features, what Hatch's inverse of the whole covariance gives."""
    rows, dense, classes = some_lines()
    found = Shortening(rows, classes, SIZE)
    means = np.array([dense[classes == number].mean(axis=0) for number in range(CLASSES)])
    rest = dense - means[classes]
    spared = 0.003 * LINES
    inverse = np.linalg.inv(rest.T @ rest + spared * np.eye(SIZE)) * spared
    wanted = dense @ inverse @ dense.T
    wanted /= np.mean(np.diag(wanted))
    table = found.rows.values.reshape(LINES, SIZE)
    assert np.allclose(table @ table.T - found.beside @ found.beside.T, wanted, atol=1e-3)


def test_a_class_is_told_by_what_its_lines_share() -> None:
    rows, dense, classes = some_lines()
    found = Shortening(rows, classes, SIZE)
    table = found.rows.values.reshape(LINES, SIZE)
    products = table @ table.T - found.beside @ found.beside.T
    alike = classes[:, None] == classes

    def contrast(of: Floats) -> float:
        return float((of[alike].mean() - of[~alike].mean()) / of.std())

    assert contrast(products) > contrast(dense @ dense.T)


def test_weights_of_the_plain_features_say_the_same() -> None:
    rows, dense, classes = some_lines()
    found = Shortening(rows, classes, SIZE)
    duals = np.random.default_rng(6).normal(size=(LINES, 3)).astype(np.float32)
    table = found.rows.values.reshape(LINES, SIZE)
    own, extra = table.T @ duals, found.beside.T @ duals
    margins = table @ own - found.beside @ extra
    assert np.allclose(dense @ found.unfolded(own, extra), margins, atol=1e-3)


def test_a_single_line_a_class_leaves_nothing_to_shorten() -> None:
    rows, _, _ = some_lines()
    found = Shortening(rows, np.arange(LINES), SIZE)
    assert np.allclose(found.beside, 0, atol=1e-4)
    assert np.allclose(found.rows.values, rows.values, atol=1e-4)
