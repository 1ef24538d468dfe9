"""Many classes of few lines learn from each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot import knowledge
from bot.knowledge import Knowledge, Line, shipped
from bot.matching import learning, related
from bot.matching.model import Model

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
def model() -> Model:
    lines = [
        Line(frame.format(thing=thing, wish=wish), f"{thing}_{wish}".lower(), "services")
        for thing in THINGS
        for wish in WISHES
        for frame in FRAMES
    ]
    assert related.are_narrow(len(lines), len(THINGS) * len(WISHES))
    foreign = [Line(f"wie wird das wetter am {day}", learning.NONE, "far") for day in ("montag", "freitag")]
    return Model.fit(replace(knowledge.read_folder(shipped()), lines=(*lines, *foreign)))


def test_few_lines_are_enough_to_tell_many_classes(model: Model) -> None:
    wanted = [
        (frame.format(thing=thing, wish=wish), f"{thing}_{wish}".lower())
        for thing in THINGS
        for wish in WISHES
        for frame in ASKED
    ]
    hits = [model.judge(text).candidates[0].topic == topic for text, topic in wanted]
    assert np.mean(hits) > 0.95


def test_related_classes_are_the_next_best(model: Model) -> None:
    """What is not meant shares its thing or its wish with what is."""
    second = model.judge("Heizung reparieren").candidates[1].topic
    assert second.startswith("heizung") or second.endswith("reparieren")


def test_a_relation_is_that_of_likeness() -> None:
    weights = np.array([[1, 1, 0], [1, 0.8, 0], [0, 0.1, 1]], dtype=np.float32)
    found = related.relation(weights)
    assert np.allclose(found, found.T, atol=1e-5)
    assert found[0, 1] > found[0, 2]
    assert np.linalg.eigvalsh(found)[0] > 0


def test_the_shipped_content_is_no_such_content(content: tuple[Knowledge, Model]) -> None:
    shipped_content, model = content
    assert not related.are_narrow(len(shipped_content.lines), len(model.learned.classes))


def test_nor_is_one_of_too_many_topics_for_the_time_it_would_take() -> None:
    assert not related.are_narrow(5_000, 500)
