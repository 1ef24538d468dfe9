"""Rows laid out in blocks are the same rows."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import blocks, halves
from bot.matching.halves import Halfway, in_halves
from bot.matching.rows import Rows

ROWS = st.lists(st.dictionaries(st.integers(0, 9), st.floats(0.5, 2, width=32), max_size=6), max_size=25)


def sparse(dense: list[dict[int, float]]) -> Rows:
    starts = np.cumsum([0, *map(len, dense)])
    places = [place for row in dense for place in sorted(row)]
    values = [row[place] for row in dense for place in sorted(row)]
    return Rows(starts, np.array(places, dtype=np.int64), np.array(values, dtype=np.float32))


def layout(dense: list[dict[int, float]], groups: list[list[int]] | None = None) -> blocks.Layout:
    """Return the plan for rows without a constant that counts."""
    numbers = [np.array(group, dtype=np.int64) for group in groups or [[*range(len(dense))]]]
    return blocks.Layout(sparse(dense), numbers, (99, 1.0))


def rows_in(laid_out: blocks.Blocks) -> dict[int, dict[int, float]]:
    """Return what each row has at each place, without the constant."""
    seen = {}
    for numbers, begin, end in zip(laid_out.numbers, laid_out.starts, laid_out.ends, strict=True):
        places = laid_out.places[begin:end].tolist()
        assert places == sorted(set(places))
        for row, values in zip(numbers.tolist(), laid_out.values[begin:end].T.tolist(), strict=True):
            found = {place: value for place, value in zip(places, values, strict=True) if value}
            if row < 0:
                assert not found
            else:
                assert found.pop(99) == 1
                seen[row] = found
    return seen


@given(ROWS)
def test_every_row_stands_in_its_block(dense: list[dict[int, float]]) -> None:
    assert rows_in(layout(dense).blocks()) == dict(enumerate(dense))


def many() -> list[dict[int, float]]:
    random = np.random.default_rng(1)
    return [{int(place): 1.0 for place in random.integers(0, 50, 9)} for _ in range(103)]


@pytest.mark.parametrize("chunk", [3, 1000])
@pytest.mark.parametrize("middle", [0, 1, 13, 26])
def test_parts_fit_together(monkeypatch: pytest.MonkeyPatch, middle: int, chunk: int) -> None:
    plan = layout(many())
    assert len(plan) == 26
    monkeypatch.setattr(blocks, "_CHUNK", chunk)
    later = plan.lay_out(middle, 26)
    assert rows_in(plan.blocks(plan.lay_out(0, middle), later)) == dict(enumerate(many()))


def test_what_is_laid_out_again_is_as_new() -> None:
    """A copy that died may have left half of its part behind."""
    plan = layout(many())
    for values in plan.blocks().values, plan.blocks().values:
        values[:] = 7
    assert rows_in(plan.blocks()) == dict(enumerate(many()))


def test_groups_share_no_block() -> None:
    dense = many()
    plan = layout(dense, [[*range(0, 103, 10)], [n for n in range(103) if n % 10]])
    laid_out = plan.blocks()
    first, second = ({*laid_out.numbers[group].ravel().tolist()} - {-1} for group in laid_out.groups)
    assert first == {*range(0, 103, 10)}
    assert first | second == {*range(103)}
    assert not first & second


def test_a_copy_of_the_process_lays_out_in_the_same_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)
    plan = layout(many())

    def work(start: int, end: int) -> Halfway[np.ndarray, tuple[int, dict[int, dict[int, float]]]]:
        parts = yield plan.lay_out(start, end)
        return os.getpid(), {} if start else rows_in(plan.blocks(*parts))

    (here, found), (there, _) = in_halves(work, [1] * len(plan))
    assert here != there
    assert found == dict(enumerate(many()))
