"""Finds the slip of an editor where the YAML parser only knows where it gave up.

It gives up behind an open quotation mark, say, that may be fifty lines on. Here the lines before
that place are suspected of what editors get wrong. A suspicion counts only if the parser gets
further once the line is mended; told is the one with which it gets furthest, then the likeliest.
With the mended line the rest of the file can be read, so that its other mistakes are told in the same run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.errors import Mistake

AHEAD = 60
"""Lines behind the place of giving up that a mended text is tried with."""
MOST_MOVED = 12
"""Lines before that place whose indentation is suspected."""
FAR = 20_000
"""Lines before that place that are looked at."""
MOST_TRIALS = 60
MOST_READ = 6_000_000
"""Characters of mended texts that are tried for one file: some two seconds."""

_ROW = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)*)(?P<key>[a-z][a-z0-9_.]*:(?: +|$)|)(?P<value>.*)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_BLOCK_BEHIND = re.compile(r"[|>][-+0-9]*$")
_TOP = re.compile(r"[\w.]+:")
_BARE_TEXT = re.compile(r" *(?:text|after): *")
_NO_KEY = re.compile(r"(?P<key>[a-z][a-z0-9_]*)(?P<colon>:?)(?:(?<=:)(?=\S)| +|$)(?P<value>.*)")
_ODD_BLANK = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff]")
_OTHER_DASH = re.compile(r"[–—•*] ?")
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")
_COLON = re.compile(r":(?: |$)")
_COMMENT = re.compile(r"\s*(?:#.*)?")

# How likely a suspicion is, among those that help equally.
_MOVED, _NO_DASH, _NO_COLON, _NO_SIGN, _OPEN = range(5)


@dataclass(frozen=True, slots=True)
class _Mend:
    """A suspicion: what row ``number`` (from 0) should be, and ``text`` for the editor."""

    number: int
    row: str
    text: str
    likeliness: tuple[int, ...]


@dataclass(slots=True)
class Allowance:
    """How many characters of mended texts may still be tried for a file."""

    left: int = MOST_READ


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that was found, and what the row ``number`` (from 0) may have meant, for reading on; -1: that is not known."""

    mistake: Mistake
    number: int = -1
    row: str = ""


def find_slip(
    file: str, text: str, gave_up: int, first_mistake: Callable[[str], int | None], allowance: Allowance
) -> Slip | None:
    """Return the slip behind the parser's giving up at line ``gave_up`` (from 0), ``None`` if it is not known.

    ``first_mistake`` returns the line, from 0, of the first mistake in a text, ``None`` if there is none.
    """
    rows = [row.rstrip("\r") for row in text.split("\n")]
    gave_up = min(gave_up, len(rows) - 1)  # the end of a file without a last line break is a line of its own
    here = rows[gave_up]
    if "\t" in here[: len(here) - len(here.lstrip())]:
        told = "Am Zeilenanfang steht ein Tabulator: durch Leerzeichen ersetzen."
        meant = _without_tabs(rows, gave_up, first_mistake, allowance)
        return Slip(Mistake(file, gave_up + 1, 1, told), gave_up, meant)
    begin, end = max(gave_up - FAR, 0), min(gave_up + AHEAD, len(rows))
    outline = [*_outline(rows, begin, end)]
    trials = _Trials(rows, begin, end, first_mistake, allowance)
    contents = [*_contents(rows, outline, gave_up)][-MOST_TRIALS:]
    moves = [*_indentations(rows, outline, gave_up)][:MOST_TRIALS]
    tried = [(trials.reach(mend), mend.likeliness, mend) for mend in (*contents, *moves)]
    helpful = [entry for entry in tried if entry[0] > gave_up]
    if not helpful:
        return None
    *_, best = max(helpful, key=lambda entry: entry[:2])
    mistake = Mistake(file, best.number + 1, _indent(rows[best.number]) + 1, best.text)
    return Slip(mistake, best.number, best.row)


def _without_tabs(
    rows: Sequence[str], number: int, first_mistake: Callable[[str], int | None], allowance: Allowance
) -> str:
    """Return a row that begins with tabs as far indented as it was most likely meant."""
    begin, end = max(number - FAR, 0), min(number + AHEAD, len(rows))
    above = next((row for row in reversed(rows[begin:number]) if row.strip() and row.strip()[0] != "#"), "")
    below = next((row for row in rows[number + 1 : end] if row.strip()), "")
    trials = _Trials(rows, begin, end, first_mistake, allowance)
    levels = sorted({0, _indent(above), _indent(above) + 2, _indent(below), max(_indent(below) - 2, 0)})
    moved = [" " * indent + rows[number].strip() for indent in levels]
    fits = [_fit(above, row) + _fit(row, below) for row in moved]
    mends = [_Mend(number, row, "", (_MOVED, fit)) for row, fit in zip(moved, fits, strict=True)]
    return max(mends, key=lambda mend: (trials.reach(mend), mend.likeliness)).row


