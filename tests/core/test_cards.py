"""Every contact card that an answer shows can be asked for by its topic."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import Bot
from bot.knowledge import Knowledge, Off
from bot.matching.model import Model


def test_every_card_that_is_shown_is_among_those_of_its_topics(bot: Bot) -> None:
    topics = bot.knowledge.topics.values()
    replies = [bot.choose("c", f"{t.id}.{side}") for t in topics for side in [*t.answers, *t.details]]
    assert sum(len(reply.contacts) for reply in replies) > 20
    for reply in replies:
        cards = [card for topic in reply.topics for card in bot.cards(topic)]
        assert set(reply.contacts) <= set(cards), reply.topics


def test_a_topic_that_there_is_not_has_no_card(bot: Bot) -> None:
    assert bot.cards("gibtesnicht") == ()


def test_what_is_switched_off_has_no_card(content: tuple[Knowledge, Model], bot: Bot) -> None:
    knowledge, model = content
    (card,) = bot.cards("zastex")
    off = Bot(replace(knowledge, off=Off(aspects={"zastex.contact": ""})), model)
    assert all(card not in off.cards(topic) for topic in knowledge.topics)
    assert off.cards("expertennetzwerk") == bot.cards("expertennetzwerk") != ()
    assert {*bot.cards("zmi")} - {*off.cards("zmi")} == {card}  # it points to that office for letters
    all_off = Bot(replace(knowledge, off=Off(bot="Heute nicht.")), model)
    assert all(all_off.cards(topic) == () for topic in knowledge.topics)


def test_offers_have_titles_unless_they_are_switched_off(content: tuple[Knowledge, Model], bot: Bot) -> None:
    knowledge, model = content
    assert bot.titles() == {offer.id: offer.title for offer in knowledge.offers}
    assert bot.titles()["zastex"] == "ZASTEX"
    off = Bot(replace(knowledge, off=Off(topics={"zastex": ""})), model)
    assert set(bot.titles()) - set(off.titles()) == {"zastex"}
    assert Bot(replace(knowledge, off=Off(bot="Heute nicht.")), model).titles() == {}
