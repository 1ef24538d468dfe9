"""Names are found joined, split, inflected and misspelt; good German words are left alone."""

from __future__ import annotations

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reading.names import Stance
from bot.text import Utterance, clean


@pytest.fixture
def found(content: tuple[Knowledge, Model]):  # type: ignore[no-untyped-def]
    def find(text: str) -> list[tuple[str, Stance]]:
        return [(hit.topic, hit.stance) for hit in content[1].read(Utterance.of(clean(text))).names]

    return find


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("ZASTEX", "zastex"),
        ("zastecks", "zastex"),
        ("Z A S T E X", "zastex"),
        ("Z.A.S.T.E.X.", "zastex"),
        ("zastexnummer", "zastex"),
        ("der Zastex ihre Nummer", "zastex"),
        ("asscom", "asskomm"),
        ("ass komm", "asskomm"),
        ("AssKomm-Team", "asskomm"),
        ("Sicherheits Leitfaden", "sicherheitsleitfaden"),
        ("sicherheitsleidfaden", "sicherheitsleitfaden"),
        ("des Leitfadens", "sicherheitsleitfaden"),
        ("zmi", "zmi"),
        ("experten netzwerk", "expertennetzwerk"),
        ("Expertennetzwek", "expertennetzwerk"),
        ("EN Rex", "expertennetzwerk"),
        ("LPR", "asskomm"),
        ("zasdegs", "zastex"),
        ("zasteggs nummer", "zastex"),
        ("Schbärtennätzwerk mehl", "expertennetzwerk"),
        ("opfaschdelle", "zastex"),
        ("zet em i", "zmi"),
        ("was macht die tsett emm ie", "zmi"),
        ("el de es adresse", "expertennetzwerk"),
        ("el pe er", "asskomm"),
    ],
)
def test_name_is_found(found, text: str, topic: str) -> None:  # type: ignore[no-untyped-def]
    assert [name for name, _ in found(text)] == [topic]


@pytest.mark.parametrize(
    "text",
    [
        "Landtagsfraktion",
        "Sicherheitsfaktoren und Sicherheitsmaßnahmen",
        "er es de wir",
        "Sicherheitsgurt",
        "Leitplanke",
        "Leitung",
        "Kommode",
        "zum",
        "Expertise",
        "Postamt",
        "Zaster",
        "Netzwerkkabel",
    ],
)
def test_good_words_are_no_names(found, text: str) -> None:  # type: ignore[no-untyped-def]
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "stances"),
    [
        ("nicht die ZASTEX, sondern der Leitfaden", [Stance.NEGATED, Stance.MEANT]),
        ("kein Leitfaden bitte", [Stance.NEGATED]),
        ("Die ZASTEX ist nicht gemeint, die ZMI schon", [Stance.MEANT, Stance.MEANT]),
        ("bei der ZASTEX hab ich schon angerufen, jetzt die ZMI", [Stance.DONE, Stance.MEANT]),
        ("statt ZMI lieber ZASTEX", [Stance.NEGATED, Stance.MEANT]),
        ("nicht ASSKomm lieber Leitfaden", [Stance.NEGATED, Stance.MEANT]),
        ("keinen Leitfaden die Meldestelle ZMI", [Stance.NEGATED, Stance.MEANT]),
        ("ohne ZMI ASSKomm", [Stance.NEGATED, Stance.MEANT]),
        ("nicht ZMI oder ASSKomm", [Stance.NEGATED, Stance.NEGATED]),
        ("weder Leitfaden noch ZASTEX", [Stance.NEGATED, Stance.NEGATED]),
        ("wir brauchen weder die ZASTEX noch die ZMI noch das ASSKomm", [Stance.NEGATED] * 3),
        ("weder die ZASTEX, noch was ist die ZMI", [Stance.NEGATED, Stance.MEANT]),
        ("keine ASSKomm LPR", [Stance.NEGATED, Stance.NEGATED]),
        ("nicht lieber die ZMI", [Stance.MEANT]),
        ("lieber nicht die ZMI", [Stance.NEGATED]),
        ("die ZMI hab ich eher die ZASTEX", [Stance.DONE, Stance.MEANT]),
        ("ZASTEX-Nummer hab ich, ZMI-Link fehlt", [Stance.DONE, Stance.MEANT]),
        ("zum Leitfaden hab ich eine Frage, ist die ZASTEX da", [Stance.MEANT, Stance.MEANT]),
        ("ZMI kapier ich, ZASTEX nicht", [Stance.DONE, Stance.MEANT]),
        ("ZMI kapier ich, ZASTEX nein", [Stance.DONE, Stance.NEGATED]),
        ("wir kennen die ZASTEX nicht", [Stance.MEANT]),
        ("ich finde den Leitfaden nicht, wo gibt es den", [Stance.MEANT]),
        ("ich will die ZASTEX nicht", [Stance.NEGATED]),
        ("die ZASTEX brauche ich nicht, eher die ZMI", [Stance.DONE, Stance.MEANT]),
        ("ich habe die ZASTEX noch nicht angerufen, wie geht das", [Stance.MEANT]),
    ],
)
def test_stance_is_read(found, text: str, stances: list[Stance]) -> None:  # type: ignore[no-untyped-def]
    assert [stance for _, stance in found(text)] == stances


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Kein Problem! ZASTEX?", Stance.MEANT),
        ("Wieso nicht? ZASTEX Nummer", Stance.MEANT),
        ("ZASTEX nicht!", Stance.NEGATED),
        ("ZASTEX nicht.", Stance.NEGATED),
        ("Zastex hab ich schon! Und jetzt?", Stance.DONE),
    ],
)
def test_marks_end_a_clause(found, text: str, stance: Stance) -> None:  # type: ignore[no-untyped-def]
    assert found(text) == [("zastex", stance)]
