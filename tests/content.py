"""Contacts and words of the shipped content that tests expect: read from it, so that an editor may change them."""

from __future__ import annotations

from typing import Any

from adapters import render
from bot.content.loading import shipped
from bot.content.source import read
from bot.reply import Reply


def card(topic: str, name: str) -> Any:
    """Return the contact card ``name`` of an offer as it stands in its file."""
    path = shipped() / "offers" / f"{topic}.yaml"
    content: Any = read(path.name, path.read_bytes()).value
    return content["contacts"][name]


ZASTEX_NUMBER: str = card("zastex", "office")["phones"][0]
ZASTEX_MAIL: str = card("zastex", "office")["email"]
ASSKOMM_NUMBER: str = card("asskomm", "office")["phones"][0]
ASSKOMM_MAIL: str = card("asskomm", "office")["email"]


def digits(number: str) -> str:
    """Return an international number as it is dialled within the country: "+49 351 12-3" as "0351123"."""
    return "0" + "".join(c for c in number.removeprefix("+49") if c.isdigit())


def _line(key: str, **values: str) -> str:
    return str(_WORDING[key]).format(**values)


_WORDING: Any = read("wording.yaml", (shipped() / "wording.yaml").read_bytes()).value
LABELS = render.Labels.read(_line)


def plain(reply: Reply, *, options: bool = True) -> str:
    """Return a reply as plain text in the words of the shipped content."""
    return render.plain(reply, LABELS, options=options)


def html(reply: Reply, *, options: bool, contact_links: bool = False, line_break: str = "\n") -> str:
    """Return a reply as HTML in the words of the shipped content."""
    return render.html(reply, LABELS, options=options, contact_links=contact_links, line_break=line_break)
