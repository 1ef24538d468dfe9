"""The errors that the bot raises on purpose.

::

    LotseError
    ├── KnowledgeError    the content under knowledge/ is wrong; carries every Mistake found
    └── ConfigError       a setting is missing, malformed or refused
        └── AccessError   a platform refuses the credentials for good (revoked token)

``Bot.respond`` raises none of them: it is total over strings. They end the
program with exit status 2 and one readable line each, without a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class LotseError(Exception):
    """Base of every error that a person can mend."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong with the content, for an editor.

    ``line`` and ``column`` count from 1; 0 means that the whole file is meant.
    ``text`` is German and says what is wrong and how to mend it.
    """

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class KnowledgeError(LotseError):
    """The content cannot be used. ``mistakes`` lists all of them, in file order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ConfigError(LotseError):
    """A setting of the environment is wrong. The message names it and the mend."""


class AccessError(ConfigError):
    """A platform refuses the bot's credentials for good; trying again is useless."""
