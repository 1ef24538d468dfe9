"""Finds every mistake in the content and says in German how to mend it.

Two passes over the parsed files: the form (``form``) and the sense across
files (``sense``). All mistakes come in one run: the sense is judged of all that
is sound in form, in files with mistakes, too (``sound``), and what would lean on
the rest is left alone, so that one slip is not reported twenty times.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from bot.content.form import form_of
from bot.content.sense import sense_of
from bot.content.sound import gathered
from bot.content.source import Document
from bot.content.switches import mistakes_of_switches
from bot.errors import Mistake
from bot.layout import (
    FOLDERS,
    OFF,
    SINGLE_FILES,
    proper_name,
)


def mistakes(documents: Mapping[str, Document], schema: Mapping[str, Any]) -> list[Mistake]:
    """Return all mistakes of the content, each once: of form, then of sense."""
    if not _is_whole(schema):
        text = "Diese Datei ist beschädigt: bitte die mitgelieferte Fassung wiederherstellen."
        return [Mistake("schema.json", 0, 0, text)]
    meant = {proper_name(file) for file in documents}
    if meant.isdisjoint(SINGLE_FILES):
        text = "Hier liegt kein Inhalt. Gemeint ist der Ordner, in dem offers/, utterances/ und wording.yaml liegen."
        return [Mistake(".", 0, 0, text)]
    rules = json.dumps(schema)
    own = {file: _of_form(file, document, rules) for file, document in documents.items()}
    found = [*chain.from_iterable(own.values())]
    for file in SINGLE_FILES:
        if file not in meant:
            found.append(Mistake(file, 0, 0, "Diese Datei fehlt."))
    found += sense_of(gathered(documents, own, rules), documents, schema)
    return list(dict.fromkeys(found))


def switches(document: Document, schema: Mapping[str, Any], topics: Iterable[str]) -> list[Mistake]:
    """Return the mistakes of the file of switches alone; ``topics`` are those that exist."""
    found = _of_form(OFF, document, json.dumps(schema)) if _is_whole(schema) else []
    return found or list(mistakes_of_switches(document, topics, ()))


def _of_form(file: str, document: Document, rules: str) -> list[Mistake]:
    """Return the mistakes of syntax and form; what could not be read is not empty as well."""
    own = list(document.mistakes)
    if own and document.value == "":
        return own
    told = document.guessed.union(mistake.line for mistake in own)
    return own + [mistake for mistake in form_of(file, document, rules) if mistake.line not in told]


def _is_whole(schema: Any) -> bool:
    if not isinstance(schema, dict) or not isinstance(schema.get("x-wording"), dict):
        return False
    kinds = {*SINGLE_FILES.values(), *FOLDERS.values()}
    return isinstance(schema.get("$defs"), dict) and kinds <= set(schema["$defs"])
