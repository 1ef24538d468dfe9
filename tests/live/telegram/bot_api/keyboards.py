"""Checks what is hung under a message: inline keyboards and their limits."""

from __future__ import annotations

import re
from typing import Any

from .parameters import Parameters
from .refusals import RefusalError, bad_request

_URL = re.compile(r"^(https?://|tg://|ton://)?[^\s/]+\.[^\s/]+|^tg://\S+|^https?://\S+$")
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_BUTTON_FIELDS = {"text", "style", "icon_custom_emoji_id", *_ACTIONS}


def reply_markup(parameters: Parameters) -> dict[str, Any] | None:
    """Return the checked inline keyboard of a call; raises ``RefusalError``."""
    markup = parameters.json("reply_markup", dict)
    if markup is None or "inline_keyboard" not in markup:
        return None
    return inline_keyboard(markup)


def inline_keyboard(markup: dict[str, Any]) -> dict[str, Any] | None:
    """Return a checked inline keyboard, ``None`` for an empty one."""
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: Field "inline_keyboard" must be of type Array')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in kept) > 100:
        raise bad_request("reply markup is too long")
    if any(len(row) > 8 for row in kept):
        raise bad_request("BUTTON_ROW_TOO_LONG")
    return {"inline_keyboard": kept} if kept else None


def _parse(why: str) -> RefusalError:
    return bad_request(f"can't parse inline keyboard button: {why}")


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _parse("InlineKeyboardButton must be an Object")
    unknown = set(button) - _BUTTON_FIELDS
    if unknown:
        raise _parse(f"unknown field {sorted(unknown)[0]}")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise _parse('Field "text" must be of type String')
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise _parse("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _parse("exactly one of the optional fields must be used")
    _check(actions[0], button[actions[0]])
    return button


def _check(action: str, value: Any) -> None:
    if action == "callback_data" and not (isinstance(value, str) and 1 <= len(value.encode()) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url" and not (isinstance(value, str) and _URL.match(value)):
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
    if action == "copy_text":
        text = value.get("text") if isinstance(value, dict) else None
        if not (isinstance(text, str) and 1 <= len(text) <= 256):
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if action.startswith("switch_inline_query") and isinstance(value, str) and len(value) > 256:
        raise bad_request("BUTTON_SWITCH_QUERY_INVALID")
