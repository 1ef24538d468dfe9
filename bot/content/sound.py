"""What of a content is sound in form: what its sense is judged by.

Of a file with mistakes that is what is left when they are cut out. What would lean on what was cut out is left
alone, so that one slip is not reported twenty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from bot.content.form import violations
from bot.content.source import Document, Path, Value
from bot.errors import Mistake
from bot.layout import GENERAL_FOLDER, NONE, OFFER_FOLDER, kind_of

_MOST_CUTS = 20
"""How often it is looked what no longer fits because something else was cut out."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The files of which something is sound, by their names, and nothing else in them.

    ``cut`` are the places of each file at which something was cut out: what is missing there or below may have
    stood there. ``topics`` are the topics by the name of their file, which is the id; of two alike, the offer.
    ``doubtful`` are the topics of files of which nothing is sound and those named unlike their file: nothing is
    said about references to them.
    """

    files: Mapping[str, Document]
    cut: Mapping[str, frozenset[Path]]
    topics: Mapping[str, Any]
    doubtful: frozenset[str]

    def of(self, kind: str) -> list[Document]:
        """Return the files of ``kind``, in order."""
        return [document for file, document in self.files.items() if kind_of(file) == kind]

    def value(self, file: str) -> Any:
        """Return the content of a file, ``None`` if nothing of it is sound."""
        document = self.files.get(file)
        return document.value if document else None

    def is_whole(self, file: str, *path: str | int) -> bool:
        """Return whether nothing was cut out at ``path`` or above: what is missing there has never stood there."""
        cut = self.cut.get(file, frozenset())
        return file in self.files and not any(path[:length] in cut for length in range(len(path) + 1))

    def may_lack(self, topic: str, part: str) -> bool:
        """Return whether more may have stood under ``part`` of a topic than is left."""
        cut = {
            path
            for folder in (OFFER_FOLDER, GENERAL_FOLDER)
            for path in self.cut.get(f"{folder}/{topic}.yaml", ())
        }
        return any(path[:1] in ((), (part,)) for path in cut)


def gathered(every: Mapping[str, Document], mistakes: Mapping[str, list[Mistake]], rules: str) -> Sound:
    """Return what can be leaned on: the files of ``every`` without what has ``mistakes`` of form."""
    sound, cut = {}, {}
    for file, document in every.items():
        if not mistakes[file]:
            sound[file] = document
        elif found := _remains(document, mistakes[file], rules):
            sound[file], cut[file] = found
    topics: dict[str, Any] = {
        PurePosixPath(file).stem: d.value for file, d in sound.items() if kind_of(file) == "topic"
    }
    broken = {file: document.value for file, document in every.items() if file not in sound}
    named = {str(value.get("topic")) for value in broken.values() if isinstance(value, dict)}
    stems = {PurePosixPath(file).stem for file in broken}
    foreign = set() if "off_topic.yaml" in sound else {NONE}
    ids = {stem: value.get("topic", stem) for stem, value in topics.items()}
    unlike = {name for stem, own in ids.items() if own != stem for name in (stem, own)}
    return Sound(sound, cut, topics, frozenset(named | stems | foreign | unlike))


def _remains(
    document: Document, mistakes: Iterable[Mistake], rules: str
) -> tuple[Document, frozenset[Path]] | None:
    """Return what of a file is left without what has a mistake, and where it was; ``None`` if nothing is.

    Also without what was only guessed to read on behind a slip in YAML.
    """
    kind = kind_of(document.file)
    if kind is None or not isinstance(document.value, dict) or any(m.line == 0 for m in mistakes):
        return None
    told = {mistake.line for mistake in document.mistakes}
    rows = document.guessed | told | {row - 1 for row in told}  # a text that runs on begins above
    lost = {path for path, (row, _) in document.places.items() if path and row in rows}
    cut: set[Path] = {()} if rows else set()
    value: Value = document.value
    for _ in range(_MOST_CUTS):
        lists = {_outside(path) for path in lost}
        cut |= {path[:-1] for path in lists}
        value = _without(value, lists)
        lost = {path for path in violations(kind, value, rules) if path}
        if not lost:
            return replace(document, value=value), frozenset(cut)
    return None


def _outside(path: Path) -> Path:
    """Return the path of the outermost list that ``path`` leads into, else itself: the places of the others must stay."""
    return next((path[:length] for length, key in enumerate(path) if isinstance(key, int)), path)


def _without(value: Value, lost: set[Path], path: Path = ()) -> Value:
    if not isinstance(value, dict):
        return value
    return {
        key: _without(entry, lost, (*path, key)) for key, entry in value.items() if (*path, key) not in lost
    }
