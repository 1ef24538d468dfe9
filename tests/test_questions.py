"""The evaluation set: it stays out of the content, and the bot keeps its level on it."""

from __future__ import annotations

import re

import pytest

from bot.measuring import evaluation
from bot.measuring.evaluation import LOWER_IS_BETTER
from tests.conftest import ROOT
from tests.learned import fresh_bot

QUESTIONS = ROOT / "tests" / "questions"

FLOORS = {
    "in scope": 0.94,
    "helped": 0.97,
    "wrong offer": 0.03,
    "false answer": 0.04,
    "false answer (far)": 0.03,
    "false alarm": 0.02,
    "false alarm (dialogue)": 0.01,
    "false alarm (all)": 0.01,
    "wrong offer (all)": 0.03,
    "mixed": 0.92,
    "both": 0.85,
    "aspect": 0.92,
    "emergency": 0.96,
    "over-alarm": 0.05,
    "dialogue": 0.87,
}


def normal(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def test_no_question_stands_in_the_content() -> None:
    """Nothing that is measured with was learned; a phrase by which something is recognised may be all that somebody says."""
    questions = {
        normal(question.text)
        for path in QUESTIONS.glob("*.jsonl")
        for question in evaluation.read(path)
        if len(question.text.split()) >= 4
    }
    assert len(questions) > 200
    for path in [*(ROOT / "knowledge" / "utterances").glob("*.yaml"), ROOT / "knowledge" / "off_topic.yaml"]:
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.strip().removeprefix("- ").strip("\"'")
            assert normal(text) not in questions, f"{path}: {text}"


@pytest.fixture(scope="module")
def result(content: tuple) -> evaluation.Result:  # type: ignore[type-arg]
    bot = fresh_bot()
    covered = [topic.id for topic in bot.knowledge.topics.values() if topic.source]
    questions = [q for path in sorted(QUESTIONS.glob("*.jsonl")) for q in evaluation.read(path)]
    return evaluation.evaluate(bot, questions, covered)


@pytest.mark.parametrize("name", FLOORS)
def test_share_keeps_its_level(result: evaluation.Result, name: str) -> None:
    share = result.shares[name]
    assert share.total > 10
    if name in LOWER_IS_BETTER:
        assert share.value <= FLOORS[name]
    else:
        assert share.value >= FLOORS[name]
