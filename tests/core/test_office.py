"""After an answer, what is asked of an office is no danger, whatever its words sound like; what is told stays one."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome
from bot.safety.office import asked
from bot.text import Utterance


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("klopfen die dem auf die Finger?", "klopfen die dem auf die Finger?"),
        ("und sollten die mir die Scheiben einschmeißen", "und sollten die mir die Scheiben einschmeißen"),
        ("Rennt einer von denen gleich zum Landrat", "Rennt einer von denen gleich zum Landrat"),
        ("rufen die an? mein Mann liegt im Flur", "rufen die an?"),
        ("nicht dass die das rumerzählen", "nicht dass die das rumerzählen"),
        ("die stürmen das Rathaus", ""),
        ("schlagen die Tür ein", ""),
        ("draußen die schlagen alles kaputt", ""),
        ("einer von denen steht vor dem Haus", ""),
        ("wann rufen die an", ""),
        ("", ""),
    ],
)
def test_the_clause_that_asks_of_an_office(text: str, clause: str) -> None:
    utterance = Utterance.of(text)
    start, end = asked(utterance)
    assert (utterance.part(start, end).text if start < end else "") == clause


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("asskomm", "rennen die ihm die Bude ein?"),
        ("zastex", "reden die hinter meinem Rücken mit der Dienststellenleitung"),
        ("zastex", "Rennt einer von denen gleich zum Landrat"),
        ("zastex", "überfallen die einen mit Formularen"),
        ("zastex", "und sollten die mir hinterher die Scheiben einschmeißen"),
        ("zmi", "schlagen die dann bei dem zu Hause auf"),
    ],
)
def test_what_is_asked_of_an_office_is_answered_by_it(bot: Bot, topic: str, text: str) -> None:
    bot.respond("c", topic)
    reply = bot.respond("c", text)
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, (topic,))


@pytest.mark.parametrize("text", ["rennen die ihm die Bude ein?", "schlagen die dann bei dem zu Hause auf"])
def test_what_would_be_danger_alone_is_answered_with_the_number(bot: Bot, text: str) -> None:
    assert bot.respond(None, text).outcome is Outcome.EMERGENCY
    bot.respond("c", "asskomm")
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.ANSWER
    assert "110" in " ".join(reply.paragraphs)


def test_a_correction_of_how_it_came_is_no_new_danger(bot: Bot) -> None:
    bot.respond("c", "ich bekomme drohungen bei facebook")
    reply = bot.respond("c", "ach nee, bedroht hat er mich am Telefon und nicht online")
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, ("zastex",))


@pytest.mark.parametrize(
    "text",
    [
        "die stürmen gerade das Rathaus",
        "die kommen die Treppe hoch",
        "sie blutet",
        "schlagen die Tür ein",
        "zünden die das Haus an",
        "hat einer von denen ein Messer",
        "brechen die gerade bei mir ein",
        "stehen die immer noch vor meiner Tür",
        "kommen die rein? die rütteln an der Tür",
        "rufen die an? mein Mann liegt bewusstlos im Flur",
        "kommen die schnell, er schlägt alles kurz und klein",
        "prügeln die den tot",
        "stechen die den ab",
        "schießt einer von denen",
        "nein, er steht vor der Tür und nicht im Netz",
        "nein, er hat mich geschlagen",
        "nein, er bedroht mich gerade am Telefon",
    ],
)
def test_danger_amid_a_conversation_is_heard(bot: Bot, text: str) -> None:
    bot.respond("c", "was macht die zastex")
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
