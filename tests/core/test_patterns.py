"""Patterns of editors: whole words, beginnings, ends, middles, phrases."""

from __future__ import annotations

import pytest

from bot.reading.patterns import Hit, Patterns
from bot.text import fold


def find(pattern: str, text: str) -> list[Hit]:
    return Patterns({"x": [pattern]}).find(fold(text).split())


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("kosten", "Was kosten die?", True),
        ("kosten", "kostenlos", False),
        ("kost*", "kostenlos", True),
        ("*mail", "Drohmail", True),
        ("*mail", "mailen", False),
        ("*droh*", "angedrohte", True),
        ("seit wann", "Seit wann gibts das", True),
        ("seit wann", "seit gestern, wann", False),
        ("wann ist * entstanden", "wann ist das entstanden", True),
        ("für wen", "FUER WEN", True),
        ("Straße", "strasse", True),
    ],
)
def test_pattern_matches(pattern: str, text: str, matches: bool) -> None:
    assert bool(find(pattern, text)) is matches


def test_hit_covers_the_words() -> None:
    assert find("seit wann", "und seit wann?") == [Hit("x", 1, 3)]


@pytest.mark.parametrize("pattern", ["", "*", "* *", "-", "!!"])
def test_empty_patterns_match_nothing_much(pattern: str) -> None:
    assert find(pattern, "irgend etwas anderes") == []


def test_patterns_are_divided_where_texts_are() -> None:
    for pattern, text in (
        ("mach's", "mach's gut"),
        ("web.de", "bei web.de"),
        ("für's erste", "das reicht für's Erste"),
    ):
        assert [hit.id for hit in find(pattern, text)] == ["x"], pattern


@pytest.mark.parametrize(
    ("pattern", "text", "left_open"),
    [
        ("wann hat * auf", "wann hat rewe auf", [2]),
        ("wann hat * * auf", "wann hat das freibad auf", [2, 3]),
        ("wann * gegründet", "wann wurde gegründet", [1]),
        ("wann ist *ende", "wann ist wochenende", []),
        ("wann hat die auf", "wann hat die auf", []),
        ("offen", "heute offen", []),
    ],
)
def test_a_phrase_leaves_open_what_any_word_would_do_for(
    pattern: str, text: str, left_open: list[int]
) -> None:
    patterns, words = Patterns({"x": [pattern], "y": ["wann *", "wann hat *"]}), fold(text).split()
    (found,) = [hit for hit in patterns.scan(words) if hit[0] == "x"]
    assert [*patterns.left_open(found, words)] == left_open
