"""Contact cards as Telegram has them: vCards, contacts to send, results of the inline mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters import render
from adapters.telegram import messages
from adapters.telegram.keyboards import fingerprint
from bot.reply import Contact, Outcome, Reply

LONGEST_VCARD = 2048
"""Bytes of a vCard."""
MOST_RESULTS = 50
LONGEST_ID = 64
"""Bytes of the id of a result."""
CACHE_SECONDS = 300

Json = dict[str, Any]


def vcard(contact: Contact, title: str = "") -> str:
    """Return the vCard (RFC 2426, version 3.0) of a contact, at most 2048 bytes.

    ``title`` is the short name of its offer: in an address book people look for that, not for the authority.
    """
    names = [_value(name) for name in (title, contact.organisation) if name]
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{';'.join(reversed(names))}{';' * (5 - len(names))}",
        f"FN:{' '.join(names)}",
        f"ORG:{_value(contact.organisation)}" + (f";{_value(contact.unit)}" if contact.unit else ""),
    ]
    lines += [f"TEL;TYPE=WORK,VOICE:{number}" for number in contact.phones]
    if contact.fax:
        lines.append(f"TEL;TYPE=WORK,FAX:{contact.fax}")
    if contact.email:
        lines.append(f"EMAIL;TYPE=INTERNET:{contact.email}")
    if contact.street or contact.city:
        parts = ("", "", contact.street, contact.city, "", contact.postcode, "")
        lines.append("ADR;TYPE=WORK:" + ";".join(_value(part) for part in parts))
    lines += [f"URL:{link.url}" for link in contact.links]
    while len("\r\n".join([*lines, "END:VCARD", ""]).encode()) > LONGEST_VCARD and len(lines) > 5:
        lines.pop()
    return "\r\n".join([*lines, "END:VCARD", ""])


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return " ".join(escaped.splitlines())


def contact_call(contact: Contact, title: str = "") -> tuple[str, dict[str, Any], tuple[str, bytes] | None]:
    """Return method, values and file with which a card is sent; ``title`` is the short name of its offer.

    A Telegram contact needs a phone number; a card without one goes as a file
    that the address book opens.
    """
    card = vcard(contact, title)
    names = [name for name in (title, contact.organisation) if name]
    if contact.phones:
        return "sendContact", _named(contact, names) | {"vcard": card}, None
    file = ("kontakt.vcf", card.encode())
    return "sendDocument", {"document": "attach://file", "caption": ": ".join(names)}, file


def _named(contact: Contact, names: Sequence[str]) -> dict[str, Any]:
    """Return number and names of a Telegram contact: the first of ``names``, and behind it the other."""
    last = {"last_name": names[1]} if len(names) > 1 else {}
    return {"phone_number": contact.phones[0], "first_name": names[0], **last}


def results(replies: Iterable[Reply], labels: render.Labels, titles: Mapping[str, str]) -> list[Json]:
    """Return the inline results for some replies: their cards, or their words if they have none.

    ``titles`` are the short names of the topics.
    """
    found: dict[str, Json] = {}
    for reply in replies:
        if reply.outcome is Outcome.EMERGENCY or not reply.contacts:
            result = _article(f"r{'-'.join(reply.topics)}", _title(reply), reply, reply.contacts, labels)
            found.setdefault(result["id"], result)
            continue
        for contact in reply.contacts:
            title = titles.get(reply.topics[0], "") if len(reply.topics) == 1 else ""
            result = _result(contact, reply, labels, title)
            found.setdefault(result["id"], result)
    return list(found.values())[:MOST_RESULTS]


def _title(reply: Reply) -> str:
    title, *_ = reply.paragraphs or ("110",)
    return title[:100]


def _result(contact: Contact, reply: Reply, labels: render.Labels, title: str) -> Json:
    identifier = f"{'-'.join(reply.topics)[:50]}.{fingerprint(contact)}"
    names = [name for name in (title, contact.organisation) if name]
    if not contact.phones:
        # Where it is passed on nobody has read what the card is of.
        shown = replace(reply, paragraphs=(title,))
        article = _article(identifier, ": ".join(names), shown, (contact,), labels)
        return article | {"description": _description(contact)}
    card = {"type": "contact", "id": identifier, **_named(contact, names)}
    return card | {"vcard": vcard(contact, title)}


def _article(
    identifier: str, title: str, reply: Reply, contacts: Sequence[Contact], labels: render.Labels
) -> Json:
    shown = Reply(reply.outcome, reply.paragraphs, tuple(contacts), source=reply.source)
    text = messages.split(render.html(shown, labels, options=False))[0]
    content = {
        "message_text": text,
        "parse_mode": messages.HTML,
        "link_preview_options": {"is_disabled": True},
    }
    return {
        "type": "article",
        "id": identifier[:LONGEST_ID],
        "title": title,
        "input_message_content": content,
    }


def _description(contact: Contact) -> str:
    town = f"{contact.postcode} {contact.city}".strip()
    return ", ".join(part for part in (contact.unit, contact.street, town) if part)[:200]
