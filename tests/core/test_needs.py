"""Who needs help and does not say with what is asked back among all offers, whatever the fit of the model."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome


@pytest.mark.parametrize(
    "said",
    [
        "kann mich jemand beraten",
        "ich bräuchte mal Unterstützung vom Land",
        "an wen kann ich mich wenden",
        "wir brauchen Beratung",
        "brauche dringend rat",
        "ich bin Bürgermeister und brauche Unterstützung",
        "Guten Tag, gibt es hilfe vom freistaat?",
        "wer kann mir helfen",
        "was soll ich machen",
        "hätte gern einen Termin",
        "wer berät uns als Gemeinde",
        "ich weiß nicht weiter",
        "wir kommen nicht weiter",
        "ich möchte mich nur informieren",
        "ich bin Ortsvorsteher",
        "ich bin Stadträtin in Zwickau",
        "können Sie uns helfen? ich bin Bürgermeister in Grimma",
    ],
)
def test_a_vague_need_is_asked_back_among_all_offers(bot: Bot, said: str) -> None:
    reply = bot.respond("c", said)
    assert reply.outcome is Outcome.CLARIFY
    assert list(reply.topics) == [offer.id for offer in bot.knowledge.offers]
    assert " ".join(reply.paragraphs).count("110") == 1


@pytest.mark.parametrize("said", ["kann mir jemand helfen", "bitte helfen sie mir", "ich brauche hilfe"])
def test_where_danger_is_doubtful_the_number_stands_once_and_first(bot: Bot, said: str) -> None:
    reply = bot.respond("c", said)
    assert "110" in reply.paragraphs[0]
    assert " ".join(reply.paragraphs).count("110") == 1


@pytest.mark.parametrize("said", ["/hilfe", "hilfe menü", "was kannst du", "kannst du mir helfen"])
def test_help_of_the_bot_stays_that(bot: Bot, said: str) -> None:
    assert bot.respond("c", said).topics == ("bot",)


@pytest.mark.parametrize(
    "said",
    [
        "Guten Tag, ich bin Bürgermeister von Grimma",
        "ich bin kein Stadtrat",
        "bin ich hier richtig als Stadtrat",
        "ich bin Ortsvorsteher und suche ein Training",
    ],
)
def test_who_one_is_beside_something_else_is_not_asked_back(bot: Bot, said: str) -> None:
    assert bot.line("clarify_need") not in bot.respond("c", said).paragraphs


@pytest.mark.parametrize("said", ["hilfe", "ich brauche Hilfe", "hilfe bitte", "ich brauch dringend hilfe"])
def test_a_cry_for_help_begins_with_the_number(bot: Bot, said: str) -> None:
    reply = bot.respond("c", said)
    assert reply.outcome is Outcome.CLARIFY
    assert "110" in reply.paragraphs[0]
    assert {offer.id for offer in bot.knowledge.offers} <= {
        option.choice.partition(".")[0] for option in reply.options
    }
    assert "bot.capabilities" in [option.choice for option in reply.options]


def test_who_repeats_it_is_told_whom_to_talk_to(bot: Bot) -> None:
    for first, again in [
        ("ich brauche unterstützung", "mir muss wirklich jemand helfen"),
        ("hilfe", "hilfe"),
        ("bitte helfen sie mir", "bitte helfen sie mir"),
    ]:
        bot.respond(first, first)
        assert bot.respond(first, again).contacts


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("wer hilft bei hasskommentaren", "zmi"),
        ("an wen wende ich mich bei Drohbriefen", "zastex"),
        ("ich brauche hilfe bei deeskalation", "asskomm"),
        ("wer berät bei rechten immobilien", "expertennetzwerk"),
        ("danke, das hilft mir weiter", "smalltalk"),
        ("wie kannst du helfen", "bot"),
    ],
)
def test_a_need_that_says_what_for_is_answered(bot: Bot, said: str, topic: str) -> None:
    assert bot.respond("c", said).topics == (topic,)


@pytest.mark.parametrize(
    "said", ["hilfe beim ausfüllen vom wohngeldantrag", "wer ist zuständig für sperrmüll"]
)
def test_a_foreign_need_is_refused(bot: Bot, said: str) -> None:
    assert bot.respond("c", said).outcome is Outcome.FALLBACK


@pytest.mark.parametrize(
    "said",
    [
        "ich fühl mich nicht mehr sicher",
        "ein Bürger droht mir dass er wiederkommt",
        "die haben gedroht uns fertig zu machen",
        "Drohungen an die Schule",
        "unsere Verwaltung kriegt Drohungen",
    ],
)
def test_who_tells_of_threats_is_not_asked_about_the_bot_or_the_booklet(bot: Bot, said: str) -> None:
    reply = bot.respond("c", said)
    assert {"bot", "broschuere"}.isdisjoint(option.choice.partition(".")[0] for option in reply.options)
