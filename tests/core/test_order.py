"""The order of learning is as if shuffled, and a line more hardly changes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.knowledge import Knowledge
from bot.matching import learning, linear, order
from bot.matching.wordset import sum_of

SUMS = [sum_of(f"line {number}") for number in range(2000)]


def visited(sums: list[int]) -> list[list[int]]:
    """Return the lines, by their sums, in the order of three rounds over all groups."""
    rounds, grouped = order.Rounds(), order.groups(sums)
    return [[sums[number] for number in rounds.over(*grouped)] for _ in range(3)]


def test_every_line_is_in_one_group_and_in_every_round() -> None:
    held_out, first, second = order.groups(SUMS)
    assert sorted([*held_out, *first, *second]) == [*range(2000)]
    assert len(held_out) == pytest.approx(2000 / order.HELD_OUT, rel=0.2)
    assert len(first) == pytest.approx(len(second), rel=0.1)
    for lines in visited(SUMS):
        assert sorted(lines) == sorted(SUMS)


def test_each_round_has_another_order() -> None:
    first, second, third = visited(SUMS)
    assert first != second != third != first
    assert abs(np.corrcoef(np.argsort(first), np.argsort(second))[0, 1]) < 0.3


def test_a_line_more_leaves_the_others_in_their_order() -> None:
    """But for the few that stand where a part of a group ends, 3 x 16 times a round."""
    more = [*SUMS[:1000], sum_of("one more"), *SUMS[1000:]]
    for before, after in zip(visited(SUMS), visited(more), strict=True):
        after.remove(sum_of("one more"))
        place = {total: number for number, total in enumerate(after)}
        assert sum(abs(place[total] - number) > 20 for number, total in enumerate(before)) <= 48


def test_the_same_line_twice_is_held_out_twice_or_not_at_all() -> None:
    held_out, _, _ = order.groups([*SUMS, *SUMS])
    assert {number % 2000 for number in held_out if number < 2000} == {
        n - 2000 for n in held_out if n >= 2000
    }


def test_a_line_less_changes_hardly_any_judgement(whole: Knowledge) -> None:
    """Of 3,000 lines a margin moves by a seventh of what another order moves it by, over several lines."""
    content = replace(whole, lines=whole.lines[:: len(whole.lines) // 3000])
    all_lines = learning.study(content)
    shuffled = replace(all_lines, sums=[sum_of(str(total)) for total in all_lines.sums])
    base, other = margins(all_lines, all_lines), margins(shuffled, all_lines)
    moved = [
        np.abs(margins(without(content, number), all_lines) - base).mean()
        for number in (500, 1200, 1900, 2600)
    ]
    assert np.mean(moved) < 0.25 * np.abs(other - base).mean()


def without(content: Knowledge, number: int) -> learning.Study:
    """Return what is studied of a content without one of its lines."""
    lines = content.lines
    return learning.study(replace(content, lines=(*lines[:number], *lines[number + 1 :])))


def margins(studied: learning.Study, of: learning.Study) -> np.ndarray:
    """Return the margins of all lines ``of`` a content by what was learned from ``studied``."""
    learned = learning.learn(studied)
    rows = learning.Weighed(of.rows, learned.used, learned.rarity).all()
    return linear.margins(rows, learned.weights, learned.bias, learned.weight_unit)
