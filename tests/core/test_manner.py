"""Counting copies and telling how something came, in words alone."""

from __future__ import annotations

import pytest

from bot import grammar
from bot.dialogue import Bot
from bot.text import fold


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("15 mal bitte", True),
        ("also acht mal", True),
        ("drei Stück ins Rathaus", True),
        ("die 2 mal bitte", False),
        ("die zwei", False),
        ("noch einmal", False),
        ("das zweite mal", False),
    ],
)
def test_copies_are_counted(text: str, *, counts: bool) -> None:
    assert grammar.counts(fold(text).split()) is counts


@pytest.mark.parametrize(
    "text", ["es kam per Mail", "auf Facebook", "und wenn es auf Instagram ist", "war ne Mail"]
)
def test_how_it_came_leads_to_the_offer_for_it(bot: Bot, text: str) -> None:
    bot.respond("c", "Drohbrief")
    assert bot.respond("c", text).topics == ("zmi",)


@pytest.mark.parametrize("text", ["per Fax", "Mail?", "ok mail", "per Mail?"])
def test_a_way_that_is_asked_for_stays(bot: Bot, text: str) -> None:
    bot.respond("c", "Drohbrief")
    assert bot.respond("c", text).topics == ("zastex",)


@pytest.mark.parametrize(
    "text", ["Beweise haben wir genug", "sollen wir Anzeige erstatten?", "wer prüft die Unterlagen"]
)
def test_what_is_done_with_a_matter_stays(bot: Bot, text: str) -> None:
    bot.respond("c", "Rechtsrock-Konzert im Gasthof")
    assert bot.respond("c", text).topics == ("expertennetzwerk",)


@pytest.mark.parametrize(
    "text", ["ich krieg jetzt auch Hassmails", "wo melde ich Hetze im Netz", "jetzt drohen sie per Mail"]
)
def test_what_happened_leads_on(bot: Bot, text: str) -> None:
    bot.respond("c", "Rechtsrock-Konzert im Gasthof")
    assert bot.respond("c", text).topics == ("zmi",)
