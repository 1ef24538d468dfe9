"""Spelling variants fold alike, and no string is too odd to be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import LONGEST, clean, fold, spoken, words


@pytest.mark.parametrize(
    "variants",
    [
        ("Straße", "STRASSE", "strasse", "Strase"),
        ("Bürgermeister", "Buergermeister", "burgermeister", "BÜRGERMEISTER", "Bu\u0308rgermeister"),
        ("Z\u200bA\u200bS\u200bT\u200bE\u200bX", "zastex", "ＺＡＳＴＥＸ"),
        ("Fördermittel", "Foerdermittel", "fordermitel"),
    ],
)
def test_variants_fold_alike(variants: tuple[str, ...]) -> None:
    assert len({fold(clean(variant)) for variant in variants}) == 1


def test_question_and_exclamation_marks_are_words() -> None:
    assert [word.folded for word in words("Hilfe!! Wo?")] == ["hilfe", "!", "!", "wo", "?"]


def test_signs_and_empty_places_are_not_spoken() -> None:
    assert spoken(["asskomm", "", "!", "wo", "?"]) == ["asskomm", "wo"]
    assert spoken(["?", "!"]) == []


def test_words_know_their_place() -> None:
    text = "Die Größe zählt"
    assert [text[word.start : word.end] for word in words(text)] == ["Die", "Größe", "zählt"]


def test_long_text_keeps_head_and_tail() -> None:
    text = clean("Anfang " + "x" * 1_000_000 + " Ende")
    assert len(text) <= LONGEST
    assert text.startswith("Anfang")
    assert text.endswith("Ende")


@given(st.text(alphabet=st.characters()))
def test_any_string_is_read(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST
    cleaned.encode("utf-8")
    for word in words(cleaned):
        assert word.folded
        assert " " not in word.folded


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_the_end_of_a_text_stays_also_if_composing_lengthens_it() -> None:
    assert clean("…" * 3_900 + " wo melde ich das?").endswith("wo melde ich das?")
