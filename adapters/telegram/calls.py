"""One call of a delivery, and how it is changed when the server refuses it as it is."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from adapters.telegram import messages
from adapters.telegram.errors import Course, RefusedError
from adapters.telegram.messages import Step
from adapters.telegram.shipment import Shipment
from adapters.telegram.updates import Place

log = logging.getLogger("lotse.telegram")

_EXTRAS = {"parse_mode", "reply_markup", "reply_parameters", "link_preview_options", "vcard"}
"""What an answer can do without."""


@dataclass(slots=True)
class Call:
    """A step with its place. ``is_send``: doing it twice would show twice. ``unwanted``: the chat has refused it."""

    method: str
    values: dict[str, Any]
    step: Step
    is_send: bool
    unwanted: bool = False


def sending(step: Step, place: Place, chat: int, is_first: bool) -> Call:
    """Return the call that sends a step as a new message; ``chat`` is the present id of the place."""
    values: dict[str, Any] = {"chat_id": chat, **step.values}
    if place.thread is not None:
        values["message_thread_id"] = place.thread
    if place.reply_to is not None and is_first:
        values["reply_parameters"] = {
            "message_id": place.reply_to,
            "allow_sending_without_reply": True,
        }
    return Call(step.method, values, step, step.once)


def editing(step: Step, chat: int, message: int) -> Call:
    """Return the call that puts a step in the place of an older message."""
    values = {"chat_id": chat, "message_id": message, **step.values}
    return Call("editMessageText", values, step, False)


def mend(what: Course, error: RefusedError, call: Call, shipment: Shipment) -> bool:
    """Change a refused call so that it may succeed; return whether anything was changed.

    A text that is too long is cut, and what is cut off becomes further steps of the shipment.
    """
    values = call.values
    match what:
        case Course.MOVED if error.moved_to is not None:
            values["chat_id"] = error.moved_to
            return True
        case Course.NO_THREAD:
            return values.pop("message_thread_id", None) is not None
        case Course.BARE:
            log.error("our buttons were refused: %s", error.code)
            return values.pop("reply_markup", None) is not None
        case Course.PLAIN if "parse_mode" in values:
            log.error("our formatting was refused: %s", error.code)
            del values["parse_mode"]
            values["text"] = messages.bare(values["text"])
            return True
        case Course.SPLIT if "text" in values:
            return _shorten(call, shipment)
        case Course.BARER:
            log.error("an answer was refused for an unknown reason: %s", error.code)
            return _strip(values)
        case Course.NEW if call.method == "editMessageText":
            fresh = sending(call.step, shipment.parcel.place, values["chat_id"], True)
            call.method, call.values, call.is_send = fresh.method, fresh.values, True
            return True
    return False


def _shorten(call: Call, shipment: Shipment) -> bool:
    """Keep the first part in this call and its step, and put the rest behind it."""
    first, *rest = messages.split(call.step.values["text"], messages.LONGEST // 2)
    if not rest:
        return False
    call.values["text"] = first if "parse_mode" in call.values else messages.bare(first)
    markup = call.values.pop("reply_markup", None)
    kept = {name: value for name, value in call.step.values.items() if name != "reply_markup"}
    call.step = replace(call.step, values=kept | {"text": first})
    last = len(rest) - 1
    more = [messages.say(text, markup if number == last else None) for number, text in enumerate(rest)]
    shipment.cut(call.step, more)
    return True


def _strip(values: dict[str, Any]) -> bool:
    """Reduce a call to its words, plain; return whether there was anything to take away."""
    extras = _EXTRAS & set(values)
    if "parse_mode" in extras and "text" in values:
        values["text"] = messages.bare(values["text"])
    for name in extras:
        del values[name]
    return bool(extras)
