"""Work in two processes gives what one process gives, whatever happens to the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import chain

import pytest

from bot.matching import halves
from bot.matching.halves import Halfway, in_halves

Squares = Halfway[int, list[int]]


def squares(start: int, end: int) -> Squares:
    """Return the squares of some numbers, after those of both halves were counted."""
    counted = yield end - start
    assert sum(counted) >= end - start
    return [n * n for n in range(start, end)]


def numbers(count: int) -> list[int]:
    return [n * n for n in range(count)]


@pytest.fixture(params=[True, False])
def copying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a second process is used."""
    monkeypatch.setattr(halves, "_may_copy", lambda: request.param)
    return bool(request.param)


@pytest.mark.usefixtures("copying")
def test_both_halves_come_back_in_order() -> None:
    first, second = in_halves(squares, [1] * 10)
    assert first + second == numbers(10)
    assert first
    assert second


@pytest.mark.usefixtures("copying")
def test_long_items_count_more() -> None:
    first, second = in_halves(squares, [1, 1, 1, 1, 10, 10])
    assert len(first) > len(second)


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("sizes", [[], [0], [3], [1, 1]])
def test_few_items_or_none(sizes: list[int]) -> None:
    assert [*chain(*in_halves(squares, sizes))] == numbers(len(sizes))


def test_each_half_learns_what_both_found(copying: bool) -> None:
    def work(start: int, end: int) -> Halfway[tuple[int, int], tuple[int, tuple[tuple[int, int], ...]]]:
        both = yield (start, end)
        return os.getpid(), both

    (here, seen_here), (there, seen_there) = in_halves(work, [1] * 4)
    assert seen_here == seen_there
    assert [end for _, end in seen_here][-1] == 4
    assert (here != there) is copying
    assert here == os.getpid()


@pytest.mark.parametrize("late", [False, True])
def test_a_killed_copy_costs_time_but_nothing_else(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)
    home = os.getpid()

    def work(start: int, end: int) -> Squares:
        if os.getpid() != home and not late:
            os.kill(os.getpid(), signal.SIGKILL)
        yield end - start
        if os.getpid() != home:
            os.kill(os.getpid(), signal.SIGKILL)
        return [n * n for n in range(start, end)]

    assert [*chain(*in_halves(work, [1] * 6))] == numbers(6)


def test_an_error_is_told_by_the_process_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)

    def work(start: int, end: int) -> Squares:
        yield 0
        return [1] if start == 0 else [1 // 0]

    with pytest.raises(ZeroDivisionError):
        in_halves(work, [1] * 6)


def test_where_no_process_can_be_made_this_one_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)

    def fork() -> int:
        raise BlockingIOError("as many as are allowed")

    monkeypatch.setattr(os, "fork", fork)
    assert [*chain(*in_halves(squares, [1] * 6))] == numbers(6)


def test_what_cannot_be_handed_over_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_may_copy", lambda: True)

    def work(start: int, end: int) -> Halfway[int, Callable[[], int]]:
        yield 0
        return lambda: end

    assert [part() for part in in_halves(work, [1, 1])][1] == 2
