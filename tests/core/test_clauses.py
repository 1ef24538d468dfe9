"""What is denied is left out where the text says also what is wanted instead."""

from __future__ import annotations

import pytest

from bot.clauses import Clauses
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.text import words


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
        ("nein ich meinte die Beratung, nicht das Heft", "nein ich meinte die Beratung,"),
        ("ich meinte die Beratung nicht das Heft", "ich meinte die Beratung"),
        ("nee nicht das Heft, die Beratung", "nee die Beratung"),
        ("nicht das Heft die Beratung", "die Beratung"),
        ("nein, keine Broschüre, eine Beratung", "nein, eine Beratung"),
        ("nicht das Heft", "nicht das Heft"),
        ("nein, nicht das", "nein, nicht das"),
        ("nein, ich will nicht die Polizei rufen", "nein, ich will nicht die Polizei rufen"),
        ("ich traue mich nicht, das Haus zu verlassen", "ich traue mich nicht, das Haus zu verlassen"),
    ],
)
def test_what_is_denied_does_not_count(content: tuple[Knowledge, Model], text: str, kept: str) -> None:
    knowledge, model = content
    clauses = Clauses(model.lexicon, knowledge.vocabulary.signals["negation"])
    assert clauses.without_denied(text, words(text)) == (kept, words(kept))
