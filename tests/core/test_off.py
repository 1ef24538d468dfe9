"""What is switched off is not said anywhere; danger is always answered; no new model is learned."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.content.loading import shipped
from bot.content.switches import switched_off
from bot.dialogue import Bot
from bot.errors import KnowledgeError
from bot.knowledge import Knowledge, Off
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


def test_an_explanation_knows_that_all_is_off(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched('bot: "Heute geschlossen."')
    (told,) = bot.explain("Telefon ZASTEX")
    assert "off.yaml" in told
    assert "Gefahr: " not in told
    danger = "Im Hof steht einer mit einer Axt und brüllt meinen Namen"
    assert bot.respond(None, danger).outcome is Outcome.EMERGENCY
    assert [line.partition(":")[0] for line in bot.explain(danger)] == [told, "Gefahr"]
    assert bot.explain("Hilfe, er tritt die Tür ein") == ["Festes Zeichen für Gefahr: danger."]


@pytest.mark.parametrize("side", ["overview", "services", "contact"])
def test_of_a_topic_with_one_side_off_only_that_is_said_to_be_off(switched, side: str) -> None:  # type: ignore[no-untyped-def]
    """And the sides that are on can be chosen, before the other offers."""
    bot = switched(f'aspects: {{zastex.{side}: ""}}')
    reply = bot.choose("a", f"zastex.{side}")
    assert reply.paragraphs == (bot.line(f"switched_off_{side}", topic="ZASTEX"), DANGER)
    on = [f"zastex.{other}" for other in ("overview", "services", "contact") if other != side]
    assert [option.choice for option in reply.options[:2]] == on
    assert "zastex" not in [option.choice for option in reply.options]
    assert all(bot.choose("a", choice).outcome is Outcome.ANSWER for choice in on)


def test_a_topic_with_one_side_off_is_still_spoken_of(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched('aspects: {zastex.contact: ""}')
    bot.respond("a", "Telefon ZASTEX")
    assert bot.respond("a", "und was machen die").topics == ("zastex",)
    bot.respond("b", "Was ist die ZASTEX")
    assert bot.respond("b", "da geht keiner ran").paragraphs[0] == bot.line(
        "switched_off_contact", topic="ZASTEX"
    )


@pytest.mark.parametrize(
    "off", ['topics: {zastex: ""}', "aspects: {zastex.overview: , zastex.services: , zastex.contact: }"]
)
def test_a_topic_that_is_off_on_all_sides_is_silent(switched, off: str) -> None:  # type: ignore[no-untyped-def]
    bot = switched(off)
    reply = bot.choose("a", "zastex.contact")
    assert reply.paragraphs == (bot.line("switched_off", topic="ZASTEX"), DANGER)
    assert not [option for option in reply.options if option.choice.startswith("zastex")]
    assert "zastex" not in bot.titles()


def test_all_contacts_at_once_say_whose_is_off(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched('aspects: {zastex.contact: ""}')
    first, second = bot.respond("a", "alle Nummern").paragraphs
    assert first == bot.line("switched_off_contact", topic="ZASTEX")
    assert second.startswith(bot.line("other_contacts", topics="ASSKomm")[:20])
    every = "{" + ", ".join(f'{offer.id}.contact: ""' for offer in bot.knowledge.offers) + "}"
    reply = switched(f"aspects: {every}").respond("a", "alle Nummern")
    assert len(reply.paragraphs) == len(bot.knowledge.offers)
    assert not reply.contacts


def test_what_an_offer_is_is_said_nowhere_while_that_is_off(switched) -> None:  # type: ignore[no-untyped-def]
    bot = switched('aspects: {zmi.overview: ""}')
    summary = bot.knowledge.topics["zmi"].summary
    for text in ("unterschied zastex und zmi", "/angebote", "xx"):
        assert summary not in plain(bot.respond(text, text))


def test_what_is_off_is_told_to_editors_as_it_is(switched) -> None:  # type: ignore[no-untyped-def]
    off = """bot: Ich bin weg.\ntopics: {zmi: Die ZMI zieht um.}\naspects: {zastex.contact: "", zmi.contact: ""}"""
    assert [*switched_off(switched(off).knowledge)] == [
        "der ganze Bot, außer bei Gefahr. Er sagt: „Ich bin weg.“",
        "das ganze Thema ZMI. Der Bot sagt dazu: „Die ZMI zieht um.“",
        "von ZASTEX nur die Seite contact. Der Bot sagt dazu: "
        "„Kontaktdaten zu ZASTEX nenne ich gerade nicht. Anderes dazu beantworte ich.“",
    ]
    assert not [*switched_off(switched('bot: ""').knowledge)]


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
        ("topics: {zmi: null}", "off.yaml:1:10: „null“ würde der Bot sagen."),
        ("topics: {zmi: wahr}", "off.yaml:1:10: „wahr“ würde der Bot sagen."),
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
