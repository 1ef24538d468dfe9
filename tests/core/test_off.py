"""What is switched off is not said anywhere; danger is always answered; no new model is learned."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.dialogue import Bot
from bot.errors import KnowledgeError
from bot.knowledge import Knowledge, Off
from bot.loading import shipped
from bot.matching import cache
from bot.matching.model import Model
from bot.reply import Outcome, Reply
from tests.content import ZASTEX_MAIL, ZASTEX_NUMBER, digits, plain

DANGER = "In akuter Gefahr: 110 (Polizei), 112 (Feuerwehr und Rettung)."
ZASTEX = (ZASTEX_NUMBER, ZASTEX_MAIL)


@pytest.fixture
def switched(tmp_path: Path, content: tuple[Knowledge, Model], learned_folder: Path):  # type: ignore[no-untyped-def]
    """Return a function that gives a bot whose content is the shipped one with ``off.yaml``."""
    folder = tmp_path / "knowledge"
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns(".*"))

    def switched(off: str) -> Bot:
        def learning() -> None:
            raise AssertionError("a model was learned")

        (folder / "off.yaml").write_text(off, encoding="utf-8")
        return Bot(*cache.load(folder, [learned_folder], learning))

    return switched


def everything(bot: Bot) -> list[Reply]:
    topics = bot.knowledge.topics.values()
    replies = [bot.choose("c", f"{t.id}.{side}") for t in topics for side in [*t.answers, *t.details]]
    for text in (
        "Telefon ZASTEX",
        f"wem gehört {digits(ZASTEX_NUMBER)}",
        "ZASTEX und ZMI Kontakt",
        "/angebote",
        "/kontakt zastex",
        "xx",
        "yy",
        "er schlägt auf mich ein",
        "polizei war da, alles gut",
    ):
        replies.append(bot.respond("d", text))
    replies.append(bot._answers.broken())
    return replies


@pytest.mark.parametrize(
    "off", ['topics: {zastex: "Die ZASTEX zieht um."}', "aspects: {zastex.contact: Die ZASTEX zieht um.}"]
)
def test_contacts_of_what_is_off_are_said_nowhere(switched, off: str) -> None:  # type: ignore[no-untyped-def]
    bot = switched(off)
    for reply in everything(bot):
        for contact in ZASTEX:
            assert contact not in plain(reply)
        assert not [o for o in reply.options if o.choice == "zastex.contact"], "no button leads there"
    assert bot.respond("e", "Telefon ZASTEX").paragraphs == ("Die ZASTEX zieht um.", DANGER)
    assert "ZMI" in plain(bot.respond("f", "Was ist die ZMI?"))


def test_the_other_sides_stay_on_and_an_empty_text_is_the_usual_sentence(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched('aspects: {zastex.contact: ""}')
    assert bot.choose("a", "zastex.contact").paragraphs == (bot.line("switched_off", topic="ZASTEX"), DANGER)
    assert bot.choose("a", "zastex.overview").outcome is Outcome.ANSWER


def test_a_comparison_tells_nothing_of_what_is_off(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched("topics:\n  zmi:\n")
    reply = bot.respond("a", "unterschied zastex und zmi")
    assert bot.line("comparison") in reply.paragraphs
    assert bot.knowledge.topics["zastex"].summary in plain(reply)
    assert bot.knowledge.topics["zmi"].summary not in plain(reply)
    assert bot.line("switched_off", topic="ZMI") in plain(reply)


def test_the_whole_bot_off_still_answers_danger(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched("bot: Ich bin gerade nicht da.")
    for text in ("Telefon ZASTEX", "/hilfe", "1", "hallo"):
        assert bot.respond("a", text).paragraphs == ("Ich bin gerade nicht da.", DANGER)
    assert bot.choose("a", "zastex").paragraphs == ("Ich bin gerade nicht da.", DANGER)
    assert bot.respond("a", "er schlägt auf mich ein").outcome is Outcome.EMERGENCY
    assert bot.respond("a", "ich will nicht mehr leben").outcome is Outcome.EMERGENCY


def test_content_with_and_without_switches_differ_in_their_digest(switched) -> None:  # type: ignore[no-untyped-def]
    assert switched('bot: ""').knowledge.digest != switched("bot: Ich bin aus.").knowledge.digest


def test_examples_in_the_file_work_when_the_sign_in_front_is_taken_away(switched) -> None:  # type: ignore[no-untyped-def]
    """Each instead of its empty line."""
    shipped_file = (shipped() / "off.yaml").read_text(encoding="utf-8")
    examples = re.findall(r"^#((?:bot|topics|aspects): .+)$", shipped_file, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        key = example.partition(":")[0]
        bot = switched(
            re.sub(rf"^{key}: .*$", lambda _, line=example: line, shipped_file, flags=re.MULTILINE)
        )
        assert bot.knowledge.off != Off()


@pytest.mark.parametrize(
    ("off", "mistake"),
    [
        ('topics: {zastx: ""}', "off.yaml:1:10: Das Thema „zastx“ gibt es nicht. Meinten Sie „zastex“?"),
        ('aspects: {zastex.phone: ""}', "off.yaml:"),
        ("bots: aus", "off.yaml:1:1"),
        ("bot: aus", "off.yaml:1:1: „aus“ würde der Bot sagen. Hier steht der ganze Satz"),
        ("bot: „Ich bin weg.“", "off.yaml:1:1: „Ich bin weg.“ steht in „…“, die der Bot mitsagen würde"),
        ('topics: {zastex:"weg"}', "off.yaml:1:10: Nach „zastex:“ fehlt ein Leerzeichen."),
        (
            "topics: {zastex: zieht um, bitte warten}",
            "off.yaml:1:28: „bitte warten“ ist kein Thema. Steht davor",
        ),
        ('topics: {notruf: ""}', "off.yaml:1:10: Gefahr lässt sich nicht ausschalten"),
        ('topics: {zmi: ""}\nbot: ""\ntopics: {}', "off.yaml:3:1: „topics“ steht hier zum zweiten Mal"),
        ('  topics: {zmi: ""}\nbot: ""\naspects: {}', "off.yaml:1:3: Die Einrückung stimmt nicht: 2 statt 0"),
        ("- aus", "off.yaml:1:1"),
        ("", "off.yaml: Diese Datei ist leer"),
    ],
)
def test_mistakes_are_named(switched, off: str, mistake: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KnowledgeError) as raised:
        switched(off)
    assert str(raised.value).startswith(mistake)
