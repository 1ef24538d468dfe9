"""The scale of confidences: its steps in order, each defined once, and what it says of danger is so."""

from __future__ import annotations

import ast

import pytest

from bot.matching.model import Candidate
from bot.understanding import confidence
from bot.understanding.confidence import DOUBT, LIKELY, SELF_EXPLANATORY, SURE, SURELY, explains_itself
from bot.understanding.decision import Costs, Risk, is_alarm
from tests.conftest import ROOT

STEPS = ("DOUBT", "LIKELY", "SURE", "SELF_EXPLANATORY", "SURELY")


def test_the_steps_rise() -> None:
    values = [getattr(confidence, step) for step in STEPS]
    assert values == sorted(set(values)) == [DOUBT, LIKELY, SURE, SELF_EXPLANATORY, SURELY]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_defined_once(step: str) -> None:
    """No module gives its name, or that name as one of its own, a second value."""
    names = {step, f"_{step}"}
    defining = [
        path.stem
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        for target in node.targets
        for part in ast.walk(target)
        if isinstance(part, ast.Name) and part.id in names
    ]
    assert defining == ["confidence"]


def test_below_doubt_no_alarm_is_raised() -> None:
    assert not is_alarm(Risk(DOUBT, is_worded=True), Costs())


@pytest.mark.parametrize(
    ("topic", "chance", "explains"),
    [("zmi", SELF_EXPLANATORY, True), ("zmi", SURE, False), ("bot", SURELY, False)],
)
def test_what_explains_itself_is_likely_and_one_of_those(topic: str, chance: float, explains: bool) -> None:
    assert explains_itself(Candidate(topic, chance), {"zmi", "zastex"}) is explains
