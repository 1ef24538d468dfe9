"""The signals that the program knows are those that a content may have, and nobody asks for others."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.content.loading import shipped
from bot.knowledge import Knowledge
from bot.reading.lexicon import Findings
from bot.reading.patterns import Hit
from bot.signals import Signal
from tests.conftest import ROOT

MAY_LACK = {
    Signal.ANTEPENULTIMATE,
    Signal.CHOICE,
    Signal.DONE_SO_FAR,
    Signal.ENDED,
    Signal.FORGETTING,
    Signal.GREETING,
    Signal.HANDLING,
    Signal.NO_POLICE,
    Signal.OFFLINE,
    Signal.THANKLESS,
}


def test_signals_are_the_keys_of_the_schema() -> None:
    schema = json.loads((shipped() / "schema.json").read_text(encoding="utf-8"))
    signals = schema["$defs"]["vocabulary"]["properties"]["signals"]
    assert signals["additionalProperties"] is False
    assert set(signals["properties"]) == set(Signal)
    assert set(signals["required"]) == set(Signal) - MAY_LACK


def test_the_shipped_vocabulary_has_every_signal(whole: Knowledge) -> None:
    assert set(whole.vocabulary.signals) == set(Signal)
    assert all(isinstance(key, Signal) and texts for key, texts in whole.vocabulary.signals.items())


def test_one_of_several_signals_is_enough() -> None:
    found = Findings([], [], [Hit(Signal.THANKS, 0, 1), Hit("opener", 0, 1)], [], [], [])
    assert found.has_signal(Signal.THANKS)
    assert found.has_signal(Signal.BACK, Signal.OPENER)
    assert not found.has_signal(Signal.BACK)


def bare(tree: ast.AST) -> Iterator[str]:
    """Yield the strings that the id of a hit is compared with: no type tells that one of them is misspelt."""
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if any(isinstance(side, ast.Attribute) and side.attr == "id" for side in sides):
            parts = [part for side in sides for part in ast.walk(side)]
            yield from (
                part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


@pytest.mark.parametrize("path", sorted((ROOT / "bot").rglob("*.py")), ids=lambda path: path.stem)
def test_hits_are_compared_with_signals(path: Path) -> None:
    assert [*bare(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_a_bare_string_is_noticed() -> None:
    planted = "any(hit.id == 'openr' for hit in hits) or hit.id in ('idiom', Signal.BACK)"
    assert {*bare(ast.parse(planted))} == {"openr", "idiom"}
