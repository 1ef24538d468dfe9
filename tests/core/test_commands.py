"""A command is one where nothing more is said; what follows it is understood as a sentence."""

from __future__ import annotations

import pytest

from bot.commands import Command, parse
from bot.dialogue import Bot
from bot.reply import Outcome

THREAT = "zwei Männer mit Messern bedrohen mich"


@pytest.mark.parametrize(
    ("text", "command", "says_more", "sentence"),
    [
        ("/hilfe", Command.HELP, False, "hilfe"),
        ("/info@lotse_bot wo ist das", Command.HELP, True, "info wo ist das"),
        ("!Hilfe er kommt", Command.HELP, True, "Hilfe er kommt"),
        ("!bot wer bist du", Command.HELP, True, "wer bist du"),
        ("/start was macht die ZMI", Command.HELP, True, "was macht die ZMI"),
        ("/vergessen bitte alles !", Command.FORGET, False, "vergessen bitte alles !"),
        ("! stopp\ner kommt", Command.FORGET, True, "stopp er kommt"),
        ("/zastex@lotse_bot telefon", Command.UNKNOWN, True, "zastex telefon"),
    ],
)
def test_what_follows_a_command_is_told_from_what_wishes_it(
    text: str, command: Command, says_more: bool, sentence: str
) -> None:
    call = parse(text)
    assert call is not None
    assert (call.command, call.says_more, call.sentence) == (command, says_more, sentence)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("!Hilfe wir kriegen dauernd Drohbriefe, bei wem melden wir das?", "zastex"),
        ("/hilfe wir kriegen dauernd Drohbriefe", "zastex"),
        ("/info zastex", "zastex"),
        ("/info@lotse_bot zastex", "zastex"),
        ("!help zmi", "zmi"),
        ("!bot was macht die ZMI", "zmi"),
        ("/start was macht die ZMI", "zmi"),
        ("/angebote der ZASTEX", "zastex"),
        ("!Datenschutz ist mir wichtig, was macht die ZASTEX?", "zastex"),
        ("!Vergessen hab ich die Nummer der ZASTEX", "zastex"),
        ("!stop ich suche die Nummer der ZASTEX", "zastex"),
        ("/zastex@lotse_bot telefon", "zastex"),
        ("!drohbriefe", "zastex"),
    ],
)
def test_a_sentence_behind_a_command_is_answered(bot: Bot, text: str, topic: str) -> None:
    reply = bot.respond("c", text)
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, (topic,))


@pytest.mark.parametrize(
    "text",
    ["/hilfe bitte", "!hilfe ?", "/angebote jetzt", "!menü bitte", "/datenschutz bitte", "!vergessen alles"],
)
def test_a_command_that_is_only_wished_is_one(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).rule == "command"


@pytest.mark.parametrize(
    "text",
    [
        "!stop der kommt zurück",
        "/stop er kommt",
        "!hilfe der kommt zurück",
        "!vergessen Sie mich nicht",
        "stop!",
    ],
)
def test_in_an_emergency_nothing_is_forgotten_for_a_word_at_the_beginning(bot: Bot, text: str) -> None:
    bot.respond("c", THREAT)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["!stop", "/vergessen bitte", "lösch das alles"])
def test_in_an_emergency_who_wishes_it_is_forgotten(bot: Bot, text: str) -> None:
    bot.respond("c", THREAT)
    assert bot.respond("c", text).outcome is Outcome.ANSWER
    assert bot.respond("c", "und jetzt?").outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    ("text", "topic"), [("!danke", "smalltalk"), ("!vergiss alles", "bot"), ("/vergiss alles", "bot")]
)
def test_what_is_no_command_is_a_sentence(bot: Bot, text: str, topic: str) -> None:
    reply = bot.respond("c", text)
    assert (reply.topics, reply.rule) == ((topic,), "")


@pytest.mark.parametrize("text", ["/hlife", "/danke", "!quatschbefehl", "!poll create"])
def test_what_may_be_a_command_of_somebody_else_is_none(bot: Bot, text: str) -> None:
    reply = bot.respond("c", text)
    assert (reply.outcome, reply.rule) == (Outcome.FALLBACK, "command")


def test_only_what_follows_an_english_command_tells_the_language(bot: Bot) -> None:
    english = bot.knowledge.vocabulary.languages["english"].text
    assert english not in bot.respond("c", "/help zastex").paragraphs
    assert english in bot.respond("c", "/help what do you do").paragraphs
