"""The sense of ``wording.yaml``: every sentence that the bot says is there, with the places that it fills."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from bot.content.form import close_to
from bot.content.source import Document
from bot.errors import Mistake


def mistakes_of_wording(document: Document, wanted: Mapping[str, str], is_whole: bool) -> Iterator[Mistake]:
    """Return sentences that are missing, unknown or have other places than those ``wanted`` (see ``x-wording``).

    Only what is whole (``is_whole``) is known to lack a sentence.
    """
    value: Any = document.value
    unknown = [key for key in value if key not in wanted]
    for key, example in wanted.items():
        is_misspelt = bool(difflib.get_close_matches(key, unknown, n=1))
        if key not in value and is_whole and not is_misspelt:
            yield document.mistake((), f"Der Satz „{key}“ fehlt. Er lautet etwa: {example}")
    for key, text in value.items():
        if key not in wanted:
            yield document.mistake((key,), f"Den Satz „{key}“ sagt der Bot nirgends.{close_to(key, wanted)}")
            continue
        filled, places = _places(wanted[key]) or set(), _places(text)
        if places is None:
            yield document.mistake((key,), "Eine geschweifte Klammer ist nicht geschlossen oder leer.")
            continue
        extra, missing = sorted(places - filled), sorted(filled - places)
        for place in extra:
            hint = f" Möglich: {_listed(filled)}." if filled else " Hier wird nichts eingesetzt."
            yield document.mistake((key,), f"„{{{place}}}“ füllt das Programm hier nicht.{hint}")
        for place in missing[len(extra) :]:  # the others are most likely only misspelt
            lost = f"„{{{place}}}“ fehlt: an diese Stelle setzt das Programm etwas ein."
            yield document.mistake((key,), lost)


def _places(text: str) -> set[str] | None:
    """Return the {places} of a sentence, ``None`` if its braces do not pair up."""
    found = set()
    try:
        for _, name, form, conversion in Formatter().parse(text):
            if name is not None:
                found.add(name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else ""))
    except ValueError:
        return None
    return None if "" in found else found


def _listed(places: Iterable[str]) -> str:
    return ", ".join(f"{{{place}}}" for place in sorted(places))
