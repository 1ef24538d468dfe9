"""The methods with which a bot describes itself: commands, names, menu button."""

from __future__ import annotations

import json
import re
from typing import Any

from .methods import Method
from .parameters import Parameters
from .refusals import bad_request
from .world import Json, World

_LIMITS = {"name": 64, "description": 512, "short_description": 120}
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat"}


def _language(parameters: Parameters) -> str:
    language = parameters.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("LANGUAGE_CODE_INVALID")
    return language


def _scope(parameters: Parameters) -> str:
    scope = parameters.json("scope", dict) or {"type": "default"}
    if scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    return json.dumps(scope, sort_keys=True)


def set_my_commands(world: World, parameters: Parameters) -> bool:
    """Set the command menu of a scope and language."""
    commands = parameters.json("commands", list)
    if commands is None or len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH" if commands else "can't parse commands")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command.get("command", "")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.settings["commands", _scope(parameters), _language(parameters)] = commands
    return True


def get_my_commands(world: World, parameters: Parameters) -> list[Json]:
    """Return the command menu of exactly this scope and language."""
    found = world.settings.get(("commands", _scope(parameters), _language(parameters)), [])
    return list(found)


def delete_my_commands(world: World, parameters: Parameters) -> bool:
    """Remove the command menu of a scope and language."""
    world.settings.pop(("commands", _scope(parameters), _language(parameters)), None)
    return True


def _setter(field: str) -> Method:
    def set_field(world: World, parameters: Parameters) -> bool:
        value = parameters.text(field)
        if len(value) > _LIMITS[field]:
            raise bad_request(f"bot {field.replace('_', ' ')} is too long")
        world.settings[field, "", _language(parameters)] = value
        return True

    return set_field


def _getter(field: str) -> Method:
    def get_field(world: World, parameters: Parameters) -> Json:
        default = world.settings.get((field, "", ""), world.bot["first_name"] if field == "name" else "")
        return {field: world.settings.get((field, "", _language(parameters))) or default}

    return get_field


def set_chat_menu_button(world: World, parameters: Parameters) -> bool:
    """Set what the button beside the input field does."""
    button = parameters.json("menu_button", dict) or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: unsupported type specified")
    world.settings["menu_button", str(parameters.integer("chat_id") or ""), ""] = button
    return True


def get_chat_menu_button(world: World, parameters: Parameters) -> Any:
    """Return what the button beside the input field does."""
    key = ("menu_button", str(parameters.integer("chat_id") or ""), "")
    return world.settings.get(key, {"type": "default"})


METHODS: dict[str, Method] = {
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": _setter("name"),
    "getmyname": _getter("name"),
    "setmydescription": _setter("description"),
    "getmydescription": _getter("description"),
    "setmyshortdescription": _setter("short_description"),
    "getmyshortdescription": _getter("short_description"),
    "setchatmenubutton": set_chat_menu_button,
    "getchatmenubutton": get_chat_menu_button,
}
