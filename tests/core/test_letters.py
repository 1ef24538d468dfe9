"""The one question in a long letter is answered, wherever it stands."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Aspect, Outcome

BEFORE = (
    "Sehr geehrte Damen und Herren, wir sind eine kleine Gemeinde mit 900 Einwohnern. Im Sommer war Dorffest, alles lief gut. ",
    "Guten Morgen, hier schreibt der Ortsvorsteher. Bei uns regnet es seit Tagen, und der Kämmerer ist im Urlaub. ",
)
AFTER = (
    " Meine Frau hat davon gelesen und meinte, ich soll mal fragen. Ansonsten ist hier alles ruhig. Herzliche Grüße",
    " Wir haben am Donnerstag wieder Sitzung, da wollte ich es vorlegen. Vielen Dank für Ihre Mühe, Heinz Muster",
)


@pytest.mark.parametrize(
    ("asked", "topic", "aspect"),
    [
        ("Wie lautet die Telefonnummer der ZASTEX?", "zastex", Aspect.CONTACT),
        ("Was kostet die Sicherheitsanalyse von ASSKomm?", "asskomm", Aspect.SERVICES),
        ("Seit wann gibt es eigentlich die ZASTEX?", "zastex", Aspect.OVERVIEW),
    ],
)
def test_the_question_in_the_middle_is_answered(bot: Bot, asked: str, topic: str, aspect: Aspect) -> None:
    for before in BEFORE:
        for after in AFTER:
            reply = bot.respond(before + after, before + asked + after)
            assert (reply.topics, reply.aspect) == ((topic,), aspect), before + asked + after


def test_danger_in_a_letter_is_not_left_out(bot: Bot) -> None:
    said = (
        f"{BEFORE[0]}Gerade schlägt jemand mit einer Axt unsere Haustür ein und brüllt, er bringt uns um. "
        f"Wie lautet die Nummer der ZASTEX?{AFTER[0]}"
    )
    assert bot.respond("c", said).outcome is Outcome.EMERGENCY
