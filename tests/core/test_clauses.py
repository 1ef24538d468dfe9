"""What a question opens with and what is denied are left out where something else is wanted."""

from __future__ import annotations

import pytest

from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.text import Utterance
from bot.understanding.clauses import Clauses


@pytest.fixture
def clauses(content: tuple[Knowledge, Model]) -> Clauses:
    knowledge, model = content
    return Clauses(model.lexicon, knowledge.vocabulary.signals["negation"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("keine Mails, sondern Briefe", "Briefe"),
        ("Das sind keine Mails, sondern Briefe", "Das sind Briefe"),
        ("Das ist geklärt. Keine Mails, sondern Briefe", "Das ist geklärt. Briefe"),
        ("keine Mails und keine Anrufe, sondern Briefe", "Briefe"),
        ("Es geht nicht um Mails und nicht ums Netz, sondern um Briefe", "Es geht um Briefe"),
        ("und wenn das im Briefkasten liegt statt im Netz?", "und wenn das im Briefkasten liegt ?"),
        ("statt Mails, Briefe", "Briefe"),
        ("statt dass einer kommt, reden alle", "statt dass einer kommt, reden alle"),
        ("nicht nur Mails, sondern auch Briefe", "nicht nur Mails, sondern auch Briefe"),
        ("kein Heft. Sondern", "kein Heft. Sondern"),
        ("Mails, sondern Briefe", "Mails, sondern Briefe"),
        ("keine Mails", "keine Mails"),
        ("nein ich meinte die Beratung, nicht das Heft", "nein ich meinte die Beratung,"),
        ("ich meinte die Beratung nicht das Heft", "ich meinte die Beratung"),
        ("nee nicht das Heft, die Beratung", "nee die Beratung"),
        ("nicht das Heft die Beratung", "die Beratung"),
        ("nein, keine Broschüre, eine Beratung", "nein, eine Beratung"),
        ("nicht das Heft", "nicht das Heft"),
        ("nein nicht per mail, ein brief", "nein ein brief"),
        ("nicht per Mail, per Post", "per Post"),
        ("nein, nicht auf dem Handy, im Briefkasten", "nein, im Briefkasten"),
        ("nicht per Brief, per Mail", "nicht per Brief, per Mail"),
        ("nicht mit mir", "nicht mit mir"),
        ("Das Heft will ich nicht, sondern die Beratung", "die Beratung"),
        ("Keine Mails, echte Briefe mit der Post", "echte Briefe mit der Post"),
        ("Nicht im Netz, nicht per Mail, mit Kreide vor der Tür", "mit Kreide vor der Tür"),
        ("Keine Mails und keine Briefe, Zettel am Auto", "Keine Mails und keine Briefe, Zettel am Auto"),
        ("Keine Mail, kein Brief, nichts", "Keine Mail, kein Brief, nichts"),
        ("nein, nicht das", "nein, nicht das"),
        ("nein, ich will nicht die Polizei rufen", "nein, ich will nicht die Polizei rufen"),
        ("ich traue mich nicht, das Haus zu verlassen", "ich traue mich nicht, das Haus zu verlassen"),
    ],
)
def test_what_is_denied_does_not_count(clauses: Clauses, text: str, kept: str) -> None:
    assert clauses.without_denied(Utterance.of(text)) == Utterance.of(kept)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Wir haben keine Nazis, wir haben bloß Streit im Rat", "wir haben bloß Streit im Rat"),
        ("Der ist nicht rechts, er ist auch kein Rocker. Er ist einfach nur laut", "Er ist einfach nur laut"),
        ("Ich bin nicht bedroht, alles gut, ich will nur vorbeugen", "ich will nur vorbeugen"),
        ("Wir haben Nazis im Ort, die sind nicht laut, bloß viele", None),
        ("Das ist nicht nur laut, auch gefährlich", None),
        ("Ich will nur das Heft, keine Beratung", None),
        ("Keine Mails, nur", None),
        ("Wir haben nur Streit im Rat", None),
    ],
)
def test_what_is_the_case_behind_denials_is_found(clauses: Clauses, text: str, told: str | None) -> None:
    assert clauses.behind_denials(Utterance.of(text)) == (None if told is None else Utterance.of(told))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Schade. Und schriftlich?", "Und schriftlich?"),
        ("ok super danke! und die mail?", "und die mail?"),
        ("Danke", "Danke"),
        ("Danke. Er steht vor der Tür", "Danke. Er steht vor der Tür"),
        ("Er ist weg. Wie ist die Nummer?", "Er ist weg. Wie ist die Nummer?"),
        ("", ""),
    ],
)
def test_what_a_question_opens_with_does_not_count(clauses: Clauses, text: str, part: str) -> None:
    assert clauses.asking_part(Utterance.of(text), last_only=False) == Utterance.of(part)


@pytest.mark.parametrize(
    ("text", "part"),
    [("Er ist weg. Wie ist die Nummer?", "Wie ist die Nummer?"), ("Er ist weg. Danke", "Er ist weg. Danke")],
)
def test_the_last_sentence_alone_counts_if_it_asks(clauses: Clauses, text: str, part: str) -> None:
    assert clauses.asking_part(Utterance.of(text), last_only=True) == Utterance.of(part)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hallo ich hab angst", "ich hab angst"),
        ("Guten Tag! Hallo, jemand droht mir", "jemand droht mir"),
        ("moin moin", "moin moin"),
        ("guten abend", "guten abend"),
        ("ich sage hallo", "ich sage hallo"),
        ("!", "!"),
        ("", ""),
    ],
)
def test_a_greeting_is_left_out_where_more_is_said(clauses: Clauses, text: str, kept: str) -> None:
    assert clauses.without_greeting(Utterance.of(text)).text == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Gibt es dort ein Telefon? Mit freundlichem Gruß, H. Seidel", "Gibt es dort ein Telefon?"),
        ("Was kostet das? MfG Lehmann, SB OA", "Was kostet das?"),
        ("was macht asskomm viele grüße", "was macht asskomm"),
        ("Was ist das? Hochachtungsvoll Dr. Meier, Bürgermeister", "Was ist das?"),
        ("MfG", "MfG"),
        ("Viele Grüße von der ZASTEX", "Viele Grüße von der ZASTEX"),
        (
            "Nur so viel. Mit freundlichen Grüßen kam der Brief auch noch an meine Frau",
            "Nur so viel. Mit freundlichen Grüßen kam der Brief auch noch an meine Frau",
        ),
        ("Guten Tag. Viele Grüße, wo ist die ZMI?", "Guten Tag. Viele Grüße, wo ist die ZMI?"),
        ("", ""),
    ],
)
def test_what_a_letter_closes_with_is_left_out(clauses: Clauses, text: str, kept: str) -> None:
    assert clauses.without_closing(Utterance.of(text)).text == kept


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("und die vom Gesundheitsamt?", 3),
        ("und die von der Sparkasse", 4),
        ("und unser Bauhof auch", 2),
        ("und die Sparkasse, wann hat die auf", 2),
        ("und die Stelle fürs Internet", None),
        ("die Post?", None),
        ("und wann?", None),
        ("und die", None),
        ("und die vom", None),
        ("und die?", None),
        ("und", None),
        ("", None),
    ],
)
def test_what_is_put_beside_what_was_spoken_of(clauses: Clauses, text: str, place: int | None) -> None:
    assert clauses.thing_added(Utterance.of(text)) == place
