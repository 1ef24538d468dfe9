"""The way of writing does not change what is understood."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.content.source import read
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Reply
from tests.conftest import ROOT
from tests.learned import fresh_bot


def read_dialogues(path: Path) -> Any:
    """Return the golden dialogues of one file."""
    return read(path.name, path.read_bytes()).value


FIRST_TURNS = [
    dialogue["turns"][0]["user"]
    for path in sorted((ROOT / "tests" / "dialogues").glob("*.yaml"))
    for dialogue in read_dialogues(path)
    if not isinstance(dialogue["turns"][0].get("outcome"), list)
]
COMPOUNDS = ("Broschürenversand", "Sicherheitsleitfaden", "Expertennetzwerk", "Deeskalationstrainings")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def answer(content: tuple[Knowledge, Model]):  # type: ignore[no-untyped-def]
    def ask(text: str) -> tuple[str, ...]:
        reply: Reply = fresh_bot().respond("robust", text)
        return (reply.outcome, *reply.topics)

    return ask


def respelt(text: str) -> Iterator[str]:
    """Yield the text without capitals, umlauts, punctuation, and shouted."""
    yield text.lower()
    yield text.upper()
    for umlaut, pair, bare in (("ä", "ae", "a"), ("ö", "oe", "o"), ("ü", "ue", "u"), ("ß", "ss", "ss")):
        if umlaut in text.lower():
            yield text.replace(umlaut, pair).replace(umlaut.upper(), pair.capitalize())
            if bare != pair:
                yield text.replace(umlaut, bare).replace(umlaut.upper(), bare.upper())
    if not text.startswith(("/", "!")) and "@" not in text and not any(c.isdigit() for c in text):
        yield "".join(c for c in text if c not in ".,;:!?")
        yield text + "?"
    for compound in COMPOUNDS:
        if compound.lower() in text.lower():
            cut = len(compound) // 2
            yield text.lower().replace(compound.lower(), f"{compound[:cut]} {compound[cut:]}".lower())


def misspelt(text: str) -> Iterator[str]:
    """Yield the text with one typo in each word of six letters or more."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) < 6 or not word.isalpha():
            continue
        middle = len(word) // 2
        swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
        dropped = word[:middle] + word[middle + 1 :]
        doubled = word[:middle] + word[middle] + word[middle:]
        neighbour = LETTERS[(LETTERS.find(word[middle].lower()) + 1) % 26]
        replaced = word[:middle] + neighbour + word[middle + 1 :]
        for typo in (swapped, dropped, doubled, replaced):
            yield " ".join([*words[:place], typo, *words[place + 1 :]])


@pytest.mark.parametrize("text", FIRST_TURNS)
def test_spelling_does_not_matter(answer, text: str) -> None:  # type: ignore[no-untyped-def]
    wanted = answer(text)
    changed = {variant: answer(variant) for variant in respelt(text)}
    assert {variant: got for variant, got in changed.items() if got != wanted} == {}


@pytest.mark.parametrize("text", FIRST_TURNS)
def test_one_typo_does_not_matter(answer, text: str) -> None:  # type: ignore[no-untyped-def]
    if text.startswith(("/", "!")):
        pytest.skip("a command is spelt exactly")
    wanted = answer(text)
    changed = {variant: answer(variant) for variant in misspelt(text)}
    assert {variant: got for variant, got in changed.items() if got != wanted} == {}


def test_variants_are_real_changes() -> None:
    variants = [list(respelt(text)) + list(misspelt(text)) for text in FIRST_TURNS]
    assert sum(map(len, variants)) > 300
    assert all(a != b for some in variants for a, b in pairwise(some))
