"""The buttons under a message, and what is written on their backs.

A button carries all that is needed to answer it: after a restart, from an
older version of the bot, with another content. Its data starts with the
version of this format: ``1:zastex.contact`` chooses an option,
``1!zastex.contact`` does so under an emergency, whose numbers must stay, and
``1+zastex:5f3a90c1`` asks for the contact card with that fingerprint.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.reply import PARTS, Contact, Option, Outcome, Reply

LONGEST_DATA = 64
"""Bytes on the back of a button."""
LONGEST_COPY = 256
"""Characters that a button can copy."""
MOST_CONTACTS = 3
NARROW = 18
"""Characters up to which two labels share a row on a small phone."""
_CHOICE = re.compile(r"^1([:!])([a-z0-9_.-]{1,62})$")
_CARD = re.compile(r"^1\+([a-z0-9_,]{1,50}):([0-9a-f]{8})$")
_WEB = re.compile(r"^https?://[^\s/]+\.[^\s]+$")


Button = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Captions:
    """The words on the buttons; ``copy`` has a ``{value}``. Without its words a button is left out."""

    copy: str
    save: str
    share: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An option was pressed; ``keeps``: the message it hangs under must not be changed."""

    choice: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A contact card is wanted; it belongs to one of ``topics``, of which older buttons name several."""

    topics: tuple[str, ...]
    fingerprint: str


def choice_data(choice: str, keeps: bool = False) -> str | None:
    """Return the data for an option, ``None`` if it cannot be carried."""
    data = f"1{'!' if keeps else ':'}{choice}"
    return data if _CHOICE.match(data) and len(data.encode()) <= LONGEST_DATA else None


def card_data(topic: str, contact: Contact) -> str | None:
    """Return the data that asks for a card of ``topic``, ``None`` if it cannot be carried."""
    data = f"1+{topic}:{fingerprint(contact)}"
    return data if _CARD.match(data) and len(data.encode()) <= LONGEST_DATA else None


def read_data(data: str) -> Choice | Card | None:
    """Return what pressed data means, ``None`` for that of another version."""
    if found := _CHOICE.match(data):
        return Choice(found[2], keeps=found[1] == "!")
    if found := _CARD.match(data):
        return Card(tuple(found[1].split(",")), found[2])
    return None


def fingerprint(contact: Contact) -> str:
    """Return eight characters that change when the card does."""
    place = (contact.organisation, contact.unit, contact.street, contact.postcode, contact.city)
    reach = (*contact.phones, contact.fax, contact.email, *(link.url for link in contact.links))
    fields = (*place, *reach)
    return f"{zlib.crc32('|'.join(fields).encode()):08x}"


def is_of(contact: Contact, wanted: str) -> bool:
    """Return whether ``wanted`` is the fingerprint of a card, shown whole or without what did not help."""
    return wanted in map(fingerprint, (contact, *(contact.without(part) for part in PARTS)))


def keyboard(
    reply: Reply, captions: Captions, inline: bool, owners: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return the keyboard for a reply as the API wants it, ``None`` without buttons.

    ``inline`` says whether cards can be passed on through the inline mode; ``owners`` are the topics of the
    contacts, each ``""`` if it is not known, without them the first topic of the reply.
    An emergency has no buttons beside its own options: nothing to press but the phone.
    """
    is_alarm = reply.outcome is Outcome.EMERGENCY
    contacts = () if is_alarm else reply.contacts[:MOST_CONTACTS]
    owners = (owners or ["".join(reply.topics[:1])] * len(reply.contacts))[: len(contacts)]
    rows = [*_contact_rows(contacts, owners, captions, inline), *_option_rows(reply.options, is_alarm)]
    return {"inline_keyboard": rows} if rows else None


def _option_rows(options: Sequence[Option], keeps: bool) -> Iterator[list[Button]]:
    waiting: list[Button] = []
    for option in options:
        data = choice_data(option.choice, keeps)
        if data is None:
            continue
        button = {"text": option.label, "callback_data": data}
        if len(option.label) > NARROW:
            if waiting:
                yield waiting
                waiting = []
            yield [button]
            continue
        waiting = [*waiting, button]
        if len(waiting) == 2:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _contact_rows(
    contacts: Sequence[Contact], owners: Sequence[str], captions: Captions, inline: bool
) -> Iterator[list[Button]]:
    for contact, topic in zip(contacts, owners, strict=True):
        yield from ([{"text": link.label, "url": link.url}] for link in contact.links if _WEB.match(link.url))
        if captions.copy and contact.phones and len(contact.phones[0]) <= LONGEST_COPY:
            number = contact.phones[0]
            label = captions.copy.format(value=number)
            yield [{"text": label, "copy_text": {"text": number}}]
        row: list[Button] = []
        data = card_data(topic, contact)
        if captions.save and data is not None:
            row.append({"text": captions.save, "callback_data": data})
        if captions.share and inline and topic and contact is contacts[-1]:
            row.append({"text": captions.share, "switch_inline_query": topic})
        if row:
            yield row
