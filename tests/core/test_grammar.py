"""The words that rules rely on."""

from __future__ import annotations

import pytest

from bot import grammar
from bot.text import fold, fold_word


def test_the_words_are_folded() -> None:
    sets = [value for name, value in vars(grammar).items() if name.isupper() and not isinstance(value, int)]
    spelt = [word for value in sets for word in ([value] if isinstance(value, str) else value)]
    assert spelt
    assert all(word == fold_word(word) for word in spelt)


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
    assert grammar.counts_times(fold(text).split()) is counts
