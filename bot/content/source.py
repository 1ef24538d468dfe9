"""Reads YAML as an editor writes it: text stays text, every value knows its place.

A hand-written reader over PyYAML's event stream, because the ready-made
loaders lose what editors need: ``safe_load`` turns ``0110`` into 72 and
``12:30`` into 750, lets the last of two equal keys win, and expands aliases
(ten nested aliases of ten are ten thousand million values). Here scalars are
strings, duplicate keys and aliases are mistakes, size and depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml

from bot.content.slips import Allowance, Slip, find_slip
from bot.errors import Mistake

LARGEST = 8_000_000
"""Bytes of one file; the longest shipped one has about half a million."""
DEEPEST = 12
"""Levels of nesting; the format needs six."""
MOST_SLIPS = 12
"""Slips in YAML that are told of one file at once."""

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]

# YAML would join the lines with a blank: two utterances become one, unseen.
_RUNS_ON = (
    "Diese Zeile zählt noch zum Text darüber: Davor fehlt „- “, oder sie ist falsch eingerückt. "
    "Text über mehrere Zeilen beginnt mit „|“."
)
_NO_BAR = "Nach dem Doppelpunkt fehlt „|“, weil der Text darunter mehrere Zeilen hat."
_NOTE_IN_TEXT = (
    "In einem Text nach „|“ gibt es keine Kommentare: diese Zeile würde der Bot sagen. "
    "Löschen oder über den Schlüssel setzen."
)

_KEY_IN_TEXT = re.compile(
    r"\s*(?:text|label|aspect|ask|contacts|options|organisation|unit|street|postcode|city|phones|fax|email):(?: |$)"
)
_KEY_SAID = "Diese Zeile gehört zum Text darüber, und der Bot würde sie sagen: So weit links wie „text“ beginnt ein Schlüssel."

_LOST = re.compile(r"[ \t]+(?P<rest>#[^\s#].*)")
_LOST_OF_ENTRY = re.compile(r"[ \t]+(?P<rest>#(?:[^\s#]|[ \t]*\d).*)")
"""What YAML takes for a comment behind a text and was hardly meant as one: "Raum #3"; in a list also "Raum # 3"."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(slots=True)
class Document:
    """One parsed file: its value and the place (line, column from 1) of each path.

    The place of a mapping entry is that of its key. ``value`` is empty text
    when the file could not be read; ``mistakes`` says why. With a slip that can be
    mended for reading on, it is what stands there with that mend.
    """

    file: str
    value: Value = ""
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    guessed: frozenset[int] = frozenset()
    """Lines in and beside which there is such a mend: what else seems wrong there may only follow from it."""

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
    refusal = _build(document, decoded)
    return _read_on(document, refusal, decoded) if refusal else document


def _build(document: Document, content: str) -> yaml.YAMLError | None:
    """Fill ``document`` from ``content``; return why its end was not reached, if so."""
    try:
        _Builder(document, iter(yaml.parse(content, Loader=_Loader)), content).build()
    except yaml.YAMLError as error:
        document.value = ""
        return error
    return None


def _read_on(document: Document, error: yaml.YAMLError | None, content: str) -> Document:
    """Return the document with every slip in it: each is mended, as far as that is known, to read what follows."""
    found: list[Mistake] = []
    allowance, reached = Allowance(), -1
    while error:
        gave_up = _gave_up(error)
        # What seemed to run on may have done so because of the slip.
        document.mistakes = [m for m in document.mistakes if m.text not in (_RUNS_ON, _NO_BAR)]
        slip = _slip(document.file, error, content, allowance)
        is_known = slip.number >= 0
        if found and (not is_known or gave_up < reached):  # what is left may only follow from the mend before
            break
        line = slip.mistake.line
        is_new = all(mistake.line != line for mistake in found)
        if is_new:
            found += [m for m in document.mistakes if m.line == line] or [slip.mistake]
        # A line that is mended to and fro brings nowhere, and each time it is tried for long.
        if not is_known or len(found) >= MOST_SLIPS or not (is_new or gave_up > reached):
            break
        rows = content.split("\n")
        rows[slip.number] = slip.row
        content, reached = "\n".join(rows), gave_up
        document = Document(document.file)
        error = _build(document, content)
    document.guessed = frozenset(m.line + beside for m in found for beside in (-1, 0, 1))
    document.mistakes = found + [m for m in document.mistakes if m.line not in document.guessed]
    return document


