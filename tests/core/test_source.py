"""YAML is read as text with places; hostile and broken files end in a mistake, not a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import source
from bot.content.source import LARGEST, read


def mistakes(content: bytes) -> list[tuple[int, int, str]]:
    return [(m.line, m.column, m.text) for m in read("x.yaml", content).mistakes]


def test_scalars_stay_text() -> None:
    document = read("x.yaml", b"a: 0110\nb: 12:30\nc: no\nd: ~\ne: 1e3\n")
    assert document.value == {"a": "0110", "b": "12:30", "c": "no", "d": "~", "e": "1e3"}
    assert document.mistakes == []


def test_quotation_marks_within_a_text_are_text() -> None:
    assert read("x.yaml", b'a: er sagte "ja"\nb: 24" Bildschirm\n').mistakes == []


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
        (b"a: [1, 2\nb: 3\n", 1, "Klammer"),
        (b"a: b: c\n", 1, "Doppelpunkt"),
        (b"a:\n\t- x\n", 2, "Tabulator"),
        (b'a: "offen\n', 1, "nicht geschlossen"),
        (b"a: x\n---\nb: y\n", 2, "Trennlinie"),
        (b"a: x\nb: \x07\n", 2, "Steuerzeichen"),
        (b"a: *x\n", 1, "„*“ sind nicht erlaubt"),
        (b"a: [*x*, y]\n", 1, "mit „*“, „&“ oder „!“ anfängt"),
        (b"a:\n  - !x y\n", 2, "„!“ sind nicht erlaubt"),
        (b"a:\n  - @x\n", 2, "Sonderzeichen"),
        (b"a: -\n", 1, "Fehlt eine Angabe, die Zeile"),
        (b'a: x\nb: y"\n', 2, "vorn fehlt es"),
        (b"a: | x\n", 1, "erst in der nächsten Zeile"),
        (b"a: - x\n", 1, "erst in der Zeile nach dem Doppelpunkt"),
        (b'a: "x \\w"\n', 1, "eigene Bedeutung"),
    ],
)
def test_broken_syntax_is_explained_in_german(content: bytes, line: int, fragment: str) -> None:
    ((found, _, text),) = mistakes(content)
    assert found == line
    assert fragment in text


OFFER = """\
topic: stelle
names:
  - Stelle
  - Anlaufstelle
  - zentrale Stelle

contacts:
  office:
    organisation: Amt
    postcode: "00000"
    phones: ["+49 30 1", "+49 30 2"]
    links:
      - label: Website
        url: https://x.example
answers:
  overview:
    text: |
      Die Stelle hilft: schnell.

      sie kostet nichts.
  services:
    text: |
      Sie berät.
