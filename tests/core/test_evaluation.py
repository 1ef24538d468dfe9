"""Scoring: every kind of question counts in its share, and misses are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.evaluation import Question, evaluate, read
from bot.reply import Aspect, Outcome, Reply
from bot.report import Limit, failures, write_html

COVERED = ["zastex", "zmi"]


class Parrot:
    """Answers what it was told to."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)

    def respond(self, conversation: str, utterance: str) -> Reply:
        return self._replies.pop(0)


def answer(topic: str, aspect: Aspect | None = None) -> Reply:
    return Reply(Outcome.ANSWER, ("x",), topics=(topic,), aspect=aspect)


FALLBACK = Reply(Outcome.FALLBACK, ("x",))
ALARM = Reply(Outcome.EMERGENCY, ("x",), topics=("notruf",))
CLARIFY = Reply(Outcome.CLARIFY, ("x",), topics=("zmi", "zastex"))


@pytest.mark.parametrize(
    ("question", "reply", "shares", "misses"),
    [
        (("zastex",), answer("zastex", Aspect.CONTACT), {"in scope": 1, "aspect": 1, "wrong offer": 0}, []),
        (("zastex",), answer("zmi"), {"in scope": 0, "wrong offer": 1}, ["not answered rightly"]),
        (("zastex",), CLARIFY, {"in scope": 0, "helped": 1}, ["offered"]),
        (("none",), answer("zmi"), {"false answer": 1}, ["false answer"]),
        (("none",), FALLBACK, {"false answer": 0, "false alarm": 0}, []),
        (("none",), ALARM, {"false alarm": 1}, []),
        (("notruf",), ALARM, {"emergency": 1}, []),
        (("notruf",), FALLBACK, {"emergency": 0}, ["emergency missed"]),
        (("smalltalk",), answer("smalltalk"), {"smalltalk": 1}, []),
    ],
)
def test_question_counts_in_its_shares(
    question: tuple[str, ...], reply: Reply, shares: dict[str, int], misses: list[str]
) -> None:
    asked = Question("1", "?", question, ("contact",), "mayor")
    result = evaluate(Parrot(reply), [asked], COVERED)
    assert {name: result.shares[name].hits for name in shares} == shares
    assert all(result.shares[name].total == 1 for name in shares)
    assert [miss.kind for miss in result.misses] == misses


def test_limits_are_kept_or_named() -> None:
    asked = Question("1", "?", ("zastex",), (), "mayor")
    result = evaluate(Parrot(answer("zmi")), [asked], COVERED)
    assert failures(result, [Limit.read("in scope=0"), Limit.read("wrong offer=100")]) == []
    assert len(failures(result, [Limit.read("in scope=50"), Limit.read("wrong offer=5 %")])) == 2


@pytest.mark.parametrize("text", ["everything=1", "in scope", "in scope=viel", "in scope=101"])
def test_limit_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--fail-under"):
        Limit.read(text)


def test_report_shows_the_confusion_as_a_picture(tmp_path: Path) -> None:
    asked = Question("1", "<b>böse</b>", ("zastex",), (), "mayor")
    write_html(tmp_path / "report.html", evaluate(Parrot(answer("zmi")), [asked], COVERED))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "<b>böse" not in page


def test_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({"text": "a", "topics": ["zmi"]}) + "\n{kaputt\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r":2:"):
        read(path)


@pytest.mark.parametrize("topics", ['"zastex"', "[]", "[1]"])
def test_topics_that_are_no_list_of_words_are_named(tmp_path: Path, topics: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"text": "a", "topics": {topics}}}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r":1: .*topics"):
        read(path)