def _gave_up(error: yaml.YAMLError) -> int:
    """Return the line, from 0, at which the parser gave up."""
    mark = getattr(error, "problem_mark", None)
    return mark.line if mark else 0


class _TooDeep(yaml.YAMLError):
    """Nesting beyond ``DEEPEST``."""


class _Builder:
    """Turns the events of one file, whose text is ``content``, into a value and its places."""

    def __init__(self, document: Document, events: Iterator[yaml.Event], content: str) -> None:
        self._document = document
        self._events = events
        self._content = content
        self._blank: set[Path] = set()
        """Keys behind which nothing stands, not even quotation marks."""

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
            return self._text(event, path)
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

    def _text(self, event: yaml.ScalarEvent, path: Path) -> str:
        text = str(event.value)
        if not text and not event.style:
            self._blank.add(path)
        if event.style == "|":
            self._add_notes_in(event)
        elif lost := self._lost(event, path):
            self._add(
                event,
                f"Was hinter „#“ steht, liest nur der Mensch: „{lost}“ ginge verloren. Gehört es zum Text, "
                'den ganzen Text in "…" setzen; ist es eine Notiz, in eine eigene Zeile darüber.',
            )
            return f"{text} {lost}"  # not blank at least, which would be a second mistake
        elif not event.style and event.end_mark and event.end_mark.line >= _place(event)[0]:
            self._add_run_on(event, path)
        elif not event.style and text.endswith('"') and text.count('"') == 1:
            self._add(event, "Hinten steht ein Anführungszeichen, vorn fehlt es.")
        return text

    def _lost(self, event: yaml.Event, path: Path) -> str:
        """Return what stands behind a text and is lost as a comment, shortened, if that was hardly meant."""
        mark = event.end_mark
        pattern = _LOST_OF_ENTRY if path and isinstance(path[-1], int) else _LOST
        found = pattern.match(self._content, mark.index) if mark and path[-1:] != ("?",) else None
        return found["rest"].strip()[:30] if found else ""

    def _add_notes_in(self, event: yaml.ScalarEvent) -> None:
        """Add the mistake that a line of a text after "|" looks like a comment or a key."""
        first, _ = _place(event)
        for number, row in enumerate(str(event.value).split("\n"), first + 1):
            text = _NOTE_IN_TEXT if row.lstrip().startswith("# ") else ""
            if text := _KEY_SAID if _KEY_IN_TEXT.match(row) else text:
                self._document.mistakes.append(Mistake(self._document.file, number, 1, text))

    def _add_run_on(self, event: yaml.Event, path: Path) -> None:
        """Add the mistake that a text without a sign for it goes on in the next line."""
        line, column, text = _place(event)[0] + 1, 1, _RUNS_ON
        if path and path[-1] in ("text", "after", "unknown"):
            (line, column), text = self._document.places[path], _NO_BAR
        self._document.mistakes.append(Mistake(self._document.file, line, column, text))

    def _add_second(self, event: yaml.Event, key: str, path: Path, entries: dict[str, Value]) -> None:
        """Add the mistake that ``key`` stands there again; it may belong to an entry between, if that is empty."""
        places = self._document.places
        between = [*entries][[*entries].index(key) + 1 :]
        if empty := next((name for name in reversed(between) if (*path, name) in self._blank), ""):
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


