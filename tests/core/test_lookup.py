"""Reverse look-ups: from a number, mail, link or street to its owner, exactly or not at all."""

from __future__ import annotations

import time

import pytest

from bot.dialogue import Bot
from bot.reading.lookup import Lookup, cards
from bot.reply import Outcome
from bot.text import Utterance
from tests.content import ASSKOMM_MAIL, ASSKOMM_NUMBER, ZASTEX_MAIL, ZASTEX_NUMBER, digits

NATIONAL = digits(ZASTEX_NUMBER)
WITHOUT_AREA = digits(ZASTEX_NUMBER.split(" ", 2)[2])[1:]


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        (f"wem gehört {NATIONAL}", ("zastex",)),
        (WITHOUT_AREA, ("zastex",)),
        (f"{ZASTEX_NUMBER.replace('+49 ', '+49 (0)').replace('351 ', '351/')} wer ist das?", ("zastex",)),
        (f"0049 {NATIONAL[1:]}", ("zastex",)),
        ("2103681 wessen fax", ("broschuere",)),
        (f"wer ist unter {digits(ASSKOMM_NUMBER)} erreichbar", ("asskomm",)),
        (ASSKOMM_MAIL, ("asskomm",)),
        (f"Wessen Adresse ist {ZASTEX_MAIL.upper()}?", ("zastex",)),
        ("www.asskomm.de", ("asskomm",)),
        ("https://www.polizei.sachsen.de/de/94063.htm", ("zmi",)),
        ("Hammerweg 30, wer sitzt da", ("broschuere",)),
    ],
)
def test_owner_is_found(bot: Bot, question: str, topics: tuple[str, ...]) -> None:
    reply = bot.respond("lookup", question)
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, topics)


def test_shared_address_names_all_owners(bot: Bot) -> None:
    reply = bot.respond("lookup", "Wer sitzt in der Neuländer Straße 60?")
    assert set(reply.topics) == {"sicherheitsleitfaden", "zastex", "zmi"}


@pytest.mark.parametrize(
    "question", ["0151 00000000", "192.168.0.1", "niemand@example.org", "wem gehört 0351 1234567"]
)
def test_unknown_value_is_nobodys(bot: Bot, question: str) -> None:
    reply = bot.respond("lookup", question)
    assert (reply.outcome, reply.contacts) == (Outcome.FALLBACK, ())


def test_part_of_a_number_is_no_match(bot: Bot) -> None:
    assert bot.respond("lookup", WITHOUT_AREA[:-1]).outcome is Outcome.FALLBACK


@pytest.mark.parametrize(
    "text",
    [
        "Drohbrief am 13.10.2023 bekommen",
        "Bedrohung seit 12.11.2026, was tun?",
        "Hassmail von troll@web.de bekommen",
        "10.000 Euro Förderung für Prävention?",
        "Ich bin Bürgermeister in 01067 Dresden und werde bedroht",
    ],
)
def test_dates_amounts_and_senders_are_no_look_ups(bot: Bot, text: str) -> None:
    assert bot.line("not_found") not in bot.respond("lookup", text).paragraphs


@pytest.mark.parametrize("said", ["a-" * 1999 + ".", "a.b." * 1000, "a" * 3990 + " .@"])
def test_a_long_row_that_may_be_a_link_takes_no_longer_than_words(content, said: str) -> None:  # type: ignore[no-untyped-def]
    topics = content[0].topics.values()
    lookup = Lookup(cards({topic.id: topic.contacts for topic in topics}))
    utterance = Utterance.of(said)
    begun = time.process_time()
    assert not lookup.find(utterance).owners
    assert time.process_time() - begun < 0.04


def test_a_link_ends_a_sentence_or_stands_in_signs(bot: Bot) -> None:
    for text in ("ist das von (www.asskomm.de)?", "wer ist das: ...www.asskomm.de.", "wessen: »asskomm.de«"):
        assert bot.respond("lookup", text).topics == ("asskomm",), text
