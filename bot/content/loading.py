"""Reads a folder of content into ``Knowledge``: gathers its files, has them checked, builds the values.

``read_folder`` does it all, or raises ``KnowledgeError`` with every mistake that the content has.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot import layout
from bot.content import check
from bot.content.source import Document, read
from bot.errors import ConfigError, KnowledgeError, Mistake
from bot.knowledge import (
    Alarm,
    Answer,
    Knowledge,
    Language,
    Line,
    Meanwhile,
    Off,
    Question,
    Safety,
    Topic,
    Vocabulary,
)
from bot.reply import Aspect, Contact, Link, Source
from bot.signals import Signal

_REASONS = {
    errno.ENOENT: "es gibt ihn nicht",
    errno.ENOTDIR: "es ist kein Ordner",
    errno.EACCES: "die Leserechte fehlen",
}
_REASONS_OF_FILES = {
    errno.ENOENT: "der Verweis führt nirgendwohin",
    errno.EISDIR: "es ist ein Ordner, der wie eine Datei heißt; umbenennen",
    errno.EACCES: "die Leserechte fehlen",
}
_YAML = re.compile(r"\.ya?ml(\.txt)?$", re.IGNORECASE)


def shipped() -> Path:
    """Return the folder of the content that comes with the program, a sibling of ``bot/``."""
    return Path(__file__).resolve().parents[2] / "knowledge"


def gather(folder: Path) -> dict[str, bytes]:
    """Return the content files of ``folder`` by relative name, sorted.

    Among them files whose name only looks like one ("zmi.yaml.txt"), so that
    the check can tell, and the schema of this program: one that came with an older
    content would call it sound. Raises ``ConfigError`` if a folder cannot be read.
    """
    try:
        next(folder.iterdir(), None)  # rglob finds nothing where iterdir says what is wrong
        paths = content_paths(folder)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        files["schema.json"] = (shipped() / "schema.json").read_bytes()
    except OSError as error:
        is_file = error.filename not in (None, str(folder))
        what, known = (
            (f"Die Datei {error.filename}", _REASONS_OF_FILES)
            if is_file
            else (f"Der Inhaltsordner {folder}", _REASONS)
        )
        reason = known.get(error.errno or 0) or error.strerror or type(error).__name__
        raise ConfigError(f"{what} ist nicht lesbar: {reason}.") from None
    return files


def content_paths(folder: Path) -> list[Path]:
    """Return the files below ``folder`` that are content or look like it, sorted.

    Hidden ones are the editor's or the system's own: ".#zmi.yaml", "._zmi.yaml", ".history/zmi.yaml"; hidden
    folders may be large (".git", ".venv") and are not entered. A folder that vanishes meanwhile holds nothing:
    ``Path.rglob`` would raise an error for it.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += (Path(place, name) for name in (*folders, *files) if _YAML.search(name) and name[0] != ".")
    return sorted(found)


def digest(files: Mapping[str, bytes]) -> str:
    """Return the identity of the content: a hash of all names and bytes."""
    total = hashlib.sha256()
    for name, content in files.items():
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:32]


def read_folder(folder: Path) -> Knowledge:
    """Read, check and return the content of ``folder``. Raises ``KnowledgeError``."""
    return from_files(gather(folder))


def from_files(files: Mapping[str, bytes]) -> Knowledge:
    """Check and return the content of ``files`` (see ``gather``)."""
    try:
        schema = json.loads(files["schema.json"])
    except (ValueError, RecursionError) as error:
        raise KnowledgeError([Mistake("schema.json", 0, 0, f"Kein gültiges JSON: {error}")]) from None
    documents = {name: read(name, data) for name, data in files.items() if name != "schema.json"}
    if found := check.mistakes(documents, schema):
        raise KnowledgeError(found)
    lines = tuple(_lines(documents))
    tree = {
        name: document.value
        for name, document in documents.items()
        if layout.kind_of(name) not in ("utterances", "off")
    }
    content = from_tree(tree, digest(without_switches(files)), lines)
    return switched(content, files)


def places(files: Mapping[str, bytes]) -> Callable[[str, tuple[str | int, ...]], tuple[int, int]]:
    """Return what tells line and column of a path in a file; (0, 0) for one that is not there."""
    document = cache(lambda file: read(file, files[file]))
    return lambda file, path: document(file).places.get(path, (0, 0))


