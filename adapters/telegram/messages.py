"""Turns a reply into the messages of Telegram: HTML with a plain twin, within the limits.

Parts are counted in UTF-16 units of the source text. The server counts what
is visible, and more generously; so no part is ever refused as too long.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters import render
from adapters.telegram.keyboards import Captions, keyboard
from bot.reply import Reply

LONGEST = 4096
"""Units of a text."""
HTML = "HTML"
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.S)
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a delivery, without the place it goes to.

    ``once``: doing it twice would show twice. ``file`` is a name and content.
    """

    method: str
    values: dict[str, Any] = field(default_factory=dict)
    once: bool = True
    file: tuple[str, bytes] | None = None


def steps(
    reply: Reply, labels: render.Labels, captions: Captions, inline: bool, owners: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    """Return the messages that say ``reply``, the keyboard under the last one; for ``owners`` see ``keyboard``."""
    texts = split(render.html(reply, labels, options=False))
    markup = keyboard(reply, captions, inline, owners)
    last = len(texts) - 1
    return tuple(say(text, markup if number == last else None) for number, text in enumerate(texts))


def say(text: str, markup: dict[str, Any] | None = None) -> Step:
    """Return the step that sends an HTML text."""
    values: dict[str, Any] = {
        "text": text,
        "parse_mode": HTML,
        "link_preview_options": {"is_disabled": True},
    }
    if markup is not None:
        values["reply_markup"] = markup
    return Step("sendMessage", values)


def sentence(text: str) -> Step:
    """Return the step that sends one plain sentence."""
    return say(html.escape(text, quote=False))


def bare(text: str) -> str:
    """Return the plain twin of an HTML text; a link keeps its address."""

    def anchor(found: re.Match[str]) -> str:
        address, label = found[1], found[2]
        return label if label == address else f"{label}: {address}"

    return html.unescape(_TAG.sub("", _ANCHOR.sub(anchor, text)))


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = LONGEST) -> list[str]:
    """Return an HTML text in parts of at most ``limit``, cut between paragraphs if that is possible.

    No tag reaches across a paragraph, so each part is whole HTML. A paragraph
    that is too long by itself loses its markup and is cut between words.
    """
    if units(text) <= limit:
        return [text]
    parts: list[str] = []
    for block in _blocks(text, limit):
        if parts and units(parts[-1]) + 2 + units(block) <= limit:
            parts[-1] += f"\n\n{block}"
        else:
            parts.append(block)
    return parts


def _blocks(text: str, limit: int) -> Iterator[str]:
    for block in text.split("\n\n"):
        if units(block) <= limit:
            yield block
            continue
        rest = bare(block)
        while rest:
            # An escaped character takes up to six units (&quot; or &#x27;).
            piece = _piece(rest, limit)
            yield html.escape(piece.strip(), quote=False)
            rest = rest[len(piece) :].lstrip()


def _piece(text: str, limit: int) -> str:
    """Return the longest beginning of ``text`` that fits when escaped, cut at the best place."""
    end, used = 0, 0
    for character in text:
        used += units(html.escape(character, quote=False))
        if used > limit:
            break
        end += 1
    if end == len(text):
        return text
    for mark in ("\n", ". ", " "):
        place = text.rfind(mark, end // 2, end)
        if place > 0:
            return text[: place + len(mark)]
    return text[: max(end, 1)]
