"""What is picked of a list that is shown: by numbers and places, several at once, with words around that say no more."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Aspect, Option, Outcome
from bot.session import MemorySessions, Session
from bot.text import fold
from bot.understanding.picks import Picking
from tests.learned import fresh_bot

LIST = "welche angebote gibt es"
THREAT = "zwei Männer mit Messern bedrohen mich"
THREE = tuple(
    Option(choice, choice) for choice in ("zastex.services", "zmi.services", "asskomm.services", "none")
)


@pytest.fixture(scope="module")
def picking(content: tuple[Knowledge, Model]) -> Picking:
    knowledge, model = content
    return Picking(knowledge, model.lexicon)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("1, 2, 3 und 4", (1, 2, 3, 4)),
        ("die zwei", (2,)),
        ("die ersten drei", (1, 2, 3)),
        ("die beiden ersten", (1, 2)),
        ("bitte die letzten zwei", (-2, -1)),
        ("das erste und das letzte", (1, -1)),
        ("erstens und viertens", (1, 4)),
        ("die zweite und die drittletzte", (2, -3)),
        ("vielleicht die drei", (3,)),
        ("ich tippe auf nummer 2", (2,)),
        ("am besten passt wohl eins", (1,)),
        ("eher zwei als drei", (2,)),
        ("lieber zwei statt drei", (2,)),
        ("nicht die zwei, die drei", (3,)),
        ("nicht das erste, das zweite", (2,)),
        ("eins, zwei nicht", (1,)),
        ("die zwei nicht", ()),
        ("nein, drei", (3,)),
        ("mail von den ersten zwei", (1, 2)),
        ("telefon vom ersten und letzten", (1, -1)),
        ("eins noch", None),
        ("wir sind zwei", None),
        ("drei stück", None),
        ("die ersten zwei mails", None),
        ("die letzten zwei wochen", None),
        ("zum dritten mal", None),
        ("um drei", None),
        ("am 3.", None),
        ("1 2 3 4 5 6", None),
    ],
)
def test_places_are_found(picking: Picking, text: str, places: tuple[int, ...] | None) -> None:
    picks = picking.find(fold(text).split())
    assert (None if picks is None else picks.places) == places


@pytest.mark.parametrize(
    ("text", "every"), [("alle drei", 3), ("eigentlich alle zwei", 2), ("beides gern", 2)]
)
def test_how_many_there_are_is_said(picking: Picking, text: str, every: int) -> None:
    picks = picking.find(fold(text).split())
    assert picks is not None
    assert (picks.places, picks.every) == ((), every)
    assert picks.within(every) == list(range(every))
    assert picks.within(every + 1) == []


def shown(session: Session) -> Bot:
    """Return a bot that has just shown what ``session`` offers, in the conversation "c"."""
    sessions = MemorySessions()
    sessions.put("c", session)
    return fresh_bot(sessions)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("die ersten zwei", ("zastex", "zmi")),
        ("das erste und das letzte", ("zastex", "asskomm")),
        ("alle drei", ("zastex", "zmi", "asskomm")),
        ("eigentlich alle drei", ("zastex", "zmi", "asskomm")),
        ("das drittletzte", ("zastex",)),
        ("das gleich am anfang", ("zastex",)),
        ("nein, die zuerst genannte", ("zastex",)),
        ("so in richtung nummer drei", ("asskomm",)),
        ("eher zwei als eins", ("zmi",)),
        ("nicht eins, zwei", ("zmi",)),
    ],
)
def test_what_is_offered_is_picked_from_the_side_it_was_offered_with(
    text: str, topics: tuple[str, ...]
) -> None:
    reply = shown(Session(options=THREE)).respond("c", text)
    assert (reply.topics, reply.aspect) == (topics, Aspect.SERVICES)


@pytest.mark.parametrize("text", ["beide bitte", "alle fünf", "wohl die fünf", "die zwei nicht"])
def test_who_picks_what_there_is_not_is_told_how_many_there_are(text: str) -> None:
    reply = shown(Session(options=THREE)).respond("c", text)
    assert (reply.outcome, reply.paragraphs[0][:12]) == (Outcome.CLARIFY, "Bitte eine N")


def test_both_of_two_are_picked() -> None:
    reply = shown(Session(options=(*THREE[:2], THREE[-1]))).respond("c", "beides gern")
    assert (reply.topics, reply.aspect) == (("zastex", "zmi"), Aspect.SERVICES)


@pytest.mark.parametrize("text", ["1, 2, 3 und 4", "mail von 1, 2, 3 und 4"])
def test_as_many_are_picked_as_asked_of(bot: Bot, text: str) -> None:
    bot.respond("c", LIST)
    assert len(bot.respond("c", text).topics) == 4


def test_all_of_a_long_list_are_answered(bot: Bot) -> None:
    bot.respond("c", LIST)
    assert set(bot.respond("c", "alle").topics) == {offer.id for offer in bot.knowledge.offers}


@pytest.mark.parametrize(
    "text", ["bestell mir eins", "schick mir eins", "ich hätte gern eins", "davon eins bitte"]
)
def test_one_of_a_kind_is_one_of_what_is_spoken_of_since(bot: Bot, text: str) -> None:
    for said in ("wie wird das wetter", "was ist der leitfaden"):
        bot.respond("c", said)
    reply = bot.respond("c", text)
    assert (reply.topics, reply.aspect) == (("sicherheitsleitfaden",), Aspect.CONTACT)


@pytest.mark.parametrize("text", ["die nummer von eins", "mail von der eins"])
def test_a_number_is_still_one_of_the_list(bot: Bot, text: str) -> None:
    for said in (LIST, "was ist der leitfaden"):
        bot.respond("c", said)
    assert bot.respond("c", text).topics == ("asskomm",)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("das zweite und das letzte", ("sicherheitsleitfaden", "expertennetzwerk")),
        ("nein, die drei", ("zastex",)),
    ],
)
def test_the_list_spoken_of_is_picked_from(bot: Bot, text: str, topics: tuple[str, ...]) -> None:
    for said in (LIST, "1"):
        bot.respond("c", said)
    assert bot.respond("c", text).topics == topics


@pytest.mark.parametrize("text", ["die ersten zwei", "eher zwei", "alle drei", "nicht eins, zwei"])
def test_in_an_emergency_only_a_mere_number_picks(bot: Bot, text: str) -> None:
    bot.respond("c", THREAT)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