def without_switches(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what is learned from: switching something off must take seconds, not a new model."""
    return {name: content for name, content in files.items() if name != layout.OFF}


def switched(content: Knowledge, files: Mapping[str, bytes]) -> Knowledge:
    """Return ``content`` with what the file of switches turns off. Raises ``KnowledgeError``."""
    data = files.get(layout.OFF)
    if data is None:
        return content
    document = read(layout.OFF, data)
    value: Any = document.value
    is_usual = value == {"bot": "", "topics": {}, "aspects": {}}  # spares every start the validator
    if not is_usual and (found := check.switches(document, json.loads(files["schema.json"]), content.topics)):
        raise KnowledgeError(found)
    off = Off(
        value.get("bot", "").strip(),
        MappingProxyType({key: text.strip() for key, text in value.get("topics", {}).items()}),
        MappingProxyType({key: text.strip() for key, text in value.get("aspects", {}).items()}),
    )
    identity = hashlib.sha256(content.digest.encode() + data).hexdigest()[:32]
    return replace(content, digest=identity, off=off)


def from_tree(tree: Mapping[str, Any], identity: str, lines: tuple[Line, ...] = ()) -> Knowledge:
    """Build the values from a checked tree ``{file name: parsed content}``."""
    sources = {key: Source(v["title"], v["publisher"], v["date"]) for key, v in tree["sources.yaml"].items()}
    topics = {
        value["topic"]: _topic(
            value, name.startswith(f"{layout.OFFER_FOLDER}/"), sources, tree["vocabulary.yaml"]
        )
        for name, value in tree.items()
        if layout.kind_of(name) == "topic"
    }
    ordered = sorted(topics.values(), key=lambda topic: not topic.is_offer)
    return Knowledge(
        digest=identity,
        topics=MappingProxyType({topic.id: topic for topic in ordered}),
        vocabulary=_vocabulary(tree["vocabulary.yaml"], tree["concepts.yaml"]["concepts"]),
        safety=_safety(tree["safety.yaml"]),
        wording=MappingProxyType(dict(tree["wording.yaml"])),
        tree=tree,
        lines=lines,
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """Split at blank lines; single line breaks inside become spaces unless a list."""
    parts = []
    for block in text.strip().split("\n\n"):
        rows = [row.strip() for row in block.strip().splitlines()]
        joined = ""
        for row in rows:
            separator = "\n" if row.startswith(("– ", "• ")) else " "
            joined = f"{joined}{separator}{row}" if joined else row
        if joined:
            parts.append(joined)
    return tuple(parts)


def _lines(documents: Mapping[str, Document]) -> Iterator[Line]:
    for name, document in documents.items():
        if layout.kind_of(name) != "utterances":
            continue
        value: Any = document.value
        for section, texts in value.items():
            if section != "topic":
                for index, text in enumerate(texts):
                    number = document.places[(section, index)][0]
                    yield Line(text, value["topic"], section, name, number)


def _topic(
    value: Mapping[str, Any],
    is_offer: bool,
    sources: Mapping[str, Source],
    vocabulary: Mapping[str, Any],
) -> Topic:
    source = sources.get(value.get("source", ""))
    since = source.date if source else ""
    details = {}
    for key, entry in value.get("details", {}).items():
        shared = vocabulary["details"].get(key, {})
        details[key] = _answer({**{k: shared[k] for k in ("aspect", "label") if k in shared}, **entry})
    return Topic(
        id=value["topic"],
        title=value["title"],
        long_title=value.get("long_title", value["title"]),
        summary=value["summary"],
        is_offer=is_offer,
        source=source,
        names=tuple(value.get("names", ())),
        references=tuple(value.get("references", ())),
        bodies=tuple(value.get("bodies", ())),
        contacts=MappingProxyType({k: _contact(v, since) for k, v in value.get("contacts", {}).items()}),
        answers=MappingProxyType(
            {Aspect(key): _answer({**entry, "aspect": key}) for key, entry in value["answers"].items()}
        ),
        details=MappingProxyType(details),
        position=int(value.get("position", 99)),
        fields=frozenset(value.get("fields", ())),
        shared_fields=frozenset(value.get("shared_fields", ())),
    )


def _answer(entry: Mapping[str, Any]) -> Answer:
    contacts, options = entry.get("contacts"), entry.get("options")
    return Answer(
        paragraphs=paragraphs(entry["text"]),
        aspect=Aspect(entry["aspect"]) if "aspect" in entry else None,
        label=entry.get("label", ""),
        ask=tuple(entry.get("ask", ())),
        contacts=None if contacts is None else tuple(contacts),
        options=None if options is None else tuple(options),
    )


def _contact(value: Mapping[str, Any], confirmed: str) -> Contact:
    return Contact(
        organisation=value["organisation"],
        unit=value.get("unit", ""),
        street=value.get("street", ""),
        postcode=value.get("postcode", ""),
        city=value.get("city", ""),
        phones=tuple(value.get("phones", ())),
        fax=value.get("fax", ""),
        email=value.get("email", ""),
        links=tuple(Link(link["label"], link["url"]) for link in value.get("links", ())),
        confirmed=value.get("confirmed", confirmed),
    )


def _vocabulary(value: Mapping[str, Any], concepts: Mapping[str, Any]) -> Vocabulary:
    questions = tuple(
        Question(
            key,
            Aspect(v["aspect"]),
            v.get("label", ""),
            v.get("part", ""),
            tuple(v["ask"]),
            frozenset(v.get("fields", ())),
            v.get("unspoken", ""),
            tuple(v.get("ways", ())),
        )
        for key, v in value["details"].items()
    )
    return Vocabulary(
        questions=questions,
        aspects=MappingProxyType({Aspect(k): tuple(v) for k, v in value["aspects"].items()}),
        fillers=tuple(value["fillers"]),
        signals=MappingProxyType({Signal(k): tuple(v) for k, v in value["signals"].items()}),
        concepts=MappingProxyType({k: tuple(v) for k, v in concepts.items()}),
        languages=MappingProxyType(
            {
                key: Language(
                    tuple(v["words"]), v["text"].strip(), frozenset(v.get("letters", "").casefold())
                )
                for key, v in value.get("languages", {}).items()
            }
        ),
    )


def _safety(value: Mapping[str, Any]) -> Safety:
    signals = value["signals"]
    return Safety(
        alarms=MappingProxyType(
            {kind: _alarm(value[kind], signals) for kind in layout.EMERGENCY_NUMBERS if kind in value}
        ),
        always=MappingProxyType({k: tuple(v) for k, v in signals["always"].items()}),
        unless=tuple(signals["unless"]),
        concepts=frozenset(signals["concepts"]),
        unease=frozenset(signals["unease"]),
        threats=tuple(signals["threats"]),
        denials=tuple(signals["denials"]),
        still=tuple(signals["still"]),
        arrived=tuple(signals.get("arrived", ())),
        sympathy=frozenset(signals.get("sympathy", ())),
        hopelessness=frozenset(signals.get("hopelessness", ())),
        hands_on=frozenset(signals.get("hands_on", ())),
        past=tuple(signals.get("past", ())),
        now=tuple(signals.get("now", ())),
        things=tuple(signals.get("things", ())),
        failing=tuple(signals.get("failing", ())),
        bodiless=tuple(signals.get("bodiless", ())),
        dreamt=tuple(signals.get("dreamt", ())),
        long_ago=tuple(signals.get("long_ago", ())),
        harmless=tuple(signals.get("harmless", ())),
        harmed=tuple(signals.get("harmed", ())),
        loud=tuple(signals.get("loud", ())),
        nightmares=tuple(signals.get("nightmares", ())),
        people=tuple(signals.get("people", ())),
        help=tuple(signals.get("help", ())),
        unhurried=tuple(signals.get("unhurried", ())),
        figures=tuple(signals.get("figures", ())),
        mostly_figures=tuple(signals.get("mostly_figures", ())),
        cries=tuple(signals.get("cries", ())),
        trifles=tuple(signals.get("trifles", ())),
        together=MappingProxyType(
            {
                kind: tuple(tuple(map(tuple, groups)) for groups in compounds)
                for kind, compounds in signals.get("together", {}).items()
            }
        ),
    )


def _alarm(value: Mapping[str, Any], signals: Mapping[str, Any]) -> Alarm:
    # What sounds like an all-clear elsewhere does not where the content says how one sounds here.
    usual: Mapping[str, Any] = (
        signals if "all_clear" not in value else {"all_clear": value["all_clear"], "gone": ()}
    )
    return Alarm(
        paragraphs(value["text"]),
        value.get("after", ""),
        tuple(_contact(card, "") for card in value["contacts"]),
        tuple(value.get("next", ())),
        _meanwhile(value.get("meanwhile", {})),
        value.get("reminder", ""),
        value.get("over", ""),
        (*usual["all_clear"], *usual.get("arrived", ())),
        (*usual["gone"], *value.get("unharmed", ())),
        paragraphs(value.get("meanwhile", {}).get("unknown", "")),
        tuple(value.get("unless", ())),
        _reply_meanwhile(awaited) if (awaited := value.get("meanwhile", {}).get("awaited")) else None,
    )


def _meanwhile(value: Mapping[str, Any]) -> tuple[Meanwhile, ...]:
    replies = map(_reply_meanwhile, value.get("replies", ()))
    return (*replies, Meanwhile(paragraphs(value["text"]))) if value else ()


def _reply_meanwhile(said: Mapping[str, Any]) -> Meanwhile:
    return Meanwhile(paragraphs(said["text"]), tuple(said["ask"]))
