"""Steps that were taken settle nothing; what is settled keeps its reply."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome

_SETTLED = "Gut, dass sich das geklärt hat"


@pytest.mark.parametrize(
    ("topic", "before", "text"),
    [
        ("zastex", "Drohbrief als Stadtrat", "Polizei war schon da"),
        ("zastex", "Drohbrief als Stadtrat", "war schon bei der Polizei"),
        ("zmi", "Hetze gegen mich bei X", "Anzeige ist raus"),
        ("zmi", "Hetze gegen mich bei X", "mein Anwalt kümmert sich schon"),
        ("zmi", "Hetze gegen mich bei X", "naja vorbei ist vorbei, und nun"),
        ("asskomm", "Wer hilft bei der Gründung eines Präventionsrats", "wir haben schon einen"),
    ],
)
def test_after_steps_the_offer_says_what_it_adds(bot: Bot, topic: str, before: str, text: str) -> None:
    bot.respond("c", before)
    reply = bot.respond("c", text)
    assert (reply.outcome, reply.topics, reply.rule) == (Outcome.ANSWER, (topic,), "done_so_far")
    assert reply.contacts
    assert bot.knowledge.topics[topic].summary in reply.paragraphs[0]


@pytest.mark.parametrize(
    "text",
    [
        "hat sich erledigt",
        "war ein Missverständnis, alles gut",
        "Polizei war schon da, brauche nichts mehr",
        "die Polizei hat ihn festgenommen",
        "die haben schon zurückgerufen",
        "er hat sich entschuldigt, alles wieder gut",
        "mehr brauch ich nicht",
    ],
)
def test_what_is_settled_keeps_its_reply(bot: Bot, text: str) -> None:
    bot.respond("c", "Drohbrief als Stadtrat")
    assert bot.respond("c", text).paragraphs[0].startswith(_SETTLED)


def test_before_any_answer_steps_are_no_reason_for_an_offer(bot: Bot) -> None:
    assert bot.respond("c", "Anzeige ist raus").topics == ("smalltalk",)


def test_after_an_emergency_the_police_ends_it(bot: Bot) -> None:
    bot.respond("c", "was macht die zastex")
    bot.respond("c", "er hat ein Messer")
    assert bot.respond("c", "Polizei ist da").rule != "done_so_far"
