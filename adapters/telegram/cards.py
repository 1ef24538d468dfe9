"""Contact cards as Telegram has them: vCards, contacts to send, results of the inline mode."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from telegram import (
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultContact,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ContactLimit, InlineQueryLimit, ParseMode

from adapters import render
from adapters.telegram.keyboards import fingerprint
from bot.reply import Contact, Outcome, Reply

LONGEST_VCARD = int(ContactLimit.VCARD)
MOST_RESULTS = int(InlineQueryLimit.RESULTS)
CACHE_SECONDS = 300


def vcard(contact: Contact) -> str:
    """Return the vCard (RFC 2426, version 3.0) of a contact, at most 2048 bytes."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_value(contact.organisation)};;;;",
        f"FN:{_value(contact.organisation)}",
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


def contact_call(contact: Contact) -> tuple[str, dict[str, Any], tuple[str, bytes] | None]:
    """Return method, values and file with which a card is sent.

    A Telegram contact needs a phone number; a card without one goes as a file
    that the address book opens.
    """
    card = vcard(contact)
    if contact.phones:
        values = {"phone_number": contact.phones[0], "first_name": contact.organisation, "vcard": card}
        return "sendContact", values, None
    file = ("kontakt.vcf", card.encode())
    return "sendDocument", {"document": "attach://file", "caption": contact.organisation}, file


def results(
    replies: Iterable[Reply], labels: render.Labels, titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the inline results for some replies: their cards, or their words if they have none.

    ``titles`` are the short names of the topics.
    """
    found: dict[str, InlineQueryResult] = {}
    for reply in replies:
        if reply.outcome is Outcome.EMERGENCY or not reply.contacts:
            result = _article(reply, labels)
            found.setdefault(result.id, result)
            continue
        for contact in reply.contacts:
            title = titles.get(reply.topics[0], "") if len(reply.topics) == 1 else ""
            result = _result(contact, reply, labels, title)
            found.setdefault(result.id, result)
    return [result.to_dict() for result in list(found.values())[:MOST_RESULTS]]


def _result(contact: Contact, reply: Reply, labels: render.Labels, title: str) -> InlineQueryResult:
    identifier = f"{'-'.join(reply.topics)[:50]}.{fingerprint(contact)}"
    names = [name for name in (title, contact.organisation) if name]
    if not contact.phones:
        content = _content(reply, (contact,), labels)
        return InlineQueryResultArticle(
            identifier, ": ".join(names), content, description=_description(contact)
        )
    return InlineQueryResultContact(
        identifier,
        phone_number=contact.phones[0],
        first_name=names[0],
        last_name=names[1] if len(names) > 1 else None,
        vcard=vcard(contact),
    )


def _article(reply: Reply, labels: render.Labels) -> InlineQueryResult:
    title, *_ = reply.paragraphs or ("110",)
    return InlineQueryResultArticle(
        f"r{'-'.join(reply.topics)}"[:64], title[:100], _content(reply, reply.contacts, labels)
    )


def _content(reply: Reply, contacts: Sequence[Contact], labels: render.Labels) -> InputTextMessageContent:
    paragraphs = reply.paragraphs if reply.outcome is Outcome.EMERGENCY or not contacts else ()
    shown = Reply(reply.outcome, paragraphs, tuple(contacts), source=reply.source)
    text = render.html(shown, options=False, labels=labels)
    if len(text) > 4096:
        text = html.escape(render.plain(shown, options=False, labels=labels)[:3000])
    return InputTextMessageContent(
        text, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
    )


def _description(contact: Contact) -> str:
    town = f"{contact.postcode} {contact.city}".strip()
    return ", ".join(part for part in (contact.unit, contact.street, town) if part)[:200]
