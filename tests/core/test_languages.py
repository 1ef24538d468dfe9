"""Who writes in another language hears in it that the bot speaks German, and the emergency number; Germans do not."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome
from bot.text import LONGEST

FOREIGN = {
    "english": ("My bicycle was scratched by my neighbours", "do you speak English?", "help", "hello there"),
    "polish": ("Kto mi może pomóc z urzędem?", "dzień dobry"),
    "czech": ("Potřebuji pomoct s dokumenty, kde jsou?", "Dobrý den"),
    "sorbian": ("dobry dźeń, štó móže mi pomhać", "wutrobny dźak"),
    "ukrainian": ("Де я можу отримати документи", "добрий день"),
    "russian": ("где получить помощь для ребёнка, это возможно?", "спасибо"),
    "arabic": ("شخص ما يكتب لي رسائل", "مرحبا"),
}
GERMAN = (
    "was is zastex",
    "na so was",
    "de feierwehr is do",
    "z.m.i. formular wo",
    "Z-M-I L i n k",
    "mal so mal so",
    "hate speech melden",
    "ich hab ne mail mit fuck you bekommen",
    "Müller, Café, Résumé",
    "ok",
    "?",
    "",
)


@pytest.mark.parametrize(("language", "text"), [(k, text) for k, texts in FOREIGN.items() for text in texts])
def test_a_foreign_language_is_answered_in_it_first(bot: Bot, language: str, text: str) -> None:
    reply = bot.respond("a", text)
    assert reply.paragraphs[0] == bot.knowledge.vocabulary.languages[language].text
    assert "110" in reply.paragraphs[0]
    assert len(reply.paragraphs) > 1


@pytest.mark.parametrize("text", GERMAN)
def test_german_is_no_foreign_language(bot: Bot, text: str) -> None:
    texts = {language.text for language in bot.knowledge.vocabulary.languages.values()}
    assert not texts.intersection(bot.respond("a", text).paragraphs)


def test_a_command_in_english_is_a_command(bot: Bot) -> None:
    assert bot.respond("a", "/help") == bot.respond("b", "/hilfe")


def test_an_emergency_begins_with_its_number(bot: Bot) -> None:
    reply = bot.respond("a", "please help he has a gun in the town hall")
    assert reply.outcome is Outcome.EMERGENCY
    assert "110" in reply.paragraphs[0]


def test_every_language_says_the_number(bot: Bot) -> None:
    for language in bot.knowledge.vocabulary.languages.values():
        assert "110" in language.text


@pytest.mark.parametrize("text", ["the " * LONGEST, "я" * LONGEST, "\u0621" * LONGEST])
def test_long_texts_are_fine(bot: Bot, text: str) -> None:
    assert bot.respond("a", text).paragraphs
