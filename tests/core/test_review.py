"""Notes on facts that nobody has confirmed for long: each source and each contact once, with its own date."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from adapters.render import plain
from bot.dialogue import Bot
from bot.knowledge import Knowledge, read_folder, shipped
from bot.matching.model import Model
from bot.review import stale

CARD = "    city: Dresden\n"
TODAY = date(2026, 11, 24)


def lines(knowledge: Knowledge, today: date) -> list[str]:
    return [str(note) for note in stale(knowledge.tree, today)]


def changed(folder: Path, confirmed: str) -> Knowledge:
    """The shipped content in which ZASTEX's card has a date of its own."""
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".*", "README.md"))
    path = folder / "offers" / "zastex.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(CARD) == 1
    path.write_text(text.replace(CARD, f"{CARD}    confirmed: {confirmed}\n"), encoding="utf-8")
    return read_folder(folder)


def test_every_contact_of_an_old_source_is_one_readable_line(content: tuple[Knowledge, Model]) -> None:
    knowledge, _ = content
    contacts = sum(len(topic.contacts) for topic in knowledge.topics.values())
    found = lines(knowledge, TODAY)
    assert len(found) == 1 + contacts
    assert all(len(line) < 200 and "\n" not in line for line in found)
    assert (
        "offers/zastex.yaml: Kontakt „office“ (Landeskriminalamt Sachsen) ist vom 13.10.2023, "
        "37 Monate alt (Frist: 12): nachprüfen, „confirmed“ setzen." in found
    )


@pytest.mark.parametrize(("today", "expected"), [((2024, 10, 13), False), ((2024, 10, 14), True)])
def test_a_term_ends_with_its_last_day(
    content: tuple[Knowledge, Model], today: tuple[int, int, int], expected: bool
) -> None:
    assert bool(lines(content[0], date(*today))) is expected


@pytest.mark.parametrize(("confirmed", "expected"), [("2025-11-24", False), ("2025-11-23", True)])
def test_the_own_date_of_a_contact_counts_before_that_of_its_source(
    content: tuple[Knowledge, Model], tmp_path: Path, confirmed: str, expected: bool
) -> None:
    knowledge = changed(tmp_path / "knowledge", confirmed)
    found = [line for line in lines(knowledge, TODAY) if "zastex" in line]
    assert bool(found) is expected
    assert all("23.11.2025, 12 Monate alt" in line for line in found)
    answer = plain(Bot(knowledge, content[1]).respond("c", "Telefon ZASTEX"))
    shown = date.fromisoformat(confirmed)
    assert f"Stand der Angaben: {shown:%d.%m.%Y}" in answer
    assert "Stand: 13.10.2023" in answer
