"""What was learned is kept, found again, and never stale or trusted when damaged."""

from __future__ import annotations

import ast
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from bot.content import loading
from bot.content.loading import shipped
from bot.knowledge import Knowledge
from bot.matching import cache
from bot.matching.model import Model
from bot.text import Utterance

SOME = 40
"""Every fortieth line is enough to learn from here."""


@pytest.fixture(scope="module")
def contents() -> dict[str, Knowledge]:
    """The contents that were read here, by the digest of their files: the same is not read twice."""
    return {}


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    """What was learned from few lines of them, by the digest of the content."""
    return {}


@pytest.fixture
def small(
    monkeypatch: pytest.MonkeyPatch, contents: dict[str, Knowledge], models: dict[str, Model]
) -> list[int]:
    """Learn from few lines; return the numbers of lines that were learned from."""
    learned: list[int] = []
    from_files, whole = loading.from_files, Model.fit.__func__  # type: ignore[attr-defined]

    def read(files: Mapping[str, bytes]) -> Knowledge:
        digest = loading.digest(files)
        if digest not in contents:
            contents[digest] = from_files(files)
        return contents[digest]

    def fit(cls: type[Model], content: Knowledge) -> Model:
        learned.append(len(content.lines))
        if content.digest not in models:
            models[content.digest] = whole(cls, replace(content, lines=content.lines[::SOME]))
        return models[content.digest]

    monkeypatch.setattr(loading, "from_files", read)
    monkeypatch.setattr(Model, "fit", classmethod(fit))
    return learned


def test_second_load_learns_nothing_and_judges_alike(small: list[int], tmp_path: Path) -> None:
    _, first = cache.load(shipped(), [tmp_path])
    content, second = cache.load(shipped(), [tmp_path])
    assert len(small) == 1
    assert content.lines == ()
    text = "Wie erreiche ich die Zastex?"
    assert first.judge(Utterance.of(text)).candidates == second.judge(Utterance.of(text)).candidates


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


def kept(caches: Path) -> Path:
    """Return the only cache in ``caches``."""
    (found,) = caches.glob("model-*")
    return found


def test_damage_means_learning_again(small: list[int], tmp_path: Path) -> None:
    cache.load(shipped(), [tmp_path])
    damaged = kept(tmp_path) / "small.npz"
    damaged.write_bytes(halved(damaged.read_bytes()))
    cache.load(shipped(), [tmp_path])
    assert len(small) == 2
    cache.load(shipped(), [tmp_path])
    assert len(small) == 2, "what is damaged was replaced"


def halved(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def flipped(place: float) -> Callable[[bytes], bytes]:
    """Return a change of one byte, ``place`` of the way through a file."""

    def flip(whole: bytes) -> bytes:
        changed = bytearray(whole)
        changed[int(place * (len(whole) - 1))] ^= 1
        return bytes(changed)

    return flip


def test_any_damage_is_seen(small: list[int], tmp_path: Path) -> None:
    """Half a file, or one wrong bit of it: the digit of a telephone number, say."""
    cache.load(shipped(), [tmp_path])
    files = sorted(kept(tmp_path).iterdir())
    assert len(files) == 7
    for path in files:
        whole = path.read_bytes()
        for damage in (halved, flipped(0), flipped(0.3), flipped(0.8), flipped(1), lambda _: b""):
            path.write_bytes(damage(whole))
            assert cache.latest([tmp_path], other_than="") is None, path.name
        path.write_bytes(whole)
        assert cache.latest([tmp_path], other_than="") is not None
    assert len(small) == 1


def test_a_cache_depends_on_all_code_that_makes_it() -> None:
    """Every module of ``bot`` that ``bot.matching`` imports, directly or not, is part of the digest."""
    home = Path(bot.__file__).parent
    counted = {path for pattern in cache._CODE for path in home.glob(pattern)}
    found: set[Path] = set()
    waiting = [*home.glob("matching/*.py")]
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting += imported(ast.parse(path.read_text(encoding="utf-8")), home) - found
    assert {home / "knowledge.py", home / "content" / "source.py"} < found
    assert found <= counted


def imported(tree: ast.AST, home: Path) -> set[Path]:
    """Return the modules of ``bot``, which lies in ``home``, that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "bot":
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    paths = {home.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in names - {"bot"}}
    return {path for path in paths if path.is_file()}


@contextmanager
def short_of_room(most: int) -> Iterator[None]:
    """While the block runs no file can grow beyond ``most`` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_no_draft(small: list[int], tmp_path: Path) -> None:
    with short_of_room(100_000):
        content, _ = cache.load(shipped(), [tmp_path])
    assert content.topics
    assert list(tmp_path.iterdir()) == []
    assert len(small) == 1


def test_another_process_that_learned_the_same_is_no_failure(
    small: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes first by a moment; what it wrote is used, and nothing is left of ours."""
    rename = os.replace

    def second(draft: Path, place: Path) -> None:
        shutil.copytree(draft, place)
        rename(draft, place)

    monkeypatch.setattr(os, "replace", second)
    places = [tmp_path / "other", tmp_path / "learned"]
    cache.load(shipped(), places)
    assert [path.name[:6] for path in places[1].iterdir()] == ["model-"]
    assert not places[0].exists(), "it is not written a second time"
    cache.load(shipped(), places)
    assert len(small) == 1


def test_forgotten_drafts_are_tidied(small: list[int], tmp_path: Path) -> None:
    """Those of a killed process; one of a process that is learning now stays."""
    for name, age in (("draft-old", 3700), ("draft-new", 3500)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content.json").write_text("{")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    cache.load(shipped(), [tmp_path])
    assert [path.name for path in tmp_path.glob("draft-*")] == ["draft-new"]
    assert len(small) == 1


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
