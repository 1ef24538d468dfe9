"""What is asked after an answer of things that belong to no offer is not answered about the offer."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.layout import FOLLOW_UP, NONE
from bot.matching.model import Candidate, Judgement, Model
from bot.reply import Outcome
from bot.text import Utterance


@pytest.mark.parametrize(
    "asked",
    [
        "und der Parkplatz?",
        "und der Parkplatz? Viele Grüße",
        "und die vom Veterinäramt",
        "und die Sparkasse, wann hat die auf",
        "Gibts dort einen Aufzug? Gruß Anna",
    ],
)
def test_of_a_foreign_thing_nothing_is_known(bot: Bot, asked: str) -> None:
    bot.respond("c", "Telefon ZASTEX")
    assert bot.respond("c", asked).outcome is Outcome.FALLBACK


@pytest.mark.parametrize("asked", ["und der Landrat", "und die Kinder?", "und die Nummer?"])
def test_who_may_be_meant_is_not_foreign(bot: Bot, asked: str) -> None:
    bot.respond("c", "Telefon ZASTEX")
    reply = bot.respond("c", asked)
    assert reply.outcome is not Outcome.FALLBACK
    assert reply.topics[0] == "zastex"


def test_beside_a_finer_point_it_is_put_of_both(bot: Bot) -> None:
    bot.respond("c", "darf die SPD die Broschüre am Infostand verteilen")
    assert bot.respond("c", "und die CDU?").topics == ("broschuere",)


@pytest.fixture
def judgement(content: tuple[object, Model]) -> Judgement:
    return content[1].judge(Utterance.of("und die Sparkasse, wann hat die auf"))


def _sums_to_one(candidates: tuple[Candidate, ...]) -> bool:
    shares = [one.confidence for one in candidates]
    return sum(shares) == pytest.approx(1) and shares == sorted(shares, reverse=True)


def test_one_topic_is_likelier_beside_each_of_the_others(judgement: Judgement) -> None:
    likelier = judgement.likelier("zmi", 50.0)
    assert _sums_to_one(likelier.candidates)
    ratio = judgement.confidence("zastex") / judgement.confidence(NONE)
    assert likelier.confidence("zastex") / likelier.confidence(NONE) == pytest.approx(ratio)
    times = likelier.confidence("zmi") / likelier.confidence(NONE)
    assert times == pytest.approx(50 * judgement.confidence("zmi") / judgement.confidence(NONE))


def test_what_is_foreign_is_no_follow_up(judgement: Judgement) -> None:
    foreign = judgement.foreign()
    assert _sums_to_one(foreign.candidates)
    assert foreign.confidence(FOLLOW_UP) == 0
    assert foreign.confidence(NONE) == pytest.approx(
        judgement.confidence(NONE) + judgement.confidence(FOLLOW_UP)
    )
