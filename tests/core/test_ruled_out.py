"""Who denies what an offer deals with means another one; who asks or lacks something does not."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Aspect, Outcome, Reply


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("zmi kontakt", "nein nicht internet"),
        ("zmi kontakt", "nicht online"),
        ("zmi", "nee nicht im internet, persönlich"),
        ("zmi", "nein nicht auf facebook, am gartenzaun"),
        ("zmi", "es war nicht im internet"),
        ("zastex", "nein kein brief"),
        ("expertennetzwerk", "nicht die immobilie"),
    ],
)
def test_the_other_offers_are_asked_for(bot: Bot, before: str, said: str) -> None:
    first = bot.respond("c", before)
    reply = bot.respond("c", said)
    assert reply.outcome is Outcome.CLARIFY
    assert not set(first.topics) & set(reply.topics)
    assert not reply.contacts


def test_who_wanted_the_contact_gets_that_of_the_other(bot: Bot) -> None:
    bot.respond("c", "zmi kontakt")
    bot.respond("c", "nein nicht internet")
    assert bot.respond("c", "2").aspect is Aspect.CONTACT


@pytest.mark.parametrize(
    "said",
    [
        "geht das auch nicht online?",
        "facebook löscht das nicht",
        "auf facebook ist es nicht mehr zu sehen",
        "kann ich das nicht per mail schicken",
        "warum nicht im internet",
        "ich hab kein internet",
    ],
)
def test_nothing_is_ruled_out(bot: Bot, said: str) -> None:
    bot.respond("c", "zmi kontakt")
    assert bot.respond("c", said).topics == ("zmi",)


@pytest.mark.parametrize("said", ["das nächste mal ruf ich an", "und danach?", "was passiert danach"])
def test_what_comes_next_in_time_chooses_nothing(bot: Bot, said: str) -> None:
    bot.respond("c", "welche angebote gibt es")
    bot.respond("c", "das dritte")
    assert bot.respond("c", said).topics != ("zmi",)


def test_behind_the_last_of_a_list_there_is_none(bot: Bot) -> None:
    bot.respond("c", "welche angebote gibt es")
    bot.respond("c", "ganz unten")
    reply = bot.respond("c", "das danach")
    assert reply.outcome is Outcome.CLARIFY
    assert len(reply.options) == len(bot.knowledge.offers)


@pytest.mark.parametrize(
    "said", ["weder die ZASTEX noch die ZMI, was gibt es noch", "nicht ZASTEX und auch nicht ZMI"]
)
def test_what_is_ruled_out_by_name_is_not_offered(bot: Bot, said: str) -> None:
    assert_neither(bot.respond("c", said))
    bot.respond("d", "zmi")
    assert_neither(bot.respond("d", said))


def assert_neither(reply: Reply) -> None:
    assert reply.outcome is Outcome.CLARIFY
    assert not {"zastex", "zmi"} & set(reply.topics)
