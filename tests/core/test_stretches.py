"""Danger is found in a stretch of a long text as surely as if the stretch stood alone."""

from __future__ import annotations

import math

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.matching.stretches import WIDTHS
from bot.text import Utterance

BEFORE = "wir wollen die Broschüre in der nächsten Sitzung vorstellen und suchen dafür eine kurze Fassung"
AFTER = "und dann noch die Adresse für gedruckte Exemplare und den Namen von jemandem der sie erklärt"
DANGER = "hier schlägt gerade einer mit einer Stange auf meine Kollegin ein"


def odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


@pytest.mark.parametrize(
    "text", [f"{DANGER} {BEFORE} {AFTER}", f"{BEFORE} {DANGER} {AFTER}", f"{BEFORE} {AFTER} {DANGER}"]
)
def test_the_strongest_stretch_is_where_the_danger_is(content: tuple[Knowledge, Model], text: str) -> None:
    _, model = content
    reading = model.read(Utterance.of(text))
    stretch = model.strongest(reading)
    words = reading.utterance.part(stretch.start, stretch.end).text.split()
    assert len(set(words) & set(DANGER.split())) >= len(DANGER.split()) - 3
    assert stretch.chance > 0.95


@pytest.mark.parametrize(
    "text", [BEFORE, "gerade tritt jemand die Tür ein", AFTER, "mein LKA Leitfaden brennt, Gxqwertz"]
)
def test_a_text_as_short_as_a_stretch_is_judged_as_it_is_alone(
    content: tuple[Knowledge, Model], text: str
) -> None:
    _, model = content
    text = " ".join(text.split()[: WIDTHS[0]])
    found = model.strongest(model.read(Utterance.of(text)))
    assert (found.start, found.end) == (0, len(text.split()))
    assert odds(found.chance) == pytest.approx(odds(model.judge(Utterance.of(text)).danger), abs=0.2)
