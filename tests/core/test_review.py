"""Notes for editors: facts that nobody has confirmed for long, lines that sound like another topic."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.render import plain
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.loading import read_folder, shipped
from bot.matching.learning import learn, study
from bot.matching.model import Candidate, Model
from bot.review import MOST_STOLEN, notes, stale

CARD = "    city: Dresden\n"
TODAY = date(2026, 11, 24)


def lines(knowledge: Knowledge, today: date) -> list[str]:
    return [str(note) for note in stale(knowledge.tree, today)]


def changed(folder: Path, confirmed: str) -> Knowledge:
    """The shipped content in which ZASTEX's card has a date of its own."""
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".*", "README.md"))
    path = folder / "offers" / "zastex.yaml"
    text = re.sub(r"    confirmed: .*\n", "", path.read_text(encoding="utf-8"))
    assert text.count(CARD) == 1
    path.write_text(text.replace(CARD, f"{CARD}    confirmed: {confirmed}\n"), encoding="utf-8")
    return read_folder(folder)


def unconfirmed(value: Any) -> Any:
    """Return a tree of content without the dates that editors put on cards."""
    if isinstance(value, dict):
        return {key: unconfirmed(entry) for key, entry in value.items() if key != "confirmed"}
    return value


def test_every_contact_of_an_old_source_is_one_readable_line(content: tuple[Knowledge, Model]) -> None:
    knowledge, _ = content
    brochure = knowledge.topics["zastex"].source
    contacts = sum(len(topic.contacts) for topic in knowledge.topics.values() if topic.source == brochure)
    found = [str(note) for note in stale(unconfirmed(knowledge.tree), TODAY)]
    assert len([line for line in found if "13.10.2023" in line]) >= contacts
    assert all(len(line) < 200 and "\n" not in line for line in found)
    assert (
        "offers/zastex.yaml: Kontakt „office“ (Landeskriminalamt Sachsen) ist vom 13.10.2023, "
        "37 Monate alt (Frist: 12): nachprüfen, „confirmed“ setzen." in found
    )


@pytest.mark.parametrize(("today", "expected"), [((2024, 10, 13), False), ((2024, 10, 14), True)])
def test_a_term_ends_with_its_last_day(
    content: tuple[Knowledge, Model], today: tuple[int, int, int], expected: bool
) -> None:
    assert bool([*stale(unconfirmed(content[0].tree), date(*today))]) is expected


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


def test_what_new_lines_change_for_others_is_told(content: tuple[Knowledge, Model]) -> None:
    knowledge, _ = content
    before = replace(knowledge, lines=knowledge.lines[::25])
    own = [line for line in before.lines if line.topic == "zmi"][:20]
    stolen = tuple(line._replace(topic="zastex", text=f"{line.text} {n}") for line in own for n in range(9))
    after = replace(before, lines=(*before.lines, *stolen))
    studied = study(after)
    earlier = before, Model.fit(before)
    found = [str(note) for note in notes(after, studied, Model(after, learn(studied)), earlier, TODAY)]
    summary = [line for line in found if "180 neue oder geänderte Äußerungen" in line]
    assert len(summary) == 1
    assert any("wurde bisher als „zmi“ verstanden, jetzt als „zastex“" in line for line in found)


def test_an_untouched_content_changes_nothing(content: tuple[Knowledge, Model]) -> None:
    small = replace(content[0], lines=content[0].lines[::25])
    studied = study(small)
    model = Model(small, learn(studied))
    assert not [note for note in notes(small, studied, model, (small, model), TODAY) if "bisher" in str(note)]


class Deaf:
    """A model to which each of so many lines is foreign."""

    def __init__(self, lines: int) -> None:
        self._lines = lines

    def likeliest(self, _: object) -> list[Candidate]:
        return [Candidate("none", 0.99)] * self._lines


def test_a_line_that_sounds_foreign_is_told_with_the_file_and_the_mend(
    content: tuple[Knowledge, Model],
) -> None:
    """A new one before all old ones, however many there are."""
    small = replace(content[0], lines=content[0].lines[::100])
    own = [line for line in small.lines if line.topic == "zmi"]
    new = own[-1]._replace(text="x" * 70, number=77)
    after = replace(small, lines=(*small.lines, new))
    deaf = cast("Model", Deaf(len(after.lines)))
    found = [note for note in notes(after, study(after), deaf, (small, deaf), TODAY) if "klingt" in note.text]
    assert (found[0].file, found[0].line) == ("utterances/zmi.yaml", 77)
    assert found[0].text == (
        f"„{'x' * 59}…“ klingt mehr nach „Fremdes“ (99%): hier mehr solche Zeilen schreiben, "
        "oder sie gehört nach off_topic.yaml."
    )
    assert len(found) == MOST_STOLEN
    assert "none" not in "".join(note.text for note in found)


def test_a_confirmation_in_the_future_is_told(tmp_path: Path) -> None:
    notes = lines(changed(tmp_path / "k", "2062-11-24"), TODAY)
    assert [note for note in notes if "zastex" in note and "liegt in der Zukunft" in note]
    on_that_day = lines(changed(tmp_path / "l", "2026-11-24"), TODAY)
    assert not [note for note in on_that_day if "zastex" in note and "Zukunft" in note]
