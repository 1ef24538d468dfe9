"""The methods of the Bot API that a bot like this one uses, as the real server behaves.

Each takes the world and the parameters and returns the result; a refusal is raised.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from .entities import found_in_plain, parse_html, trimmed, units
from .keyboards import inline_keyboard, reply_markup
from .parameters import Parameters
from .refusals import bad_request
from .world import Chat, Json, World

Method = Callable[[World, Parameters], Any]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100


def get_me(world: World, parameters: Parameters) -> Json:
    """Return the bot itself."""
    return world.bot


# --- sending -----------------------------------------------------------------


def formatted(parameters: Parameters, name: str = "text") -> tuple[str, list[Json]]:
    """Return the text of a call with its entities, within the limits."""
    source = parameters.text(name)
    mode = parameters.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        text, entities = source, list(parameters.json("entities", list) or [])
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise bad_request("strings must be encoded in UTF-8")
    text, entities = trimmed(text, entities)
    if name == "text" and not text:
        raise bad_request("message text is empty")
    if units(text) > (LONGEST_TEXT if name == "text" else LONGEST_CAPTION):
        raise bad_request("message is too long" if name == "text" else "message caption is too long")
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities]
    for entity in found_in_plain(text):
        if not any(start <= entity["offset"] < end for start, end in taken):
            entities.append(entity)
    return text, sorted(entities, key=lambda entity: int(entity["offset"]))[:MOST_ENTITIES]


def _place(world: World, parameters: Parameters) -> tuple[Chat, Json]:
    """Return the chat to write to and the fields that say where in it."""
    thread = parameters.integer("message_thread_id")
    chat = world.writable(parameters.integer("chat_id"), thread)
    place: Json = {}
    if thread is not None:
        place |= {"message_thread_id": thread, "is_topic_message": True}
    answer = parameters.json("reply_parameters", dict)
    if answer is None and parameters.has("reply_to_message_id"):
        answer = {
            "message_id": parameters.integer("reply_to_message_id"),
            "allow_sending_without_reply": parameters.boolean("allow_sending_without_reply"),
        }
    if answer is not None:
        original = world.messages.get((chat.id, int(answer["message_id"])))
        if original is None and not answer.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        if original is not None:
            place["reply_to_message"] = {k: v for k, v in original.items() if k != "reply_to_message"}
    return chat, place


def _send(world: World, parameters: Parameters, content: Json) -> Json:
    chat, place = _place(world, parameters)
    markup = reply_markup(parameters)
    if markup:
        content = content | {"reply_markup": markup}
    preview = parameters.json("link_preview_options", dict)
    if preview and "text" in content:
        content = content | {"link_preview_options": preview}
    sender = {key: world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
    return world.store(chat, sender, place | content)


def send_message(world: World, parameters: Parameters) -> Json:
    """Send a text."""
    world.writable(parameters.integer("chat_id"))
    text, entities = formatted(parameters)
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    return _send(world, parameters, content)


def send_contact(world: World, parameters: Parameters) -> Json:
    """Send a contact card."""
    world.writable(parameters.integer("chat_id"))
    phone, name = parameters.text("phone_number"), parameters.text("first_name")
    if not re.search(r"\d", phone):
        raise bad_request("PHONE_NUMBER_INVALID")
    if not name:
        raise bad_request("contact must have a first name")
    contact: Json = {"phone_number": phone, "first_name": name}
    if parameters.has("last_name"):
        contact["last_name"] = parameters.text("last_name")
    if parameters.has("vcard"):
        card = parameters.text("vcard")
        if len(card.encode()) > 2048 or not card.startswith("BEGIN:VCARD"):
            raise bad_request("VCARD_INVALID")
        contact["vcard"] = card
    return _send(world, parameters, {"contact": contact})


def send_document(world: World, parameters: Parameters) -> Json:
    """Send a file that comes with the call."""
    world.writable(parameters.integer("chat_id"))
    source = parameters.text("document")
    name = source.removeprefix("attach://") if source.startswith("attach://") else "document"
    if name not in parameters.files:
        raise bad_request("there is no document in the request")
    filename, content = parameters.files[name]
    if not content:
        raise bad_request("file must be non-empty")
    document: Json = {
        "file_id": f"F{len(content)}-{len(world.messages)}",
        "file_unique_id": f"U{len(world.messages)}",
        "file_name": filename,
        "file_size": len(content),
    }
    caption, entities = formatted(parameters, "caption")
    extra: Json = {"caption": caption} if caption else {}
    if caption and entities:
        extra["caption_entities"] = entities
    return _send(world, parameters, {"document": document} | extra)


def send_chat_action(world: World, parameters: Parameters) -> bool:
    """Show that the bot is busy."""
    world.writable(parameters.integer("chat_id"), parameters.integer("message_thread_id"))
    if parameters.text("action") not in ("typing", "upload_document", "choose_sticker", "find_location"):
        raise bad_request("wrong parameter action in request")
    return True


# --- changing ----------------------------------------------------------------


def _changed(world: World, message: Json, change: Json) -> Json:
    watched = ("text", "entities", "reply_markup", "link_preview_options")
    if all(message.get(key) == change.get(key) for key in watched if key != "link_preview_options"):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    for key in watched:
        message.pop(key, None)
    message.update({key: value for key, value in change.items() if value is not None})
    message["edit_date"] = int(time.time())
    return message


def edit_message_text(world: World, parameters: Parameters) -> Json | bool:
    """Change the text and the keyboard of a message of the bot."""
    text, entities = formatted(parameters)
    markup = reply_markup(parameters)
    if parameters.has("inline_message_id"):
        return True
    message = world.own_message(parameters.integer("chat_id"), parameters.integer("message_id"))
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    change = {"text": text, "entities": entities or None, "reply_markup": markup}
    return _changed(world, message, change)


def edit_message_caption(world: World, parameters: Parameters) -> Json:
    """Change the words under a file; a text has none."""
    caption, _ = formatted(parameters, "caption")
    message = world.own_message(parameters.integer("chat_id"), parameters.integer("message_id"))
    if "document" not in message:
        raise bad_request("there is no caption in the message to edit")
    if message.get("caption", "") == caption:
        raise bad_request("message is not modified")
    message["caption"] = caption
    return message


def edit_message_reply_markup(world: World, parameters: Parameters) -> Json:
    """Change only the keyboard of a message of the bot."""
    message = world.own_message(parameters.integer("chat_id"), parameters.integer("message_id"))
    change = {"text": message.get("text"), "entities": message.get("entities")}
    return _changed(world, message, change | {"reply_markup": reply_markup(parameters)})


def delete_message(world: World, parameters: Parameters) -> bool:
    """Take a message of the bot back."""
    chat, number = parameters.integer("chat_id"), parameters.integer("message_id")
    message = world.own_message(chat, number, "delete")
    del world.messages[message["chat"]["id"], message["message_id"]]
    return True


# --- answering queries -------------------------------------------------------


def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """Stop the waiting sign on a pressed button."""
    identifier = parameters.text("callback_query_id")
    if world.callbacks.get(identifier, {}) is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(parameters.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    world.callbacks[identifier] = dict(parameters.values)
    return True


def answer_inline_query(world: World, parameters: Parameters) -> bool:
    """Offer results to somebody who types the bot's name in any chat."""
    identifier = parameters.text("inline_query_id")
    if world.inline.get(identifier, {}) is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    results = parameters.json("results", list)
    if results is None:
        raise bad_request('can\'t parse inline query results: Field "results" must be of type Array')
    if len(results) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    seen: set[str] = set()
    for result in results:
        identity = result.get("id")
        if not isinstance(identity, str) or not 1 <= len(identity.encode()) <= 64:
            raise bad_request("RESULT_ID_INVALID")
        if identity in seen:
            raise bad_request("RESULT_ID_DUPLICATE")
        seen.add(identity)
        _check_result(result)
    button = parameters.json("button", dict)
    if button and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", button.get("start_parameter", "x")):
        raise bad_request("START_PARAM_INVALID")
    world.inline[identifier] = dict(parameters.values) | {"results": results, "button": button}
    return True


def _check_result(result: Json) -> None:
    if "reply_markup" in result:
        inline_keyboard(result["reply_markup"])
    kind = result.get("type")
    if kind == "contact":
        if not result.get("phone_number") or not result.get("first_name"):
            raise bad_request("can't parse inline query result: Can't find field \"phone_number\"")
        if len(result.get("vcard", "").encode()) > 2048:
            raise bad_request("VCARD_INVALID")
    elif kind == "article":
        content = result.get("input_message_content")
        if not result.get("title") or not isinstance(content, dict):
            raise bad_request("can't parse inline query result: message content must be non-empty")
        values = dict(content) | {"text": content.get("message_text", "")}
        formatted(Parameters(values, {}))
    else:
        raise bad_request(f"can't parse inline query result: type {kind} is unsupported")


METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": send_message,
    "sendcontact": send_contact,
    "senddocument": send_document,
    "sendchataction": send_chat_action,
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "answerinlinequery": answer_inline_query,
}
"""By lower-case name: the real server does not look at the case of a method."""
