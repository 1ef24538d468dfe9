"""What cannot be undone is done only if the words ask for it, or if they can hardly mean anything else."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot

_FORGOTTEN = "Erledigt: Ich habe vergessen"


@pytest.mark.parametrize(
    "text", ["geht nicht auf", "anderer Weg?", "anderer weg", "neu laden", "das kann weg"]
)
@pytest.mark.parametrize("before", ["Wer hilft uns?", "Was macht die ZASTEX?", "ich brauche hilfe"])
def test_a_guess_forgets_nothing(bot: Bot, before: str, text: str) -> None:
    bot.respond("c", before)
    assert not bot.respond("c", text).paragraphs[0].startswith(_FORGOTTEN)


@pytest.mark.parametrize(
    "text",
    ["vergiss alles", "lösch das bitte", "chatverlauf löschen", "alles auf null", "verlauf weg", "abmelden"],
)
def test_who_asks_for_it_is_forgotten(bot: Bot, text: str) -> None:
    bot.respond("c", "Was macht die ZASTEX?")
    assert bot.respond("c", text).paragraphs[0].startswith(_FORGOTTEN)
    assert bot.respond("c", "und die nummer?").topics != ("zastex",)


def test_after_a_contact_another_way_is_given_or_said_to_lack(bot: Bot) -> None:
    bot.respond("c", "ZASTEX Telefon")
    reply = bot.respond("c", "anderer Weg?")
    assert reply.topics == ("zastex",)
    assert reply.contacts[0].email
    assert not reply.contacts[0].phones
