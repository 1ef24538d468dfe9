"""What people see before they write: commands, name, descriptions, menu button.

Each is read first and set only if it differs, because Telegram limits how
often a bot may rename itself. Nothing here is needed to answer questions, so
every refusal is logged and passed over.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.constants import BotDescriptionLimit, BotNameLimit

from adapters.telegram.errors import CallError
from adapters.telegram.transport import Transport

log = logging.getLogger("lotse.telegram")

LANGUAGES = ("", "de")
PRIVATE = ("hilfe", "angebote", "kontakt", "datenschutz", "vergessen")
GROUP = ("hilfe", "angebote", "kontakt", "datenschutz")


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


def settings(line: Callable[..., str]) -> Iterator[Setting]:
    """Return all settings, in the words of ``line``."""
    scopes = (
        (BotCommandScopeDefault(), PRIVATE),
        (BotCommandScopeAllPrivateChats(), PRIVATE),
        (BotCommandScopeAllGroupChats(), GROUP),
    )
    for scope, names in scopes:
        commands = [BotCommand(name, line(f"command_{name}")).to_dict() for name in names]
        for language in LANGUAGES:
            query: dict[str, Any] = {"scope": scope.to_dict()}
            if language:
                query["language_code"] = language
            yield Setting("getMyCommands", query, "setMyCommands", {"commands": commands, **query})
    limits = {
        "name": int(BotNameLimit.MAX_NAME_LENGTH),
        "description": int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH),
        "short_description": int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH),
    }
    for field, limit in limits.items():
        text = line(f"profile_{field}")[:limit]
        method = "".join(word.capitalize() for word in field.split("_"))
        for language in LANGUAGES:
            query = {"language_code": language} if language else {}
            yield Setting(f"getMy{method}", query, f"setMy{method}", {field: text, **query}, field)
    yield Setting("getChatMenuButton", {}, "setChatMenuButton", {"menu_button": {"type": "commands"}})


async def apply(transport: Transport, line: Callable[..., str]) -> int:
    """Set what differs and return how many things were set."""
    changed = 0
    for setting in settings(line):
        try:
            if setting.holds(await transport.call(setting.getter, setting.query)):
                continue
            await transport.call(setting.setter, setting.values)
            changed += 1
        except CallError as error:
            log.warning("%s was not possible: %s", setting.setter, error)
    return changed
