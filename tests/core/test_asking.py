"""Whether something is asked: what each of the answers takes for a question."""

from __future__ import annotations

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reading import asking
from bot.text import Utterance


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("wo ist das", "word form may question clear"),
        ("er geht, ob es regnet", "word may question clear"),
        ("bekomme ich einen Bescheid", "may question clear"),
        ("ich bekomme Briefe mit Drohungen", "may"),
        ("Hausverbot haben wir schon erteilt", "may question"),
        ("Nummer", "wants question clear"),
        ("die Nummer", "wants clear"),
        ("die Nummer?", "word form may wants question clear"),
        ("und die Presse", "form"),
        ("der hat ein Messer", ""),
    ],
)
def test_what_is_taken_for_a_question(content: tuple[Knowledge, Model], text: str, answers: str) -> None:
    _, model = content
    reading = model.read(Utterance.of(text))
    folded = reading.mended
    given = {
        "word": asking.holds_question_word(folded),
        "form": asking.is_put_as_question(folded),
        "may": asking.may_ask(reading),
        "wants": bool(asking.wanted(reading)),
        "question": asking.is_question(reading),
        "clear": asking.asks_rather_than_tells(reading),
    }
    assert {name for name, holds in given.items() if holds} == set(answers.split())
    assert asking.asks_or_wants(folded, reading.findings) == (given["may"] or given["wants"])
