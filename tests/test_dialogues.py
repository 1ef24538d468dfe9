"""The golden dialogues that editors write in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from adapters.render import plain
from bot.dialogue import Bot
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "dialogues"
KEYS = {"user", "topic", "aspect", "outcome", "contains", "lacks"}


def dialogues() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for dialogue in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
            yield pytest.param(dialogue, id=f"{path.stem}: {dialogue['name']}")


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("dialogue", list(dialogues()))
def test_dialogue(bot: Bot, dialogue: dict[str, Any]) -> None:
    for number, turn in enumerate(dialogue["turns"], 1):
        assert set(turn) <= KEYS, f"unknown key in {turn}"
        reply = bot.respond("dialogue", turn["user"])
        text = plain(reply)
        place = f"turn {number}: {turn['user']!r} got {reply.outcome} {reply.topics} {reply.aspect}\n{text}"
        assert reply.outcome in as_list(turn.get("outcome", "answer")), place
        if "topic" in turn:
            assert list(reply.topics) == as_list(turn["topic"]), place
        if "aspect" in turn:
            assert reply.aspect == turn["aspect"], place
        for part in turn.get("contains", []):
            assert part in text, place
        for part in turn.get("lacks", []):
            assert part not in text, place
