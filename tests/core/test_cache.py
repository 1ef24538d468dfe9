"""What was learned is kept, found again, and never stale or trusted when damaged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, shipped
from bot.matching import cache
from bot.matching.model import Model

SOME = 40
"""Every fortieth line is enough to learn from here."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Learn from few lines; return the numbers of lines that were learned from."""
    learned: list[int] = []
    whole = Model.fit.__func__  # type: ignore[attr-defined]

    def fit(cls: type[Model], content: Knowledge) -> Model:
        learned.append(len(content.lines))
        return whole(cls, replace(content, lines=content.lines[::SOME]))  # type: ignore[no-any-return]

    monkeypatch.setattr(Model, "fit", classmethod(fit))
    return learned


def test_second_load_learns_nothing_and_judges_alike(small: list[int], tmp_path: Path) -> None:
    _, first = cache.load(shipped(), [tmp_path])
    content, second = cache.load(shipped(), [tmp_path])
    assert len(small) == 1
    assert content.lines == ()
    text = "Wie erreiche ich die Zastex?"
    assert first.judge(text).candidates == second.judge(text).candidates


def test_what_was_learned_is_known_without_reading_it(small: list[int], tmp_path: Path) -> None:
    places = [tmp_path / "other", tmp_path / "learned"]
    assert not cache.is_known(shipped(), places)
    cache.load(shipped(), places)
    assert cache.is_known(shipped(), places)
    assert len(small) == 1


def test_changed_content_is_learned_anew(small: list[int], tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".learned"))
    cache.load(folder, [tmp_path / "learned"])
    wording = folder / "wording.yaml"
    wording.write_text(wording.read_text(encoding="utf-8").replace("Guten Tag", "Hallo"), encoding="utf-8")
    content, _ = cache.load(folder, [tmp_path / "learned"])
    assert len(small) == 2
    assert content.line("welcome").startswith("Hallo")


@pytest.mark.parametrize("name", ["content.json", "small.npz", "weights.npy", "used.npy"])
def test_damage_means_learning_again(small: list[int], tmp_path: Path, name: str) -> None:
    cache.load(shipped(), [tmp_path])
    (kept,) = tmp_path.glob("model-*")
    (kept / name).write_bytes(b"\x00damaged")
    cache.load(shipped(), [tmp_path])
    assert len(small) == 2


def test_unwritable_cache_does_not_matter(small: list[int], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    content, _ = cache.load(shipped(), [blocked])
    assert content.topics
    assert len(small) == 1


def test_old_caches_are_tidied(small: list[int], tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"model-old{number}").mkdir()
    cache.load(shipped(), [tmp_path])
    assert len(list(tmp_path.glob("model-*"))) == 3
    assert len(small) == 1