class _Trials:
    """Tries mended texts, from the last top-level key above the mended row to ``end``."""

    def __init__(
        self,
        rows: Sequence[str],
        begin: int,
        end: int,
        first_mistake: Callable[[str], int | None],
        allowance: Allowance,
    ) -> None:
        self._rows, self._end, self._first_mistake = rows, end, first_mistake
        self._tops = [number for number in range(begin, end) if _TOP.match(rows[number])]
        self._allowance = allowance

    def reach(self, mend: _Mend) -> int:
        """Return the first line with a mistake after ``mend``, beyond the end if there is none; -1 if not tried."""
        first = max((number for number in self._tops if number < mend.number), default=0)
        rows = [*self._rows[first : self._end]]
        rows[mend.number - first] = mend.row
        text = "\n".join(rows) + "\n"
        self._allowance.left -= len(text)
        if self._allowance.left < 0:
            return -1
        got = self._first_mistake(text)
        return len(self._rows) if got is None else got + first


def _outline(rows: Sequence[str], begin: int, end: int) -> Iterator[int]:
    """Yield the rows that are neither empty, nor a comment, nor the text of a block ("|")."""
    header, text = -1, -1  # how far the row that begins a block is indented, and its text
    for number in range(begin, end):
        row = rows[number]
        body, indent = row.strip(), _indent(row)
        if not body:
            continue
        if text < 0 <= header < indent:
            text = indent
        if 0 <= text <= indent:
            continue
        header = text = -1
        if not body.startswith("#"):
            yield number
            header = indent if _begins_block(row) else -1


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def _begins_block(row: str) -> bool:
    found = _ROW.match(row)
    return bool(found and _BLOCK.fullmatch(found["value"]))


def _has_key(row: str) -> bool:
    found = _ROW.match(row)
    return bool(found and found["key"])


def _contents(rows: Sequence[str], outline: Sequence[int], gave_up: int) -> Iterator[_Mend]:
    """Suspect what stands in the rows up to the place."""
    for place, number in enumerate(outline):
        if number > gave_up:
            return
        found = _ROW.match(rows[number])
        above = rows[outline[place - 1]] if place else ""
        below = rows[outline[place + 1]] if place + 1 < len(outline) else ""
        if found is None:  # pragma: no cover - the pattern fits every row
            continue
        yield from _odd_signs(number, rows[number])
        head, key, value = found["indent"] + found["dash"], found["key"], found["value"]
        if (key or found["dash"]) and (text := _open(value)):
            block = _BLOCK_BEHIND.search(value)
            yield _Mend(number, f"{head}{key}{block[0] if block else 'x'}", text, (_OPEN,))
        if found["dash"] and below.lstrip().startswith("- ") and _indent(below) > _indent(rows[number]):
            # All entries below are taken for more of this one, until one of them cannot be.
            moved = " " * _indent(below) + rows[number].strip()
            yield _moved(number, rows[number], moved, 4, 0)
        if key:
            continue
        if _BARE_TEXT.fullmatch(above):
            text = f"Nach „{above.strip()}“ fehlt „|“, weil der Text darunter mehrere Zeilen hat."
            yield _Mend(outline[place - 1], f"{above.rstrip()} |", text, (_NO_SIGN,))
        lost = _NO_KEY.fullmatch(value)
        # An entry of a list is nearly always text; a group if more of it stands below.
        if lost and (not found["dash"] or _indent(below) > _indent(rows[number])):
            text = _no_colon(lost["key"], lost["colon"], is_below_text=_begins_block(above))
            yield _Mend(number, f"{head}{lost['key']}: {lost['value']}", text, (_NO_COLON,))
        if not found["dash"]:
            text = "Am Anfang der Zeile fehlt „- “."
            if value.startswith("-"):
                text = "Nach dem Strich „-“ fehlt ein Leerzeichen."
            if other := _OTHER_DASH.match(value):
                text = f"Ein Eintrag einer Liste beginnt mit „- “, nicht mit „{other[0].strip()}“."
            entry = value[other.end() :] if other else value.removeprefix("-")
            yield _Mend(number, f"{head}- {entry}", text, (_NO_DASH,))


def _odd_signs(number: int, row: str) -> Iterator[_Mend]:
    """Suspect signs that look like a blank, or like nothing."""
    if _ODD_BLANK.search(row):
        text = (
            "Hier steht ein geschütztes Leerzeichen, von anderswo kopiert: durch ein gewöhnliches ersetzen."
        )
        yield _Mend(number, _ODD_BLANK.sub(" ", row), text, (_OPEN,))
    if _UNSEEN.search(row):
        text = "Hier steht ein unsichtbares Zeichen, von anderswo kopiert: die Zeile neu tippen."
        yield _Mend(number, _UNSEEN.sub("", row), text, (_OPEN,))