"""


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("topic: stelle", "topic stelle", "Nach „topic“ fehlt der Doppelpunkt"),
        ("topic: stelle", "topic:stelle", "Nach „topic:“ fehlt ein Leerzeichen"),
        ("topic: stelle", 'topic: "stelle', "Das Anführungszeichen wird nicht geschlossen"),
        ("topic: stelle", 'topic: "die "gute" stelle"', "„deutsche“ Anführungszeichen"),
        ("names:", "names", "Nach „names“ fehlt der Doppelpunkt"),
        ("  - Anlaufstelle", "  Anlaufstelle", "Am Anfang der Zeile fehlt „- “"),
        ("  - Anlaufstelle", "  -Anlaufstelle", "Nach dem Strich „-“ fehlt ein Leerzeichen"),
        ("  - Anlaufstelle", "    Anlaufstelle", "Diese Zeile zählt noch zum Text darüber"),
        ("  - Anlaufstelle", " - Anlaufstelle", "Die Einrückung stimmt nicht: 1 statt 2"),
        ("  - Anlaufstelle", "\t- Anlaufstelle", "Tabulator"),
        ("  - Anlaufstelle", '  - "Anlaufstelle', "Das Anführungszeichen wird nicht geschlossen"),
        ("  - Anlaufstelle", "  - 'ne Stelle", "gilt als Anführungszeichen"),
        ("    organisation: Amt", "  organisation: Amt", "2 statt 4 Leerzeichen"),
        ("    organisation: Amt", "    organisation: Amt: Stelle", "Doppelpunkt steht mitten im Text"),
        ('    postcode: "00000"', '    postcode: "00000', "Das Anführungszeichen wird nicht geschlossen"),
        ('"+49 30 2"]', '"+49 30 2"', "Die Klammer wird nicht geschlossen"),
        ('["+49 30 1", ', '["+49 30 1, ', "Ein Anführungszeichen wird nicht geschlossen"),
        ("      - label: Website", "      - label Website", "Nach „label“ fehlt der Doppelpunkt"),
        ("  overview:", "overview:", "0 statt 2 Leerzeichen"),
        ("  overview:\n    text: |", "  overview:\n    text:", "Nach „text:“ fehlt „|“"),
        ("      Die Stelle", "        Die Stelle", "8 statt 6 Leerzeichen"),
        ("  - Anlaufstelle", "  – Anlaufstelle", "nicht mit „–“"),
        ("  - Anlaufstelle", "\u00a0\u00a0- Anlaufstelle", "geschütztes Leerzeichen"),
        ("  - Anlaufstelle", "  -\tAnlaufstelle", "Hier steht ein Tabulator"),
        ("  - Anlaufstelle", "  - %Anlaufstelle", "mit diesem Sonderzeichen anfängt"),
        ("topic: stelle", "  topic: stelle", "Die Einrückung stimmt nicht: 2 statt 0"),
        ("names:", "\ufeffnames:", "unsichtbares Zeichen"),
        ("      sie kostet", "    sie kostet", "Gehört diese Zeile zum Text darüber"),
        ("  services:", "    services:", "„services“ hat keinen Inhalt"),
    ],
)
def test_a_slip_is_told_where_it_is(right: str, wrong: str, says: str) -> None:
    """And not where the parser gave up, which may be many lines on."""
    before, _, _ = OFFER.partition(right)
    line = f"{before}{wrong}".count("\n") + 1
    ((found, _, text),) = mistakes(OFFER.replace(right, wrong, 1).encode())
    assert says in text
    assert found == line


@pytest.mark.parametrize(
    ("content", "line", "lost"),
    [
        ("a:\n  - wir haben Raum #3 gemietet\n", 2, "„#3 gemietet“ ginge verloren"),
        ("a:\n  - Raum # 3\n", 2, "„# 3“"),
        ('a:\n  - "Raum" #3\n', 2, "„#3“"),
        ("a: x\r\nb: Haus #rathaus\r\n", 2, "„#rathaus“"),
        ("a: x\nb: #rathaus\n", 2, "„#rathaus“"),
        ("a: x\nb: [eins, Raum #3, zwei]\nc: x\n", 2, "„#3, zwei]“"),
    ],
)
def test_text_that_would_be_lost_as_a_comment_is_told(content: str, line: int, lost: str) -> None:
    ((found, _, text),) = mistakes(content.encode())
    assert found == line
    assert lost in text


@pytest.mark.parametrize(
    "content",
    [
        "phone: 0351 # nach 15 Uhr\n",
        "phone: 0351 # 15 bis 18 Uhr\n",
        "a:\n  - wer hilft  # aus einer Mail vom Mai\n  - C# lernen\n  - Haus#3\n",
        "a:\n  #- eins\n  # - zwei\n  - drei\n",
        'a: ["x #3", y] # gut\nb: "#3"\n',
        "a: #neu\n  b: c\n",
        "a: | # gut\n  Raum #3\n  #dresden\n",
    ],
)
def test_real_comments_and_signs_in_a_text_are_left_alone(content: str) -> None:
    assert mistakes(content.encode()) == []


def test_a_comment_in_a_text_that_the_bot_would_say_is_told() -> None:
    ((line, _, text),) = mistakes(b"a:\n  text: |\n    eins\n\n    # noch klaeren\n    zwei\n")
    assert line == 5
    assert "keine Kommentare" in text


def test_two_versions_side_by_side_are_named() -> None:
    rows = ["a:", "  - x", "<<<<<<< HEAD", "  - y", "=======", "  - z", ">>>>>>> other", "  - w"]
    assert [(line, text[:30]) for line, _, text in mistakes("\n".join(rows).encode())] == [
        (3, "Hier stehen zwei Fassungen neb")
    ]


def test_a_mark_that_was_left_of_two_versions_is_named() -> None:
    assert [line for line, _, _ in mistakes(b"a:\n  - x\n=======\n  - z\nb: [1\n")] == [3]


def test_each_of_several_signs_at_the_beginning_is_told_where_it_is() -> None:
    found = mistakes(b"a:\n  - 100% sicher\n  - % sicher\n  - @zastex\n  - `x`\n  - gut\n")
    assert [line for line, _, _ in found] == [3, 4, 5]
    assert all("Sonderzeichen" in text for _, _, text in found)


def test_lines_that_would_become_one_are_mistakes() -> None:
    assert mistakes(b"a:\n  - x\n    y\n")[0][0] == 3
    assert mistakes(b"a:\n  text:\n    x\n    y\n") == [
        (2, 3, "Nach dem Doppelpunkt fehlt „|“, weil der Text darunter mehrere Zeilen hat.")
    ]


def test_the_first_entry_is_blamed_for_all_that_it_swallows() -> None:
    """The entry with a colon, where the parser gives up, is right."""
    rows = ["overview:", " - eins", *(f"  - zwei {n}" for n in range(50)), "  - drei: vier"]
    assert [(line, text) for line, _, text in mistakes("\n".join(rows).encode())] == [
        (2, "Die Einrückung stimmt nicht: 1 statt 2 Leerzeichen.")
    ]


def test_a_slip_in_a_long_list_is_told_where_it_is() -> None:
    """Fast, too: a topic has thousands of utterances."""
    rows = ["topic: x", "overview:", *(f"  - telefon stelle {number}" for number in range(4000))]
    rows[3500] = "  telefon stelle"
    ((line, _, text),) = mistakes("\n".join(rows).encode())
    assert (line, text) == (3501, "Am Anfang der Zeile fehlt „- “.")


@pytest.mark.parametrize(
    "content", ['a: "' + "x y: z\n" * 300_000, "a\n" * 300_000 + "b: c\n", "- '" * 100_000]
)
def test_a_hostile_file_is_given_up_in_bounded_time(content: str) -> None:
    assert len(mistakes(content.encode())) == 1


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


LINES = (
    "topic: zmi",
    "",
    "services:",
    "  - wo melde ich das",
    '  - "offen',
    "  text: |",
    "    Absatz",
    "a: [1,",
    "\tx",
    "  -kein Abstand",
)


@given(st.lists(st.sampled_from(LINES), max_size=9), st.booleans(), st.integers(0, 60), st.text(max_size=2))
def test_no_slip_ends_in_anything_but_mistakes(rows: list[str], ends: bool, at: int, odd: str) -> None:
    text = "\n".join(rows) + ("\n" if ends else "")
    read("x.yaml", (text[:at] + odd + text[at:]).encode("utf-8", "replace"))


def test_a_slip_in_a_last_line_without_its_end_is_told() -> None:
    ((line, _, _),) = mistakes(b"topic: zastex\noverview:\n  - wer ist die zastex\n  wo denn")
    assert line == 4


@pytest.mark.parametrize(
    "text", ['services:\n  - "of]fen\nservices:', '  - "offen\nservices:\nser!vices:\nservices:\n\tx']
)
def test_a_line_that_no_mend_helps_is_mended_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To and fro it was tried until nothing more may be tried: seven seconds for three lines."""
    built: list[str] = []
    build = source._build
    monkeypatch.setattr(
        source, "_build", lambda document, content: built.append(content) or build(document, content)
    )
    assert read("x.yaml", text.encode()).mistakes
    assert len(built) < 50
