"""Several wishes in one message are all answered, each with what is asked of it."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.division import of_names
from bot.knowledge import Knowledge
from bot.matching.model import Model


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("1. ZASTEX, 2. ZMI und 3. Leitfaden", ("zastex", "zmi", "sicherheitsleitfaden")),
        ("1) nummer zastex 2) link zmi", ("zastex", "zmi")),
        (
            "1. Wir brauchen Deeskalationstraining 2. Wie bestelle ich den Leitfaden",
            ("asskomm", "sicherheitsleitfaden"),
        ),
        (
            "erstens wo melde ich hass auf facebook, zweitens wir brauchen ein deeskalationstraining, "
            "drittens nazis wollen den gasthof kaufen",
            ("zmi", "asskomm", "expertennetzwerk"),
        ),
        (
            "telefon von asskomm, leitfaden, zastex, zmi und expertennetzwerk",
            ("asskomm", "sicherheitsleitfaden", "zastex", "zmi", "expertennetzwerk"),
        ),
    ],
)
def test_every_wish_is_answered(bot: Bot, text: str, topics: tuple[str, ...]) -> None:
    assert bot.respond("c", text).topics == topics


def test_numbers_that_do_not_count_up_make_no_list(bot: Bot) -> None:
    assert len(bot.respond("c", "am 3. 5. war die drohung im briefkasten").topics) == 1


@pytest.mark.parametrize(
    ("text", "phone_is_missing"),
    [
        ("nummer zastex und link zmi", False),
        ("1) nummer zastex 2) link zmi", False),
        ("nummer zastex und zmi", True),
    ],
)
def test_each_name_is_asked_what_stands_with_it(bot: Bot, text: str, phone_is_missing: bool) -> None:
    said = " ".join(bot.respond("c", text).paragraphs)
    assert ("Telefonnummer steht unter „ZMI“" in said) is phone_is_missing
    assert "Internetadresse" not in said


def test_a_text_without_names_has_no_parts_of_names(content: tuple[Knowledge, Model]) -> None:
    model = content[1]
    assert of_names(model.read("nummer und mail")) == {}
    assert of_names(model.read("nummer zastex link zmi")) == {"zastex": "nummer zastex", "zmi": " link zmi"}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("zastex oder zmi bei hassmails?", ("zmi",)),
        ("brauche ich für den drohbrief die zmi oder die zastex", ("zastex",)),
        ("nummer von zastex oder zmi", ("zastex", "zmi")),
        ("zastex oder zmi", ("zastex", "zmi")),
    ],
)
def test_of_one_or_the_other_the_fitting_one_is_answered(
    bot: Bot, text: str, topics: tuple[str, ...]
) -> None:
    assert bot.respond("c", text).topics == topics
