"""YAML is read as text with places; hostile and broken files end in a mistake, not a crash."""

from __future__ import annotations

import pytest

from bot.source import LARGEST, read


def mistakes(content: bytes) -> list[tuple[int, int, str]]:
    return [(m.line, m.column, m.text) for m in read("x.yaml", content).mistakes]


def test_scalars_stay_text() -> None:
    document = read("x.yaml", b"a: 0110\nb: 12:30\nc: no\nd: ~\ne: 1e3\n")
    assert document.value == {"a": "0110", "b": "12:30", "c": "no", "d": "~", "e": "1e3"}
    assert document.mistakes == []


def test_places_count_from_one() -> None:
    document = read("x.yaml", b"a:\n  - eins\n  - zwei\nb: drei\n")
    assert document.places["a", 1] == (3, 5)
    assert document.places["b",] == (4, 1)


def test_duplicate_key_names_both_lines() -> None:
    assert mistakes(b"a: 1\nb: 2\na: 3\n") == [(3, 1, "„a“ steht hier zum zweiten Mal (zuerst in Zeile 1).")]


def test_alias_bomb_is_refused_without_growing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)
    )
    found = mistakes(bomb.encode())
    assert len(found) > 20
    assert all("nicht erlaubt" in text for _, _, text in found)


@pytest.mark.parametrize(
    ("content", "line", "fragment"),
    [
        (b"a: [1, 2\nb: 3\n", 2, "Klammer"),
        (b"a: b: c\n", 1, "Doppelpunkt"),
        (b"a:\n\t- x\n", 2, "Tabulator"),
        (b'a: "offen\n', 2, "nicht geschlossen"),
        (b"a: x\n---\nb: y\n", 2, "Trennlinie"),
        (b"a: \x07\n", 0, "Steuerzeichen"),
    ],
)
def test_broken_syntax_is_explained_in_german(content: bytes, line: int, fragment: str) -> None:
    found = mistakes(content)
    assert len(found) == 1
    assert found[0][0] == line or line == 0
    assert fragment in found[0][2]


def test_wrong_encoding_names_line_and_column() -> None:
    assert mistakes("ok: ja\nb: Straße\n".encode("latin-1"))[0][:2] == (2, 8)


def test_utf16_is_refused() -> None:
    assert "UTF-8" in mistakes("a: b\n".encode("utf-16"))[0][2]


def test_huge_file_is_refused_unread() -> None:
    found = mistakes(b"a: " + b"x" * 50_000_000)
    assert len(found) == 1
    assert "50 MB" in found[0][2]
    assert LARGEST < 50_000_000


@pytest.mark.parametrize("content", [b"[" * 100_000, b"- " * 50_000, b"{a: " * 5_000])
def test_deep_nesting_is_refused(content: bytes) -> None:
    assert read("x.yaml", content).mistakes


def test_empty_file_is_empty_text() -> None:
    assert read("x.yaml", b"").value == ""
