"""What was offered before counts only if it was a question back; explanations tell of two requests."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Aspect, Option
from bot.session import Session
from bot.text import words
from bot.understanding import Interpreter

QUESTION_BACK = ("zastex.contact", "zmi.contact", "none")
MENU = ("asskomm", "expertennetzwerk", "sicherheitsleitfaden", "zastex", "zmi")
SIDES_OF_TWO = ("zastex.contact", "zastex.services", "zmi.contact", "zmi.services")


def after(choices: tuple[str, ...]) -> Session:
    return Session(options=tuple(Option(choice, choice) for choice in choices))


def test_what_was_offered_in_a_question_back_is_likelier(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    interpreter = Interpreter(knowledge, model.lexicon)
    judgement = model.judge("es war eine Drohung")

    def weight(session: Session) -> float:
        meant = interpreter.interpret(judgement, session).candidates
        return sum(c.confidence for c in meant if c.topic in ("zastex", "zmi"))

    assert weight(after(QUESTION_BACK)) > weight(Session())
    assert weight(after(MENU)) == weight(Session())


def test_a_bare_name_takes_the_side_it_was_offered_with(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    interpreter = Interpreter(knowledge, model.lexicon)
    judgement = model.judge("ZASTEX")
    assert interpreter.interpret(judgement, after(QUESTION_BACK)).aspect is Aspect.CONTACT
    alone = interpreter.interpret(judgement, Session()).aspect
    assert alone is not Aspect.CONTACT
    assert interpreter.interpret(judgement, after(SIDES_OF_TWO)).aspect is alone


def test_an_explanation_tells_of_two_requests(content: tuple[Knowledge, Model]) -> None:
    bot = Bot(*content)
    assert "Mehrere Anliegen: zastex, zmi" in "\n".join(bot.explain("nummer zastex und link zmi"))
    assert "Mehrere Anliegen" not in "\n".join(bot.explain("nummer zastex"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("keine Mails, sondern Briefe", "Briefe"),
        ("Das sind keine Mails, sondern Briefe", "Das sind Briefe"),
        ("Das ist geklärt. Keine Mails, sondern Briefe", "Das ist geklärt. Briefe"),
        ("keine Mails und keine Anrufe, sondern Briefe", "keine Mails und Briefe"),
        ("nicht nur Mails, sondern auch Briefe", "nicht nur Mails, sondern auch Briefe"),
        ("kein Heft. Sondern", "kein Heft. Sondern"),
        ("Mails, sondern Briefe", "Mails, sondern Briefe"),
        ("keine Mails", "keine Mails"),
    ],
)
def test_what_is_denied_does_not_count(content: tuple[Knowledge, Model], text: str, kept: str) -> None:
    interpreter = Interpreter(content[0], content[1].lexicon)
    assert interpreter.without_denied(text, words(text)) == (kept, words(kept))
