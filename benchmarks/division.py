"""Fits what tells two requests from one: ``python -m benchmarks.division``.

Of every labelled question of ``tests/questions`` the joint is taken whose halves, judged alone, are surest of two
different topics. A logistic regression over the properties that ``bot.understanding.division`` weighs is fitted to these, each tenth
found by the nine others. Prints the weights, for the constants of that module, and what is found and wrongly divided.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from bot.content import loading
from bot.matching import cache
from bot.matching.model import Candidate, Judgement, Model
from bot.measuring.evaluation import Question, read
from bot.reading import asking
from bot.signals import Signal
from bot.text import Utterance, clean
from bot.understanding import division

QUESTIONS = Path(__file__).resolve().parents[1] / "tests" / "questions"
FOLDS = 10


def main() -> None:
    content, model = cache.load(loading.shipped(), [])
    rows, double = [], []
    for path in sorted(QUESTIONS.glob("*.jsonl")):
        for question in read(path):
            found = None if question.conversation else _properties(model, content.covered, question)
            if found:
                rows.append(found)
                double.append(question.is_multi)
    table, wanted = np.array([list(row.values()) for row in rows]), np.array(double)
    regression = LogisticRegression(max_iter=5000).fit(table, wanted)
    for name, weight in zip(rows[0], regression.coef_[0], strict=True):
        print(f"{name:12s} {weight:7.3f}")
    print(f"{'bias':12s} {regression.intercept_[0]:7.3f}")
    chances = cross_val_predict(regression, table, wanted, cv=FOLDS, method="predict_proba")[:, 1]
    for least in (0.3, division.AS_TWO, 0.5):
        taken = chances >= least
        print(
            f"from {least}: {sum(taken & wanted)} of {sum(wanted)} double ones, {sum(taken & ~wanted)} of {sum(~wanted)} others"
        )


def _properties(model: Model, covered: frozenset[str], question: Question) -> Mapping[str, float] | None:
    """Return what is weighed of the surest halves of a question; ``None`` if no two of them mean two topics."""
    whole = model.judge(Utterance.of(clean(question.text)))
    reading = whole.reading
    if len(reading.mended) > division.LONGEST:
        return None
    halves = [
        (min(first.confidence, second.confidence), mark, left, right, first, second)
        for mark, left, right in _divided(model, reading.utterance.text)
        if (first := _best(left, covered)).topic != (second := _best(right, covered)).topic
    ]
    if not halves:
        return None
    _, mark, left, right, first, second = max(halves, key=lambda half: half[0])
    less, more = sorted(division.log_odds(one.confidence) for one in (first, second))
    fainter = min(whole.confidence(first.topic), whole.confidence(second.topic))
    announced = reading.findings.has_signal(Signal.BOTH, Signal.SEVERAL)
    return {
        "less": less,
        "more": more,
        "fainter": math.log(fainter + division.FAINTEST),
        "announced": announced,
        "contrasted": reading.findings.has_signal(Signal.NEGATION, Signal.TURN),
        "sentences": mark in division.SENTENCE_MARKS,
        "and": mark == "und",
        "also": mark in division.JOINING_TOO,
        "words": len(reading.mended),
        "both say": bool(asking.wanted(left.reading) and asking.wanted(right.reading)),
        "both ask": bool(asking.interrogatives(left.reading) and asking.interrogatives(right.reading)),
    }


def _divided(model: Model, text: str) -> Iterator[tuple[str, Judgement, Judgement]]:
    for mark, left, right in division.halves_at(text, division.joints_of(text)):
        yield mark, model.judge(Utterance.of(left)), model.judge(Utterance.of(right))


def _best(judgement: Judgement, covered: frozenset[str]) -> Candidate:
    return next(one for one in judgement.candidates if one.topic in covered)


if __name__ == "__main__":
    main()
