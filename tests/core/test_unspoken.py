"""What is asked while no offer is spoken of is answered for the bot itself where the content says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import Bot
from bot.knowledge import Answer, Knowledge
from bot.matching.model import Model


@pytest.mark.parametrize("text", ["ist das anonym", "erfährt mein chef davon", "ist das vertraulich"])
def test_the_bot_says_first_what_it_keeps(bot: Bot, text: str) -> None:
    reply = bot.respond("c", text)
    assert reply.topics == ("bot",)
    assert "weder Ihre Worte noch Ihren Namen" in reply.paragraphs[0]
    assert "bot.privacy" in [option.choice for option in reply.options]


def test_of_an_offer_that_is_spoken_of_it_is_asked(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", "ist das anonym").topics == ("zastex",)
    assert bot.respond("d", "ist die zmi anonym").topics == ("zmi",)


def test_a_message_to_an_offer_is_not_asked_of_the_bot(bot: Bot) -> None:
    assert bot.respond("c", "anonyme anzeige").topics != ("bot",)


def test_an_offer_that_answers_it_is_to_choose_from(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    said = Answer(("Die ZMI behandelt alles vertraulich.",))
    zmi = knowledge.topics["zmi"]
    zmi = replace(zmi, details={**zmi.details, "anonymous": said})
    bot = Bot(replace(knowledge, topics={**knowledge.topics, "zmi": zmi}), model)
    first = bot.respond("c", "ist das anonym").options[0]
    assert first.choice == "zmi.anonymous"
    assert first.label.startswith("ZMI")
    assert bot.choose("c", first.choice).paragraphs == said.paragraphs
