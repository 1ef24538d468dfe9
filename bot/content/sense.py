"""The sense of a content across its files: options that lead nowhere, an offer without a contact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from bot.content.form import close_to, scalars, short
from bot.content.sentences import mistakes_of_wording
from bot.content.sound import Sound
from bot.content.source import Document
from bot.content.switches import mistakes_of_switches
from bot.content.targets import mistakes_of_options, mistakes_of_unspoken, no_card, sides_of
from bot.errors import Mistake
from bot.layout import (
    ALARM,
    ALARMS,
    ASPECTS,
    EMERGENCY_NUMBERS,
    FOLLOW_UP,
    NEEDED,
    NONE,
    NOT_TOPICS,
    OFF,
    OFFER_FOLDER,
    RESERVED,
    SHORTEST_PART,
    WORRY,
    utterances_of,
)
from bot.text import fold_word

_CONTACT = re.compile(
    r"(?<![\d.])(?:\+\d[\d /-]{5,}\d|0\d{2,}[\d /-]{3,}\d)|[\w.+-]+@[\w-]+\.\w+|(?:https?://|www\.)\S+"
)
"""A telephone number (not an emergency one), a mail address or a link."""
_SEVERAL = (
    "„{}“ sind mehrere Einträge: jeden in eine eigene Zeile setzen, in eckigen Klammern ein Komma dazwischen."
)
_FIELD_LISTS = ("fields", "shared_fields", "concepts", "unease", "sympathy", "hopelessness", "hands_on")
"""Keys under which word fields are named."""


def sense_of(content: Sound, every: Mapping[str, Document], schema: Mapping[str, Any]) -> Iterator[Mistake]:
    """Return the mistakes of sense of all that is sound in form; of ``every`` file only the name counts."""
    for document in content.of("topic"):
        yield from _topic(document, content)
    yield from _names(content.of("topic"))
    yield from _missing_topics(content, every)
    for document in content.of("utterances"):
        yield from _utterances(document, content)
    yield from _missing_utterances(content)
    for file in ("vocabulary.yaml", "concepts.yaml", "safety.yaml"):
        if file in content.files:
            yield from _patterns(content.files[file])
    named = [content.files[file] for file in ("vocabulary.yaml", "safety.yaml") if file in content.files]
    for document in (*content.of("topic"), *named):
        yield from _fields(document, content)
    if "vocabulary.yaml" in content.files:
        yield from mistakes_of_unspoken(content.files["vocabulary.yaml"], content)
    if "safety.yaml" in content.files:
        safety = content.files["safety.yaml"]
        yield from _emergency(safety, content)
        for kind in EMERGENCY_NUMBERS:
            yield from mistakes_of_options(safety, (kind, "next"), content)
    if "wording.yaml" in content.files:
        is_whole = content.is_whole("wording.yaml")
        yield from mistakes_of_wording(content.files["wording.yaml"], schema["x-wording"], is_whole)
    if OFF in content.files:
        yield from mistakes_of_switches(content.files[OFF], content.topics, content.doubtful)


def _topic(document: Document, content: Sound) -> Iterator[Mistake]:
    value: Any = document.value
    name = PurePosixPath(document.file)
    if value.get("topic", name.stem) != name.stem:
        text = f"Die Kennung „{value['topic']}“ muss heißen wie die Datei: „{name.stem}“. Eines von beiden ändern."
        yield document.mistake(("topic",), text)
    if name.stem in RESERVED:
        yield document.mistake(("topic",), f"„{name.stem}“ ist vergeben; bitte anders nennen.")
    if content.topics[name.stem] is not value:
        yield document.mistake(("topic",), f"Das Thema „{name.stem}“ gibt es schon in einem anderen Ordner.")
    source, sources = value.get("source"), content.value("sources.yaml")
    if source is not None and content.is_whole("sources.yaml") and source not in sources:
        known = ", ".join(sources)
        yield document.mistake(("source",), f"Die Quelle „{source}“ gibt es nicht. Bekannt: {known}.")
    if name.parts[0] == OFFER_FOLDER:
        yield from _offer(document, content)
    yield from _details(document, content)
    yield from _patterns(document)
    for part in ("answers", "details"):
        for key, entry in value.get(part, {}).items():
            yield from mistakes_of_options(document, (part, key, "options"), content)
            if found := _CONTACT.search(entry.get("text", "")):
                text = f"Im Text steht „{short(found[0])}“: Nummern, Mailadressen und Links gehören auf eine Kontaktkarte."
                yield document.mistake((part, key, "text"), text)
            for number, card in enumerate(entry.get("contacts", [])):
                if text := no_card(card, value, content):
                    yield document.mistake((part, key, "contacts", number), text)


def _offer(document: Document, content: Sound) -> Iterator[Mistake]:
    """Check what an offer must have and another topic may lack."""
    value: Any = document.value
    is_whole = partial(content.is_whole, document.file)
    for key in ("source", "contacts", "names"):
        if not value.get(key) and is_whole():
            yield document.mistake((), f"Einem Angebot darf „{key}“ nicht fehlen.")
    for aspect in ASPECTS:
        if "answers" in value and aspect not in value["answers"] and is_whole("answers"):
            text = f"Die Seite „{aspect}“ fehlt: jedes Angebot braucht overview, services und contact."
            yield document.mistake(("answers",), text)
    names = value.get("names", [])
    title = value.get("title", "").strip()
    if names and _name_key(title) not in {"", *map(_name_key, names)}:
        text = f"Der Titel „{title}“ fehlt in dieser Liste: so fragen Menschen zuerst."
        yield document.mistake(("names",), text)
    for key, card in value.get("contacts", {}).items():
        if not {"phones", "fax", "email", "links", "street"} & set(card) and is_whole("contacts", key):
            text = f"Die Karte „{key}“ nennt keinen Weg: phones, email, links oder street ergänzen."
            yield document.mistake(("contacts", key), text)


def _details(document: Document, content: Sound) -> Iterator[Mistake]:
    value: Any = document.value
    vocabulary = content.value("vocabulary.yaml") if content.is_whole("vocabulary.yaml", "details") else None
    is_offer = PurePosixPath(document.file).parts[0] == OFFER_FOLDER
    for detail, entry in value.get("details", {}).items():
        if detail in ASPECTS:
            yield document.mistake(("details", detail), f"„{detail}“ gehört unter „answers“.")
        elif is_offer and vocabulary and not (detail in vocabulary.get("details", {}) or "ask" in entry):
            if not content.is_whole(document.file, "details", detail):
                continue
            text = f"„{detail}“ steht nicht in vocabulary.yaml: „ask“ mit Erkennungswörtern ergänzen."
            yield document.mistake(("details", detail), text)


def _names(documents: Iterable[Document]) -> Iterator[Mistake]:
    """Check that every name leads to one topic only, spelt how it may be; once for all names of the same two."""
    owners: dict[str, str] = {}
    for document in documents:
        value: Any = document.value
        taken: dict[str, list[int]] = {}
        for number, name in enumerate(value.get("names", [])):
            key = _name_key(name)
            if not key:
                yield document.mistake(("names", number), f"„{name}“ enthält kein Wort.")
            elif ";" in name:
                yield document.mistake(("names", number), _SEVERAL.format(short(name)))
            elif owners.setdefault(key, document.file) != document.file:
                taken.setdefault(owners[key], []).append(number)
        for owner, numbers in taken.items():
            first, *more = (f"„{short(value['names'][number])}“" for number in numbers)
            others = "" if not more else f" (ebenso {', '.join(more[:3])}{' …' if more[3:] else ''})"
            text = f"{first} heißt schon das Thema in {owner}{others}: ein Name führt nur zu einem."
            yield document.mistake(("names", numbers[0]), f"{text} In einer der beiden Dateien streichen.")


def _name_key(name: str) -> str:
    return "".join(fold_word(part) for part in "".join(c if c.isalnum() else " " for c in name).split())


def _patterns(document: Document) -> Iterator[Mistake]:
    """Check the words and phrases by which something is recognised."""
    for path, text in scalars(document.value):
        is_pattern = any(
            key in path for key in ("ask", "references", "bodies", "aspects", "signals", "concepts")
        )
        if is_pattern and (reason := _no_pattern(text)):
            yield document.mistake(path, reason)


def _no_pattern(text: str) -> str:
    if ";" in text or "," in text:
        return _SEVERAL.format(short(text))
    parts = text.replace("-", " ").split()
    cores = [part.strip("*") for part in parts]
    if not any(c.isalnum() for core in cores for c in core):
        return f"„{short(text)}“ enthält kein Wort."
    if any("*" in core for core in cores):
        return f"„{short(text)}“: ein „*“ steht am Anfang oder Ende eines Wortes, nicht darin."
    if len(parts) == 1 and "*" in text and len(fold_word(cores[0])) < SHORTEST_PART:
        return f"„{text}“ träfe zu viele Wörter: vor oder nach dem „*“ mindestens {SHORTEST_PART} Buchstaben."
    return ""


def _missing_topics(content: Sound, every: Iterable[str]) -> Iterator[Mistake]:
    topics, doubtful = content.topics, content.doubtful
    for needed, details in NEEDED.items():
        if needed not in topics and needed not in doubtful:
            yield Mistake(f"general/{needed}.yaml", 0, 0, "Diese Datei fehlt; der Bot braucht das Thema.")
        elif needed in topics:
            document = content.files.get(f"general/{needed}.yaml")
            for detail in details:
                is_lost = detail in topics[needed].get("details", {}) or content.may_lack(needed, "details")
                if document and not is_lost:
                    text = f"Die Einzelheit „{detail}“ fehlt: das Programm braucht sie."
                    yield document.mistake(("details",), text)
    if not any(file.startswith(f"{OFFER_FOLDER}/") for file in every):
        yield Mistake(OFFER_FOLDER, 0, 0, "Es gibt kein Angebot: mindestens eine Datei ist nötig.")


def _utterances(document: Document, content: Sound) -> Iterator[Mistake]:
    value: Any = document.value
    topic, topics = value.get("topic", ""), content.topics
    if not topic or topic in content.doubtful:
        return
    if topic not in topics and topic not in NOT_TOPICS:
        remedy = close_to(topic, topics) or f" Es fehlt die Datei {OFFER_FOLDER}/{topic}.yaml."
        yield document.mistake(("topic",), f"Das Thema „{topic}“ gibt es nicht.{remedy}")
        return
    if document.file != utterances_of(topic):  # or its lines would teach another topic
        text = f"Das Thema „{topic}“ muss heißen wie die Datei: „{PurePosixPath(document.file).stem}“. Eines von beiden ändern."
        yield document.mistake(("topic",), text)
        return
    known = _sections(topic, content)
    sections = [section for section in value if section != "topic"]
    for section in sections:
        if known and section not in known:
            text = f"Den Abschnitt „{section}“ gibt es hier nicht.{close_to(section, known)}"
            yield document.mistake((section,), f"{text} Möglich: {', '.join(known)}.")


def _sections(topic: str, content: Sound) -> list[str]:
    """Return the sections that the utterances of ``topic`` may have; none: any."""
    if topic == NONE:
        return []
    if topic == ALARM:
        return [*ALARMS, WORRY]
    if topic == FOLLOW_UP or "source" in content.topics[topic]:
        return list(ASPECTS)  # finer points of an offer are recognised by "ask" alone
    if content.may_lack(topic, "answers") or content.may_lack(topic, "details"):
        return []
    return sorted(sides_of(content.topics[topic]))


def _missing_utterances(content: Sound) -> Iterator[Mistake]:
    topics, doubtful = content.topics, content.doubtful
    found: dict[str, set[str]] = {}
    for document in content.of("utterances"):
        value: Any = document.value
        found.setdefault(value.get("topic", ""), set()).update(value)
    for topic in [*topics, *sorted(NOT_TOPICS)]:
        # A file of that name is about another topic, and was named for that.
        if topic not in found and topic not in doubtful and utterances_of(topic) not in content.files:
            text = f"Zu „{topic}“ fehlen Äußerungen: ohne sie wird nie danach geantwortet."
            yield Mistake(utterances_of(topic), 0, 0, text)
    for kind in ALARMS:
        is_whole = ALARM not in doubtful and content.is_whole(utterances_of(ALARM))
        if ALARM in found and is_whole and kind not in found[ALARM]:
            text = f"Der Abschnitt „{kind}“ fehlt: diese Gefahr würde nicht erkannt."
            yield Mistake(utterances_of(ALARM), 0, 0, text)


def _emergency(document: Document, content: Sound) -> Iterator[Mistake]:
    """Check that nobody in danger is left without the number that helps."""
    value: Any = document.value
    for kind, number in EMERGENCY_NUMBERS.items():
        if kind not in value:
            continue
        if number not in value[kind].get("text", number):
            yield document.mistake((kind, "text"), f"In diesem Text muss die {number} stehen.")
        is_there = any(number in card.get("phones", []) for card in value[kind].get("contacts", []))
        if not is_there and "contacts" in value[kind] and content.is_whole(document.file, kind, "contacts"):
            yield document.mistake((kind, "contacts"), f"Eine dieser Karten muss die {number} nennen.")
        for path, text in scalars(value[kind].get("meanwhile", {}), (kind, "meanwhile")):
            if path[-1] in ("text", "unknown") and number not in text:
                yield document.mistake(path, f"In diesem Text muss die {number} stehen.")


def _fields(document: Document, content: Sound) -> Iterator[Mistake]:
    """Check that the word fields exist that are named under ``fields``, ``shared_fields``, ``concepts``, ``unease``, ``sympathy``, ``hopelessness`` and ``hands_on``."""
    known = (content.value("concepts.yaml") or {}).get("concepts")
    if not known or not content.is_whole("concepts.yaml", "concepts"):
        return
    for path, field in scalars(document.value):
        if path[-2:-1] and path[-2] in _FIELD_LISTS and field not in known:
            text = f"Das Wortfeld „{field}“ gibt es in concepts.yaml nicht.{close_to(field, known)}"
            yield document.mistake(path, text)
