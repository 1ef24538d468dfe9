"""Learning gives the same however it is done, and something sensible from few lines."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from bot.content import loading
from bot.knowledge import Knowledge, Line
from bot.matching import halves, learning
from bot.matching.model import Model
from bot.matching.rows import Rows
from bot.text import Utterance


def some(whole: Knowledge, each: int) -> Knowledge:
    """Return the content with ``each`` lines a section."""
    kept: dict[tuple[str, str], list[Line]] = {}
    for line in whole.lines:
        kept.setdefault((line.topic, line.section), []).append(line)
    return replace(whole, lines=tuple(line for lines in kept.values() for line in lines[:each]))


def test_one_process_learns_what_two_learn(whole: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    content = some(whole, 40)
    monkeypatch.setattr(halves, "_may_copy", lambda: False)
    alone = learning.study(content)
    monkeypatch.setattr(halves, "_may_copy", lambda: True)
    monkeypatch.setattr(halves, "_alone", None)  # the copy must do, or this fails
    both = learning.study(content)
    assert same(alone.rows, both.rows)
    assert alone == replace(both, rows=alone.rows)
    first, second = learning.learn(alone), learning.learn(both)
    for field in fields(first):
        assert np.array_equal(getattr(first, field.name), getattr(second, field.name)), field.name


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Rows))


@pytest.mark.parametrize("each", [2, 3, 5])
def test_of_few_lines_each_still_finds_its_topic(whole: Knowledge, each: int) -> None:
    content = some(whole, each)
    model = Model.fit(content)
    found = model.likeliest(learning.study(content).rows)
    right = [candidate.topic == line.topic for candidate, line in zip(found, content.lines, strict=True)]
    assert np.mean(right) > 0.9


def test_the_folder_of_an_editors_history_is_no_content(tmp_path: Path) -> None:
    (tmp_path / ".history").mkdir()
    (tmp_path / ".history" / "zmi.yaml").write_text("topic: zmi\n")
    assert loading.content_paths(tmp_path) == []


def test_what_stands_in_the_content_is_understood_like_that(whole: Knowledge) -> None:
    """Even where all that is like it says something else: an editor has written it down."""
    odd = Line("Wie wird das Wetter auf dem Kirchturm", "zmi", "services")
    model = Model.fit(replace(some(whole, 60), lines=(*some(whole, 60).lines, odd)))
    assert model.judge(Utterance.of("wie wird das wetter auf dem Kirchturm?")).candidates[0].topic == "zmi"
    assert model.judge(Utterance.of("wie wird das wetter auf dem Rathausturm")).candidates[0].topic != "zmi"
