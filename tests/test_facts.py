"""The facts of the brochure are said exactly, and no other contact is ever said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.render import german_date
from bot.content.source import read
from bot.dialogue import Bot
from bot.reply import Aspect, Reply
from tests.conftest import ROOT
from tests.content import html, plain

FACTS: Any = read("facts.yaml", (ROOT / "tests" / "facts.yaml").read_bytes()).value
"""Every fact of the brochure with a question that reaches it."""
EMERGENCY_NUMBERS = ("110", "112", "116 123", "0800 111 0 111", "0800 111 0 222")
NUMBER = re.compile(r"(?<![\d.])(?:\+\d[\d \-/]{5,}\d|0\d{2,}[\d \-/]{3,}\d|11\d(?: ?\d{3})?(?!\d))")
MAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
LINK = re.compile(r"(?:https?://|www\.)[^\s\"<]+")
DATE = "2023-10-13"
ALLOWED = {*FACTS, *EMERGENCY_NUMBERS, "www.asskomm.de", "www.publikationen.sachsen.de"}


def every_reply(bot: Bot) -> Iterator[Reply]:
    """Yield all that the content can say: each aspect and detail, each emergency and sentence."""
    for topic in bot.knowledge.topics.values():
        for side in [*topic.answers, *topic.details]:
            yield bot.choose("every", f"{topic.id}.{side}")
            for aspect in Aspect:
                bot.choose("every", f"{topic.id}.{aspect}")
                yield bot.respond("every", "nummer?")
    for question in ("er schlägt auf mich ein", "es brennt", "ich will nicht mehr leben", "xyzzy", "plugh"):
        yield bot.respond("other", question)
    for command in ("/hilfe", "/angebote", "/kontakt", "/datenschutz", "/vergessen", "/xyz", "🙂"):
        yield bot.respond("command", command)
    yield bot.choose("other", "gone.away")
    yield bot.choose("other", "none")


def contacts_of_other_sources(bot: Bot) -> set[str]:
    """Return what editors added from another source than the brochure: it need not be in the table."""
    others = [topic for topic in bot.knowledge.topics.values() if topic.source and topic.source.date != DATE]
    cards = [contact for topic in others for contact in topic.contacts.values()]
    return {
        value
        for card in cards
        for value in (*card.phones, card.fax, card.email, *(link.url for link in card.links))
    }


@pytest.mark.parametrize(("fact", "question"), FACTS.items(), ids=FACTS.keys())
def test_fact_is_reached_and_exact(bot: Bot, fact: str, question: str) -> None:
    assert fact in plain(bot.respond("facts", question))


def test_nothing_else_is_ever_said(bot: Bot) -> None:
    replies = list(every_reply(bot))
    assert len(replies) > 100
    allowed = ALLOWED | contacts_of_other_sources(bot)
    for reply in replies:
        for text in (plain(reply), html(reply, options=True)):
            found = {
                *NUMBER.findall(text),
                *MAIL.findall(text),
                *(link.rstrip(".,:") for link in LINK.findall(text)),
            }
            missing = "Steht nicht in tests/facts.yaml, dort ergänzen, wenn es aus der Quelle stammt: "
            assert found <= allowed, missing + ", ".join(sorted(found - allowed))


def test_wording_holds_no_contact(bot: Bot) -> None:
    for key, text in bot.knowledge.wording.items():
        found = {*NUMBER.findall(text), *MAIL.findall(text), *LINK.findall(text)}
        assert found <= set(EMERGENCY_NUMBERS), key


def test_contacts_are_not_mixed(bot: Bot) -> None:
    """A number, mail or link stands in the cards of the topics that the brochure gives it to."""
    owners: dict[str, set[str]] = {}
    for topic in bot.knowledge.topics.values():
        for contact in topic.contacts.values():
            for value in (*contact.phones, contact.fax, contact.email, *(link.url for link in contact.links)):
                if value:
                    owners.setdefault(value, set()).add(topic.id)
    assert {value: topics for value, topics in owners.items() if len(topics) > 1} == {}


def test_every_answer_shows_its_source_and_date(bot: Bot) -> None:
    for topic in bot.knowledge.topics.values():
        if topic.source:
            for aspect in topic.answers:
                stated = f"Stand: {german_date(topic.source.date)}"
                assert stated in plain(bot.choose("source", f"{topic.id}.{aspect}"))
