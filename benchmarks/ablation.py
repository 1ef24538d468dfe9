"""Prints what each part of the content brings: ``python -m benchmarks.ablation``.

The model is learned anew without one part at a time and asked the same
questions. Takes a few minutes; ``--questions`` names other labelled files.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from bot.content import loading
from bot.dialogue import Bot
from bot.knowledge import Knowledge, Line
from bot.matching.model import Model
from bot.measuring.evaluation import Question, evaluate, read

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions"
SHOWN = ("in scope", "helped", "wrong offer", "false answer", "emergency", "over-alarm", "aspect", "dialogue")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", nargs="*", type=Path, default=sorted(QUESTIONS.glob("*.jsonl")))
    questions = [question for path in parser.parse_args().questions for question in read(path)]
    table = Table("", *SHOWN, title="percent")
    for name, content in _variants(loading.read_folder(loading.shipped())):
        table.add_row(name, *_shares(content, questions))
    Console(width=150).print(table)


def _variants(content: Knowledge) -> Iterator[tuple[str, Knowledge]]:
    yield f"everything ({len(content.lines)} lines)", content
    fieldless = replace(content.vocabulary, concepts=MappingProxyType({}))
    yield "without word fields", replace(content, vocabulary=fieldless)
    nameless = {topic.id: replace(topic, names=()) for topic in content.topics.values()}
    yield "without names", replace(content, topics=MappingProxyType(nameless))
    yield "without look-alikes", _keep(content, lambda line, _: line.section != "lookalike")
    yield "without foreign near misses", _keep(content, lambda line, _: line.section != "near")
    yield "without follow-ups", _keep(content, lambda line, n: line.topic != "follow_up" or n % 100 == 0)
    yield "half of the lines", _keep(content, lambda _, n: n % 2 == 0)
    yield "a quarter of the lines", _keep(content, lambda _, n: n % 4 == 0)


def _keep(content: Knowledge, wanted: Callable[[Line, int], bool]) -> Knowledge:
    return replace(content, lines=tuple(line for n, line in enumerate(content.lines) if wanted(line, n)))


def _shares(content: Knowledge, questions: list[Question]) -> Iterator[str]:
    covered = [topic.id for topic in content.topics.values() if topic.source]
    result = evaluate(Bot(content, Model.fit(content)), questions, covered)
    for name in SHOWN:
        yield f"{100 * result.shares[name].value:.1f}"


if __name__ == "__main__":
    main()
