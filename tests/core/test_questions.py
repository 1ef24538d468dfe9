"""What is told asks nothing, and a place alone asks where something holds."""

from __future__ import annotations

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.text import Utterance
from bot.understanding.questions import Questions


@pytest.fixture
def questions(content: tuple[Knowledge, Model]) -> Questions:
    knowledge, model = content
    return Questions(knowledge.vocabulary, model.lexicon)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("seit Wochen bekomme ich Mails", []),
        ("wie bekomme ich die Mail", ["email"]),
        ("bekomme ich die Nummer", ["phone"]),
        ("seit Wochen bekomme ich Mails, wie ist die Nummer", ["email", "phone"]),
        ("seit Wochen bekomme ich Mails von der ZMI", ["email"]),
        ("und wenn es Mails sind", []),
        ("das mit den Mails, wo melde ich das", ["email"]),
        ("schickt mir die Anschrift", ["address"]),
    ],
)
def test_mails_that_are_told_of_ask_for_none(
    content: tuple[Knowledge, Model], questions: Questions, text: str, asked: list[str]
) -> None:
    reading = content[1].read(Utterance.of(text))
    assert reading.questions
    assert [hit.id for hit in questions.asked(reading)] == asked


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in Chemnitz auch?", "region"),
        ("und in Bautzen", "region"),
        ("und wer ist es in Bautzen?", None),
        ("ich wohne in Chemnitz und bin Lehrer", None),
        ("Telefon in Chemnitz", None),
    ],
)
def test_a_place_alone_asks_where_something_holds(
    content: tuple[Knowledge, Model], questions: Questions, text: str, wanted: str | None
) -> None:
    reading = content[1].read(Utterance.of(text))
    found = questions.by_field(reading, questions.asked(reading), reading.findings.aspects)
    assert (found.id if found else None) == wanted


def test_the_longest_question_counts(content: tuple[Knowledge, Model], questions: Questions) -> None:
    reading = content[1].read(Utterance.of("seit Wochen bekomme ich Mails, wie ist die Nummer"))
    best = questions.best(reading.questions)
    assert best is not None
    assert best.id == "phone"
    assert questions.best(()) is None
