"""Spelling variants fold alike, no string is too odd to be read, and where a clause ends is the same for every rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import grammar
from bot.text import LONGEST, Utterance, clean, fold, folded_words, last_start, spoken


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
    assert Utterance.of("Hilfe!! Wo?").folded == ("hilfe", "!", "!", "wo", "?")


def test_signs_and_empty_places_are_not_spoken() -> None:
    assert spoken(["asskomm", "", "!", "wo", "?"]) == ["asskomm", "wo"]
    assert spoken(["?", "!"]) == []


def test_words_know_their_place() -> None:
    text = "Die Größe zählt"
    assert [text[word.start : word.end] for word in Utterance.of(text).words] == ["Die", "Größe", "zählt"]


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
    utterance = Utterance.of(cleaned)
    assert utterance == Utterance.of(cleaned, folded_words([cleaned])[0])
    assert utterance.folded == tuple(word.folded for word in utterance.words)
    for word in utterance.folded:
        assert word
        assert " " not in word


@given(
    st.lists(
        st.sampled_from(["Straße", "ist ", "?", ". ", "ﬁ", "ΐ", "Grüße"]) | st.text(max_size=4), max_size=8
    )
)
def test_a_part_has_the_words_that_it_has_in_the_whole(pieces: list[str]) -> None:
    whole = Utterance.of(clean("".join(pieces)))
    folded = whole.folded
    for place in range(len(folded)):
        assert whole.before(place).folded == folded[:place]
        assert whole.since(place).folded == folded[place:]
        assert whole.part(place, place + 1).folded == folded[place : place + 1]
        assert whole.part(0, place + 1).folded == folded[: place + 1]


def test_what_is_said_beside_some_words() -> None:
    utterance = Utterance.of("er ist weg, wo ist das Heft")
    assert utterance.without(0, 3) == Utterance.of(", wo ist das Heft")
    assert utterance.without(3, 7) == Utterance.of("er ist weg, ")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("er ist weg", 0, 3),
        ("hallo. er ist weg", 1, 4),
        ("wo? er ist weg! danke", 2, 6),
        ("gut: er ist weg, danke", 1, 5),
        ("gut, er ist weg.", 0, 4),
    ],
)
def test_where_a_sentence_starts_and_ends(text: str, start: int, end: int) -> None:
    utterance = Utterance.of(text)
    place = utterance.folded.index("weg")
    assert (utterance.sentence_start(place), utterance.sentence_end(place)) == (start, end)


def test_the_last_sentence() -> None:
    assert Utterance.of("er ist weg. wo ist das Heft?").last_start() == 3
    assert Utterance.of("er ist weg").last_start() == 0
    assert Utterance.of("").last_start() == 0


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_the_end_of_a_text_stays_also_if_composing_lengthens_it() -> None:
    assert clean("…" * 3_900 + " wo melde ich das?").endswith("wo melde ich das?")


def clause_of(text: str, word: str, joints: frozenset[str] = grammar.JOINING) -> str:
    """Return the part of ``text`` that the clause of ``word`` covers."""
    utterance = Utterance.of(text)
    place = [text[hit.start : hit.end] for hit in utterance.words].index(word)
    return utterance.part(*utterance.clause(place, place + 1, joints)).text


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("er ist weg", "er ist weg"),
        ("keine Sorge, er ist weg", "er ist weg"),
        ("er ist weg und ich bin hier", "er ist weg"),
        ("ich bin hier, aber er ist weg (glaube ich)", "er ist weg"),
        ("Ist er hier? er ist weg! Wirklich", "er ist weg!"),
        ("gut – er ist weg - danke", "er ist weg"),
        ("der Ex-Freund ist weg", "der Ex-Freund ist weg"),
        ("weg", "weg"),
    ],
)
def test_a_clause_ends_at_signs_and_joining_words(text: str, clause: str) -> None:
    assert clause_of(text, "weg") == clause


def test_every_clause_with_its_closing_sign() -> None:
    utterance = Utterance.of("Er kommt, sie geht! Und wer (der Rat?) hilft")
    parts = [utterance.folded[start:end] for start, end in utterance.clauses()]
    assert parts == [("er", "komt"), ("sie", "geht", "!"), ("und", "wer"), ("der", "rat", "?"), ("hilft",)]
    assert [place for place in range(1, len(utterance.words) + 1) if utterance.ends_clause(place)] == [
        *(2, 4, 5, 7, 9, 10, 11)
    ]
    assert Utterance.of("").clauses() == []


def test_other_words_may_join_as_well() -> None:
    assert (
        clause_of("nicht das Heft sondern das Training", "Heft", frozenset(["sondern"])) == "nicht das Heft"
    )
    assert clause_of("nicht das Heft sondern das Training", "Heft", frozenset()).endswith("Training")


def test_a_clause_ends_somewhere_in_endless_talk() -> None:
    start, end = Utterance.of("zastex " * 500).clause(250, 251)
    assert 0 < start < 250 < end < 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nur einer",
        "Hallo. Und die Nummer?",
        "Was kostet das? Und wie lange dauert es? Danke",
        "Hilfe! Es brennt",
        "z. B. am 3. Mai, dann nicht",
        "eins\nzwei\ndrei",
        "da da. da da da: da",
        "ß. ﬁ? ¼ – ende",
    ],
)
def test_the_last_sentence_begins_where_that_of_an_utterance_does(text: str) -> None:
    cleaned = clean(text)
    assert last_start(cleaned, folded_words([cleaned])[0]) == Utterance.of(cleaned).last_start()


@given(st.text(max_size=60))
def test_the_last_sentence_of_any_text(text: str) -> None:
    cleaned = clean(text)
    assert last_start(cleaned, folded_words([cleaned])[0]) == Utterance.of(cleaned).last_start()
