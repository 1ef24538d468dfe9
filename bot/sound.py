"""The files of a content whose form is sound: what its sense is judged by.

What would lean on a file that is not sound is left alone, so that one slip is not reported twenty times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from bot.layout import kind_of
from bot.source import Document


@dataclass(frozen=True, slots=True)
class Sound:
    """The files whose form is sound, by their names.

    ``topics`` are their topics by the name of the file, which is the id; of two
    alike, the offer. ``doubtful`` are the topics of all other files and those
    named unlike their file: nothing is said about references to them.
    """

    files: Mapping[str, Document]
    topics: Mapping[str, Any]
    doubtful: frozenset[str]

    def of(self, kind: str) -> list[Document]:
        """Return the files of ``kind``, in order."""
        return [document for file, document in self.files.items() if kind_of(file) == kind]

    def value(self, file: str) -> Any:
        """Return the content of a file, ``None`` if it is not sound."""
        document = self.files.get(file)
        return document.value if document else None


def gathered(every: Mapping[str, Document], sound: Mapping[str, Document]) -> Sound:
    """Return what can be leaned on: the files of ``every`` that are ``sound``."""
    topics: dict[str, Any] = {
        PurePosixPath(file).stem: d.value for file, d in sound.items() if kind_of(file) == "topic"
    }
    broken = {file: document.value for file, document in every.items() if file not in sound}
    named = {str(value.get("topic")) for value in broken.values() if isinstance(value, dict)}
    stems = {PurePosixPath(file).stem for file in broken}
    foreign = set() if "off_topic.yaml" in sound else {"none"}
    unlike = {name for stem, v in topics.items() if v["topic"] != stem for name in (stem, v["topic"])}
    return Sound(sound, topics, frozenset(named | stems | foreign | unlike))
