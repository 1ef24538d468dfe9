"""Scoring: every kind of question counts in its share, and misses are named."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.measuring.evaluation import Question, evaluate, read
from bot.measuring.report import Limit, failures, write_html
from bot.reply import Aspect, Outcome, Reply

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
        (("none",), ALARM, {"false alarm": 1, "false alarm (all)": 1}, ["false alarm"]),
        (
            ("zastex",),
            ALARM,
            {"in scope": 0, "false alarm (all)": 1},
            ["not answered rightly", "false alarm"],
        ),
        (("bot",), ALARM, {"bot": 0, "false alarm (all)": 1}, ["not recognised", "false alarm"]),
        (("bot",), answer("zmi"), {"bot": 0, "wrong offer (all)": 1}, ["not recognised"]),
        (("notruf",), answer("zmi"), {"emergency": 0, "wrong offer (all)": 1}, ["emergency missed"]),
        (("zmi", "none"), answer("zmi"), {"mixed": 1, "wrong offer (all)": 0}, []),
        (("zmi", "none"), FALLBACK, {"mixed": 1, "false alarm (all)": 0}, []),
        (("zmi", "none"), CLARIFY, {"mixed": 1}, []),
        (("zmi", "none"), answer("smalltalk"), {"mixed": 1}, []),
        (("zmi", "none"), answer("zastex"), {"mixed": 0, "wrong offer (all)": 1}, ["not accepted"]),
        (("zmi", "none"), ALARM, {"mixed": 0, "false alarm (all)": 1}, ["not accepted", "false alarm"]),
        (("notruf", "none"), ALARM, {"mixed": 1}, []),
        (("notruf", "none"), FALLBACK, {"mixed": 1}, []),
        (("notruf", "none"), answer("zmi"), {"mixed": 0, "wrong offer (all)": 1}, ["not accepted"]),
        (("clarify",), CLARIFY, {"mixed": 1}, []),
        (("clarify",), FALLBACK, {"mixed": 0}, ["not accepted"]),
        (("zmii",), answer("zmi"), {"mixed": 0, "wrong offer (all)": 1}, ["not accepted"]),
        (("zmii",), FALLBACK, {"mixed": 0}, ["not accepted"]),
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


@pytest.mark.parametrize(
    ("wanted", "reply", "shares", "misses"),
    [
        ("none", FALLBACK, (1, 0, 0), []),
        ("none", ALARM, (1, 1, 0), ["false alarm"]),
        ("none", answer("zmi"), (0, 0, 1), ["dialogue"]),
        ("zastex", ALARM, (0, 1, 0), ["dialogue", "false alarm"]),
        ("clarify", answer("zmi"), (0, 0, 1), ["dialogue"]),
        ("smalltalk", answer("smalltalk"), (1, 0, 0), []),
    ],
)
def test_turn_counts_in_the_shares_of_all(
    wanted: str, reply: Reply, shares: tuple[int, ...], misses: list[str]
) -> None:
    asked = Question("1#0", "?", (wanted,), (), "dialogue", conversation="1")
    result = evaluate(Parrot(reply), [asked], COVERED)
    counted = ["dialogue", "false alarm (dialogue)", "wrong offer (all)"]
    assert tuple(result.shares[name].hits for name in counted) == shares
    assert result.shares["false alarm (all)"].hits == result.shares["false alarm (dialogue)"].hits
    assert all(result.shares[name].total == 1 for name in (*counted, "false alarm (all)"))
    assert [miss.kind for miss in result.misses] == misses


def test_an_offer_beside_two_that_are_wanted_is_no_mistake_but_one_before_them_is() -> None:
    both = Question("1", "?", ("zmi", "zastex"), (), "both", is_multi=True)
    replies = [
        Reply(Outcome.ANSWER, ("x",), topics=topics)
        for topics in (("zmi", "zastex"), ("zmi", "zastex", "asskomm"), ("asskomm", "zmi", "zastex"))
    ]
    result = evaluate(Parrot(*replies), [both] * 3, [*COVERED, "asskomm"])
    assert (result.shares["both"].hits, result.shares["wrong offer (all)"].hits) == (3, 1)
    assert [miss.kind for miss in result.misses] == ["wrong offer"]


@pytest.mark.parametrize("group", ["mayor", "far", "emergency", "emergency_negative", "dialogue", "bot"])
@pytest.mark.parametrize("is_multi", [False, True])
def test_no_label_falls_through(group: str, is_multi: bool) -> None:
    """Whatever stands in ``topics``, in whatever order, a question counts in a share of its kind."""
    labels = ("zmi", "none", "notruf", "clarify", "bot", "smalltalk", "follow_up", "zmii")
    for count in (1, 2, 3):
        for topics in permutations(labels, count):
            asked = Question("1", "?", topics, (), group, is_multi=is_multi)
            result = evaluate(Parrot(answer("zastex")), [asked], COVERED)
            totals = {name: share.total for name, share in result.shares.items()}
            assert totals.pop("wrong offer (all)") == 1
            assert totals.pop("false alarm (all)") == ("notruf" not in topics and group != "emergency")
            assert any(totals.values()), topics


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