def _no_colon(key: str, colon: str, is_below_text: bool) -> str:
    if colon:
        return f"Nach „{key}:“ fehlt ein Leerzeichen."
    if is_below_text:
        return (
            f"Gehört diese Zeile zum Text darüber, muss sie so weit eingerückt sein wie er; "
            f"sonst fehlt nach „{key}“ der Doppelpunkt."
        )
    return f"Nach „{key}“ fehlt der Doppelpunkt."


def _open(value: str) -> str:
    """Return what is wrong with the signs in a value, or nothing: quotation marks, brackets, colons."""
    mark, quoted = value[:1], _QUOTED.match(value)
    if mark in ("'", '"') and not (quoted and _COMMENT.fullmatch(value, quoted.end())):
        if mark == "'":
            return 'Ein „\'“ am Anfang gilt als Anführungszeichen: den ganzen Text in "…" setzen.'
        if value.count('"') == 1:
            return "Das Anführungszeichen wird nicht geschlossen."
        return 'Ein " darf nur am Anfang und am Ende stehen: im Text „deutsche“ Anführungszeichen nehmen.'
    if mark and mark not in "[{|>'\"" and _COLON.search(value):
        return 'Ein Doppelpunkt steht mitten im Text: den Text in "…" setzen.'
    if mark in ("[", "{"):
        bare = _QUOTED.sub("", value)
        if '"' in bare:
            return "Ein Anführungszeichen wird nicht geschlossen."
        if " #" in bare and _unclosed(bare.partition(" #")[0]) and not _unclosed(bare):
            return 'Was hinter „#“ steht, liest nur der Mensch: den Eintrag, zu dem es gehört, in "…" setzen.'
        if _unclosed(bare):
            return "Die Klammer wird nicht geschlossen."
    return ""


def _unclosed(bare: str) -> bool:
    """Return whether a text without quotations opens other brackets than it closes."""
    return bare.count("[") != bare.count("]") or bare.count("{") != bare.count("}")


def _indentations(rows: Sequence[str], outline: Sequence[int], gave_up: int) -> Iterator[_Mend]:
    """Suspect how far the rows near the place are indented."""
    last = max((place for place, number in enumerate(outline) if number <= gave_up), default=-1)
    first = max(last - MOST_MOVED, 0)
    if outline and outline[0] <= gave_up and _indent(rows[outline[0]]) > _indent(rows[outline[last]]) == 0:
        # The first line of a file, from which an editor has only taken the "#".
        yield _moved(outline[0], rows[outline[0]], rows[outline[0]].strip(), 4, 0)
    levels = {_indent(rows[number]) for number in outline[first : last + 2]}
    for place in range(last, first - 1, -1):
        row = rows[outline[place]]
        above = [rows[number] for number in outline[max(place - 1, 0) : place]]
        below = [rows[number] for number in outline[place + 1 : place + 2]]
        for indent in sorted({*levels, *(_indent(other) + 2 for other in above)} - {_indent(row)}):
            moved = " " * indent + row.strip()
            fit = sum(_fit(*pair) for pair in pairwise([*above, moved, *below]))
            yield _moved(outline[place], row, moved, fit, -place)
    for header in outline[max(last - 1, 0) : last + 1]:
        # A text whose first line stands further right than the others.
        text = [number for number in range(header + 1, gave_up + 1) if rows[number].strip()][:2]
        if _begins_block(rows[header]) and len(text) == 2 and not _has_key(rows[text[1]]):
            row = rows[text[0]]
            yield _moved(text[0], row, " " * _indent(rows[text[1]]) + row.strip(), 4, 0)


def _moved(number: int, before: str, row: str, fit: int, place: int) -> _Mend:
    own, indent = _indent(before), _indent(row)
    text = f"Die Einrückung stimmt nicht: {own} statt {indent} Leerzeichen."
    return _Mend(number, row, text, (_MOVED, indent % 2 == 0, fit, place))


def _fit(above: str, below: str) -> int:
    """Return how well the indentation of two rows fits together, 0 to 2."""
    is_item = below.lstrip().startswith("- ")
    if is_item and above.lstrip().startswith("- ") and _indent(above) == _indent(below):
        return 2
    found = _ROW.match(above)
    deeper = _indent(below) - (found.end("dash") if found else 0)
    if _begins_block(above):
        return int(deeper <= 0 or not _has_key(below))
    if above.rstrip().endswith(":"):
        return 2 if deeper == 2 or (deeper == 0 and is_item) else 0
    return 2 if deeper == 0 else int(deeper < 0)
