"""Figures of speech and cries over trifles are no danger; words that are danger only together are."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.layout import DANGER, INJURY
from bot.matching.model import Model
from bot.reading.patterns import Patterns
from bot.reply import Outcome
from bot.safety.compounds import Compounds
from bot.safety.distance import Distance
from bot.safety.figures import Figures
from bot.text import Utterance, fold


@pytest.fixture(scope="module")
def figures(content: tuple[Knowledge, Model]) -> Figures:
    return Distance(content[0].safety).figures


@pytest.fixture(scope="module")
def compounds(content: tuple[Knowledge, Model]) -> Compounds:
    return Compounds(content[0].safety)


def folded(text: str) -> list[str]:
    return fold(text).split()


@pytest.mark.parametrize(
    ("text", "beside", "is_certain"),
    [
        ("ich steh auf dem Schlauch bei dem Formular", "ich steh bei dem Formular", True),
        ("bei uns brennt die Hütte, morgen ist Abgabe", "bei uns , morgen ist Abgabe", False),
    ],
)
def test_what_is_told_beside_a_figure(figures: Figures, text: str, beside: str, is_certain: bool) -> None:
    found = figures.beside(Utterance.of(text))
    assert found is not None
    assert " ".join(found.told.text.split()) == beside
    assert found.is_certain is is_certain
    assert not found.is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "die Hütte brennt",
        "die Hütte brennt, wo bleibt denn bloß die Feuerwehr",
        "hier ist ein Messer",
        "Notfall! Eine Frau krampft im Foyer",
    ],
)
def test_what_may_be_meant_as_it_is_said_is_no_figure(figures: Figures, text: str) -> None:
    assert not figures.places(folded(text))
    assert figures.beside(Utterance.of(text)) is None


def test_a_cry_over_a_trifle_is_none(figures: Figures) -> None:
    assert figures.places(folded("Notfall, der Caterer hat abgesagt")) == {0}
    assert not figures.places(folded("Notfall, der Caterer hat abgesagt und braucht einen Arzt"))


@pytest.mark.parametrize(
    "text",
    [
        "Bei uns brennt die Hütte, in drei Tagen ist Abgabe und der Kämmerer auf Kur",
        "Notfall! Die Moderatorin hat abgesagt, wen nehmen wir?",
        "In die Parkbank hat wer ein Hakenkreuz gebrannt",
        "Das neue Programm? Da steh ich auf dem Schlauch",
        "mein Herz blutet, wenn ich den Park seh",
        "mir blutet das Herz",
        "Vor drei Wochen ist im Saal jemand zusammengebrochen, wir wollen jetzt einen Defi beschaffen",
    ],
)
def test_a_figure_alarms_nobody(bot: Bot, text: str) -> None:
    assert bot.respond(None, text).outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "Die Hütte brennt!",
        "Hier brennt die Hütte, alles voller Qualm bis zum Dach",
        "Ich steh auf dem Schlauch, und vor mir liegt einer und atmet nicht",
        "Er droht nicht nur, er hat schon zugestochen",
        "Notfall, Drucker explodiert, Kollege verletzt",
        "In die Hand hat er ihr eine Zigarette gebrannt und jetzt würgt er sie",
    ],
)
def test_danger_beside_a_figure_is_heard(bot: Bot, text: str) -> None:
    assert bot.respond(None, text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("der Lehrling hat Rohrreiniger getrunken", INJURY),
        ("in der Halle ist Chlorgas, alle husten", INJURY),
        ("meine Kollegin wird mit einer Schere bedroht", DANGER),
        ("wo kauft man Rohrreiniger", None),
        ("der Praktikant hat Wasser getrunken", None),
    ],
)
def test_words_that_are_danger_together(compounds: Compounds, text: str, kind: str | None) -> None:
    signs = {identity for identity, _, _ in Patterns(compounds.first).scan(folded(text))}
    assert compounds.kind(signs, folded(text)) == kind


@pytest.mark.parametrize(
    "text",
    [
        "bei der Übung hat einer Rohrreiniger getrunken",
        "letzte Woche hat der Lehrling Rohrreiniger getrunken",
        "wer haftet, wenn einer Rohrreiniger getrunken hat",
    ],
)
def test_words_together_are_not_heard_behind_a_frame(bot: Bot, text: str) -> None:
    assert "Festes Zeichen" not in "".join(bot.explain(text))
