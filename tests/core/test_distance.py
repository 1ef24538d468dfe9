"""What is past, rehearsed, imagined or said of a thing is told from danger here and now."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.distance import Distance
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Outcome
from bot.text import words


@pytest.fixture(scope="module")
def distance(content: tuple[Knowledge, Model]) -> Distance:
    return Distance(content[0].safety)


def folded(text: str) -> list[str]:
    return [word.folded for word in words(text)]


@pytest.mark.parametrize(
    "text",
    [
        "letzte Woche hat er mich angeschrien",
        "2019 hat mich einer geschlagen",
        "im Jahr 2019 hat mich einer geschlagen",
        "im Krimi ersticht er den Landrat",
        "bei der Übung lag einer auf dem Boden",
        "angenommen einer zieht ein Messer",
        "was tun, wenn jemand mit einer Waffe kommt",
        "unter dem Beitrag schreibt einer, ich soll brennen",
        "ich hab geträumt dass es brennt",
    ],
)
def test_a_frame_makes_it_distant(distance: Distance, text: str) -> None:
    assert distance.is_distant(folded(text))


@pytest.mark.parametrize(
    "text",
    [
        "er steht mit einem Messer vor mir",
        "letzte Woche kam ein Brief, jetzt steht er vor der Tür",
        "seit gestern liegt er auf dem Boden",
        "die Typen von gestern kommen den Weg hoch",
        "das ist kein Film, er hat eine Waffe",
        "keine Übung, hier brennt es",
        "das ist wie im Film hier schießt einer",
        "Bombe im Raum 2010",
        "2000 Euro oder er sticht zu",
        "neulich ging er wieder, heut tritt er die Tür ein",
    ],
)
def test_what_is_happening_is_near(distance: Distance, text: str) -> None:
    assert not distance.is_distant(folded(text))


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("mein Handy ist gleich tot, schnell", "tot"),
        ("der Drucker ist gestorben", "gestorben"),
        ("mein Mann ist tot, das Handy ist hier", ""),
        ("mein Kollege ist zusammengebrochen", ""),
        ("der Kollege ist am Drucker zusammengebrochen", ""),
        ("der Mann am Telefon stirbt", ""),
        ("die Frau an der Tastatur ist tot", ""),
    ],
)
def test_a_thing_fails_within_its_clause(distance: Distance, text: str, failing: str) -> None:
    found = words(text)
    hits = distance.failures(text, found)
    assert " ".join(found[hit.start].folded for hit in hits) == failing


def test_a_long_story_is_not_judged_by_one_frame(distance: Distance) -> None:
    text = "im Krimi " + "und dann geschah wieder etwas anderes " * 5
    found = words(text)
    assert distance.is_distant([word.folded for word in found])
    assert not distance.is_of_message(text, found, (), is_own=False)


@pytest.mark.parametrize(
    "text",
    [
        "mein handy ist gleich tot, kannst du mir die nummer schnell geben",
        "das mikrofon würgt mich in der sitzung immer ab",
        "im krimi von gestern ersticht der täter den landrat",
        "als ich noch im amt war, kam mal einer mit der axt in mein büro",
        "was sollen wir machen falls mal jemand mit einer waffe ins rathaus kommt",
        "letzte woche hat er mich angeschrien, er bringt mich um",
        "haben die von der zmi ein büro",
    ],
)
def test_no_alarm_is_raised_by_what_is_distant(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "das ist kein krimi, der hält der kassiererin ein messer an den hals",
        "bei der übung ist ein kamerad vom dach gestürzt und rührt sich nicht",
        "letzte woche war es nur ein brief, jetzt sind sie mit schlagstöcken im hof",
        "gestern stand ich auf der brücke und wollte springen",
        "der serverraum brennt, aus der tür kommen flammen",
        "mein handy ist gleich leer und er steht mit dem messer in der küche",
        "ist die zastex für sowas da, grad kommen die mit knüppeln die treppe hoch",
        "Zimmer 1999 Amok",
        "er hat eine Waffe und will 2000 Euro",
        "mein Mann ist um 8 Uhr zusammengebrochen",
        "mein Mann liegt tot im Auto",
        "die Kollegin an der Kasse ist zusammengebrochen",
        "das Auto explodiert",
        "ich möchte tot sein wegen der kommentare auf meiner seite",
        "ich wäre lieber tot als weiter mit dem Projekt",
        "mein Hund greift mich an und mein Handy ist tot",
        "mein Ex den ich angezeigt habe bricht die Tür auf",
        "Mann mit Axt im Rathaus, war früher Mitarbeiter",
        "wer darf denn jetzt kommen, mein Mann blutet",
        "wenn ein Krankenwagen nicht gleich kommt stirbt sie",
        "ich habe anzeige erstattet, er steht trotzdem mit dem messer vor mir",
    ],
)
def test_danger_is_heard_beside_such_words(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
