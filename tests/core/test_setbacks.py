"""Who says that an answer did not help is not shown it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge, Off
from bot.matching.model import Model
from bot.reply import Contact, Outcome


@pytest.mark.parametrize(
    ("asked", "said", "gone", "left"),
    [
        ("nummer zastex", "da geht keiner ran", "phones", "email"),
        ("nummer zastex", "da geht auch keiner ran", "phones", "email"),
        ("nummer zastex", "dort meldet sich einfach niemand", "phones", "email"),
        ("nummer zastex", "die nummer geht nicht", "phones", "email"),
        ("nummer zastex", "die nummer ist nicht erreichbar", "phones", "email"),
        ("nummer zastex", "telefonisch nicht erreichbar", "phones", "email"),
        ("nummer zastex", "telefon ist besetzt", "phones", "email"),
        ("nummer zastex", "keine antwort auf meine mail", "email", "phones"),
        ("mail asskomm", "die mail kommt zurück, keine antwort", "email", "phones"),
        ("wo melde ich hasskommentare", "das portal geht nicht", "links", "street"),
        ("wo melde ich hasskommentare", "da geht keiner ran", "phones", "links"),
    ],
)
def test_the_way_that_failed_is_left_out(bot: Bot, asked: str, said: str, gone: str, left: str) -> None:
    bot.respond("c", asked)
    reply = bot.respond("c", said)
    (card,) = reply.contacts
    assert not getattr(card, gone)
    assert getattr(card, left)
    assert "110" in " ".join(reply.paragraphs)
    assert reply.paragraphs[-1].endswith(":"), "the card follows what announces it"


def test_where_there_is_no_other_way_the_other_offers_are_shown(bot: Bot) -> None:
    bot.respond("c", "mail expertennetzwerk")
    reply = bot.respond("c", "keiner meldet sich")
    assert reply.outcome is Outcome.CLARIFY
    assert not reply.contacts
    assert {"asskomm", "sicherheitsleitfaden", "zastex", "zmi"} <= set(reply.topics)
    assert "expertennetzwerk" not in reply.topics


def test_a_part_that_the_card_lacks_has_not_failed(bot: Bot) -> None:
    bot.respond("c", "mail expertennetzwerk")
    assert not bot.respond("c", "die nummer geht nicht").contacts


def test_the_other_way_is_shown_once(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", "besetzt").contacts
    assert not bot.respond("c", "da geht auch keiner ran, nicht erreichbar").contacts


@pytest.mark.parametrize(
    "said", ["das hilft mir nicht", "bringt nichts", "gibt es noch was anderes", "wer kann mir noch helfen"]
)
def test_who_is_not_helped_is_asked_for_the_others(bot: Bot, said: str) -> None:
    bot.respond("c", "nummer zastex")
    reply = bot.respond("c", said)
    assert reply.outcome is Outcome.CLARIFY
    assert "zastex" not in reply.topics
    assert not reply.contacts


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        ("da geht keiner ran, gibts ne mail?", ("zastex",)),
        ("nicht erreichbar, dann lieber die zmi", ("zmi",)),
        ("hilft nicht gegen hasskommentare auf facebook", ("zmi",)),
        ("die nazis haben das haus besetzt und feiern dort konzerte", ("expertennetzwerk",)),
    ],
)
def test_who_asks_for_something_gets_it(bot: Bot, said: str, topics: tuple[str, ...]) -> None:
    bot.respond("c", "nummer zastex")
    reply = bot.respond("c", said)
    assert reply.outcome is Outcome.ANSWER
    assert reply.topics == topics


@pytest.mark.parametrize(
    "said",
    [
        "da geht keiner ran, gibts ne mail?",
        "da geht keiner ran, gibt es eine mail",
        "da meldet sich keiner, per mail?",
        "wie ist die mail, telefonisch nicht erreichbar",
        "welche öffnungszeiten, nicht erreichbar",
        "das haus ist besetzt",
    ],
)
def test_who_says_more_gets_the_whole_card(bot: Bot, said: str) -> None:
    (card,) = bot.respond("c", "nummer zastex").contacts
    assert bot.respond("c", said).contacts == (card,)


def test_a_danger_beside_a_setback_is_heard(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", "keiner erreichbar, er steht im flur").outcome is Outcome.EMERGENCY


def test_without_an_answer_before_there_is_no_setback(bot: Bot) -> None:
    assert bot.respond("c", "besetzt").outcome in (Outcome.CLARIFY, Outcome.FALLBACK)


def test_a_card_without_any_way_is_no_other_way(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    zastex = knowledge.topics["zastex"]
    bare = Contact(organisation="LKA")
    topics = {**knowledge.topics, "zastex": replace(zastex, contacts={"bare": bare})}
    bot = Bot(replace(knowledge, topics=topics), model)
    bot.respond("c", "was ist die zastex")
    assert bot.respond("c", "da geht keiner ran").outcome is Outcome.CLARIFY


def test_a_card_that_is_switched_off_is_no_other_way(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    bot = Bot(replace(knowledge, off=Off(aspects={"zastex.contact": ""})), model)
    bot.respond("c", "was ist die zastex")
    assert not bot.respond("c", "da geht keiner ran").contacts


@pytest.mark.parametrize("again", ["das hilft auch nicht", "hilft mir alles nicht", "klappt auch nicht"])
def test_each_setback_gets_something_else(bot: Bot, again: str) -> None:
    """First the other offers, then somebody to talk to, then every contact."""
    bot.respond("c", "nummer zastex")
    replies = [bot.respond("c", said) for said in ("das hilft mir nicht", again, again)]
    assert [len(reply.contacts) for reply in replies] == [0, 1, len(bot.knowledge.offers)]
    assert len({reply.paragraphs for reply in replies}) == 3


def test_who_was_shown_another_offer_gets_somebody_to_talk_to(bot: Bot) -> None:
    for said in ("nummer zastex", "das hilft mir nicht", "zmi"):
        bot.respond("c", said)
    (card,) = bot.respond("c", "das hilft auch nicht").contacts
    assert card.phones


def test_whom_was_shown_already_is_not_shown_again_as_help(bot: Bot) -> None:
    shown = bot.respond("c", "nummer asskomm").contacts
    bot.respond("c", "hilft mir nicht")
    assert bot.respond("c", "hilft auch nicht").contacts != shown


@pytest.mark.parametrize(
    "text",
    [
        "ich will keine polizei",
        "bitte keine polizei",
        "ich vertraue der polizei nicht",
        "gibt es hilfe ohne polizei",
        "muss ich dafür zur polizei gehen",
        "ni zur bolizei",
    ],
)
@pytest.mark.parametrize("before", ["", "ich werde bedroht"])
def test_who_wants_no_police_is_told_what_else_there_is(bot: Bot, before: str, text: str) -> None:
    if before:
        bot.respond("c", before)
    reply = bot.respond("c", text)
    assert reply.topics == ("bot",)
    assert {"asskomm.services", "expertennetzwerk.services"} <= {option.choice for option in reply.options}
    assert "110" in " ".join(reply.paragraphs)


@pytest.mark.parametrize(
    "text",
    [
        "warum kommt keine polizei",
        "bei uns gibt es keine polizei mehr im dorf",
        "nicht die polizei sondern die zastex",
        "wir wollen das ohne polizei lösen mit einem präventionsrat",
    ],
)
def test_who_speaks_of_the_police_otherwise_is_not(bot: Bot, text: str) -> None:
    assert "entscheiden Sie" not in " ".join(bot.respond("c", text).paragraphs)


def test_who_asks_whether_it_was_done_elsewhere_tells_of_no_setback(bot: Bot) -> None:
    bot.respond("c", "wir wollen einen präventionsrat gründen")
    assert bot.respond("c", "Haben andere Gemeinden das schon gemacht?").topics == ("asskomm",)
