"""Who only tells after an answer is acknowledged; who asks, or tells of what another offer is for, is answered."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome


@pytest.mark.parametrize(
    "told",
    [
        "Täter ist 15",
        "sie selbst hat kein Konto",
        "der Vater sitzt bei mir im Rat",
        "er ist übrigens mein Nachbar",
    ],
)
def test_circumstances_are_acknowledged(bot: Bot, told: str) -> None:
    bot.respond("c", "Drohung auf Instagram")
    reply = bot.respond("c", told)
    assert reply.outcome is Outcome.FALLBACK
    assert "Einzelheiten" in reply.paragraphs[0]


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("die schicken jetzt auch Drohbriefe", "zastex"),
        ("und wie erreiche ich die", "zmi"),
        ("das war mir eine große Hilfe, danke", "smalltalk"),
        ("und was kostet ein Training", "asskomm"),
        ("wie lange dauert das", "zmi"),
    ],
)
def test_what_asks_or_is_for_another_offer_is_answered(bot: Bot, said: str, topic: str) -> None:
    bot.respond("c", "Drohung auf Instagram")
    reply = bot.respond("c", said)
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, (topic,))


@pytest.mark.parametrize("told", ["sie selbst hat kein Konto", "Bademeister sind fix und fertig"])
def test_a_question_back_in_a_conversation_offers_neither_small_talk_nor_the_bot(bot: Bot, told: str) -> None:
    bot.respond("c", "Auf TikTok hetzen sie")
    assert not {"smalltalk", "bot"} & {o.choice.partition(".")[0] for o in bot.respond("c", told).options}


def test_who_tells_after_a_question_back_is_asked_it_once_more(bot: Bot) -> None:
    shown = bot.respond("c", "Ratssitzungen eskalieren")
    again = bot.respond("c", "schon das dritte Mal")
    assert (again.outcome, again.topics) == (Outcome.CLARIFY, shown.topics)
    assert again.paragraphs != shown.paragraphs


def test_the_last_of_a_list_of_offers_is_an_offer(bot: Bot) -> None:
    shown = bot.respond("c", "was kannst du")
    assert shown.options[-1].choice.startswith("bot.")
    assert bot.respond("c", "das letzte").topics == ("expertennetzwerk",)
