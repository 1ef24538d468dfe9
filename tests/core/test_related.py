"""Many classes of few lines learn from each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.knowledge import Knowledge, Line
from bot.layout import NONE
from bot.matching import cache, places, related
from bot.matching.model import Model
from bot.text import Utterance

THINGS = ["Wecker", "Lampe", "Heizung", "Rollo", "Radio", "Backofen", "Staubsauger", "Kaffeemaschine"]
WISHES = ["einschalten", "ausschalten", "reparieren", "verkaufen", "reinigen"]
FRAMES = [
    "{thing} {wish}",
    "bitte {thing} {wish}",
    "ich will den {thing} {wish}",
    "können wir {thing} {wish}",
]
ASKED = ["wie kann man {thing} heute noch {wish}", "{wish} wäre schön bei {thing}"]


@pytest.fixture(scope="module")
def model(whole: Knowledge) -> Model:
    lines = [
        Line(frame.format(thing=thing, wish=wish), f"{thing}_{wish}".lower(), "services")
        for thing in THINGS
        for wish in WISHES
        for frame in FRAMES
    ]
    assert related.are_narrow(len(lines), len(THINGS) * len(WISHES))
    foreign = [Line(f"wie wird das wetter am {day}", NONE, "far") for day in ("montag", "freitag")]
    return Model.fit(replace(whole, lines=(*lines, *foreign)))


def test_few_lines_are_enough_to_tell_many_classes(model: Model) -> None:
    wanted = [
        (frame.format(thing=thing, wish=wish), f"{thing}_{wish}".lower())
        for thing in THINGS
        for wish in WISHES
        for frame in ASKED
    ]
    hits = [model.judge(Utterance.of(text)).candidates[0].topic == topic for text, topic in wanted]
    assert np.mean(hits) > 0.95


def test_related_classes_are_the_next_best(model: Model) -> None:
    """What is not meant shares its thing or its wish with what is."""
    second = model.judge(Utterance.of("Heizung reparieren")).candidates[1].topic
    assert second.startswith("heizung") or second.endswith("reparieren")


def test_an_inflection_that_no_line_contains_is_understood(model: Model) -> None:
    assert model.judge(Utterance.of("die Kaffeemaschinen")).candidates[0].topic.startswith("kaffeemaschine")


def test_kinds_of_features_are_weighed_apart() -> None:
    used = np.array([5, places.WORDS - 1, places.WORDS, places.PAIRS - 1, places.PAIRS], dtype=np.int32)
    found = related.emphasised(np.ones(6, dtype=np.float32), used)
    piece, word, pair = found[0], found[2], found[4]
    assert word > piece > pair
    assert found.tolist() == [piece, piece, word, word, pair, 1]


def test_a_cache_keeps_what_such_a_content_needs(model: Model, whole: Knowledge, tmp_path: Path) -> None:
    content = replace(whole, lines=())
    assert cache._write(tmp_path, "model-narrow", content, model)
    found = cache._read(tmp_path / "model-narrow", content.digest)
    assert found is not None
    text = "weckers reparierend"
    assert found[1].judge(Utterance.of(text)).candidates == model.judge(Utterance.of(text)).candidates


def test_a_relation_is_that_of_likeness() -> None:
    weights = np.array([[1, 1, 0], [1, 0.8, 0], [0, 0.1, 1]], dtype=np.float32)
    found = related.relation(weights)
    assert np.allclose(found, found.T, atol=1e-5)
    assert found[0, 1] > found[0, 2]
    assert np.linalg.eigvalsh(found)[0] > 0


def test_the_shipped_content_is_no_such_content(content: tuple[Knowledge, Model], whole: Knowledge) -> None:
    assert not related.are_narrow(len(whole.lines), len(content[1].learned.classes))


def test_nor_is_one_of_too_many_topics_for_the_time_it_would_take() -> None:
    assert not related.are_narrow(5_000, 500)
