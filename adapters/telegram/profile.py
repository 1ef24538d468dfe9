"""What people see before they write: commands, name, descriptions, menu button.

Each is read first and set only if it differs, because Telegram limits how
often a bot may rename itself. Nothing here is needed to answer questions: what
fails for a while is tried again, every other failure is logged and passed over.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters.telegram.errors import Backoff, CallError, RefusedError, flood_pause
from adapters.telegram.transport import Transport
from adapters.telegram.wording import Line, words

log = logging.getLogger("lotse.telegram")

LANGUAGES = ("", "de")
PRIVATE = ("start", "hilfe", "angebote", "kontakt", "datenschutz", "vergessen")
GROUP = ("hilfe", "angebote", "kontakt", "datenschutz")
SCOPES = (
    ("default", PRIVATE),
    ("all_private_chats", PRIVATE),
    ("all_group_chats", GROUP),
)
LONGEST_COMMAND = 256
LIMITS = {
    "name": 64,
    "description": 512,
    "short_description": 120,
}
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to have: how to read it, what it shall be, and how to set it."""

    getter: str
    query: dict[str, Any]
    setter: str
    values: dict[str, Any]
    field: str = ""

    def holds(self, current: Any) -> bool:
        """Return whether what the server has is what we want."""
        if self.field:
            return isinstance(current, dict) and current.get(self.field) == self.values[self.field]
        wanted = next(value for key, value in self.values.items() if key not in self.query)
        return bool(json.dumps(current, sort_keys=True) == json.dumps(wanted, sort_keys=True))


def settings(line: Line) -> Iterator[Setting]:
    """Return all settings, in the words of ``line``. What has no words is logged and left as it is."""
    for scope, names in SCOPES:
        commands = [
            {"command": name, "description": text}
            for name in names
            if (text := words(line, f"command_{name}")[:LONGEST_COMMAND])
        ]
        for language in LANGUAGES if commands else ():
            query: dict[str, Any] = {"scope": {"type": scope}}
            if language:
                query["language_code"] = language
            yield Setting("getMyCommands", query, "setMyCommands", {"commands": commands, **query})
    for field, limit in LIMITS.items():
        text = words(line, f"profile_{field}")[:limit]
        if not text:
            continue
        method = "".join(word.capitalize() for word in field.split("_"))
        for language in LANGUAGES:
            query = {"language_code": language} if language else {}
            yield Setting(f"getMy{method}", query, f"setMy{method}", {field: text, **query}, field)
    button = {"menu_button": {"type": "commands"}}
    yield Setting("getChatMenuButton", {}, "setChatMenuButton", button)


async def apply(transport: Transport, line: Line, backoff: Backoff | None = None) -> int:
    """Set what differs and return how many things were set."""
    pauses = backoff or Backoff(first=2.0)
    changed = 0
    for setting in settings(line):
        changed += await _set(transport, setting, pauses)
    return changed


async def _set(transport: Transport, setting: Setting, pauses: Backoff) -> bool:
    """Make one setting hold; return whether it was changed."""
    for attempt in range(1, _TRIES + 1):
        try:
            if setting.holds(await transport.call(setting.getter, setting.query)):
                return False
            await transport.call(setting.setter, setting.values)
        except CallError as error:
            passing = not isinstance(error, RefusedError) or error.code == 429 or error.code >= 500
            if not passing or attempt == _TRIES:
                log.warning("%s was not possible: %s", setting.setter, error)
                return False
            pause = pauses.pause(attempt)
            if isinstance(error, RefusedError) and error.code == 429:
                pause = flood_pause(error)
            await asyncio.sleep(pause)
        else:
            return True
    return False
