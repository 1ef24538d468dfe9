"""The guide for editors is right: its example works, and all that it names exists."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
import yaml

from bot import commands
from bot.__main__ import COMMANDS
from bot.content import loading
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.layout import ALARMS, ASPECTS
from bot.matching.learning import study
from bot.matching.model import Model
from bot.measuring.review import notes
from tests import test_dialogues
from tests.conftest import ROOT
from tests.content import plain
from tests.learned import without_memory

GUIDE = (ROOT / "knowledge" / "README.md").read_text(encoding="utf-8")
EXAMPLE = dict(re.findall(r"^`([^`\n]+\.yaml)`\n\n```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
"""The files of the example, by their path in the project."""
PROSE = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.DOTALL | re.MULTILINE)
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", PROSE)))
"""Everything that the guide sets in code type."""
ADDED_TO = {"knowledge/sources.yaml"}
OFFER = "musterstelle"


@dataclass(frozen=True, slots=True)
class Learned:
    """The shipped content with the offer of the guide, learned; ``keys`` are all of its keys and ids."""

    content: Knowledge
    model: Model
    first: Bot
    keys: frozenset[str]

    def bot(self) -> Bot:
        """Return a bot without memory."""
        return without_memory(self.first)


def keys_of(schema: object) -> Iterator[str]:
    """Yield every key that the schema knows."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from keys_of(value)


def ids_of(content: Knowledge) -> Iterator[str]:
    """Yield the ids of topics, cards, details and questions."""
    for topic in content.topics.values():
        yield from (topic.id, *topic.contacts, *topic.details)
    yield from (question.id for question in content.vocabulary.questions)


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Follow the guide beside a copy of the shipped content; learning takes seconds, so once."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(loading.shipped(), folder / "knowledge", ignore=shutil.ignore_patterns(".learned"))
    (folder / "tests" / "dialogues").mkdir(parents=True)
    for name, text in EXAMPLE.items():
        path = folder / name
        assert path.exists() == (name in ADDED_TO), name
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    files = loading.gather(folder / "knowledge")
    content = loading.from_files(files)
    schema = json.loads(files["schema.json"])
    keys = frozenset([*keys_of(schema), *ids_of(content), *ASPECTS, *ALARMS])
    model = Model.fit(content)
    return Learned(content, model, Bot(content, model), keys)


# --- the example -----------------------------------------------------------------------------


def test_example_is_complete() -> None:
    assert [*EXAMPLE] == [
        "knowledge/sources.yaml",
        f"knowledge/offers/{OFFER}.yaml",
        f"knowledge/utterances/{OFFER}.yaml",
        f"tests/dialogues/{OFFER}.yaml",
    ]


def test_example_is_one_offer_more(learned: Learned, whole: Knowledge) -> None:
    shipped = {offer.id for offer in whole.offers}
    assert {offer.id for offer in learned.content.offers} == shipped | {OFFER}


@pytest.mark.parametrize(
    "question",
    ["telefon musterstelle", "Musterstele kontakt", "/kontakt musterstelle", "nummer vom warnwestenverleih"],
)
def test_example_is_answered_by_name(learned: Learned, question: str) -> None:
    reply = learned.bot().respond("guide", question)
    assert reply.topics == (OFFER,)
    assert [(card.email, card.phones) for card in reply.contacts] == [
        ("westen@musterstelle.example", ("+49 30 23125-042",))
    ]


@pytest.mark.parametrize(
    "situation",
    [
        "Unser Festumzug geht über die Hauptstraße und die Helfer haben keine Westen",
        "Wo kann unsere Gemeinde Absperrband für einen Umzug leihen?",
        "Beim Stadtfest sollen alle Ordner Warnwesten anhaben, uns fehlen zwanzig Stück",
    ],
)
def test_example_is_understood_from_a_situation(learned: Learned, situation: str) -> None:
    """The first one stands in the utterances of the example, the others do not."""
    reply = learned.bot().respond("guide", situation)
    assert reply.topics == (OFFER,)
    assert "+49 30 23125-042" in plain(reply)


def test_own_utterances_are_understood(learned: Learned) -> None:
    lines = [line for line in learned.content.lines if line.topic == OFFER]
    assert len(lines) >= 25
    right = [line for line in lines if learned.bot().respond("guide", line.text).topics == (OFFER,)]
    assert len(right) >= 0.9 * len(lines)


def test_example_is_listed_and_found_by_its_number(learned: Learned) -> None:
    assert "Musterstelle: Warnwesten" in plain(learned.bot().respond("guide", "/angebote"))
    assert learned.bot().respond("guide", "wem gehört 030 23125042?").topics == (OFFER,)


@pytest.mark.parametrize("choice", ["offers", "bot.offers", "bot.overview", "bot.capabilities"])
def test_every_answer_that_lists_the_offers_lists_the_example(learned: Learned, choice: str) -> None:
    offers = [offer.id for offer in learned.content.offers]
    shown = [option.choice for option in learned.bot().choose("guide", choice).options]
    assert OFFER in offers
    assert shown[: len(offers)] == offers


