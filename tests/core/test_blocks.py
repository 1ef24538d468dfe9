"""Rows laid out in blocks are the same rows."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import blocks
from bot.matching.rows import Rows

ROWS = st.lists(st.dictionaries(st.integers(0, 9), st.floats(0.5, 2, width=32), max_size=6), max_size=25)


def sparse(dense: list[dict[int, float]]) -> Rows:
    starts = np.cumsum([0, *map(len, dense)])
    places = [place for row in dense for place in sorted(row)]
    values = [row[place] for row in dense for place in sorted(row)]
    return Rows(starts, np.array(places, dtype=np.int64), np.array(values, dtype=np.float32))


@given(ROWS, st.randoms(use_true_random=False))
def test_every_row_stands_in_its_block(dense: list[dict[int, float]], random: Random) -> None:
    order = list(range(len(dense)))
    random.shuffle(order)
    numbers = blocks.numbers_in_blocks(np.array(order, dtype=np.int64))
    laid_out = blocks.lay_out(sparse(dense).select, numbers, sum(map(len, dense)))
    seen = {}
    for number, (begin, end) in enumerate(zip(laid_out.starts[:-1], laid_out.starts[1:], strict=True)):
        places = laid_out.places[begin:end].tolist()
        assert places == sorted(set(places))
        for row, values in zip(numbers[number], laid_out.values[begin:end].T, strict=True):
            found = {place: value for place, value in zip(places, values.tolist(), strict=True) if value}
            if row < 0:
                assert not found
            else:
                seen[int(row)] = found
    assert [seen[row] for row in range(len(dense))] == dense


def test_many_rows_are_laid_out_in_parts_that_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    dense = [{int(place): 1.0 for place in random.integers(0, 50, 9)} for _ in range(103)]
    numbers = blocks.numbers_in_blocks(random.permutation(103))
    whole = blocks.lay_out(sparse(dense).select, numbers, sum(map(len, dense)))
    monkeypatch.setattr(blocks, "_CHUNK", 3)
    parts = blocks.lay_out(sparse(dense).select, numbers, sum(map(len, dense)))
    assert np.array_equal(whole.starts, parts.starts)
    assert np.array_equal(whole.places, parts.places)
    assert np.array_equal(whole.values, parts.values)
