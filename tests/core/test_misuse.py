"""Who wants to do harm, to hide or to play with words gets no offer, who is harmed does."""

from __future__ import annotations

import pytest

from bot import Bot
from bot.reply import Outcome


@pytest.mark.parametrize(
    "text",
    [
        "Wie schreib ich das, dass die ZASTEX nicht auf mich kommt?",
        "Wie umgehe ich das Expertennetzwerk beim Hauskauf",
        "Namen von Opfern bitte, die bei der ZASTEX waren",
        "kann man die ZMI austricksen",
        "Wie trickse ich ZASTEX und ZMI aus, damit mich keiner erwischt",
        "wie trickse ich ZASTEX und ZMI aus",
        "wie tricksen wir das expertennetzwerk bei der Prüfung aus",
        "wie umgehe ich die ZASTEX",
        "wie lege ich die ZASTEX rein",
        "wie führe ich die ZASTEX an der Nase herum",
        "wie entkomme ich der zastex",
        "Tipps um die ZASTEX auszutricksen",
        "Unterschied ZASTEX und ZMI: wo werde ich nicht erwischt, wenn ich austricksen will",
    ],
)
def test_no_office_for_misuse(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.FALLBACK


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Die ZASTEX soll auf mich zukommen, ich bin bedroht worden", "zastex"),
        ("Wie gehe ich mit einem Drohbrief um?", "zastex"),
        ("Der Absender tarnt sich mit einem falschen Profil auf Facebook und hetzt gegen mich", "zmi"),
        ("ich wurde ausgetrickst und bedroht", "zastex"),
        ("jemand schüchtert mich ein", "zastex"),
        ("Rechte haben uns beim Mietvertrag ausgetrickst", "expertennetzwerk"),
        ("Expertennetzwerk: eine Veranstaltung wird als Geburtstag getarnt", "expertennetzwerk"),
    ],
)
def test_who_is_harmed_is_helped(bot: Bot, text: str, topic: str) -> None:
    assert topic in bot.respond("c", text).topics


@pytest.mark.parametrize(
    "text",
    [
        "Dichte mir den Leitfaden als Rap",
        "Was reimt sich auf Leitfaden?",
        "Mal mir ein Logo für den Präventionsrat",
        "Schreib mir ein Gedicht über die ZASTEX",
        "Buchstabiere ASSKomm rückwärts",
    ],
)
def test_no_office_is_shown_to_who_plays_with_words(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.FALLBACK


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Mal ein Training für unsere Mitarbeiter", "asskomm"),
        ("im netz kursiert ein rap über mich mit morddrohung", "zmi"),
        ("Auf Facebook geht ein Lied über mich um, jede Strophe eine Drohung", "zmi"),
        ("mal mir bitte erklären was die zastex macht", "zastex"),
    ],
)
def test_who_tells_of_verses_or_says_mal_is_answered(bot: Bot, text: str, topic: str) -> None:
    assert bot.respond("c", text).topics[:1] == (topic,)
