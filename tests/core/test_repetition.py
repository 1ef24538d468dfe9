"""Asking on never brings the same block twice in a row without a word on why."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from bot.dialogue import Bot

OFFERS = ("asskomm", "leitfaden", "zastex", "zmi", "expertennetzwerk", "broschüre")
PLACES = ("telegram", "instagram", "tiktok", "facebook")
ON = (
    "wie lange dauert das",
    "und wie schnell geht das",
    "melden die sich dann",
    "gibts das auch auf englisch",
    "was machen die da genau",
    "und wie läuft das ab",
    "telefon",
    "und die mail",
    "die nummer bitte",
)


@pytest.mark.parametrize("offer", OFFERS)
def test_no_two_answers_in_a_row_are_the_same(bot: Bot, offer: str) -> None:
    for number, (one, other) in enumerate(product(ON, ON)):
        replies = [bot.respond(f"{offer} {number}", text) for text in (offer, one, other, one)]
        for before, after in pairwise(replies):
            assert (before.paragraphs, before.contacts) != (after.paragraphs, after.contacts), (one, other)


def test_who_wants_to_hear_it_again_gets_all_of_it(bot: Bot) -> None:
    first = bot.respond("a", "was macht die zastex")
    again = bot.respond("a", "nochmal bitte, was macht die zastex")
    assert again.paragraphs[1:] == first.paragraphs
    assert again.contacts == first.contacts


def test_what_fits_again_and_again_does_not_lead_back_to_what_was_said_long_ago(bot: Bot) -> None:
    bot.respond("a", "auf facebook werde ich als volksverräter beschimpft")
    replies = [bot.respond("a", f"auf {where} hetzen sie auch gegen mich") for where in PLACES]
    assert all(reply.topics == ("zmi",) for reply in replies)
    for before, after in pairwise(replies):
        assert before.paragraphs != after.paragraphs
    assert replies[0].contacts == replies[1].contacts


@pytest.mark.parametrize("said", ["telefon zastex und asskomm", "unterschied zastex und zmi"])
def test_two_offers_asked_for_twice_begin_otherwise(bot: Bot, said: str) -> None:
    first, again = bot.respond("a", said), bot.respond("a", said)
    assert first.paragraphs[0] != again.paragraphs[0]
    assert (first.paragraphs[1:], first.contacts) == (again.paragraphs[1:], again.contacts)


@pytest.mark.parametrize("said", ["telefon zastex", "was kostet asskomm"])
def test_the_third_time_leads_on(bot: Bot, said: str) -> None:
    replies = [bot.respond("a", said) for _ in range(3)]
    assert len({reply.paragraphs for reply in replies}) == len(replies)
    assert replies[2].contacts
    others = {offer.id for offer in bot.knowledge.offers} - set(replies[2].topics)
    assert others == {option.choice for option in replies[2].options}


@pytest.mark.parametrize("said", ["an wen wende ich mich", "kann mich jemand beraten"])
def test_a_vague_question_asked_twice_gets_whom_to_talk_to(bot: Bot, said: str) -> None:
    one, other = bot.respond("a", said), bot.respond("a", said)
    assert not one.contacts
    assert other.contacts


@pytest.mark.parametrize(
    "wish", ["nochmal", "nochmal bitte", "sag das nochmal", "kannst du das wiederholen", "bitte noch einmal"]
)
@pytest.mark.parametrize("asked", ["was bietet asskomm", "telefon zastex", "zastex und zmi"])
def test_who_only_wants_it_again_gets_what_was_said(bot: Bot, asked: str, wish: str) -> None:
    first = bot.respond("c", asked)
    again = bot.respond("c", wish)
    assert (again.topics, again.aspect, again.contacts) == (first.topics, first.aspect, first.contacts)
    assert again.paragraphs[-1] == first.paragraphs[-1]


def test_who_tells_it_a_third_time_is_not_sent_away(bot: Bot) -> None:
    said = [bot.respond("c", "ich werde bedroht") for _ in range(5)]
    for reply in said:
        assert reply.topics == ("zastex",)
        assert reply.contacts
    for before, after in pairwise(said):
        assert before.paragraphs != after.paragraphs
    third = said[2].paragraphs
    assert third[:2] == (bot.line("danger_hint"), bot.line("sympathy"))
    assert bot.line("again_fits_often", topic="ZASTEX") in third


@pytest.mark.parametrize(
    "said", ["und wenn es auf facebook ist?", "und auf instagram?", "wenn es per mail kommt"]
)
def test_what_an_offer_deals_with_is_not_refused(bot: Bot, said: str) -> None:
    bot.respond("c", "was macht die zmi")
    reply = bot.respond("c", said)
    assert reply.topics == ("zmi",)
    assert bot.line("again", topic="ZMI") not in reply.paragraphs


@pytest.mark.parametrize(("part", "key"), [("faxnummer", "missing_fax"), ("mailadresse", "again_email")])
def test_what_is_with_a_part_of_the_card_asks_for_it(bot: Bot, part: str, key: str) -> None:
    bot.respond("c", "telefon asskomm")
    assert bot.line(key, topic="ASSKomm") in bot.respond("c", f"und was ist mit der {part}").paragraphs


@pytest.mark.parametrize(
    "said", ["danke nochmal", "danke und entschuldigung nochmal", "wann ist nochmal die wahl"]
)
def test_once_more_beside_something_else_is_no_wish_to_hear_it_again(bot: Bot, said: str) -> None:
    bot.respond("c", "telefon zastex")
    assert bot.line("repeated", topic="ZASTEX") not in bot.respond("c", said).paragraphs


def test_each_line_of_the_card_that_is_asked_for_is_given(bot: Bot) -> None:
    """However many of them, one after the other."""
    for part in "asskomm kontakt", "email bitte", "und adresse", "und die telefonnummer":
        reply = bot.respond("c", part)
        assert reply.contacts, part


@pytest.mark.parametrize("said", ["was soll ich machen", "was soll ich denn tun"])
def test_who_asks_what_to_do_is_sent_there(bot: Bot, said: str) -> None:
    bot.respond("c", "ich bekomme drohbriefe")
    reply = bot.respond("c", said)
    assert bot.line("again_fits_often", topic="ZASTEX") in reply.paragraphs
    assert reply.contacts


def test_who_asks_who_advises_stays_with_what_was_spoken_of(bot: Bot) -> None:
    bot.respond("c", "expertennetzwerk")
    assert bot.respond("c", "wer berät uns").topics == ("expertennetzwerk",)
