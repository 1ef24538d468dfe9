"""Finds every mistake in the content and says in German how to mend it.

Two passes over the parsed files: the form (``knowledge/schema.json``, the same
file that completes keys in the editor) and the sense across files (an option
that leads nowhere, an offer without a contact). All mistakes come in one run.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from bot.errors import Mistake
from bot.source import Document, Path

ASPECTS = ("overview", "services", "contact")
NOT_TOPICS = {"none", "notruf", "follow_up"}
"""What utterances may be about besides the topics: foreign, danger, a follow-up."""
ALARMS = ("danger", "fire_injury", "despair")
SINGLE_FILES = {
    "off_topic.yaml": "utterances",
    "sources.yaml": "sources",
    "vocabulary.yaml": "vocabulary",
    "concepts.yaml": "concepts",
    "wording.yaml": "wording",
    "safety.yaml": "safety",
}
FOLDERS = {"offers": "topic", "general": "topic", "utterances": "utterances"}


def kind_of(file: str) -> str | None:
    """Return which part of the schema describes ``file`` (relative, with slashes)."""
    path = PurePosixPath(file)
    if len(path.parts) == 2 and path.suffix == ".yaml":
        return FOLDERS.get(path.parts[0])
    return SINGLE_FILES.get(file)


def mistakes(documents: Mapping[str, Document], schema: Mapping[str, Any]) -> list[Mistake]:
    """Return all mistakes of the content, form first; the sense needs a sound form."""
    found: list[Mistake] = []
    for file, document in documents.items():
        found += document.mistakes
        if document.value != "" or not document.mistakes:
            found += _form(file, document, schema)
    for file in SINGLE_FILES:
        if file not in documents:
            found.append(Mistake(file, 0, 0, "Diese Datei fehlt."))
    return found or list(_sense(documents, schema))


# --- form --------------------------------------------------------------------


def _form(file: str, document: Document, schema: Mapping[str, Any]) -> Iterator[Mistake]:
    kind = kind_of(file)
    if kind is None:
        known = ", ".join([*SINGLE_FILES, *(f"{folder}/….yaml" for folder in FOLDERS)])
        yield Mistake(file, 0, 0, f"Diese Datei gehört nicht hierher. Es gibt: {known}.")
        return
    if kind == "utterances":
        yield from _lines(document)
    for error in _validator(kind, json.dumps(schema)).iter_errors(_shortened(kind, document)):
        yield from _german(document, error)


def _lines(document: Document) -> Iterator[Mistake]:
    """Check the lists of an utterances file here: fifty times faster than by schema."""
    if not isinstance(document.value, dict):
        return
    for section, lines in document.value.items():
        if not isinstance(lines, list):
            continue
        for number, line in enumerate(lines):
            if not isinstance(line, str):
                text = 'Hier wird ein einfacher Text erwartet; Zeilen mit „: “ in „"“ setzen.'
                yield document.mistake((section, number), text)
            elif not line.strip():
                yield document.mistake((section, number), "Diese Zeile ist leer: bitte löschen.")
            elif len(line) > 900:
                text = f"{len(line)} Zeichen sind zu lang für eine Äußerung; erlaubt sind 900."
                yield document.mistake((section, number), text)


def _shortened(kind: str, document: Document) -> Any:
    """Return the value to validate; of utterances only one line a list (see ``_lines``)."""
    if kind != "utterances" or not isinstance(document.value, dict):
        return document.value
    return {
        key: (["…"] if isinstance(value, list) and value else value) for key, value in document.value.items()
    }


@cache
def _validator(kind: str, schema: str) -> Any:
    # Imported here: a start with a warm cache validates nothing.
    from jsonschema import Draft202012Validator

    root = json.loads(schema)
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": root["$defs"]})


def _german(document: Document, error: Any) -> Iterator[Mistake]:
    path: Path = tuple(error.absolute_path)
    value = error.instance
    match error.validator:
        case "additionalProperties":
            allowed = sorted(error.schema.get("properties", {}))
            for key in sorted(set(value) - set(allowed)):
                close = difflib.get_close_matches(key, allowed, n=1)
                hint = f" Meinten Sie „{close[0]}“?" if close else ""
                text = f"Unbekannter Schlüssel „{key}“.{hint} Erlaubt: {', '.join(allowed)}."
                yield document.mistake((*path, key), text)
        case "required":
            key = next(k for k in error.validator_value if k not in value)
            yield document.mistake(path, f"Hier fehlt „{key}“.{_meaning(error, key)}")
        case "type":
            expected = {
                "string": "ein Text",
                "array": "eine Liste („- …“)",
                "object": "eine Gruppe („name: …“)",
            }
            yield document.mistake(
                path, f"Hier wird {expected.get(error.validator_value, 'etwas anderes')} erwartet."
            )
        case "pattern":
            text = f"„{_short(value)}“ passt hier nicht. Erwartet: {_described(error)}"
            yield document.mistake(path, text)
        case "propertyNames":
            text = f"„{_short(value)}“ taugt nicht als Kennung: nur a–z, 0–9 und „_“, höchstens 31 Zeichen."
            yield document.mistake((*path, str(error.instance)), text)
        case "enum":
            yield document.mistake(
                path, f"„{_short(value)}“ gibt es nicht. Erlaubt: {', '.join(error.validator_value)}."
            )
        case "minLength" | "minItems" | "minProperties":
            yield document.mistake(path, f"Hier fehlt der Inhalt. Erwartet: {_described(error)}")
        case "maxLength":
            yield document.mistake(
                path, f"{len(value)} Zeichen sind zu lang; erlaubt sind {error.validator_value}."
            )
        case "maxItems":
            yield document.mistake(
                path, f"{len(value)} Einträge sind zu viele; erlaubt sind {error.validator_value}."
            )
        case _:  # pragma: no cover - the schema uses no other keyword
            yield document.mistake(path, "Das entspricht nicht dem Format in schema.json.")


def _described(error: Any) -> str:
    return str(error.schema.get("description", "siehe schema.json."))


def _meaning(error: Any, key: str) -> str:
    described = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f" {described}" if described else ""


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


# --- sense -------------------------------------------------------------------


def _sense(documents: Mapping[str, Document], schema: Mapping[str, Any]) -> Iterator[Mistake]:
    values: dict[str, Any] = {file: document.value for file, document in documents.items()}
    topics = {v["topic"]: file for file, v in values.items() if kind_of(file) == "topic"}
    targets = _targets(values, topics)
    for file in topics.values():
        yield from _topic(documents[file], values, topics, targets)
    for needed in ("broschuere", "bot", "smalltalk"):
        if needed not in topics:
            yield Mistake(f"general/{needed}.yaml", 0, 0, "Diese Datei fehlt; der Bot braucht das Thema.")
    if not any(file.startswith("offers/") for file in topics.values()):
        yield Mistake("offers", 0, 0, "Es gibt kein Angebot: mindestens eine Datei ist nötig.")
    with_lines = set()
    for file, value in values.items():
        if kind_of(file) == "utterances":
            with_lines.add(value["topic"])
            yield from _utterances(documents[file], topics, values)
    for topic in [*topics, *sorted(NOT_TOPICS)]:
        if topic not in with_lines:
            where = "off_topic.yaml" if topic == "none" else f"utterances/{topic}.yaml"
            text = f"Zu „{topic}“ fehlen Äußerungen: ohne sie wird nie danach geantwortet."
            yield Mistake(where, 0, 0, text)
    yield from _wording(documents["wording.yaml"], schema)


def _targets(values: Mapping[str, Any], topics: Mapping[str, str]) -> set[str]:
    """Return all that an option may lead to."""
    targets = set(topics)
    for topic, file in topics.items():
        targets |= {f"{topic}.{name}" for name in values[file]["answers"]}
        targets |= {f"{topic}.{name}" for name in values[file].get("details", {})}
    return targets


def _topic(
    document: Document,
    values: Mapping[str, Any],
    topics: Mapping[str, str],
    targets: set[str],
) -> Iterator[Mistake]:
    value: Any = document.value
    name = PurePosixPath(document.file)
    if value["topic"] != name.stem:
        text = f"Die Kennung „{value['topic']}“ muss heißen wie die Datei: „{name.stem}“."
        yield document.mistake(("topic",), text)
    if value["topic"] in NOT_TOPICS:
        yield document.mistake(("topic",), f"„{value['topic']}“ ist vergeben; bitte anders nennen.")
    source = value.get("source")
    if source is not None and source not in values["sources.yaml"]:
        known = ", ".join(values["sources.yaml"])
        yield document.mistake(("source",), f"Die Quelle „{source}“ gibt es nicht. Bekannt: {known}.")
    if name.parts[0] == "offers":
        for key in ("source", "contacts", "names"):
            if not value.get(key):
                yield document.mistake((), f"Einem Angebot darf „{key}“ nicht fehlen.")
        for aspect in ASPECTS:
            if aspect not in value["answers"]:
                text = f"Die Seite „{aspect}“ fehlt: jedes Angebot braucht overview, services und contact."
                yield document.mistake(("answers",), text)
    yield from _details(document, values)
    for part in ("answers", "details"):
        for key, entry in value.get(part, {}).items():
            yield from _references(document, (part, key), entry, targets)
            yield from _shown_cards(document, (part, key), entry, values, topics)


def _details(document: Document, values: Mapping[str, Any]) -> Iterator[Mistake]:
    value: Any = document.value
    shared = values["vocabulary.yaml"]["details"]
    for detail, entry in value.get("details", {}).items():
        if detail in ASPECTS:
            yield document.mistake(("details", detail), f"„{detail}“ gehört unter „answers“.")
        recognised = detail in shared or "ask" in entry or _has_section(values, value["topic"], detail)
        if not recognised:
            text = f"„{detail}“ steht nicht in vocabulary.yaml: „ask“ mit Erkennungswörtern ergänzen."
            yield document.mistake(("details", detail), text)


def _references(
    document: Document, path: Path, entry: Mapping[str, Any], targets: set[str]
) -> Iterator[Mistake]:
    for number, target in enumerate(entry.get("options", [])):
        if target not in targets:
            text = f"Die Auswahl „{target}“ führt nirgendwohin.{_close(target, targets)}"
            yield document.mistake((*path, "options", number), text)


def _shown_cards(
    document: Document,
    path: Path,
    entry: Mapping[str, Any],
    values: Mapping[str, Any],
    topics: Mapping[str, str],
) -> Iterator[Mistake]:
    for number, card in enumerate(entry.get("contacts", [])):
        owner, _, name = card.rpartition(".")
        holder: Any = document.value if not owner else values.get(topics.get(owner, ""), {})
        if name not in holder.get("contacts", {}):
            text = f"Eine Kontaktkarte „{card}“ gibt es nicht."
            yield document.mistake((*path, "contacts", number), text)


def _has_section(values: Mapping[str, Any], topic: str, section: str) -> bool:
    return any(
        kind_of(file) == "utterances" and value["topic"] == topic and section in value
        for file, value in values.items()
    )


def _utterances(
    document: Document, topics: Mapping[str, str], values: Mapping[str, Any]
) -> Iterator[Mistake]:
    value: Any = document.value
    topic = value["topic"]
    if topic not in topics and topic not in NOT_TOPICS:
        text = f"Das Thema „{topic}“ gibt es nicht.{_close(topic, topics)}"
        yield document.mistake(("topic",), text)
        return
    if topic == "none":
        return
    if topic == "notruf":
        known: set[str] = set(ALARMS)
    elif topic == "follow_up":
        known = set(ASPECTS)
    else:
        content = values[topics[topic]]
        known = set(content["answers"]) | set(content.get("details", {}))
    for section in value:
        if section != "topic" and section not in known:
            text = (
                f"Den Abschnitt „{section}“ beantwortet „{topic}“ nicht. Möglich: {', '.join(sorted(known))}."
            )
            yield document.mistake((section,), text)


def _wording(document: Document, schema: Mapping[str, Any]) -> Iterator[Mistake]:
    value: Any = document.value
    wanted: Mapping[str, str] = schema["x-wording"]
    for key, example in wanted.items():
        if key not in value:
            yield document.mistake((), f"Der Satz „{key}“ fehlt. Er wird gesagt: {example}")
    for key in value:
        if key not in wanted:
            yield document.mistake((key,), f"Den Satz „{key}“ sagt der Bot nirgends.{_close(key, wanted)}")


def _close(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" Meinten Sie „{found[0]}“?" if found else ""
