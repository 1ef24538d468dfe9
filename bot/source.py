"""Reads YAML as an editor writes it: text stays text, every value knows its place.

A hand-written reader over PyYAML's event stream, because the ready-made
loaders lose what editors need: ``safe_load`` turns ``0110`` into 72 and
``12:30`` into 750, lets the last of two equal keys win, and expands aliases
(ten nested aliases of ten are ten thousand million values). Here scalars are
strings, duplicate keys and aliases are mistakes, size and depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

from bot.errors import Mistake

LARGEST = 8_000_000
"""Bytes of one file; the longest shipped one has about half a million."""
DEEPEST = 12
"""Levels of nesting; the format needs six."""

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]

# YAML would join the lines with a blank: two utterances become one, unseen.
_RUNS_ON = (
    "Diese Zeile zählt noch zum Text darüber: Davor fehlt „- “, oder sie ist falsch eingerückt. "
    "Text über mehrere Zeilen beginnt mit „|“."
)
_NO_BAR = "Nach dem Doppelpunkt fehlt „|“, weil der Text darunter mehrere Zeilen hat."

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(slots=True)
class Document:
    """One parsed file: its value and the place (line, column from 1) of each path.

    The place of a mapping entry is that of its key. ``value`` is empty text
    when the file could not be read; ``mistakes`` says why.
    """

    file: str
    value: Value = ""
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def mistake(self, path: Path, text: str) -> Mistake:
        """Return a mistake at ``path``, or at the nearest place above it that is known."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Mistake(self.file, line, column, text)


def read(file: str, content: bytes) -> Document:
    """Parse ``content``; problems end up in ``mistakes``, nothing is raised."""
    document = Document(file)
    if len(content) > LARGEST:
        size = f"{len(content) / 1e6:.0f} MB"
        text = f"Die Datei ist {size} groß; erlaubt sind {LARGEST // 1_000_000} MB. Bitte aufteilen."
        document.mistakes.append(Mistake(file, 0, 0, text))
        return document
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        text = "Die Datei ist nicht in UTF-8 gespeichert. Bitte im Editor als „UTF-8“ speichern."
        document.mistakes.append(Mistake(file, line, column, text))
        return document
    try:
        events = iter(yaml.parse(decoded, Loader=_Loader))
        _Builder(document, events).build()
    except yaml.YAMLError as error:
        document.value = ""
        # What seemed to run on may have done so because of the slip.
        document.mistakes = [
            mistake for mistake in document.mistakes if mistake.text not in (_RUNS_ON, _NO_BAR)
        ]
        document.mistakes.append(_syntax_mistake(file, error, decoded))
    return document


class _TooDeep(yaml.YAMLError):
    """Nesting beyond ``DEEPEST``."""


