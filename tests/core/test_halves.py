"""Work in two processes gives what one process gives, whatever happens to the other."""

from __future__ import annotations

import os
import signal
from itertools import chain

import pytest

from bot.matching import halves
from bot.matching.halves import in_halves


def squares(start: int, end: int) -> list[int]:
    return [n * n for n in range(start, end)]


def test_both_halves_come_back_in_order() -> None:
    first, second = in_halves(squares, [1] * 10)
    assert first + second == squares(0, 10)
    assert first
    assert second


def test_long_items_count_more() -> None:
    first, second = in_halves(squares, [1, 1, 1, 1, 10, 10])
    assert len(first) > len(second)


@pytest.mark.parametrize("sizes", [[], [0], [3], [1, 1]])
def test_few_items_or_none(sizes: list[int]) -> None:
    assert [*chain(*in_halves(squares, sizes))] == squares(0, len(sizes))


def test_a_second_process_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)
    mine, other = in_halves(lambda start, end: os.getpid(), [1, 1])
    assert mine == os.getpid() != other


def test_a_killed_copy_costs_time_but_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)
    here = os.getpid()

    def work(start: int, end: int) -> list[int]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return squares(start, end)

    assert [*chain(*in_halves(work, [1] * 6))] == squares(0, 6)


def test_an_error_is_told_by_the_process_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)

    def work(start: int, end: int) -> list[int]:
        return squares(start, end) if start == 0 else [1 // 0]

    with pytest.raises(ZeroDivisionError):
        in_halves(work, [1] * 6)
