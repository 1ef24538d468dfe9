"""The form of a file: what ``knowledge/schema.json`` says, each mistake in German with its place."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from bot.content.remedies import is_quoted, markup, remedy
from bot.content.source import Document, Path
from bot.errors import Mistake
from bot.layout import (
    ASPECTS,
    FOLDERS,
    OFFER_FOLDER,
    OPTIONAL_FILES,
    SINGLE_FILES,
    kind_of,
    proper_name,
)

_MANY_LINES = {"text", "after", "unknown"}
_DATES = {"date", "confirmed"}
_NAMING = {"organisation", "unit", "street", "city", "title", "long_title", "summary", "label", "publisher"}
"""Keys whose values are words, so that a "-" for what there is not is a mistake."""
_OF_ANSWERS = {"answers", "details"}
_FEW = 4
"""Unknown keys in one group that are told one by one; more have lost their place together."""
_PATTERNED = {
    "topic",
    "source",
    "position",
    "postcode",
    "phones",
    "fax",
    "email",
    "url",
    "term_months",
    *_DATES,
}
"""Keys whose values have a form of their own, so that a wrong sign is told with it."""
_SHOWN = {"topic", "wording", "safety", "off"}
"""Kinds of files whose texts people get to see."""
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def form_of(file: str, document: Document, rules: str) -> Iterator[Mistake]:
    """Return the mistakes of form in ``file``; ``rules`` is the schema as JSON."""
    kind = kind_of(file)
    if kind is None:
        yield Mistake(file, 0, 0, _stray(file))
        return
    if document.value == "":
        yield Mistake(file, 0, 0, "Diese Datei ist leer: füllen oder löschen.")
        return
    if home := _other_folder(kind, document.value):
        yield Mistake(file, 0, 0, f"Diese Datei gehört in den Ordner {home}/, nach dem, was darin steht.")
        return
    if kind == "utterances":
        yield from _lines(document)
    else:
        yield from _texts(document, kind)
    if kind == "topic" and (misplaced := _misplaced(document)):
        yield misplaced
        return
    for error in _validator(kind, rules).iter_errors(_shortened(kind, document.value)):
        yield from _german(document, error)


def _misplaced(document: Document) -> Mistake | None:
    """Return the mistake that a line is missing which would part two groups, instead of what follows from it."""
    value: Any = document.value
    groups = [value.get(key) if isinstance(value, dict) else None for key in ("contacts", "answers")]
    contacts, answers = (group if isinstance(group, dict) else {} for group in groups)
    if "answers" not in value and (side := next((key for key in contacts if key in ASPECTS), "")):
        text = f"„{side}“ ist keine Kontaktkarte: darüber fehlt die Zeile „answers:“."
        return document.mistake(("contacts", side), text)
    if isinstance(contacts.get("organisation"), str):
        text = (
            "Jede Kontaktkarte hat eine eigene Kennung: darüber fehlt eine Zeile wie „  office:“, "
            "unter der diese Angaben weiter eingerückt stehen."
        )
        return document.mistake(("contacts", "organisation"), text)
    strange = next(
        (key for key, entry in answers.items() if key not in ASPECTS and isinstance(entry, dict)), ""
    )
    if strange and "details" not in value:
        known = ", ".join(ASPECTS)
        text = f"„{strange}“ gehört unter „details:“, darüber fehlt diese Zeile; unter „answers:“ stehen nur {known}."
        return document.mistake(("answers", strange), text)
    return None


def _other_folder(kind: str, value: Any) -> str:
    """Return the folder of what ``value`` really is: utterances among the offers, or an offer among those."""
    if not isinstance(value, dict):
        return ""
    if kind == "topic" and "answers" not in value and any(isinstance(value.get(a), list) for a in ASPECTS):
        return "utterances"
    return OFFER_FOLDER if kind == "utterances" and isinstance(value.get("answers"), dict) else ""


def _stray(file: str) -> str:
    if proper := proper_name(file):
        if not file.endswith(".yaml"):
            return f"Diese Datei muss auf „.yaml“ enden: in „{proper}“ umbenennen."
        copy = " Eine Kopie bitte löschen." if " " in file else ""
        return f"Dateinamen bestehen nur aus a–z, 0–9 und „_“: in „{proper}“ umbenennen.{copy}"
    known = ", ".join([*SINGLE_FILES, *OPTIONAL_FILES, *(f"{folder}/….yaml" for folder in FOLDERS)])
    return f"Diese Datei gehört nicht hierher. Es gibt: {known}."


_COLON = 'Ein Doppelpunkt steht mitten im Text: den Text in "…" setzen.'
_NO_PLAIN_TEXT = (
    'Für YAML ist das mehr als ein Text, wegen „:“, „?“ oder „{“ darin: den ganzen Text in "…" setzen.'
)
_BRACKET = 'Ein Text, der mit „[“ anfängt, gehört in "…".'
_TWO_DASHES = "Hier stehen zwei Striche hintereinander: einen löschen."
_EMPTY_LINE = 'Diese Zeile ist leer: bitte löschen. Fängt sie mit „#“ an: den Text in "…" setzen.'


def _lines(document: Document) -> Iterator[Mistake]:
    """Check the lists of an utterances file here: fifty times faster than by schema."""
    if not isinstance(document.value, dict):
        return
    for section, lines in document.value.items():
        if not isinstance(lines, list):
            continue
        for number, line in enumerate(lines):
            if not isinstance(line, str):
                yield document.mistake((section, number), _no_line(document, (section, number), line))
            elif not line.strip():
                yield document.mistake((section, number), _EMPTY_LINE)
            elif len(line) > 900:
                text = f"{len(line)} Zeichen sind zu lang für eine Äußerung; erlaubt sind 900."
                yield document.mistake((section, number), text)


def _no_line(document: Document, path: Path, value: Any) -> str:
    """Return why ``value`` at ``path`` is no line of text."""
    if isinstance(value, dict):
        return _COLON if any(value.values()) else _NO_PLAIN_TEXT
    (_, column), (_, inner) = document.places[path], document.places.get((*path, 0), (0, 0))
    return _TWO_DASHES if inner > column + 1 else _BRACKET


def _texts(document: Document, kind: str) -> Iterator[Mistake]:
    """Check what a schema cannot say: blank texts, line breaks, days that do not exist."""
    for path, text in scalars(document.value):
        key = path[-1] if path else ""
        if text and not text.strip():
            yield document.mistake(path, "Hier steht nur Leerraum: Text ergänzen.")
        elif "\n" in text and kind != "wording" and str(key).lower() not in _MANY_LINES:
            is_misspelt = bool(difflib.get_close_matches(str(key).lower(), _MANY_LINES, n=1))  # which is said
            if not is_misspelt and (
                len(path) != 2 or path[0] not in _OF_ANSWERS
            ):  # there a group is missing, too
                yield document.mistake(path, "Hier ist nur eine Zeile erlaubt: „|“ oder „>“ weglassen.")
        elif key in _NAMING and text and not any(sign.isalnum() for sign in text):
            yield document.mistake(
                path,
                f"„{short(text)}“ bekämen die Menschen so zu sehen. Gibt es die Angabe nicht, die Zeile löschen.",
            )
        elif is_quoted(text) and _PATTERNED.isdisjoint(path[-2:]):
            marks = f"„{short(text[1:-1])}“ steht in „…“, die der Bot mitsagen würde"
            yield document.mistake(path, f'{marks}: Anführungszeichen sind hier gerade, "…", oder entfallen.')
        elif kind in _SHOWN and (odd := markup(text)):
            yield document.mistake(
                path, f"„{odd}“ bekämen die Menschen so zu sehen: hier steht nur einfacher Text."
            )
        elif key in _DATES and _DAY.fullmatch(text) and not _is_day(text):
            yield document.mistake(path, f"Den Tag „{text}“ gibt es nicht. Erwartet: JJJJ-MM-TT.")


def scalars(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Return every text in ``value`` with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from scalars(entry, (*path, key))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def violations(kind: str, value: Any, rules: str) -> Iterator[Path]:
    """Yield the paths in ``value`` at which there is what does not fit the schema; what is missing is nowhere."""
    for error in _validator(kind, rules).iter_errors(_shortened(kind, value)):
        path: Path = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            yield (*path, error.instance)
        elif error.validator == "additionalProperties":
            yield from ((*path, key) for key in set(error.instance) - set(error.schema.get("properties", {})))
        elif error.validator != "required":
            yield path


def _shortened(kind: str, value: Any) -> Any:
    """Return the value to validate; of utterances only one line a list (see ``_lines``)."""
    if kind != "utterances" or not isinstance(value, dict):
        return value
    return {key: (["…"] if isinstance(lines, list) and lines else lines) for key, lines in value.items()}


@cache
def _validator(kind: str, rules: str) -> Any:
    # Imported here: a start with a warm cache validates nothing.
    from jsonschema import Draft202012Validator

    root = json.loads(rules)
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": root["$defs"]})


_NOTHING_BELOW = (
    " Darunter steht nichts, was dazugehört: weiter einrücken, oder die Zeile löschen, wenn es nichts gibt."
)
_EXPECTED = {
    "string": "ein Text",
    "array": "eine Liste („- …“ je Zeile oder „[…]“)",
    "object": "eine Gruppe („name: …“)",
}


def _german(document: Document, error: Any) -> Iterator[Mistake]:
    path: Path = tuple(error.absolute_path)
    value = error.instance
    if "propertyNames" in error.absolute_schema_path:
        text = f"„{short(value)}“ taugt nicht als Kennung: nur a–z, 0–9 und „_“, höchstens 31 Zeichen."
        if expected := error.schema.get("description"):
            text = f"„{short(value)}“ passt hier nicht. Erwartet: {expected}"
        yield document.mistake((*path, value), text)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(document, path, error)
    elif error.validator == "required":
        if document.mistakes:  # it may stand where there is a slip in YAML
            return
        # A key that is only misspelt is an unknown key already.
        unknown = set(value) - set(error.schema.get("properties", {}))
        for key in error.validator_value:
            if key not in value and not difflib.get_close_matches(key, map(str.lower, unknown), n=1):
                yield document.mistake(path, f"Hier fehlt „{key}“.{_meaning(error, key)}")
    elif text := _too_much_or_little(error) or _unfit(error):
        yield document.mistake(path, text)


def _unfit(error: Any) -> str:
    """Say why a value is none of those that are allowed; nothing for an empty text."""
    value, allowed = error.instance, error.validator_value
    match error.validator:
        case "type" if allowed == "object" and "text" in error.schema.get("properties", {}):
            return "Hier wird eine Gruppe erwartet: darunter „text: |“, und darunter erst der Text."
        case "type":
            expected = f"Hier wird {_EXPECTED.get(allowed, 'etwas anderes')} erwartet."
            return expected if value else f"{expected}{_NOTHING_BELOW}"
        case "pattern":  # that a text is empty is said by its length
            text = f"„{short(value)}“ passt hier nicht.{_described(error)}{remedy(value, allowed)}"
            return text if value else ""
        case "enum":
            return f"„{short(value)}“ gibt es nicht. Erlaubt: {', '.join(allowed)}."
        case _:  # pragma: no cover - the schema uses no other keyword
            return "Das entspricht nicht dem Format in schema.json."


def _too_much_or_little(error: Any) -> str:
    """Say how long a value may be, or nothing if its length is right."""
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "minLength" if value:
            return f"„{value}“ ist zu kurz: mindestens {limit} Zeichen."
        case "minLength" | "minItems" | "minProperties":
            may_lack = "contacts" in error.absolute_path and error.absolute_path[-1] != "organisation"
            rest = " Gibt es das nicht, die ganze Zeile löschen." if may_lack else ""
            return f"Hier fehlt der Inhalt.{_described(error)}{rest}"
        case "maxLength":
            return f"{len(value)} Zeichen sind zu lang; erlaubt sind {limit}."
        case "maxItems":
            return f"{len(value)} Einträge sind zu viele; erlaubt sind {limit}."
    return ""


def _unknown_keys(document: Document, path: Path, error: Any) -> Iterator[Mistake]:
    allowed = sorted(error.schema.get("properties", {}))
    unknown = [key for key in error.instance if key not in allowed]
    if len(unknown) > _FEW:
        text = f"„{short(unknown[0])}“ und {len(unknown) - 1} weitere Schlüssel gehören nicht hierher: Stimmt die Einrückung, hier oder darüber?"
        yield document.mistake((*path, unknown[0]), f"{text} Erlaubt: {', '.join(allowed)}.")
        return
    for key in sorted(unknown):
        text = f"Unbekannter Schlüssel „{short(key)}“.{close_to(key, allowed)} Erlaubt: {', '.join(allowed)}."
        yield document.mistake((*path, key), text)


def _described(error: Any) -> str:
    described = error.schema.get("description", "")
    return f" Erwartet: {described}" if described else ""


def _meaning(error: Any, key: str) -> str:
    described = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f" {described}" if described else ""


def short(value: object) -> str:
    """Return ``value`` as text of at most 40 characters."""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def close_to(word: str, known: Iterable[str]) -> str:
    """Return a question for the known word that is meant, or nothing."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1)
    return f" Meinten Sie „{found[0]}“?" if found else ""
