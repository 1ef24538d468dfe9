"""Commands: ``/kontakt zastex``, ``!hilfe``, ``/angebote@botname``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

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


@dataclass(frozen=True, slots=True)
class Call:
    """A command with the rest of its line."""

    command: Command
    rest: str


def parse(text: str) -> Call | None:
    """Return the command that a cleaned ``text`` calls, or ``None`` if it is none.

    ``/`` or ``!`` must be the first character and a word follow it.
    """
    match = _COMMAND.match(text)
    if match is None:
        return None
    command = NAMES.get(match[1].casefold(), Command.UNKNOWN)
    return Call(command, (match[2] or "").strip())
