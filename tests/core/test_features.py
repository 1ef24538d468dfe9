"""A question is turned into features exactly as the lines that were learned from."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.knowledge import Knowledge
from bot.matching import features, places, weighing
from bot.matching.model import Model
from bot.matching.rows import Floats, Rows
from bot.text import Utterance, clean, fold, remembering

WORDS = st.lists(st.text("abcdeäß9?漢", min_size=1, max_size=12), max_size=12)
LINES = [["wo", "ist", "die", "zastex", "?"], ["drohmail", "drohmail", "ananas"], ["ananas"]]
NAMED = [["ask:phone", "end:zastex"], [], ["concept:fruit"]]


def extractor_of(used: NDArray[np.int32], rarity: Floats) -> features.Extractor:
    return features.Extractor(used, rarity, {"die", "zastex", "ananas"})


@cache
def counted() -> tuple[Rows, NDArray[np.int32], Floats]:
    """Return the rows of ``LINES``, the places in use and their rarity: counting visits half a million places."""
    rows = features.extract(LINES, [[places.name_place(name) for name in names] for names in NAMED])
    return rows, *weighing.in_use(rows)


def both_ways(line: list[str], names: list[str]) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Return the row of ``line`` as the content would get it and as a question gets it."""
    _, used, rarity = counted()
    fresh = features.extract([line], [[places.name_place(name) for name in names]])
    whole = weighing.Weighed(fresh, used, rarity).all()
    single = extractor_of(used, rarity).row(line, names)

    def plain(rows: Rows) -> list[tuple[int, float]]:
        return sorted(zip(rows.places.tolist(), rows.values.round(4).tolist(), strict=True))

    return plain(whole), plain(single)


def fresh_extractor() -> features.Extractor:
    """Return an extractor for ``LINES`` that remembers no word yet."""
    return extractor_of(*counted()[1:])


def test_one_text_has_the_features_it_was_learned_with() -> None:
    rows, extractor = weighing.Weighed(*counted()).all(), fresh_extractor()
    for _ in range(2):  # from scratch, then with remembered words
        for number, (line, names) in enumerate(zip(LINES, NAMED, strict=True)):
            places, values = extractor.row(line, names).row(0)
            wanted, weights = rows.row(number)
            assert places.tolist() == wanted.tolist()
            assert values == pytest.approx(weights, rel=1e-5)


@given(WORDS)
def test_a_text_of_unseen_words_too(line: list[str]) -> None:
    as_content, as_question = both_ways([*line, "ananas"], ["ask:phone", "concept:unseen"])
    assert [place for place, _ in as_content] == [place for place, _ in as_question]
    assert [value for _, value in as_content] == pytest.approx([value for _, value in as_question], abs=2e-4)


@given(st.text(min_size=1).filter(lambda word: not set(word) & set(" ")))
def test_a_single_word_has_the_features_it_has_among_others(word: str) -> None:
    found, hashed = places.of_word(word)
    among = places.of_words(["davor", word, "danach"])
    begin, end = among.starts[1], among.starts[2]
    assert sorted(found) == sorted(among.places[begin:end].tolist())
    assert hashed == int(among.hashes[1])


@given(WORDS)
def test_features_by_place_are_those_of_the_row(line: list[str]) -> None:
    extractor = fresh_extractor()
    placed, numbers, weights = extractor.placed([*line, "ananas"], [("ask:phone", 0)])
    row, _ = extractor.row([*line, "ananas"], ["ask:phone"]).row(0)
    known = {number for number in numbers.tolist() if number < len(extractor.used)}
    assert known == set(row.tolist()) - {len(extractor.used)}
    assert placed.tolist() == sorted(placed.tolist())
    assert len(placed) == len(numbers) == len(weights)


def test_kinds_of_features_lie_apart() -> None:
    """So that they can be weighed apart."""
    *pieces, word = places.of_word("zastex")[0]
    pairs = set(features.extract([["zastex", "drohmail"]], [()]).places.tolist())
    pairs -= {place for single in ("zastex", "drohmail") for place in places.of_word(single)[0]}
    assert len(pairs) == 1
    assert min(pairs) >= places.PAIRS > places.word_place("zastex", places.FIRST) >= places.WORDS
    assert places.PAIRS > word >= places.WORDS > max(*pieces, places.name_place("concept:fruit"))


@given(WORDS)
def test_every_text_becomes_a_row_of_length_one(text: list[str]) -> None:
    extractor = fresh_extractor()
    places, values = extractor.row(text, []).row(0)
    assert len(places) == len(values)
    assert not text or np.linalg.norm(values) == pytest.approx(1, rel=1e-4)


def test_unknown_pieces_make_the_known_ones_small() -> None:
    extractor = fresh_extractor()
    alone = extractor.row(["ananas"], [])
    among = extractor.row(["ananas", "qwxyz", "vfuzzk"], [])
    assert among.values[among.places < len(extractor.used)].max() < alone.values.max()


def test_pieces_carry_over_to_compounds_and_inflection() -> None:
    def shared(left: str, right: str) -> float:
        ours, theirs = (set(places.of_words([word]).places.tolist()) for word in (left, right))
        return len(ours & theirs) / len(ours)

    assert shared("drohmail", "drohmails") > 0.7
    assert shared("drohmail", "drohbrief") > 0.2
    assert shared("drohmail", "laterne") == 0


def test_memory_keeps_words_of_the_content_only() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    remembered = remembering(length, {"haus"})
    assert [remembered(word) for word in ("haus", "geheim", "haus", "geheim")] == [4, 6, 4, 6]
    assert asked == ["haus", "geheim", "geheim"]


def test_model_keeps_nothing_that_was_asked(content: tuple[Knowledge, Model]) -> None:
    model = content[1]
    secret = "Xanthippenfurt bedroht mich. Ruf Xanthippenfurt an"
    model.judge(Utterance.of(clean(secret)))
    kept = repr([*model._extractor._words, *model._extractor._named])
    assert fold("Xanthippenfurt") not in kept
