"""Turns a ``Reply`` into complete plain text and into the small HTML that chat platforms share.

The HTML uses ``b``, ``i`` and ``a`` only, everything else is escaped; line
breaks are newlines unless the caller asks for ``<br>``. The few words that
stand around the content are ``Labels``, which a channel reads from the wording
with ``Labels.read(desk.line)`` each time that it renders: content may change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from html import escape

from bot.reply import Contact, Link, Option, Reply, Source


@dataclass(frozen=True, slots=True)
class Labels:
    """The words around the content. ``{…}`` is replaced by what the docstring of ``read`` names."""

    phone: str
    fax: str
    email: str
    link: str
    confirmed: str
    source: str

    @classmethod
    def read(cls, line: Callable[..., str]) -> Labels:
        """Return the labels of a wording.

        ``line`` is ``Desk.line``; the keys are ``card_phone``, ``card_fax``,
        ``card_email`` (each with ``{value}``), ``card_link`` (``{label}``,
        ``{value}``), ``card_confirmed`` (``{date}``) and ``source``
        (``{title}``, ``{publisher}``, ``{date}``). Where ``line`` has no words
        the value stands alone.
        """
        return cls(
            phone=line("card_phone", value="{value}") or "{value}",
            fax=line("card_fax", value="{value}") or "{value}",
            email=line("card_email", value="{value}") or "{value}",
            link=line("card_link", label="{label}", value="{value}") or "{label}: {value}",
            confirmed=line("card_confirmed", date="{date}") or "{date}",
            source=line("source", title="{title}", publisher="{publisher}", date="{date}")
            or "{title}, {publisher}, {date}",
        )


def plain(reply: Reply, labels: Labels, *, options: bool = True) -> str:
    """Return the whole reply as plain text, complete without any markup.

    Contact cards are blocks of lines, options are numbered from 1, the source
    is the last line. ``options=False`` leaves the options out (for buttons), but not their hints.
    """
    blocks = [paragraph.strip() for paragraph in reply.paragraphs]
    blocks += ["\n".join(card(contact, reply.source, labels)) for contact in reply.contacts]
    blocks.append("\n".join(_numbered(reply) if options else _hinted(reply)))
    if reply.source:
        blocks.append(source_line(reply.source, labels))
    return "\n\n".join(block for block in blocks if block)


def html(
    reply: Reply,
    labels: Labels,
    *,
    options: bool,
    contact_links: bool = False,
    line_break: str = "\n",
) -> str:
    """Return the whole reply in the small HTML subset.

    ``options`` adds the numbered options; leave them out where buttons carry
    them: then only what a button has no room for is listed. ``contact_links`` makes phone numbers ``tel:`` and e-mail addresses
    ``mailto:`` links (Telegram drops such links and finds the bare text by
    itself). ``line_break`` is ``"<br>"`` where newlines are not kept.
    """
    blocks = [escape(paragraph.strip()) for paragraph in reply.paragraphs]
    for contact in reply.contacts:
        blocks.append("\n".join(_html_card(contact, reply.source, labels, contact_links)))
    offered = _numbered(reply) if options else _hinted(reply)
    blocks.append("\n".join(escape(line) for line in offered))
    if reply.source:
        blocks.append(f"<i>{escape(source_line(reply.source, labels))}</i>")
    text = "\n\n".join(block for block in blocks if block)
    return text.replace("\r\n", "\n").replace("\n", line_break)


def german_date(iso: str) -> str:
    """Return ``2023-10-13`` as ``13.10.2023``; what is no ISO date stays as it is."""
    try:
        return date.fromisoformat(iso).strftime("%d.%m.%Y")
    except ValueError:
        return iso


def phone_url(number: str) -> str:
    """Return the ``tel:`` address of a written number (RFC 3966), ``""`` if there is no digit in it."""
    dialled = re.sub(r"\D", "", re.sub(r"\(0\)", "", number) if "+" in number else number)
    return f"tel:{'+' if number.strip().startswith('+') else ''}{dialled}" if dialled else ""


def _numbered(reply: Reply) -> list[str]:
    return [f"{number}. {described(option)}" for number, option in enumerate(reply.options, start=1)]


def described(option: Option) -> str:
    """Return what an option leads to, with its hint if it has one."""
    return f"{option.label}: {option.hint}" if option.hint else option.label


def _hinted(reply: Reply) -> list[str]:
    """Return the options that have more to say than a button has room for."""
    return [f"– {described(option)}" for option in reply.options if option.hint]


def source_line(source: Source, labels: Labels) -> str:
    """Return where a reply comes from and of which date it is."""
    return _fill(labels.source, title=source.title, publisher=source.publisher, date=german_date(source.date))


def card(contact: Contact, source: Source | None, labels: Labels) -> Iterable[str]:
    """Return the lines of a contact card; its own date only if it is another than that of ``source``."""
    yield from _place(contact)
    for number in contact.phones:
        yield _fill(labels.phone, value=number)
    if contact.fax:
        yield _fill(labels.fax, value=contact.fax)
    if contact.email:
        yield _fill(labels.email, value=contact.email)
    for link in contact.links:
        named = link.label and link.label != link.url
        yield _fill(labels.link, label=link.label, value=link.url) if named else link.url
    yield from _confirmed(contact, source, labels)


def _html_card(contact: Contact, source: Source | None, labels: Labels, contact_links: bool) -> Iterable[str]:
    for position, line in enumerate(_place(contact)):
        yield f"<b>{escape(line)}</b>" if position == 0 else escape(line)
    for number in contact.phones:
        yield _labelled(labels.phone, number, phone_url(number) if contact_links else "")
    if contact.fax:
        yield _labelled(labels.fax, contact.fax, "")
    if contact.email:
        yield _labelled(labels.email, contact.email, f"mailto:{contact.email}" if contact_links else "")
    for link in contact.links:
        yield _web(link)
    for line in _confirmed(contact, source, labels):
        yield escape(line)


def _place(contact: Contact) -> list[str]:
    town = f"{contact.postcode} {contact.city}".strip()
    lines = (contact.organisation, contact.unit, contact.street, town)
    return [line for line in lines if line]


def _confirmed(contact: Contact, source: Source | None, labels: Labels) -> Iterable[str]:
    # The date of the source stands below the reply already; only a different one is news.
    if contact.confirmed and not (source and source.date == contact.confirmed):
        yield _fill(labels.confirmed, date=german_date(contact.confirmed))


def _labelled(label: str, value: str, url: str) -> str:
    return _fill(escape(label), value=_anchor(url, value))


def _web(link: Link) -> str:
    safe = link.url.startswith(("https://", "http://"))
    return _anchor(link.url if safe else "", link.label or link.url)


def _anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _fill(template: str, **values: str) -> str:
    # One pass, and not str.format: a brace in a title or in the wording is no mistake here.
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
