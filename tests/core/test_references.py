"""Places in a list are understood, also while its parts are spoken of: "das letzte", "die mittlere", "und das erste?"."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Aspect, Option, Outcome
from bot.session import MemorySessions, Session
from tests.learned import fresh_bot

TWO = tuple(Option(choice, choice) for choice in ("zastex.services", "zmi.services", "none"))


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("das letzte", -1),
        ("ganz unten", -1),
        ("die unterste bitte", -1),
        ("die vorletzte", -2),
        ("und die erste?", 0),
        ("das oberste", 0),
        ("die mittlere", 2),
        ("das in der mitte", 2),
        ("das 2te", 1),
        ("nr. 3 bitte", 2),
        ("das dritte von oben", 2),
        ("ich glaub das vierte", 3),
    ],
)
def test_a_place_in_a_question_back(bot: Bot, said: str, place: int) -> None:
    shown = bot.respond("c", "an wen wende ich mich")
    reply = bot.respond("c", said)
    assert (reply.topics, reply.aspect) == ((shown.topics[place],), Aspect.CONTACT)


def test_a_list_stays_while_its_parts_are_spoken_of(bot: Bot) -> None:
    shown = bot.respond("c", "welche angebote gibt es").options
    for said, place in [
        ("die mittlere bitte", 2),
        ("und telefonisch", 2),
        ("nein, ganz unten", -1),
        ("ich meinte das oberste", 0),
        ("danke", None),
        ("und das vorletzte?", -2),
    ]:
        reply = bot.respond("c", said)
        if place is not None:
            assert reply.topics == (shown[place].choice,), said


def test_a_part_of_the_card_is_asked_of_one_of_two(bot: Bot) -> None:
    for said in ("zastex", "und zmi", "was ist der unterschied"):
        bot.respond("c", said)
    reply = bot.respond("c", "die nummer von der ersten")
    assert (reply.topics, reply.aspect) == (("zastex",), Aspect.CONTACT)


def test_a_list_is_over_when_something_else_is_asked(bot: Bot) -> None:
    for said in ("welche angebote gibt es", "mail zmi", "nummer zastex"):
        bot.respond("c", said)
    assert bot.respond("c", "und die von der ersten stelle").topics == ("zmi",)


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("doch lieber das andere", "zmi"),
        ("ach nein, das zweite war gemeint", "zmi"),
        ("nee die andere war richtig", "zmi"),
        ("und das letzte?", "zmi"),
        ("und das erste?", "zastex"),
    ],
)
def test_one_of_two_is_taken_back(said: str, topic: str) -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    sessions.put("c", Session(options=TWO))
    assert bot.respond("c", "1").topics == ("zastex",)
    reply = bot.respond("c", said)
    assert (reply.topics, reply.aspect) == ((topic,), Aspect.SERVICES)


def test_what_stands_under_an_answer_is_chosen_where_nothing_turns_back() -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    sessions.put("c", Session(options=TWO))
    answer = bot.respond("c", "1")
    chosen = bot.respond("c", "das zweite")
    assert (*chosen.topics, str(chosen.aspect)) == tuple(answer.options[1].choice.split("."))


@pytest.mark.parametrize(
    ("asked", "said"), [("an wen wende ich mich", "alle bitte"), ("alle nummern", "danke")]
)
def test_all_of_a_list(bot: Bot, asked: str, said: str) -> None:
    bot.respond("c", asked)
    bot.respond("c", said)
    reply = bot.respond("c", "von der dritten nochmal die mail")
    assert (reply.topics, reply.aspect) == ((bot.knowledge.offers[2].id,), Aspect.CONTACT)


@pytest.mark.parametrize(
    "said",
    [
        "die erste nachricht kam am montag",
        "ich wohne im oberen ortsteil",
        "beim ersten mal hab ich nichts gesagt",
    ],
)
def test_what_is_told_points_to_nothing(bot: Bot, said: str) -> None:
    bot.respond("c", "welche angebote gibt es")
    assert bot.respond("c", said).outcome is not Outcome.ANSWER


THREAT = "zwei Männer mit Messern bedrohen mich"


@pytest.mark.parametrize(
    "before", [(), ("was macht die zastex",), ("zastex", "zmi"), ("welche angebote gibt es",)]
)
@pytest.mark.parametrize(
    "said",
    ["der andere", "und der andere", "ganz unten", "der zweite", "die letzte", "beide", "nein"],
)
def test_in_an_emergency_nobody_is_chosen_from_a_list(bot: Bot, before: tuple[str, ...], said: str) -> None:
    for earlier in (*before, THREAT):
        bot.respond("c", earlier)
    assert bot.respond("c", said).outcome is Outcome.EMERGENCY


def test_in_an_emergency_all_offers_are_shown_with_its_number(bot: Bot) -> None:
    bot.respond("c", THREAT)
    assert any("110" in paragraph for paragraph in bot.respond("c", "alle").paragraphs)


@pytest.mark.parametrize("said", ["2", "die 2", "Sicherheitsleitfaden"])
def test_in_an_emergency_a_number_or_a_label_chooses(bot: Bot, said: str) -> None:
    bot.respond("c", THREAT)
    assert bot.respond("c", said).topics == ("sicherheitsleitfaden",)


@pytest.mark.parametrize(
    "since", [(), ("zastex oder zmi",), ("was macht die zastex", "welche angebote gibt es")]
)
def test_all_is_well_ends_an_emergency_beside_any_list(bot: Bot, since: tuple[str, ...]) -> None:
    for earlier in (THREAT, *since):
        bot.respond("c", earlier)
    relief = bot.respond("c", "alles gut")
    assert relief.topics == ("smalltalk",)
    assert "110" in relief.paragraphs[0]


@pytest.mark.parametrize(
    ("turns", "topic", "aspect"),
    [
        (("das letzte", "und das davor"), "zmi", Aspect.OVERVIEW),
        (("das letzte", "und das davor", "das davor bitte"), "zastex", Aspect.OVERVIEW),
        (("2", "kontakt", "4"), "zmi", Aspect.CONTACT),
        (("2", "kontakt", "4", "die 5"), "expertennetzwerk", Aspect.CONTACT),
        (("2", "1"), "sicherheitsleitfaden", Aspect.SERVICES),
    ],
)
def test_a_list_is_still_chosen_from(bot: Bot, turns: tuple[str, ...], topic: str, aspect: Aspect) -> None:
    bot.respond("c", "welche angebote gibt es")
    for said in turns:
        reply = bot.respond("c", said)
    assert (reply.topics, reply.aspect) == ((topic,), aspect)


@pytest.mark.parametrize("said", ["und die vierte?", "die vierte", "die 4", "und das fünfte bitte"])
def test_a_place_beyond_a_list_is_said_to_be_none(bot: Bot, said: str) -> None:
    bot.respond("c", "zastex, zmi und asskomm")
    reply = bot.respond("c", said)
    assert reply.paragraphs == (bot.line("choose_number", count="3"),)
    assert bot.respond("c", "3").topics == ("asskomm",)


def test_in_an_emergency_no_number_leads_back_to_a_list(bot: Bot) -> None:
    for said in ("welche angebote gibt es", THREAT):
        bot.respond("c", said)
    assert "110" in " ".join(bot.respond("c", "5").paragraphs)
