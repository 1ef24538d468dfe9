"""Commands: ``/kontakt zastex``, ``!hilfe``, ``/angebote@botname``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot import grammar
from bot.text import SIGNS, fold

_COMMAND = re.compile(r"^[/!]\s?([^\W\d_]{2,20})(?:@[\w.:-]+)?(?:\s+(.*))?$", re.S)


class Command(StrEnum):
    """What a command does."""

    HELP = "hilfe"
    OFFERS = "angebote"
    CONTACT = "kontakt"
    PRIVACY = "datenschutz"
    FORGET = "vergessen"
    UNKNOWN = "unknown"


NAMES: Mapping[str, Command] = MappingProxyType(
    {
        **{command.value: command for command in Command if command is not Command.UNKNOWN},
        "start": Command.HELP,
        "help": Command.HELP,
        "info": Command.HELP,
        "befehle": Command.HELP,
        "commands": Command.HELP,
        "bot": Command.HELP,
        "about": Command.HELP,
        "menu": Command.OFFERS,
        "menü": Command.OFFERS,
        "kontakte": Command.CONTACT,
        "contact": Command.CONTACT,
        "privacy": Command.PRIVACY,
        "stop": Command.FORGET,
        "stopp": Command.FORGET,
    }
)
"""Every word, in small letters, that calls a command in whatever channel."""


_WORDS = frozenset(
    {
        "hilfe",
        "info",
        "befehle",
        "angebote",
        "kontakt",
        "kontakte",
        "datenschutz",
        "vergessen",
        "stop",
        "stopp",
    }
)
"""Names that are words of a sentence as well: "!Hilfe wir bekommen Drohbriefe", unlike "!bot wer bist du"."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command with the rest of its line; ``sentence`` is what is said if it is none and the rest says something.

    That is the rest, with the name of the command if it is a word that may begin a sentence.
    """

    command: Command
    rest: str
    sentence: str

    @property
    def says_more(self) -> bool:
        """Whether more follows the command than what only wishes it: "/vergessen bitte alles!"."""
        return not (grammar.WISHED_NOW | grammar.ALL | SIGNS).issuperset(fold(self.rest).split())


def parse(text: str) -> Call | None:
    """Return the command that a cleaned ``text`` calls, or ``None`` if it is none.

    ``/`` or ``!`` must be the first character and a word follow it.
    """
    match = _COMMAND.match(text)
    if match is None:
        return None
    name, rest = match[1], (match[2] or "").strip()
    command = NAMES.get(name.casefold(), Command.UNKNOWN)
    is_word = command is Command.UNKNOWN or name.casefold() in _WORDS
    return Call(command, rest, f"{name} {rest}".strip() if is_word else rest)
