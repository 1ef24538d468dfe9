"""Offers are listed once, and compared in a line each."""

from __future__ import annotations

import pytest

from adapters.render import plain
from bot.dialogue import Bot
from bot.reply import Aspect


@pytest.mark.parametrize("text", ["wie wird das wetter", "/angebote", "welche angebote gibt es"])
@pytest.mark.parametrize("options", [True, False])
def test_offers_are_listed_once(bot: Bot, text: str, options: bool) -> None:
    said = plain(bot.respond("c", text), options=options)
    for offer in bot.knowledge.offers:
        assert said.count(offer.summary) == 1
        assert said.count(offer.title) == 1


def test_who_was_not_helped_sees_what_the_other_offers_are(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    said = plain(bot.respond("c", "das hilft mir nicht"))
    assert bot.knowledge.topics["asskomm"].summary in said


@pytest.mark.parametrize(
    "turns",
    [
        ("was ist der unterschied zwischen ZASTEX und ZMI",),
        ("zastex", "zmi", "was ist der unterschied"),
        ("zastex und zmi", "worin unterscheiden sich die beiden"),
    ],
)
def test_a_comparison_is_short(bot: Bot, turns: tuple[str, ...]) -> None:
    for said in turns:
        reply = bot.respond("c", said)
    assert (reply.topics, reply.aspect) == (("zastex", "zmi"), Aspect.OVERVIEW)
    assert len(" ".join(reply.paragraphs)) < 300
    for topic in reply.topics:
        assert bot.knowledge.topics[topic].summary in reply.paragraphs[1]
        assert f"{topic}.contact" in [option.choice for option in reply.options]


def test_after_a_comparison_one_of_them_is_asked_on(bot: Bot) -> None:
    bot.respond("c", "was ist der unterschied zwischen ZASTEX und ZMI")
    assert bot.respond("c", "welche ist für einen drohbrief zuständig").topics == ("zastex",)
