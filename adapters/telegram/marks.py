"""Notes which answers are about to be sent: fixed records appended to a file, ids only.

After a kill the last record of an unanswered update tells where to look for
a message that may exist (see ``search``).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

_RECORD = struct.Struct("<qiqq")
_LONGEST = 1 << 20
"""Bytes from which the file is emptied as soon as nothing is unanswered."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a send whose answer was not seen.

    ``part`` is the part of the reply that was on its way; its message, if it
    exists, has a number above ``chat_floor`` (the highest seen in the chat)
    and above ``box_floor`` (the highest seen in all private chats and groups,
    which share one numbering).
    """

    part: int
    chat_floor: int
    box_floor: int


class Marks:
    """The marks of one process."""

    def __init__(self, folder: Path, process: int) -> None:
        flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(_path(folder, process), flags, 0o600)
        self._size = os.fstat(self._file).st_size

    def add(self, update: int, trace: Trace) -> None:
        """Append a mark; it survives a kill when this returns."""
        self._size += os.write(
            self._file, _RECORD.pack(update, trace.part, trace.chat_floor, trace.box_floor)
        )

    def tidy(self) -> None:
        """Empty the file if it has grown long. To be called when nothing is unanswered."""
        if self._size > _LONGEST:
            os.ftruncate(self._file, 0)
            self._size = 0

    def replace(self, marks: dict[int, Trace]) -> None:
        """Keep these marks only."""
        os.ftruncate(self._file, 0)
        self._size = 0
        for update, trace in marks.items():
            self.add(update, trace)

    def close(self) -> None:
        """Close the file. A mark after that fails, instead of being written to whatever has the number next."""
        os.close(self._file)
        self._file = -1


def read(folder: Path, process: int) -> dict[int, Trace]:
    """Return the last mark of each update of a process; a torn record is passed over."""
    try:
        content = _path(folder, process).read_bytes()
    except FileNotFoundError:
        return {}
    whole = len(content) - len(content) % _RECORD.size
    return {update: Trace(*rest) for update, *rest in _RECORD.iter_unpack(content[:whole])}


def _path(folder: Path, process: int) -> Path:
    return folder / f"telegram.{process}.marks"
