"""Offers are listed once, and compared in a line each."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Aspect, Option, Outcome
from bot.session import MemorySessions, Session
from tests.content import plain
from tests.learned import fresh_bot


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


OFFERED = "an wen kann ich mich wenden"


@pytest.mark.parametrize("said", ["alle", "ok, alle bitte", "ja zeig mir alle", "gut, ich nehme alle davon"])
def test_all_of_a_list_are_chosen(bot: Bot, said: str) -> None:
    bot.respond("c", OFFERED)
    assert len(bot.respond("c", said).contacts) == len(bot.knowledge.offers)


@pytest.mark.parametrize("said", ["alles gut", "alles ok", "na ja, alles okay", "ja alles gut", "alles klar"])
def test_who_is_well_chooses_nothing(bot: Bot, said: str) -> None:
    bot.respond("c", OFFERED)
    assert not bot.respond("c", said).contacts


@pytest.mark.parametrize(
    ("choices", "topics"),
    [
        (("gone.contact", "away.contact"), ()),
        (("gone.contact", "zmi.contact"), ("zmi",)),
        (("gone.contact", "zmi.contact", "none"), ("zmi",)),
        (("gone.contact", "zmi.contact", "zastex.contact"), ("zmi", "zastex")),
    ],
)
def test_all_of_a_list_of_an_older_content_are_those_that_are_left(
    choices: tuple[str, ...], topics: tuple[str, ...]
) -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    sessions.put("c", Session(options=tuple(Option(choice, choice) for choice in choices)))
    reply = bot.respond("c", "alle")
    assert reply.topics == topics
    assert reply.outcome is (Outcome.ANSWER if topics else Outcome.FALLBACK)
    assert (bot.line("both") in reply.paragraphs) == (len(topics) > 1)
