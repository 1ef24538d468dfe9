"""A line is read for learning as an utterance is read for judging."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.reading.reader import Reader
from bot.text import Utterance, clean, folded_words

PIECES = (
    "zastex",
    "z a s t e x",
    "Meldestele",
    "wie lautet die Nummer",
    "telefon",
    "Drohmail",
    "im Netz beschimpft",
    "an",
    "sich",
    "straße",
    ".",
    "!",
    "?",
    "\n",
    "漢",
    "²",
    "kostet das was",
    "per Mail",
)


@pytest.fixture(scope="module")
def reader(whole: Knowledge) -> Reader:
    known = {word for line in whole.lines[::7] for word in folded_words([clean(line.text)])[0]}
    fresh = Reader(whole, known, known)
    fresh.prepare(known)
    return fresh


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8))
@example(["Die ZMI nicht", ".", "Wo ist die", "zastex", "?"])
def test_a_line_has_the_features_of_an_utterance(reader: Reader, pieces: list[str]) -> None:
    text = clean(" ".join(pieces))
    reading = reader.read(Utterance.of(text))
    written, named = reader.features_of(text, folded_words([text])[0])
    assert [*written] == reading.written
    assert [*named] == reading.named_features


def test_the_lines_of_the_content_too(reader: Reader, whole: Knowledge) -> None:
    texts = [clean(line.text) for line in whole.lines[::23]]
    for text, folded in zip(texts, folded_words(texts), strict=True):
        reading = reader.read(Utterance.of(text))
        assert reader.features_of(text, folded) == (reading.written, reading.named_features)
