"""From a telephone number, address, mail or link back to its owner.

"Wem gehört 0351 8552223?" is answered exactly or not at all: a number is
compared by its digits, with or without country and area code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.reply import Contact
from bot.text import Utterance, fold_word

_NUMBER = re.compile(r"(?<![\w@.])(?:\+|00)?\d[\d\s()/.\-–]{3,}\d(?![\w@])")
_EXTENSION = re.compile(r"(?<![\d-])\d{3,4}-\d{1,5}(?![\d-])")
_NO_NUMBER = re.compile(
    r"\b\d{1,2}\s?[./]\s?\d{1,2}\s?[./]\s?(?:\d{4}|\d{2})?\b"  # a date
    r"|\b(?:19|20)\d\d\s?[-–/]\s?(?:(?:19|20)\d\d|\d\d)\b"  # years
    r"|\b\d{1,3}(?:\.\d{3})+\b(?!\d)"  # thousands
    r"|(?<![\d/-])\b\d{5}\b(?=\s+[^\W\d_])"  # a postcode and its place
)
"""What looks like a telephone number and is none; only what nobody in the content owns is left out."""
_DIGIT = re.compile(r"\d")
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')]+"
    r"|(?<![a-z0-9])(?<![a-z0-9][.-])\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.de\b(?:/[^\s]*)?",
    re.IGNORECASE,
)
"""A mail and a link begin where no sign of them stands before: looking into a long row of letters and dots stays linear."""
_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What the lookup says: topics whose contact holds the value, with the card ids.

    ``is_lookup`` is false when the text holds nothing that could be looked up;
    true with no ``owners`` when it does and nobody in the content has it.
    """

    is_lookup: bool
    owners: tuple[tuple[str, str], ...] = ()


class Lookup:
    """All numbers, mails, links and streets of the content with their owners."""

    def __init__(self, contacts: Iterable[tuple[str, str, Contact]]) -> None:
        self._numbers: dict[str, list[tuple[str, str]]] = {}
        self._texts: dict[str, list[tuple[str, str]]] = {}
        self._streets: dict[str, list[tuple[str, str]]] = {}
        for topic, card, contact in contacts:
            owner = (topic, card)
            for number in filter(None, (*contact.phones, contact.fax)):
                for form in _number_forms(number):
                    _append(self._numbers, form, owner)
            for text in filter(None, (contact.email, *(link.url for link in contact.links))):
                _append(self._texts, _bare(text), owner)
            if contact.street:
                _append(self._streets, _street(contact.street), owner)

    def find(self, utterance: Utterance) -> Found:
        """Look up what an utterance holds; exact values only."""
        text = utterance.text
        mails = _MAIL.findall(text) if "@" in text else []
        links = _LINK.findall(_MAIL.sub(" ", text)) if "." in text else []
        numbers = _numbers(text) if _DIGIT.search(text) else []
        unknown = _numbers(_NO_NUMBER.sub(" ", text)) if numbers else []
        owners: list[tuple[str, str]] = []
        for value in (*mails, *links):
            owners += self._texts.get(_bare(value), [])
        for digits in numbers:
            owners += self._numbers.get(_local(digits), [])
        joined = f" {' '.join(utterance.folded)} "
        for street, owning in self._streets.items():
            if f" {street} " in joined:
                owners += owning
        unique = tuple(dict.fromkeys(owners))
        asked = bool(mails or unknown or unique)
        return Found(asked, unique)


def _numbers(text: str) -> list[str]:
    found = [re.sub(r"\D", "", number) for number in _NUMBER.findall(text)]
    found = [digits for digits in found if len(digits) >= _SHORTEST]
    return found + [re.sub(r"\D", "", number) for number in _EXTENSION.findall(text)]


def _append(table: dict[str, list[tuple[str, str]]], key: str, owner: tuple[str, str]) -> None:
    entries = table.setdefault(key, [])
    if owner not in entries:
        entries.append(owner)


def _local(digits: str) -> str:
    """Strip country code and leading zero: 00493518552223 and 03518552223 are one."""
    for prefix in ("0049", "49"):
        if digits.startswith(prefix) and len(digits) - len(prefix) >= _SHORTEST:
            digits = digits[len(prefix) :]
            break
    return digits[1:] if digits.startswith("0") and len(digits) > _SHORTEST else digits


def _number_forms(number: str) -> set[str]:
    """Return the digit strings that mean ``number``: with and without area code."""
    groups = re.sub(r"[^\d ]", "", number.replace("+49", "").replace("-", "")).split()
    if not groups:
        return set()
    whole = "".join(groups)
    forms = {_local(whole)}
    if number.startswith("+49") and len(groups) > 1:
        forms.add("".join(groups[1:]))
        extension = number.rpartition("-")[2]
        if "-" in number and len(extension) >= _SHORTEST:
            forms.add(extension)
    return forms


def _bare(text: str) -> str:
    lowered = text.casefold().rstrip(".,;:!?/")
    return re.sub(r"^(https?://)?(www\.)?", "", lowered)


def _street(street: str) -> str:
    return " ".join(fold_word(part) for part in re.findall(r"[^\W_]+", street))


def cards(topics: Mapping[str, Mapping[str, Contact]]) -> list[tuple[str, str, Contact]]:
    """Flatten ``{topic: {card id: contact}}`` for ``Lookup``."""
    return [(topic, card, contact) for topic, of in topics.items() for card, contact in of.items()]
