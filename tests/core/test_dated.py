"""Of when it is what was said is answered with the date of the source, and the offer stays what is spoken of."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot

DATE = "13. Oktober 2023"
ASKED = (
    "von wann ist das",
    "stimmt das noch",
    "wie alt ist diese Auskunft",
    "gilt das noch",
    "ist das noch aktuell",
)


@pytest.mark.parametrize("said", ASKED)
def test_the_date_of_what_was_said(bot: Bot, said: str) -> None:
    for before in ("was macht die zastex", "telefon zastex", "seit wann gibt es die zastex"):
        bot.respond(before, before)
        reply = bot.respond(before, said)
        assert DATE in " ".join(reply.paragraphs)
        assert reply.contacts
        assert bot.respond(before, "und die mail?").topics == ("zastex",)


@pytest.mark.parametrize("said", ASKED)
def test_it_may_be_the_first_question(bot: Bot, said: str) -> None:
    assert DATE in " ".join(bot.respond("c", said).paragraphs)
    assert bot.respond("c", "Kann ich das auch auf Papier haben?").topics == ("broschuere",)


def test_after_two_offers_it_is_said_once(bot: Bot) -> None:
    bot.respond("c", "telefon zastex und zmi")
    assert " ".join(bot.respond("c", "stimmt das noch").paragraphs).count(DATE) == 1


def test_who_asks_twice_hears_that_it_holds_again(bot: Bot) -> None:
    bot.respond("c", "telefon zmi")
    one, other = bot.respond("c", "stimmt das noch"), bot.respond("c", "gilt das noch")
    assert one.paragraphs != other.paragraphs


def test_how_old_an_offer_is_is_no_question_of_the_source(bot: Bot) -> None:
    assert "Januar 2023" in " ".join(bot.respond("c", "wie alt ist die zastex").paragraphs)
