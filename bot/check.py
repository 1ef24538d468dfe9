"""Finds every mistake in the content and says in German how to mend it.

Two passes over the parsed files: the form (``knowledge/schema.json``, the same
file that completes keys in the editor) and the sense across files (an option
that leads nowhere, an offer without a contact). All mistakes come in one run:
the sense of every sound file is judged, and what would lean on a file that is
not sound is left alone, so that one slip is not reported twenty times.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from string import Formatter
from typing import Any

from bot.errors import Mistake
from bot.source import Document, Path
from bot.text import fold_word

ASPECTS = ("overview", "services", "contact")
NOT_TOPICS = {"none", "notruf", "follow_up"}
"""What utterances may be about besides the topics: foreign, danger, a follow-up."""
RESERVED = NOT_TOPICS | {"offers"}
"""Ids that mean something else: no topic may have them."""
ALARMS = ("danger", "fire_injury", "despair")
EMERGENCY_NUMBERS = {"danger": "110", "fire_injury": "112", "despair": "112"}
"""What must be said to each kind of alarm, in the text and on a card."""
NEEDED = {
    "bot": ("capabilities", "general_help", "privacy"),
    "broschuere": (),
    "smalltalk": (),
}
"""Topics without which the program cannot answer, with the details that it calls by name."""
SINGLE_FILES = {
    "off_topic.yaml": "utterances",
    "sources.yaml": "sources",
    "vocabulary.yaml": "vocabulary",
    "concepts.yaml": "concepts",
    "wording.yaml": "wording",
    "safety.yaml": "safety",
}
OFF = "off.yaml"
OPTIONAL_FILES = {OFF: "off"}
FOLDERS = {"offers": "topic", "general": "topic", "utterances": "utterances"}
SHORTEST_PART = 3
"""Letters that a word with ``*`` needs: "ab*" would find half of the language."""
_MANY_LINES = {"text", "after"}
_DATES = {"date", "confirmed"}
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def kind_of(file: str) -> str | None:
    """Return which part of the schema describes ``file`` (relative, with slashes)."""
    path = PurePosixPath(file)
    if len(path.parts) == 2 and path.suffix == ".yaml":
        return FOLDERS.get(path.parts[0])
    return SINGLE_FILES.get(file) or OPTIONAL_FILES.get(file)


def mistakes(documents: Mapping[str, Document], schema: Mapping[str, Any]) -> list[Mistake]:
    """Return all mistakes of the content, each once: of form, then of sense."""
    if not _is_whole(schema):
        text = "Diese Datei ist beschädigt: bitte die mitgelieferte Fassung wiederherstellen."
        return [Mistake("schema.json", 0, 0, text)]
    rules = json.dumps(schema)
    found: list[Mistake] = []
    sound: dict[str, Document] = {}
    for file, document in documents.items():
        own = list(document.mistakes)
        if document.value != "" or not own:
            own += _form(file, document, rules)
        if not own:
            sound[file] = document
        found += own
    for file in SINGLE_FILES:
        if file not in documents:
            found.append(Mistake(file, 0, 0, "Diese Datei fehlt."))
    found += _sense(_gathered(documents, sound), documents, schema)
    return list(dict.fromkeys(found))


def switches(document: Document, schema: Mapping[str, Any], topics: Iterable[str]) -> list[Mistake]:
    """Return the mistakes of the file of switches alone; ``topics`` are those that exist."""
    found = [*document.mistakes, *_form(OFF, document, json.dumps(schema))] if _is_whole(schema) else []
    return found or list(_switches(document, topics, ()))


def _is_whole(schema: Any) -> bool:
    if not isinstance(schema, dict) or not isinstance(schema.get("x-wording"), dict):
        return False
    kinds = {*SINGLE_FILES.values(), *FOLDERS.values()}
    return isinstance(schema.get("$defs"), dict) and kinds <= set(schema["$defs"])


# --- form --------------------------------------------------------------------


def _form(file: str, document: Document, rules: str) -> Iterator[Mistake]:
    kind = kind_of(file)
    if kind is None:
        yield Mistake(file, 0, 0, _stray(file))
        return
    if document.value == "":
        yield Mistake(file, 0, 0, "Diese Datei ist leer: füllen oder löschen.")
        return
    if kind == "utterances":
        yield from _lines(document)
    else:
        yield from _texts(document, kind)
    for error in _validator(kind, rules).iter_errors(_shortened(kind, document)):
        yield from _german(document, error)


def _stray(file: str) -> str:
    path = PurePosixPath(file)
    stem = path.name.lower().partition(".y")[0]  # of "zmi.yml", "zmi.YAML", "zmi.yaml.txt"
    if kind_of(str(path.with_name(f"{stem}.yaml"))):
        return f"Diese Datei muss auf „.yaml“ enden: in „{stem}.yaml“ umbenennen."
    known = ", ".join([*SINGLE_FILES, *OPTIONAL_FILES, *(f"{folder}/….yaml" for folder in FOLDERS)])
    return f"Diese Datei gehört nicht hierher. Es gibt: {known}."


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


def _texts(document: Document, kind: str) -> Iterator[Mistake]:
    """Check what a schema cannot say: blank texts, line breaks, days that do not exist."""
    for path, text in _scalars(document.value):
        key = path[-1] if path else ""
        if text and not text.strip():
            yield document.mistake(path, "Hier steht nur Leerraum: Text ergänzen.")
        elif "\n" in text and kind != "wording" and key not in _MANY_LINES:
            yield document.mistake(path, "Hier ist nur eine Zeile erlaubt: „|“ oder „>“ weglassen.")
        elif key in _DATES and _DAY.fullmatch(text) and not _is_day(text):
            yield document.mistake(path, f"Den Tag „{text}“ gibt es nicht. Erwartet: JJJJ-MM-TT.")


def _scalars(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from _scalars(entry, (*path, key))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shortened(kind: str, document: Document) -> Any:
    """Return the value to validate; of utterances only one line a list (see ``_lines``)."""
    if kind != "utterances" or not isinstance(document.value, dict):
        return document.value
    return {
        key: (["…"] if isinstance(value, list) and value else value) for key, value in document.value.items()
    }


@cache
def _validator(kind: str, rules: str) -> Any:
    # Imported here: a start with a warm cache validates nothing.
    from jsonschema import Draft202012Validator

    root = json.loads(rules)
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": root["$defs"]})


_EXPECTED = {
    "string": "ein Text",
    "array": "eine Liste („- …“)",
    "object": "eine Gruppe („name: …“)",
}


def _german(document: Document, error: Any) -> Iterator[Mistake]:
    path: Path = tuple(error.absolute_path)
    value = error.instance
    if "propertyNames" in error.absolute_schema_path:
        text = f"„{_short(value)}“ taugt nicht als Kennung: nur a–z, 0–9 und „_“, höchstens 31 Zeichen."
        yield document.mistake((*path, value), text)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(document, path, error)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in value:
                yield document.mistake(path, f"Hier fehlt „{key}“.{_meaning(error, key)}")
    elif text := _too_much_or_little(error) or _unfit(error):
        yield document.mistake(path, text)


def _unfit(error: Any) -> str:
    """Say why a value is none of those that are allowed; nothing for an empty text."""
    value, allowed = error.instance, error.validator_value
    match error.validator:
        case "type":
            return f"Hier wird {_EXPECTED.get(allowed, 'etwas anderes')} erwartet."
        case "pattern":  # that a text is empty is said by its length
            return f"„{_short(value)}“ passt hier nicht.{_described(error)}" if value else ""
        case "enum":
            return f"„{_short(value)}“ gibt es nicht. Erlaubt: {', '.join(allowed)}."
        case _:  # pragma: no cover - the schema uses no other keyword
            return "Das entspricht nicht dem Format in schema.json."


def _too_much_or_little(error: Any) -> str:
    """Say how long a value may be, or nothing if its length is right."""
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "minLength" if value:
            return f"„{value}“ ist zu kurz: mindestens {limit} Zeichen."
        case "minLength" | "minItems" | "minProperties":
            return f"Hier fehlt der Inhalt.{_described(error)}"
        case "maxLength":
            return f"{len(value)} Zeichen sind zu lang; erlaubt sind {limit}."
        case "maxItems":
            return f"{len(value)} Einträge sind zu viele; erlaubt sind {limit}."
    return ""


def _unknown_keys(document: Document, path: Path, error: Any) -> Iterator[Mistake]:
    allowed = sorted(error.schema.get("properties", {}))
    for key in sorted(set(error.instance) - set(allowed)):
        text = f"Unbekannter Schlüssel „{_short(key)}“.{_close(key, allowed)} Erlaubt: {', '.join(allowed)}."
        yield document.mistake((*path, key), text)


def _described(error: Any) -> str:
    described = error.schema.get("description", "")
    return f" Erwartet: {described}" if described else ""


def _meaning(error: Any, key: str) -> str:
    described = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f" {described}" if described else ""


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


# --- sense -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Content:
    """The files whose form is sound.

    ``topics`` are their topics by the name of the file, which is the id; of two
    alike, the offer. ``doubtful`` are the topics of all other files: nothing is
    said about references to them.
    """

    sound: Mapping[str, Document]
    topics: Mapping[str, Any]
    doubtful: frozenset[str]

    def of(self, kind: str) -> list[Document]:
        """Return the files of ``kind``, in order."""
        return [document for file, document in self.sound.items() if kind_of(file) == kind]

    def value(self, file: str) -> Any:
        """Return the content of a file, ``None`` if it is not sound."""
        document = self.sound.get(file)
        return document.value if document else None


def _gathered(every: Mapping[str, Document], sound: Mapping[str, Document]) -> _Content:
    topics = {PurePosixPath(file).stem: d.value for file, d in sound.items() if kind_of(file) == "topic"}
    broken = {file: document.value for file, document in every.items() if file not in sound}
    named = {str(value.get("topic")) for value in broken.values() if isinstance(value, dict)}
    stems = {PurePosixPath(file).stem for file in broken}
    foreign = set() if "off_topic.yaml" in sound else {"none"}
    return _Content(sound, topics, frozenset(named | stems | foreign))


def _sense(content: _Content, every: Mapping[str, Document], schema: Mapping[str, Any]) -> Iterator[Mistake]:
    for document in content.of("topic"):
        yield from _topic(document, content)
    yield from _names(content.of("topic"))
    yield from _missing_topics(content, every)
    for document in content.of("utterances"):
        yield from _utterances(document, content)
    yield from _missing_utterances(content)
    for file in ("vocabulary.yaml", "concepts.yaml", "safety.yaml"):
        if file in content.sound:
            yield from _patterns(content.sound[file])
    if "safety.yaml" in content.sound:
        safety = content.sound["safety.yaml"]
        yield from _emergency(safety, content.value("concepts.yaml"))
        for kind in ALARMS:
            yield from _options(safety, (kind, "next"), content)
    if "wording.yaml" in content.sound:
        yield from _wording(content.sound["wording.yaml"], schema["x-wording"])
    if OFF in content.sound:
        yield from _switches(content.sound[OFF], content.topics, content.doubtful)


def _topic(document: Document, content: _Content) -> Iterator[Mistake]:
    value: Any = document.value
    name = PurePosixPath(document.file)
    if value["topic"] != name.stem:
        text = f"Die Kennung „{value['topic']}“ muss heißen wie die Datei: „{name.stem}“."
        yield document.mistake(("topic",), text)
    if name.stem in RESERVED:
        yield document.mistake(("topic",), f"„{name.stem}“ ist vergeben; bitte anders nennen.")
    if content.topics[name.stem] is not value:
        yield document.mistake(("topic",), f"Das Thema „{name.stem}“ gibt es schon in einem anderen Ordner.")
    source, sources = value.get("source"), content.value("sources.yaml")
    if source is not None and sources is not None and source not in sources:
        known = ", ".join(sources)
        yield document.mistake(("source",), f"Die Quelle „{source}“ gibt es nicht. Bekannt: {known}.")
    if name.parts[0] == "offers":
        yield from _offer(document)
    yield from _details(document, content.value("vocabulary.yaml"))
    yield from _patterns(document)
    for part in ("answers", "details"):
        for key, entry in value.get(part, {}).items():
            yield from _options(document, (part, key, "options"), content)
            for number, card in enumerate(entry.get("contacts", [])):
                if text := _no_card(card, value, content):
                    yield document.mistake((part, key, "contacts", number), text)


def _offer(document: Document) -> Iterator[Mistake]:
    """Check what an offer must have and another topic may lack."""
    value: Any = document.value
    for key in ("source", "contacts", "names"):
        if not value.get(key):
            yield document.mistake((), f"Einem Angebot darf „{key}“ nicht fehlen.")
    for aspect in ASPECTS:
        if aspect not in value["answers"]:
            text = f"Die Seite „{aspect}“ fehlt: jedes Angebot braucht overview, services und contact."
            yield document.mistake(("answers",), text)
    names = value.get("names", [])
    if names and _name_key(value["title"]) not in {_name_key(name) for name in names}:
        text = f"Der Titel „{value['title']}“ fehlt in dieser Liste: so fragen Menschen zuerst."
        yield document.mistake(("names",), text)
    for key, card in value.get("contacts", {}).items():
        if not {"phones", "fax", "email", "links", "street"} & set(card):
            text = f"Die Karte „{key}“ nennt keinen Weg: phones, email, links oder street ergänzen."
            yield document.mistake(("contacts", key), text)


def _details(document: Document, vocabulary: Any) -> Iterator[Mistake]:
    value: Any = document.value
    is_offer = PurePosixPath(document.file).parts[0] == "offers"
    for detail, entry in value.get("details", {}).items():
        if detail in ASPECTS:
            yield document.mistake(("details", detail), f"„{detail}“ gehört unter „answers“.")
        elif is_offer and vocabulary and detail not in vocabulary["details"] and "ask" not in entry:
            text = f"„{detail}“ steht nicht in vocabulary.yaml: „ask“ mit Erkennungswörtern ergänzen."
            yield document.mistake(("details", detail), text)


def _options(document: Document, path: Path, content: _Content) -> Iterator[Mistake]:
    """Check that each option of the list at ``path`` leads somewhere, and only once."""
    options: Any = document.value
    for key in path:
        options = options.get(key, [])
    for number, target in enumerate(options):
        if text := _no_target(target, content):
            yield document.mistake((*path, number), text)
        if target in options[:number]:
            yield document.mistake((*path, number), f"Die Auswahl „{target}“ steht hier zweimal.")


def _no_target(target: str, content: _Content) -> str:
    """Return why an option cannot lead to ``target``, or nothing if it can."""
    topic, _, side = target.partition(".")
    topics, vocabulary = content.topics, content.value("vocabulary.yaml")
    if topic in content.doubtful:
        return ""
    every = [*topics, *(f"{t}.{side}" for t, v in topics.items() for side in _sides(v))]
    if target not in every:
        alike = [known for known in every if known.count(".") == target.count(".")]
        return f"Die Auswahl „{target}“ führt nirgendwohin.{_close(target, alike)}"
    detail = topics[topic].get("details", {}).get(side)
    shared = vocabulary["details"].get(side, {}) if vocabulary else {"label": "?"}
    if detail is not None and "label" not in {**shared, **detail}:
        return f"Die Auswahl „{target}“ hat keine Aufschrift: dort „label“ ergänzen."
    return ""


def _sides(value: Mapping[str, Any]) -> list[str]:
    return [*value["answers"], *value.get("details", {})]


def _no_card(card: str, own: Mapping[str, Any], content: _Content) -> str:
    """Return what to say if ``card`` does not exist."""
    owner, _, name = card.rpartition(".")
    cards = (content.topics.get(owner, {}) if owner else own).get("contacts", {})
    if name in cards or owner in content.doubtful:
        return ""
    known = [f"{owner}.{key}" if owner else key for key in cards]
    return f"Eine Kontaktkarte „{card}“ gibt es nicht.{_close(card, known)}"


def _names(documents: Iterable[Document]) -> Iterator[Mistake]:
    """Check that every name leads to one topic only, spelt how it may be."""
    owners: dict[str, str] = {}
    for document in documents:
        value: Any = document.value
        for number, name in enumerate(value.get("names", [])):
            key = _name_key(name)
            if not key:
                yield document.mistake(("names", number), f"„{name}“ enthält kein Wort.")
            elif owners.setdefault(key, document.file) != document.file:
                text = f"„{name}“ heißt schon das Thema in {owners[key]}: ein Name führt nur zu einem."
                yield document.mistake(("names", number), text)


def _name_key(name: str) -> str:
    return "".join(fold_word(part) for part in "".join(c if c.isalnum() else " " for c in name).split())


def _patterns(document: Document) -> Iterator[Mistake]:
    """Check the words and phrases by which something is recognised."""
    for path, text in _scalars(document.value):
        is_pattern = any(key in path for key in ("ask", "references", "aspects", "signals", "concepts"))
        if is_pattern and (reason := _no_pattern(text)):
            yield document.mistake(path, reason)


def _no_pattern(text: str) -> str:
    parts = text.replace("-", " ").split()
    cores = [part.strip("*") for part in parts]
    if not any(c.isalnum() for core in cores for c in core):
        return f"„{_short(text)}“ enthält kein Wort."
    if any("*" in core for core in cores):
        return f"„{_short(text)}“: ein „*“ steht am Anfang oder Ende eines Wortes, nicht darin."
    if len(parts) == 1 and "*" in text and len(fold_word(cores[0])) < SHORTEST_PART:
        return f"„{text}“ träfe zu viele Wörter: vor oder nach dem „*“ mindestens {SHORTEST_PART} Buchstaben."
    return ""


def _missing_topics(content: _Content, every: Iterable[str]) -> Iterator[Mistake]:
    topics, doubtful = content.topics, content.doubtful
    for needed, details in NEEDED.items():
        if needed not in topics and needed not in doubtful:
            yield Mistake(f"general/{needed}.yaml", 0, 0, "Diese Datei fehlt; der Bot braucht das Thema.")
        elif needed in topics:
            document = content.sound.get(f"general/{needed}.yaml")
            for detail in details:
                if document and detail not in topics[needed].get("details", {}):
                    text = f"Die Einzelheit „{detail}“ fehlt: das Programm braucht sie."
                    yield document.mistake(("details",), text)
    if not any(file.startswith("offers/") for file in every):
        yield Mistake("offers", 0, 0, "Es gibt kein Angebot: mindestens eine Datei ist nötig.")


def _utterances(document: Document, content: _Content) -> Iterator[Mistake]:
    value: Any = document.value
    topic, topics = value["topic"], content.topics
    if topic in content.doubtful:
        return
    if topic not in topics and topic not in NOT_TOPICS:
        text = f"Das Thema „{topic}“ gibt es nicht.{_close(topic, topics)}"
        yield document.mistake(("topic",), text)
        return
    known = _sections(topic, topics)
    sections = [section for section in value if section != "topic"]
    for section in sections:
        if known and section not in known:
            text = f"Den Abschnitt „{section}“ gibt es hier nicht.{_close(section, known)}"
            yield document.mistake((section,), f"{text} Möglich: {', '.join(known)}.")


def _sections(topic: str, topics: Mapping[str, Any]) -> list[str]:
    """Return the sections that the utterances of ``topic`` may have; none: any."""
    if topic == "none":
        return []
    if topic == "notruf":
        return list(ALARMS)
    if topic == "follow_up" or "source" in topics[topic]:
        return list(ASPECTS)  # finer points of an offer are recognised by "ask" alone
    return sorted(_sides(topics[topic]))


def _missing_utterances(content: _Content) -> Iterator[Mistake]:
    topics, doubtful = content.topics, content.doubtful
    found: dict[str, set[str]] = {}
    for document in content.of("utterances"):
        value: Any = document.value
        found.setdefault(value["topic"], set()).update(value)
    for topic in [*topics, *sorted(NOT_TOPICS)]:
        where = "off_topic.yaml" if topic == "none" else f"utterances/{topic}.yaml"
        if topic not in found and topic not in doubtful:
            text = f"Zu „{topic}“ fehlen Äußerungen: ohne sie wird nie danach geantwortet."
            yield Mistake(where, 0, 0, text)
    for kind in ALARMS:
        if "notruf" in found and "notruf" not in doubtful and kind not in found["notruf"]:
            text = f"Der Abschnitt „{kind}“ fehlt: diese Gefahr würde nicht erkannt."
            yield Mistake("utterances/notruf.yaml", 0, 0, text)


def _emergency(document: Document, concepts: Any) -> Iterator[Mistake]:
    """Check that nobody in danger is left without the number that helps."""
    value: Any = document.value
    for kind, number in EMERGENCY_NUMBERS.items():
        if number not in value[kind]["text"]:
            yield document.mistake((kind, "text"), f"In diesem Text muss die {number} stehen.")
        if not any(number in card.get("phones", []) for card in value[kind]["contacts"]):
            yield document.mistake((kind, "contacts"), f"Eine dieser Karten muss die {number} nennen.")
    for position, field in enumerate(value["signals"].get("concepts", [])):
        if concepts and field not in concepts["concepts"]:
            text = (
                f"Das Wortfeld „{field}“ gibt es in concepts.yaml nicht.{_close(field, concepts['concepts'])}"
            )
            yield document.mistake(("signals", "concepts", position), text)


def _switches(document: Document, topics: Iterable[str], doubtful: Collection[str]) -> Iterator[Mistake]:
    value: Any = document.value
    known = list(topics)
    for part in ("topics", "aspects"):
        for key in value.get(part, {}):
            topic = key.partition(".")[0]
            if topic not in known and topic not in doubtful:
                yield document.mistake(
                    (part, key), f"Das Thema „{topic}“ gibt es nicht.{_close(topic, known)}"
                )


def _wording(document: Document, wanted: Mapping[str, str]) -> Iterator[Mistake]:
    value: Any = document.value
    for key, example in wanted.items():
        if key not in value:
            yield document.mistake((), f"Der Satz „{key}“ fehlt. Er lautet etwa: {example}")
    for key, text in value.items():
        if key not in wanted:
            yield document.mistake((key,), f"Den Satz „{key}“ sagt der Bot nirgends.{_close(key, wanted)}")
            continue
        filled, places = _places(wanted[key]) or set(), _places(text)
        if places is None:
            yield document.mistake((key,), "Eine geschweifte Klammer ist nicht geschlossen oder leer.")
            continue
        for place in sorted(places - filled):
            hint = f" Möglich: {_listed(filled)}." if filled else " Hier wird nichts eingesetzt."
            yield document.mistake((key,), f"„{{{place}}}“ füllt das Programm hier nicht.{hint}")
        for place in sorted(filled - places):
            yield document.mistake(
                (key,), f"„{{{place}}}“ fehlt: an diese Stelle setzt das Programm etwas ein."
            )


def _places(text: str) -> set[str] | None:
    """Return the {places} of a sentence, ``None`` if its braces do not pair up."""
    found = set()
    try:
        for _, name, form, conversion in Formatter().parse(text):
            if name is not None:
                found.add(name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else ""))
    except ValueError:
        return None
    return None if "" in found else found


def _listed(places: Iterable[str]) -> str:
    return ", ".join(f"{{{place}}}" for place in sorted(places))


def _close(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" Meinten Sie „{found[0]}“?" if found else ""
