"""What an editor has to do with a value that does not fit: signs from a word processor, capitals, a German date."""

from __future__ import annotations

import re

_BLANK = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASH = re.compile("[\u2010-\u2015\u2212]")
_QUOTED = re.compile("[„“”‚‘»«›‹]([^„“”»«]*)[“”„‘’«»‹›]")
_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_ISO_DAY = re.compile(r"\d{4}-\d\d?-\d\d?")
_LOCAL = re.compile(r"0[1-79]\d[\d /-]+|08[1-9][\d /-]+")
_MARKUP = re.compile(r"\*\*|\]\(|</?[a-zA-Z][^<>]{0,40}>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")


def is_quoted(text: str) -> bool:
    """Return whether the whole ``text`` stands in quotation marks of a word processor."""
    return _QUOTED.fullmatch(text) is not None


def markup(text: str) -> str:
    """Return what in ``text`` would be shown as it stands: "**", a tag, "&amp;"; nothing if there is none."""
    found = _MARKUP.search(text)
    return found[0] if found else ""


def remedy(text: str, pattern: str) -> str:
    """Return a sentence on what to change in ``text`` so that it fits ``pattern``, as far as that can be told."""
    if is_quoted(text):
        return ' Anführungszeichen sind hier gerade: "…".'
    if _UNSEEN.search(text):
        return " Darin steht ein unsichtbares Zeichen: die Angabe neu tippen."
    if _BLANK.search(text):
        return " Darin steht ein geschütztes Leerzeichen: durch ein gewöhnliches ersetzen."
    if (dash := _DASH.search(text)) and re.search(pattern, _DASH.sub("-", text)):
        return f" Darin steht „{dash[0]}“ statt „-“."
    if re.search(pattern, text.lower()):
        return f" Klein geschrieben passt es: „{text.lower()}“."
    if " " in text and re.search(pattern, text.replace(" ", "")):
        return " Darin steht ein Leerzeichen zu viel."
    if _ISO_DAY.fullmatch(text):
        return " Stimmen Jahr, Monat und Tag?"
    if day := _DAY.fullmatch(text):
        written = f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
        return f" Also „{written}“." if re.search(pattern, written) else ""
    if _LOCAL.fullmatch(text) and re.search(pattern, "+49 351 855-0"):
        return " Statt der ersten 0 steht „+49 “."
    return ""