_TAB = "Hier steht ein Tabulator: durch Leerzeichen ersetzen."
_CONFLICT = re.compile(r"^(?:[<>|]{7}(?= )|={7}\r?$)", re.MULTILINE)
_TWO_VERSIONS = (
    "Hier stehen zwei Fassungen nebeneinander, die git nicht vereinen konnte: eine auswählen, die andere und die Zeilen "
    "mit „<<<<<<<“, „=======“ und „>>>>>>>“ löschen."
)
_THERE = (
    ("expected alphabetic or numeric", 'Ein Text, der mit „*“, „&“ oder „!“ anfängt, gehört in "…".'),
    ("comment or line break", "Nach „|“ oder „>“ beginnt der Text erst in der nächsten Zeile."),
    (
        "block sequence entries are not allowed",
        "Eine Liste beginnt erst in der Zeile nach dem Doppelpunkt. Fehlt eine Angabe, die Zeile löschen.",
    ),
    ("unknown escape character", 'Ein „\\“ hat in "…" eine eigene Bedeutung: weglassen.'),
    ("cannot start any token", 'Ein Text, der mit diesem Sonderzeichen anfängt, gehört in "…".'),
)
"""What the parser complains of just where it is."""
_BEFORE = (
    ("mapping values are not allowed", 'Ein Doppelpunkt steht mitten im Text: den Text in "…" setzen.'),
    ("could not find expected ':'", "Hier fehlt ein Doppelpunkt, oder eine Zeile ist falsch eingerückt."),
    ("did not find expected key", "Die Einrückung stimmt nicht, oder ein Anführungszeichen fehlt."),
    ("did not find expected '-'", "In dieser Liste fehlt ein „- “, oder die Einrückung stimmt nicht."),
    ("did not find expected ',' or", "Eine Klammer wird nicht geschlossen, oder ein Komma fehlt."),
    ("unexpected end of stream", "Ein Anführungszeichen oder eine Klammer wird nicht geschlossen."),
)
"""What may be wrong some lines before."""
_HEAD = re.compile(r"\s*(?:-\s+)*(?:[a-z][a-z0-9_.]*:\s+)?")
"""What stands before the text of a row."""
_INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow anywhere."""


def _slip(file: str, error: yaml.YAMLError, content: str, allowance: Allowance) -> Slip:
    """Return what is wrong where the parser gave up, and how the row may have been meant if that is known."""
    if isinstance(error, _TooDeep):
        return Slip(Mistake(file, 0, 0, "Die Datei wurde wegen der Verschachtelung nicht weiter gelesen."))
    if found := _INVISIBLE.search(content):
        line = content.count("\n", 0, found.start())
        column = found.start() - content.rfind("\n", 0, found.start())
        mistake = Mistake(file, line + 1, column, "Hier steht ein unsichtbares Steuerzeichen: bitte löschen.")
        return Slip(mistake, line, _INVISIBLE.sub("", content.split("\n")[line]))
    if found := _CONFLICT.search(content):
        return Slip(Mistake(file, content.count("\n", 0, found.start()) + 1, 1, _TWO_VERSIONS))
    mark = getattr(error, "problem_mark", None)
    if mark is not None and (slip := find_slip(file, content, mark.line, _first_mistake, allowance)):
        return slip
    said = str(error)
    is_tab = mark is not None and content[mark.index : mark.index + 1] == "\t"
    if mark is not None and (text := _TAB if is_tab else _first(_THERE, said)):
        row = content.split("\n")[mark.line]
        head = _HEAD.match(row)
        mended = f"{head[0] if head else ''}x".replace("\t", " ")
        return Slip(Mistake(file, mark.line + 1, mark.column + 1, text), mark.line, mended)
    text = (
        _first(_BEFORE, said) or "Die Datei ist kein gültiges YAML. Einrückung und Anführungszeichen prüfen."
    )
    return Slip(Mistake(file, mark.line + 1, mark.column + 1, text) if mark else Mistake(file, 0, 0, text))


def _first(hints: Iterable[tuple[str, str]], said: str) -> str:
    """Return the German words for what the parser ``said``, or nothing."""
    return next((german for english, german in hints if english in said), "")


def _first_mistake(content: str) -> int | None:
    """Return the line, from 0, of the first mistake in ``content``, ``None`` if there is none."""
    document = Document("")
    error = _build(document, content)
    found = [_gave_up(error)] if error else []
    return min([*found, *(mistake.line - 1 for mistake in document.mistakes)], default=None)
