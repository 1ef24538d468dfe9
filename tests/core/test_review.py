"""Notes for editors: facts that nobody has confirmed for long, lines that sound like another topic."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from bot.content.loading import gather, places, read_folder, shipped
from bot.dialogue import Bot
from bot.errors import Mistake
from bot.knowledge import Knowledge
from bot.matching.learning import learn, study
from bot.matching.model import Candidate, Model
from bot.measuring.review import MOST_STOLEN, notes, stale
from tests.content import plain

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


def test_an_old_source_is_one_line_with_every_contact_that_stems_from_it(
    whole: Knowledge,
) -> None:
    brochure = whole.topics["zastex"].source
    contacts = sum(len(topic.contacts) for topic in whole.topics.values() if topic.source == brochure)
    (found,) = [str(note) for note in stale(unconfirmed(whole.tree), TODAY)]
    assert "vom 13.10.2023, 37 Monate alt (Frist: 12). Gibt es eine neuere, hier „date“ erneuern." in found
    assert f"die {contacts} Kontakte daraus" in found
    assert "offers/zastex.yaml: „office“" in found
    assert "\n" not in found


def test_a_confirmed_contact_is_not_asked_for_again(tmp_path: Path) -> None:
    (found,) = lines(changed(tmp_path / "knowledge", "2026-11-01"), TODAY)
    assert "offers/asskomm.yaml: „office“" in found
    assert "zastex" not in found


@pytest.mark.parametrize(("today", "expected"), [((2024, 10, 13), False), ((2024, 10, 14), True)])
def test_a_term_ends_with_its_last_day(whole: Knowledge, today: tuple[int, int, int], expected: bool) -> None:
    assert bool([*stale(unconfirmed(whole.tree), date(*today))]) is expected


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


def test_what_new_lines_change_for_others_is_told(whole: Knowledge) -> None:
    before = replace(whole, lines=whole.lines[::25])
    own = [line for line in before.lines if line.topic == "zmi"][:20]
    stolen = tuple(line._replace(topic="zastex", text=f"{line.text} {n}") for line in own for n in range(9))
    after = replace(before, lines=(*before.lines, *stolen))
    studied = study(after)
    earlier = Model.fit(before)
    found = [*map(str, notes(after, studied, Model(after, learn(studied)), earlier, today=TODAY))]
    summary = [line for line in found if "180 neue oder geänderte Äußerungen" in line]
    assert len(summary) == 1
    told = [line for line in found if "klang bisher nach" in line]
    assert any("klang bisher nach „zmi“, durch die neuen Zeilen jetzt nach „zastex“" in line for line in told)
    assert all("jetzt nach „zastex“" in line for line in told), "nothing that only swings"


def test_an_untouched_content_changes_nothing(whole: Knowledge) -> None:
    small = replace(whole, lines=whole.lines[::25])
    studied = study(small)
    model = Model(small, learn(studied))
    assert not [note for note in notes(small, studied, model, model, today=TODAY) if "bisher" in str(note)]


class Deaf:
    """A model to which some lines are foreign, by their numbers; the others it takes for what they are."""

    def __init__(self, of: Model, knowledge: Knowledge, foreign: Collection[int]) -> None:
        self.learned = of.learned
        self._lines, self._foreign = knowledge.lines, foreign

    def likeliest(self, _: object) -> list[Candidate]:
        return [
            Candidate("none" if number in self._foreign else line.topic, 0.99)
            for number, line in enumerate(self._lines)
        ]


@pytest.fixture(scope="module")
def small(whole: Knowledge) -> tuple[Knowledge, Model]:
    """Every hundredth line, learned."""
    knowledge = replace(whole, lines=whole.lines[::100])
    return knowledge, Model.fit(knowledge)


def foreign(
    small: tuple[Knowledge, Model], after: Knowledge, numbers: Collection[int], *, every: bool = False
) -> list[Mistake]:
    """Return the notes on lines of ``after``, which was ``small``, that sound foreign."""
    deaf = cast("Model", Deaf(small[1], after, numbers))
    found = notes(after, study(after), deaf, small[1], today=TODAY, every=every)
    return [note for note in found if "klingt" in note.text]


def test_a_new_line_that_sounds_foreign_is_told_with_the_file_and_the_mend(
    small: tuple[Knowledge, Model],
) -> None:
    """An old one is not, unless all are asked for: it is understood, and one word may stand for much."""
    own = [number for number, line in enumerate(small[0].lines) if line.topic == "zmi"][:1]
    new = small[0].lines[own[0]]._replace(text="x" * 70, number=77)
    after = replace(small[0], lines=(*small[0].lines, new))
    numbers = [*own, len(small[0].lines)]
    (told,) = foreign(small, after, numbers)
    assert (told.file, told.line) == ("utterances/zmi.yaml", 77)
    assert told.text == (
        f"„{'x' * 59}…“ klingt mehr nach „Fremdes“ (99%). Wortgleich versteht der Bot sie, ähnlich gesagt nicht: "
        "hier zwei, drei ähnliche Zeilen ergänzen, oder sie gehört nach off_topic.yaml."
    )
    assert foreign(small, after, numbers, every=True)[0] == told
    assert len(foreign(small, after, numbers, every=True)) == 2


def test_old_lines_are_told_if_they_are_many_of_their_topic(small: tuple[Knowledge, Model]) -> None:
    own = [number for number, line in enumerate(small[0].lines) if line.topic == "zmi"]
    assert foreign(small, small[0], own[: len(own) // 25]) == []
    assert {note.file for note in foreign(small, small[0], own[: len(own) // 10])} == {"utterances/zmi.yaml"}
    told = foreign(small, small[0], own)
    assert len(told) == MOST_STOLEN
    assert "none" not in "".join(note.text for note in told)


def test_a_section_that_is_missing_is_told(small: tuple[Knowledge, Model]) -> None:
    """Its lines are then taken for those of the section above."""
    moved = (
        line._replace(section="overview") if line.topic == "zmi" and line.section == "services" else line
        for line in small[0].lines
    )
    after = replace(small[0], lines=(*moved,))
    found = [
        note
        for note in notes(after, study(after), small[1], today=TODAY)
        if note.file == "utterances/zmi.yaml"
    ]
    assert any("Der Abschnitt „services“ fehlt bei „zmi“" in note.text for note in found)


def test_a_note_on_a_date_leads_to_its_line(tmp_path: Path) -> None:
    knowledge = changed(tmp_path / "k", "2062-11-24")
    files = gather(tmp_path / "k")
    notes = [*stale(knowledge.tree, TODAY, places(files))]
    assert {note.file for note in notes} == {"sources.yaml", "offers/zastex.yaml"}
    for note in notes:
        row = files[note.file].decode().splitlines()[note.line - 1]
        assert re.match(r"\s+(date|confirmed): ", row)


def test_a_source_in_the_future_is_told(whole: Knowledge) -> None:
    tree = {**whole.tree, "sources.yaml": {"broschuere": {"date": "2032-10-13"}}}
    assert [note.text for note in stale(tree, TODAY)] == [
        "Die Quelle „broschuere“: „date“ liegt in der Zukunft. Ist das Jahr richtig?"
    ]


def test_a_confirmation_in_the_future_is_told(tmp_path: Path) -> None:
    notes = lines(changed(tmp_path / "k", "2062-11-24"), TODAY)
    assert [note for note in notes if "zastex" in note and "liegt in der Zukunft" in note]
    on_that_day = lines(changed(tmp_path / "l", "2026-11-24"), TODAY)
    assert not [note for note in on_that_day if "zastex" in note and "Zukunft" in note]