class _Builder:
    """Turns the events of one file into a value and its places."""

    def __init__(self, document: Document, events: Iterator[yaml.Event]) -> None:
        self._document = document
        self._events = events

    def build(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._add(event, "Nur ein Abschnitt je Datei: die Trennlinie „---“ entfernen.")
                    return
                self._document.value = self._value(next(self._events), ())

    def _value(self, event: yaml.Event, path: Path) -> Value:
        places = self._document.places
        places.setdefault(path, _place(event))
        if len(path) > DEEPEST:
            text = f"Mehr als {DEEPEST} Ebenen ineinander: das ist kein gültiger Inhalt."
            self._add(event, text)
            raise _TooDeep
        if isinstance(event, yaml.AliasEvent):
            self._add(event, 'Verweise mit „*“ sind nicht erlaubt: den Text in "…" setzen.')
            return str(event.anchor)
        if getattr(event, "anchor", None):
            self._add(event, 'Anker mit „&“ sind nicht erlaubt: den Text in "…" setzen.')
        if getattr(event, "tag", None):
            self._add(event, 'Angaben mit „!“ sind nicht erlaubt: den Text in "…" setzen.')
        if isinstance(event, yaml.ScalarEvent):
            if not event.style and event.end_mark and event.end_mark.line >= _place(event)[0]:
                self._add_run_on(event, path)
            elif not event.style and str(event.value).endswith('"') and str(event.value).count('"') == 1:
                self._add(event, "Hinten steht ein Anführungszeichen, vorn fehlt es.")
            return str(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Value] = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                items.append(self._value(event, (*path, len(items))))
            return items
        entries: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, (*path, "?"))
            places.pop((*path, "?"), None)
            place = _place(event)
            if not isinstance(key, str):
                self._add(event, "Ein Schlüssel muss ein einfaches Wort sein.")
                key = ""
            if key in entries:
                self._add_second(event, key, path, entries)
                self._value(next(self._events), (*path, "?"))
                continue
            places[(*path, key)] = place
            entries[key] = self._value(next(self._events), (*path, key))
        return entries

    def _add_run_on(self, event: yaml.Event, path: Path) -> None:
        """Add the mistake that a text without a sign for it goes on in the next line."""
        line, column, text = _place(event)[0] + 1, 1, _RUNS_ON
        if path and path[-1] in ("text", "after"):
            (line, column), text = self._document.places[path], _NO_BAR
        self._document.mistakes.append(Mistake(self._document.file, line, column, text))

    def _add_second(self, event: yaml.Event, key: str, path: Path, entries: dict[str, Value]) -> None:
        """Add the mistake that ``key`` stands there again; it may belong to an entry between, if that is empty."""
        places = self._document.places
        between = [*entries][[*entries].index(key) + 1 :]
        if empty := next((name for name in reversed(between) if entries[name] == ""), ""):
            text = (
                f"„{empty}“ hat keinen Inhalt: Die Einrückung stimmt nicht, hier oder in den Zeilen darunter."
            )
            self._document.mistakes.append(Mistake(self._document.file, *places[(*path, empty)], text))
        else:
            first = places[(*path, key)][0]
            self._add(event, f"„{key}“ steht hier zum zweiten Mal (zuerst in Zeile {first}).")

    def _add(self, event: yaml.Event, text: str) -> None:
        self._document.mistakes.append(Mistake(self._document.file, *_place(event), text))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


_HINTS = (
    ("found character '\\t'", "Hier steht ein Tabulator: durch Leerzeichen ersetzen."),
    ("mapping values are not allowed", 'Ein Doppelpunkt steht mitten im Text: den Text in "…" setzen.'),
    ("could not find expected ':'", "Hier fehlt ein Doppelpunkt, oder eine Zeile ist falsch eingerückt."),
    ("did not find expected key", "Die Einrückung stimmt nicht, oder ein Anführungszeichen fehlt."),
    ("did not find expected '-'", "In dieser Liste fehlt ein „- “, oder die Einrückung stimmt nicht."),
    ("did not find expected ',' or", "Eine Klammer wird nicht geschlossen, oder ein Komma fehlt."),
    ("expected alphabetic or numeric", 'Ein Text, der mit „*“, „&“ oder „!“ anfängt, gehört in "…".'),
    ("comment or line break", "Nach „|“ oder „>“ beginnt der Text erst in der nächsten Zeile."),
    ("block sequence entries are not allowed", "Eine Liste beginnt erst in der Zeile nach dem Doppelpunkt."),
    ("unknown escape character", 'Ein „\\“ hat in "…" eine eigene Bedeutung: weglassen.'),
    (
        "cannot start any token",
        'Hier steht ein Sonderzeichen oder ein Tabulator: Text in "…" setzen, Leerzeichen statt des Tabulators.',
    ),
    ("unexpected end of stream", "Ein Anführungszeichen oder eine Klammer wird nicht geschlossen."),
)
_INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow anywhere."""


def _syntax_mistake(file: str, error: yaml.YAMLError, content: str) -> Mistake:
    if isinstance(error, _TooDeep):
        return Mistake(file, 0, 0, "Die Datei wurde wegen der Verschachtelung nicht weiter gelesen.")
    if found := _INVISIBLE.search(content):
        line = content.count("\n", 0, found.start()) + 1
        column = found.start() - content.rfind("\n", 0, found.start())
        return Mistake(file, line, column, "Hier steht ein unsichtbares Steuerzeichen: bitte löschen.")
    mark = getattr(error, "problem_mark", None)
    if mark is not None and (slip := _find_slip(file, content, mark.line)):
        return slip
    said = str(error)
    hint = next((german for english, german in _HINTS if english in said), "")
    text = hint or "Die Datei ist kein gültiges YAML. Einrückung und Anführungszeichen prüfen."
    return Mistake(file, mark.line + 1, mark.column + 1, text) if mark else Mistake(file, 0, 0, text)


def _first_mistake(content: str) -> int | None:
    """Return the line, from 0, of the first mistake in ``content``, ``None`` if there is none."""
    document = Document("")
    found = []
    try:
        _Builder(document, iter(yaml.parse(content, Loader=_Loader))).build()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = [mark.line if mark else 0]
    return min([*found, *(mistake.line - 1 for mistake in document.mistakes)], default=None)


# --- slips: where the parser only knows where it gave up -----------------------------------
#
# It gives up behind an open quotation mark, say, that may be fifty lines on. Here the lines before
# that place are suspected of what editors get wrong. A suspicion counts only if the parser gets
# further once the line is mended; told is the one with which it gets furthest, then the likeliest.

AHEAD = 60
"""Lines behind the place of giving up that a mended text is tried with."""
MOST_MOVED = 12
"""Lines before that place whose indentation is suspected."""
FAR = 20_000
"""Lines before that place that are looked at."""
MOST_TRIALS = 60
MOST_READ = 6_000_000
"""Characters of mended texts that are tried: some two seconds."""

_ROW = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)*)(?P<key>[a-z][a-z0-9_.]*:(?: +|$)|)(?P<value>.*)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_TOP = re.compile(r"[\w.]+:")
_BARE_TEXT = re.compile(r" *(?:text|after): *")
_NO_KEY = re.compile(r"(?P<key>[a-z][a-z0-9_]*)(?P<colon>:?)(?:(?<=:)(?=\S)| +|$)(?P<value>.*)")
_ODD_BLANK = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")
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


def _find_slip(file: str, text: str, gave_up: int) -> Mistake | None:
    """Return the slip behind the parser's giving up at line ``gave_up`` (from 0), ``None`` if it is not known."""
    rows = [row.rstrip("\r") for row in text.split("\n")]
    here = rows[gave_up] if gave_up < len(rows) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return Mistake(
            file, gave_up + 1, 1, "Am Zeilenanfang steht ein Tabulator: durch Leerzeichen ersetzen."
        )
    begin, end = max(gave_up - FAR, 0), min(gave_up + AHEAD, len(rows))
    outline = [*_outline(rows, begin, end)]
    trials = _Trials(rows, begin, end)
    contents = [*_contents(rows, outline, gave_up)][-MOST_TRIALS:]
    moves = [*_indentations(rows, outline, gave_up)][:MOST_TRIALS]
    tried = [(trials.reach(mend), mend.likeliness, mend) for mend in (*contents, *moves)]
    helpful = [entry for entry in tried if entry[0] > gave_up]
    if not helpful:
        return None
    *_, best = max(helpful, key=lambda entry: entry[:2])
    return Mistake(file, best.number + 1, _indent(rows[best.number]) + 1, best.text)