@pytest.mark.parametrize(
    "question",
    ["Kaution für zehn Warnwesten?", "wie viel muss man hinterlegen", "wie viel pfand für eine weste"],
)
def test_detail_with_words_of_its_own_is_answered(learned: Learned, question: str) -> None:
    assert "Je Weste hinterlegen" in plain(learned.bot().respond("guide", question))


def test_missing_fact_is_admitted(learned: Learned) -> None:
    """The example has no fax: the bot says so instead of giving another number."""
    said = plain(learned.bot().respond("guide", "fax musterstelle"))
    assert learned.content.line("missing_fax", topic="Musterstelle") in said


@pytest.mark.parametrize(
    "dialogue", yaml.load(EXAMPLE.get(f"tests/dialogues/{OFFER}.yaml", "[]"), yaml.BaseLoader)
)
def test_example_of_a_dialogue_passes(learned: Learned, dialogue: dict[str, Any]) -> None:
    test_dialogues.test_dialogue(learned.bot(), dialogue)


def others() -> list[Any]:
    """Return the shipped dialogues, but those that choose by place: one offer more shifts the places."""
    by_place = re.compile(r"\d+|.*\b(erste|zweite|dritte|vierte|fünfte)", re.IGNORECASE)
    return [
        parameter
        for parameter in test_dialogues.dialogues()
        if not any(by_place.fullmatch(turn["user"]) for turn in parameter.values[0]["turns"])
    ]


@pytest.mark.parametrize("dialogue", others())
def test_other_dialogues_pass_beside_the_example(learned: Learned, dialogue: dict[str, Any]) -> None:
    test_dialogues.test_dialogue(learned.bot(), dialogue)


def test_notes_on_the_example_are_those_of_the_guide(learned: Learned) -> None:
    lines = tuple(line for line in learned.content.lines if line.topic == OFFER)
    alone = replace(learned.content, lines=lines)
    own = [
        note.text
        for note in notes(alone, study(alone), learned.model, today=date(2024, 3, 1))
        if OFFER in note.file
    ]
    assert own
    assert all(re.match(r"Nur \d+ Äußerungen", text) for text in own), own


# --- what the guide names --------------------------------------------------------------------


def exists(named: str, learned: Learned) -> bool | None:
    """Return whether what the guide names exists; ``None`` for a piece of notation."""
    program, *rest = named.split()
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        return re.search(rf"^{rest[0]}:", makefile, re.MULTILINE) is not None
    if program == "lotse":
        command = COMMANDS[rest[0]].command(rest[0]) if rest[0] in COMMANDS else None
        known = [option for one in command.params for option in one.opts] if command else []
        return command is not None and all(word in known for word in rest if word.startswith("--"))
    if named == ".venv/bin/lotse":
        return 'lotse = "bot.__main__:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if named.startswith("/"):
        call = commands.parse(named)
        return call is not None and call.command is not commands.Command.UNKNOWN
    if re.fullmatch(r"[\w./]+(/|\.(yaml|json|md|py))", named):
        places = (ROOT / named, loading.shipped() / named)
        return named in EXAMPLE or any(place.exists() for place in places)
    if re.fullmatch(r"[a-z]\w*\.[a-z]\w*", named):
        topic, _, side = named.partition(".")
        return side in {*learned.content.topics[topic].details, *ASPECTS}
    if re.fullmatch(r"[a-z]\w*", named):
        return named in learned.keys
    return None


@pytest.mark.parametrize("named", NAMED)
def test_what_the_guide_names_exists(learned: Learned, named: str) -> None:
    assert exists(named, learned) is not False


def test_names_in_the_guide_are_looked_at(learned: Learned) -> None:
    """Most of what stands in code type is a name and not notation; a wrong one is noticed."""
    assert len([named for named in NAMED if exists(named, learned)]) > 60
    for wrong in (
        "make chekc",
        "lotse chekc",
        "lotse ask --why",
        "/hlife",
        "offers/no.yaml",
        "bot.no",
        "titel",
    ):
        assert exists(wrong, learned) is False


def test_messages_in_the_guide_are_those_of_the_program() -> None:
    _, _, section = GUIDE.partition("## Was die Meldungen bedeuten")
    folders = [ROOT / "bot" / "content", ROOT / "bot" / "measuring"]
    sources = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.py"))
    rows = re.findall(r"^\| (.+?) \| .+ \|$", section, re.MULTILINE)[1:]
    _, _, hints = section.partition("**Hinweise**")
    quoted = re.findall(r"„(.+?)“", hints, re.DOTALL)
    assert len(rows) > 10
    quoted = [quote for quote in quoted if quote not in ("Fremdes", "Gefahr", "Nachfrage")]
    assert len(quoted) == 7
    for message in (*rows, *quoted):
        for part in re.split(r"\s*…\s*", " ".join(message.split())):
            assert part in sources, message


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", GUIDE))
def test_links_within_the_guide_lead_somewhere(anchor: str) -> None:
    headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert anchor in anchors
