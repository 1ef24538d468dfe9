"""Where a clause ends is the same for every rule that asks."""

from __future__ import annotations

import pytest

from bot import grammar
from bot.text import fold_word, words


def clause_of(text: str, word: str, joints: frozenset[str] = grammar.JOINING) -> str:
    """Return the part of ``text`` that the clause of ``word`` covers."""
    found = words(text)
    place = [text[hit.start : hit.end] for hit in found].index(word)
    start, end = grammar.clause(text, found, place, place + 1, joints)
    return text[found[start].start : found[end - 1].end]


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


def test_other_words_may_join_as_well() -> None:
    assert (
        clause_of("nicht das Heft sondern das Training", "Heft", frozenset(["sondern"])) == "nicht das Heft"
    )
    assert clause_of("nicht das Heft sondern das Training", "Heft", frozenset()).endswith("Training")


def test_the_words_are_folded() -> None:
    sets = [value for name, value in vars(grammar).items() if name.isupper() and not isinstance(value, int)]
    spelt = [word for value in sets for word in ([value] if isinstance(value, str) else value)]
    assert spelt
    assert all(word == fold_word(word) for word in spelt)


def test_a_clause_ends_somewhere_in_endless_talk() -> None:
    text = "zastex " * 500
    found = words(text)
    start, end = grammar.clause(text, found, 250, 251, frozenset())
    assert 0 < start < 250 < end < 500


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("schon das dritte Mal", True),
        ("zum 2. Mal", True),
        ("das ist jetzt beim zweiten Mal passiert", True),
        ("die zweite mal", False),
        ("das zweite", False),
        ("zeig mir das zweite mal", False),
        ("das 2. mal bitte", False),
        ("nimm mal das dritte", False),
    ],
)
def test_how_often_something_happened_is_no_place_in_a_list(text: str, counts: bool) -> None:
    assert grammar.counts_times([word.folded for word in words(text)]) is counts