class _Trials:
    """Tries mended texts, from the last top-level key above the mended row to ``end``."""

    def __init__(self, rows: Sequence[str], begin: int, end: int) -> None:
        self._rows, self._end = rows, end
        self._tops = [number for number in range(begin, end) if _TOP.match(rows[number])]
        self._left = MOST_READ

    def reach(self, mend: _Mend) -> int:
        """Return the first line with a mistake after ``mend``, beyond the end if there is none; -1 if not tried."""
        first = max((number for number in self._tops if number < mend.number), default=0)
        rows = [*self._rows[first : self._end]]
        rows[mend.number - first] = mend.row
        text = "\n".join(rows) + "\n"
        self._left -= len(text)
        if self._left < 0:
            return -1
        got = _first_mistake(text)
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
        if _ODD_BLANK.search(rows[number]):
            text = "Hier steht ein geschütztes Leerzeichen, von anderswo kopiert: durch ein gewöhnliches ersetzen."
            yield _Mend(number, _ODD_BLANK.sub(" ", rows[number]), text, (_OPEN,))
        head, key, value = found["indent"] + found["dash"], found["key"], found["value"]
        if (key or found["dash"]) and (text := _open(value)):
            yield _Mend(number, f"{head}{key}x", text, (_OPEN,))
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
        if bare.count("[") != bare.count("]") or bare.count("{") != bare.count("}"):
            return "Die Klammer wird nicht geschlossen."
    return ""


def _indentations(rows: Sequence[str], outline: Sequence[int], gave_up: int) -> Iterator[_Mend]:
    """Suspect how far the rows near the place are indented."""
    last = max((place for place, number in enumerate(outline) if number <= gave_up), default=-1)
    first = max(last - MOST_MOVED, 0)
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
