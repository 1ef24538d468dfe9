"""Whether a number is the one of an offer is said clearly, and all contacts are one reply away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge, Off
from bot.matching.model import Model
from bot.reply import Outcome

ZASTEX = "+49 351 855-2223"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("ist die nummer 0351 123?", "Nein"),
        ("also 0351 8552224?", "Nein"),
        ("stimmt zastex@polizei.de?", "Nein"),
        ("ist die nummer der zastex 0351 123456?", "Nein"),
        ("ist die nummer 0351 564-30900?", "Nein"),
        ("ist die nummer 0351 8552223?", "Ja"),
        ("die durchwahl ist 855-2223, richtig?", "Ja"),
    ],
)
def test_what_is_asked_to_be_right_is_confirmed_or_denied(bot: Bot, text: str, begins: str) -> None:
    bot.respond("c", "nummer zastex")
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.ANSWER
    assert reply.topics == ("zastex",)
    assert reply.paragraphs[0].startswith(begins)
    assert ZASTEX in reply.contacts[0].phones


@pytest.mark.parametrize("before", ["", "nummer zastex"])
def test_whose_a_number_is_is_no_question_whether_it_is_right(bot: Bot, before: str) -> None:
    bot.respond("c", before)
    assert bot.respond("c", "wem gehört 0351 564-30900?").topics == ("asskomm",)
    assert bot.respond("c", "wem gehört 0351 123456?").outcome is Outcome.FALLBACK


def test_a_number_that_is_said_to_be_wrong_is_not_confirmed(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert not bot.respond("c", "die nummer 0351 8552223 stimmt nicht").paragraphs[0].startswith("Ja")


@pytest.mark.parametrize(
    "text",
    [
        "alle kontakte",
        "alle E-Mail-Adressen",
        "alle nummern",
        "alle mails?",
        "gib mir bitte alle adressen",
        "kontaktdaten aller angebote",
        "kontaktliste",
        "/kontakt alle",
    ],
)
@pytest.mark.parametrize("before", ["", "nummer zastex"])
def test_all_contacts_are_one_reply(bot: Bot, before: str, text: str) -> None:
    bot.respond("c", before)
    reply = bot.respond("c", text)
    assert reply.topics == tuple(offer.id for offer in bot.knowledge.offers)
    assert {offer.contact for offer in bot.knowledge.offers} == set(reply.contacts)
    assert reply.source


@pytest.mark.parametrize(
    "text", ["alle angebote", "ich bekomme auf alle nummern drohanrufe", "alle nummern der zastex"]
)
def test_not_everything_with_all_in_it_asks_for_all_contacts(bot: Bot, text: str) -> None:
    assert len(bot.respond("c", text).contacts) <= 1


def test_all_contacts_in_an_emergency_come_with_its_number(bot: Bot) -> None:
    bot.respond("c", "da steht ein mann mit messer vor der tür")
    assert "110" in bot.respond("c", "alle nummern").paragraphs[-1]


ADDRESS = "wem gehört die Neuländer Straße 60"
"""Three offers share it."""


def test_whose_it_is_is_said_with_its_long_name_and_of_several_with_each(bot: Bot) -> None:
    topics = bot.knowledge.topics
    assert topics["zastex"].long_title in bot.respond("c", "wem gehört 0351 8552223?").paragraphs[0]
    shared = bot.respond("c", ADDRESS)
    assert len(shared.topics) > 1
    assert all(topics[topic].title in shared.paragraphs[0] for topic in shared.topics)


def test_what_is_switched_off_is_no_owner(content: tuple[Knowledge, Model], bot: Bot) -> None:
    knowledge, model = content
    shared = bot.respond("c", ADDRESS).topics
    off = Bot(replace(knowledge, off=Off(topics={"zastex": "Heute nicht."})), model)
    alone = off.respond("c", "wem gehört 0351 8552223?")
    assert (alone.contacts, alone.paragraphs[0]) == ((), "Heute nicht.")
    assert off.respond("d", ADDRESS).topics == tuple(topic for topic in shared if topic != "zastex")
    off.respond("e", "nummer asskomm")
    denied = off.respond("e", "ist die nummer 0351 8552223?")
    assert "ZASTEX" not in " ".join(denied.paragraphs)
    assert not any(ZASTEX in contact.phones for contact in denied.contacts)
    none = Bot(replace(knowledge, off=Off(topics=dict.fromkeys(shared, "Heute nicht."))), model)
    assert none.respond("c", ADDRESS).paragraphs[0] == "Heute nicht."
