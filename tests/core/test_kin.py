"""Words that no line contains count for those that they are spelt like."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.matching import features, places, weighing
from bot.matching.kin import BEGINNING_LENGTHS, Kin
from bot.matching.rows import Floats

LINES = [
    ["wecker", "einschalten", "?"],
    ["bitte", "weckrufe", "ausschalten"],
    ["radio", "ausschalten", "radio"],
]
KNOWN = frozenset(word for line in LINES for word in line)
TEXTS = st.lists(st.sampled_from([*KNOWN, "weckers", "schalten", "radios", "xy", "?"]), max_size=8)


def place(word: str) -> int:
    """Return the place of a whole word."""
    return places.of_word(word)[0][-1]


def shares(word: str) -> dict[int, float]:
    places, counts = Kin(KNOWN).of(word)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))


def test_an_inflected_word_counts_for_the_known_one() -> None:
    found = shares("weckers")
    assert 0.5 < found[place("wecker")] < 1
    assert found[place("wecker")] > found.get(place("weckrufe"), 0)
    assert place("radio") not in found


def test_a_word_is_not_its_own_kin() -> None:
    found = shares("ausschalten")
    assert place("ausschalten") not in found
    assert place("einschalten") in found


def test_words_that_begin_alike_share_a_feature() -> None:
    assert set(shares("radiologie")) & set(shares("radios"))
    assert shares("radioempfang").keys() & shares("radio").keys()


@pytest.mark.parametrize("word", ["", "a", "xyz", "漢"])
def test_a_strange_or_short_word_has_no_kin(word: str) -> None:
    begins = len(BEGINNING_LENGTHS)
    assert len(Kin(KNOWN).of(word)[0]) == begins
    assert len(Kin([]).of(word)[0]) == begins


def test_where_a_word_stands_first_or_last_is_told() -> None:
    kin = Kin(KNOWN)
    forward, backward = (set(kin.counted(text)[0].tolist()) for text in (["radio", "xy"], ["xy", "radio"]))
    assert len(forward ^ backward) == 4
    assert not len(kin.counted([])[0])


@cache
def in_use() -> tuple[NDArray[np.int32], Floats]:
    """Return the places of ``LINES`` in use and their rarity: counting visits half a million places."""
    return weighing.in_use(Kin(KNOWN).added(features.extract(LINES, [()] * 3), LINES))


@given(TEXTS)
def test_a_question_has_the_features_that_a_line_would_have(text: list[str]) -> None:
    kin = Kin(KNOWN)
    used, rarity = in_use()
    line = kin.added(features.extract([text], [()]), [text])
    wanted = weighing.Weighed(line, used, rarity).all()
    found = features.Extractor(used, rarity, KNOWN, kin.counted).row(text, ())
    assert found.places.tolist() == wanted.places.tolist() or not text
    assert found.values == pytest.approx(wanted.values, abs=1e-4) or not text


def test_a_share_below_one_weighs_what_it_is() -> None:
    keys, counts = features.summed(np.array([5, 3, 5, 3, 8]), np.array([0.2, 1.0, 0.3, 1.0, 1.0]))
    assert keys.tolist() == [3, 5, 8]
    assert 1 + np.log(counts) == pytest.approx([1 + np.log(2), 0.5, 1.0])


def test_what_was_asked_is_not_kept() -> None:
    kin = Kin(KNOWN)
    assert kin.of("radio") is kin.of("radio")
    assert kin.of("geheim") is not kin.of("geheim")
