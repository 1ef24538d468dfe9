"""Several questions in one message are each answered, in their order."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome, Reply

BEFORE = "Sehr geehrte Damen und Herren, wir sind eine kleine Gemeinde im Vogtland und haben davon gelesen. "
AFTER = " Über eine Antwort freuen wir uns. Mit freundlichen Grüßen, Hanna Muster"


def _said(reply: Reply) -> str:
    return " ".join(reply.paragraphs)


@pytest.mark.parametrize(
    ("questions", "topic", "facts"),
    [
        ("Was kostet die Sicherheitsanalyse? Und wie lange dauert sie?", "asskomm", ("Kosten:", "Wie lange")),
        ("Seit wann gibt es die ZASTEX? Wer steht dahinter? Wie ist die Nummer?", "zastex", ("Januar 2023",)),
        ("Was kostet der Leitfaden? Wie kann man ihn bestellen?", "sicherheitsleitfaden", ("Kosten:",)),
        ("Gibt es Trainings? Was kostet das? Wo melde ich mich an?", "asskomm", ("Deeskalation", "Kosten:")),
    ],
)
@pytest.mark.parametrize("before", ["", "Guten Tag! ", BEFORE])
@pytest.mark.parametrize("after", ["", AFTER])
def test_questions_to_one_offer(
    bot: Bot, before: str, after: str, questions: str, topic: str, facts: tuple[str, ...]
) -> None:
    reply = bot.respond("c", before + questions + after)
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, (topic,))
    assert bot.line("in_turn", topics=bot.titles()[topic]) == reply.paragraphs[0]
    for fact in facts:
        assert fact in _said(reply)


def test_questions_to_several_offers(bot: Bot) -> None:
    asked = "Unsere Rätin bekommt Hassmails. Kann die ZASTEX da helfen? Und wo melden wir sie im Internet?"
    reply = bot.respond("c", asked)
    assert reply.topics == ("zastex", "zmi")
    assert len(reply.contacts) == 2


def test_what_a_letter_tells_is_what_its_questions_are_about(bot: Bot) -> None:
    told = "Bei uns soll ein Gasthof an einen Rechtsextremisten verkauft werden. "
    reply = bot.respond("c", f"{told}Ist das erlaubt? Kommen die auch zu uns? Und was kostet das?")
    assert reply.topics == ("expertennetzwerk",)
    assert "Rechtsauskunft" in _said(reply)
    assert "Kosten" in _said(reply)


def test_what_is_told_between_two_questions_is_what_the_second_is_about(bot: Bot) -> None:
    first = "Wir planen einen runden Tisch gegen Jugendgewalt. Gibt es dafür Geld? "
    second = "Die Vorsitzende bekommt seit dem Aufruf Hassmails im Minutentakt. Was soll sie damit tun?"
    assert bot.respond("c", first + second).topics == ("asskomm", "zmi")


@pytest.mark.parametrize(
    "said",
    [
        "was kostet der leitfaden und wie bestelle ich ihn",
        "seit wann gibt es den leitfaden und was kostet er?",
    ],
)
def test_two_questions_in_one_sentence(bot: Bot, said: str) -> None:
    reply = bot.respond("c", said)
    assert reply.topics == ("sicherheitsleitfaden",)
    assert "Kosten: Ob der Leitfaden etwas kostet" in _said(reply)


@pytest.mark.parametrize(
    "said",
    [
        "Hallo? Ist da jemand? Was ist die ZASTEX?",
        "Telefon und Mail der ZASTEX?",
        "Was macht die ZMI mit meiner Meldung, wenn es gar nicht strafbar ist?",
        "was macht die zmi eigentlich und wozu",
        "Wer hilft mir? Wer denn?",
        "Wer bist du? Was kannst du?",
        "Kostet mich das was, wenn ich zwanzig Broschüren bestelle?",
    ],
)
def test_one_question_is_no_series(bot: Bot, said: str) -> None:
    first = bot.respond("c", said).paragraphs[0]
    assert not first.startswith(bot.line("in_turn", topics="").removesuffix(":"))


def test_after_a_series_the_last_question_is_asked_on(bot: Bot) -> None:
    bot.respond("c", "Seit wann gibt es die ZASTEX? Wer steht dahinter?")
    reply = bot.respond("c", "und die nummer?")
    assert reply.topics == ("zastex",)
    assert reply.contacts


def test_small_talk_in_a_letter_is_no_question(bot: Bot) -> None:
    reply = bot.respond(
        "c",
        "Guten Morgen, wie geht es Ihnen? Wir hatten hier eine unruhige Sitzung wegen der Straßenlaternen. "
        "Was kostet denn so ein Deeskalationstraining? Viele Grüße aus dem Rathaus",
    )
    assert reply.topics == ("asskomm",)
    assert "kostet" in _said(reply)
