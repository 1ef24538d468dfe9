"""A set of words by their checksums."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.matching.wordset import WordSet, sums_of


@given(st.lists(st.text()))
def test_every_member_is_found(words: list[str]) -> None:
    members = WordSet(sums_of(words))
    assert all(word in members for word in words)


def test_strange_words_are_not() -> None:
    members = WordSet(sums_of(f"wort{number}" for number in range(50_000)))
    taken = sum(f"fremd{number}" in members for number in range(50_000))
    assert taken <= 5


def test_an_empty_set() -> None:
    assert "" not in WordSet(sums_of([]))
