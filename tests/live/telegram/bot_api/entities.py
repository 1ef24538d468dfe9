"""Reads the HTML of a message as the Bot API does, with its refusals.

The grammar and the wording follow ``parse_html`` of TDLib
(td/telegram/MessageEntity.cpp). Offsets of entities count UTF-16 units,
offsets in refusals count UTF-8 bytes.
"""

from __future__ import annotations

import re
from typing import Any

from .refusals import RefusalError, bad_request

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot));?")
_TAG = re.compile(r"<(/?)([^\s>/]*)([^>]*)>")
_HREF = re.compile(r"""^\s*href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))\s*$""")
_PLAIN = re.compile(
    r"https?://[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w/])/[a-z0-9_]{1,32}(?:@\w+)?", re.I
)
_MENTION = re.compile(r"(?<![\w@/])@\w{3,32}")


def units(text: str) -> int:
    """Return the length of ``text`` in UTF-16 units."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _broken(why: str) -> RefusalError:
    return bad_request(f"can't parse entities: {why}")


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        decimal, hexadecimal, name = found.groups()
        if name:
            return _NAMED[name]
        return chr(int(decimal) if decimal else int(hexadecimal, 16))

    return _REFERENCE.sub(character, text)


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the visible text and the entities of ``source``; raises ``RefusalError``."""
    text = ""
    length = 0
    entities: list[dict[str, Any]] = []
    stack: list[tuple[str, int, dict[str, Any]]] = []
    position = 0
    while position < len(source):
        start = source.find("<", position)
        chunk = _unescape(source[position : start if start >= 0 else len(source)])
        text, length = text + chunk, length + units(chunk)
        if start < 0:
            break
        at = len(source[:start].encode())
        found = _TAG.match(source, start)
        if found is None:
            raise _broken(f"Unclosed start tag at byte offset {at}")
        closing, name, attributes = found.group(1), found.group(2).lower(), found.group(3)
        position = found.end()
        if not closing:
            if name not in TAGS:
                raise _broken(f'Unsupported start tag "{name}" at byte offset {at}')
            stack.append((name, length, _attributes(name, attributes, at)))
            continue
        if not stack:
            raise _broken(f"Unexpected end tag at byte offset {at}")
        opened, offset, extra = stack.pop()
        if name and name != opened:
            raise _broken(f'Unmatched end tag at byte offset {at}, expected "</{opened}>", found "</{name}>"')
        if length > offset and (opened != "a" or "url" in extra):
            entity = {"type": TAGS[opened], "offset": offset, "length": length - offset}
            entities.append(entity | extra)
    if stack:
        raise _broken(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return text, entities


def _attributes(name: str, attributes: str, at: int) -> dict[str, Any]:
    if not attributes.strip():
        return {}
    if name != "a":
        return {}
    found = _HREF.match(attributes)
    if found is None:
        raise _broken(
            f'Expected equal sign in declaration of an attribute of the tag "a" at byte offset {at}'
        )
    url = _unescape(next(group for group in found.groups() if group is not None))
    # A link without a usable address is shown as plain text, as the real server does.
    return {"url": url} if re.match(r"^(https?|tg|mailto|tel):", url) else {}


def found_in_plain(text: str) -> list[dict[str, Any]]:
    """Return what the server finds by itself: commands, mentions, addresses."""
    entities = []
    for found in _PLAIN.finditer(text):
        kind = "bot_command" if found.group()[0] == "/" else "url"
        if kind == "url" and "@" in found.group() and "://" not in found.group():
            kind = "email"
        entities.append(_entity(text, found, kind))
    for found in _MENTION.finditer(text):
        if not any(e["offset"] <= units(text[: found.start()]) < e["offset"] + e["length"] for e in entities):
            entities.append(_entity(text, found, "mention"))
    return sorted(entities, key=lambda entity: int(entity["offset"]))


def _entity(text: str, found: re.Match[str], kind: str) -> dict[str, Any]:
    return {"type": kind, "offset": units(text[: found.start()]), "length": units(found.group())}


def trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Drop white space at both ends, as the server does before it stores a text."""
    cut = len(text) - len(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(0, int(entity["offset"]) - cut)
        end = min(units(text), int(entity["offset"]) - cut + int(entity["length"]))
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return text, kept
