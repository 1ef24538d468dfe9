"""The golden dialogues that editors write in YAML; what is wrong with one is told to them in German."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.content.source import read
from bot.dialogue import Bot
from bot.reply import Reply
from tests.conftest import ROOT
from tests.content import plain

FOLDER = ROOT / "tests" / "dialogues"
KEYS = ("user", "topic", "aspect", "outcome", "contains", "lacks", "card")


def dialogues() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        document = read(f"tests/dialogues/{path.name}", path.read_bytes())
        if document.mistakes:
            pytest.fail("\n".join(map(str, document.mistakes)), pytrace=False)
        found: Any = document.value
        for number, dialogue in enumerate(found):
            if not is_whole(dialogue):
                text = "Ein Gespräch braucht „name“ und „turns“, darin jede Frage „user“."
                pytest.fail(str(document.mistake((number,), text)), pytrace=False)
            yield pytest.param(dialogue, id=f"{path.stem}: {dialogue['name']}")


def is_whole(dialogue: Any) -> bool:
    if not isinstance(dialogue, dict) or not {"name", "turns"} <= set(dialogue):
        return False
    turns = dialogue["turns"]
    return isinstance(turns, list) and all(isinstance(turn, dict) and "user" in turn for turn in turns)


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def complaints(bot: Bot, turn: dict[str, Any], reply: Reply) -> Iterator[str]:
    """Yield what in ``reply`` is not as ``turn`` wants it."""
    for key in turn:
        if key not in KEYS:
            yield f"Den Schlüssel „{key}“ gibt es nicht. Erlaubt: {', '.join(KEYS)}."
    if reply.outcome not in as_list(turn.get("outcome", "answer")):
        yield f"Erwartet war der Ausgang {turn.get('outcome', 'answer')}, es kam {reply.outcome}."
    if "topic" in turn and list(reply.topics) != as_list(turn["topic"]):
        yield f"Erwartet war das Thema {turn['topic']}, es kam {', '.join(reply.topics) or 'keines'}."
    if "aspect" in turn and reply.aspect != turn["aspect"]:
        yield f"Erwartet war die Seite {turn['aspect']}, es kam {reply.aspect}."
    text = plain(reply)
    yield from (f"Es fehlt: {part}" for part in as_list(turn.get("contains", [])) if part not in text)
    yield from (f"Es darf nicht dastehen: {part}" for part in as_list(turn.get("lacks", [])) if part in text)
    for card in as_list(turn.get("card", [])):
        topic, _, name = card.partition(".")
        known = bot.knowledge.topics[topic].contacts if topic in bot.knowledge.topics else {}
        if name not in known:
            yield f"Die Kontaktkarte {card} gibt es nicht."
        elif known[name] not in reply.contacts:
            yield f"Es fehlt die Kontaktkarte {card}."


@pytest.mark.parametrize("dialogue", list(dialogues()))
def test_dialogue(bot: Bot, dialogue: dict[str, Any]) -> None:
    for number, turn in enumerate(dialogue["turns"], 1):
        reply = bot.respond("dialogue", turn["user"])
        if found := [*complaints(bot, turn, reply)]:
            asked = f"Frage {number}: {turn['user']}"
            pytest.fail("\n".join([asked, *found, "Die Antwort war:", plain(reply)]), pytrace=False)


@pytest.mark.parametrize(
    ("turn", "complaint"),
    [
        ({"contain": ["x"]}, "Den Schlüssel „contain“ gibt es nicht"),
        ({"outcome": "clarify"}, "Ausgang clarify, es kam answer"),
        ({"topic": "zmi"}, "Thema zmi, es kam zastex"),
        ({"topic": ["zastex", "zmi"]}, "es kam zastex"),
        ({"aspect": "overview"}, "Seite overview, es kam contact"),
        ({"contains": ["Musterweg"]}, "Es fehlt: Musterweg"),
        ({"lacks": ["Landeskriminalamt"]}, "Es darf nicht dastehen: Landeskriminalamt"),
        ({"card": "asskomm.office"}, "Es fehlt die Kontaktkarte asskomm.office"),
        ({"card": ["zastex.office", "zastex.desk"]}, "Die Kontaktkarte zastex.desk gibt es nicht"),
    ],
)
def test_a_dialogue_that_fails_says_why(bot: Bot, turn: dict[str, Any], complaint: str) -> None:
    """Each expectation is held, and right ones are held to be right."""
    reply = bot.respond("dialogue", "telefon zastex")
    (found,) = complaints(bot, turn, reply)
    assert complaint in found
    right = {
        "topic": "zastex",
        "aspect": "contact",
        "contains": "855",
        "lacks": "Musterweg",
        "card": "zastex.office",
    }
    assert not [*complaints(bot, right, reply)]
