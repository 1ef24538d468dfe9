"""Several wishes in one message are all answered, each with what is asked of it."""

from __future__ import annotations

import pytest

from adapters.telegram.messages import LONGEST, units
from bot.answering.answers import Answers
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Outcome
from bot.session import Intent
from bot.text import Utterance
from bot.understanding.division import Divider, of_names
from tests.content import html


def divider(knowledge: Knowledge, model: Model) -> Divider:
    return Divider(model, knowledge.covered, knowledge.vocabulary.parts)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("1. ZASTEX, 2. ZMI und 3. Leitfaden", ("zastex", "zmi", "sicherheitsleitfaden")),
        ("1) nummer zastex 2) link zmi", ("zastex", "zmi")),
        (
            "1. Wir brauchen Deeskalationstraining 2. Wie bestelle ich den Leitfaden",
            ("asskomm", "sicherheitsleitfaden"),
        ),
        (
            "erstens wo melde ich hass auf facebook, zweitens wir brauchen ein deeskalationstraining, "
            "drittens nazis wollen den gasthof kaufen",
            ("zmi", "asskomm", "expertennetzwerk"),
        ),
        (
            "telefon von asskomm, leitfaden, zastex, zmi und expertennetzwerk",
            ("asskomm", "sicherheitsleitfaden", "zastex", "zmi", "expertennetzwerk"),
        ),
        (
            "wir wollen ein deeskalationstraining, den leitfaden bestellen und hasskommentare melden",
            ("asskomm", "sicherheitsleitfaden", "zmi"),
        ),
        (
            "wie bestelle ich den leitfaden, wer bietet ein deeskalationstraining an und wo melde ich hasskommentare",
            ("sicherheitsleitfaden", "asskomm", "zmi"),
        ),
        ("1. wo melde ich hass auf facebook 2. wie wird das wetter morgen", ("zmi",)),
    ],
)
def test_every_wish_is_answered(bot: Bot, text: str, topics: tuple[str, ...]) -> None:
    assert bot.respond("c", text).topics == topics


WISHES = "wo melde ich hass auf facebook {} wir brauchen ein deeskalationstraining"


@pytest.mark.parametrize(
    ("begin", "between", "after", "found"),
    [
        ("1. ", "2.", "", ["zmi", "asskomm"]),
        ("2. ", "3.", "", []),
        ("3. ", "5.", "", []),
        ("1. ", "3.", "", []),
        ("1. ", "2.", " bitte" * 60, []),
    ],
)
def test_only_a_short_list_that_counts_up_from_one_is_a_list(
    content: tuple[Knowledge, Model], begin: str, between: str, after: str, found: list[str]
) -> None:
    knowledge, model = content
    reading = model.read(Utterance.of(begin + WISHES.format(between) + after))
    assert [part.topic for part in divider(knowledge, model).numbered(reading)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (WISHES.format("und"), ["zmi", "asskomm"]),
        (WISHES.format("und") + " bitte" * 60, []),
        ("ein training brauchen wir nicht, wo melde ich hass auf facebook", []),
        ("wo melde ich hass auf facebook und wie wird das wetter morgen", []),
        ("wo melde ich hass auf facebook und wo melde ich hass auf tiktok", []),
        (
            "Wo finde ich Tipps für mein Haus, und wer redet mit mir über die Drohbriefe der Rechten",
            ["sicherheitsleitfaden", "zastex"],
        ),
        ("Seit wann gibt es die ZASTEX, und wann ist euer Heft erschienen", ["zastex", "broschuere"]),
        ("Zwei Sachen: die Neonazis im Gasthof, der Hetzer auf Facebook", ["expertennetzwerk", "zmi"]),
        ("Meine Frau und ich werden beide bedroht, im Netz beschimpft man uns", []),
        ("Beide Bürgermeister haben Hassmails bekommen, und jetzt wollen sie Anzeige erstatten", []),
        ("", []),
        ("?", []),
        ("Die ZASTEX haben wir schon gefragt. Wo melde ich den Hetzer auf Facebook", []),
    ],
)
def test_a_message_is_divided_where_both_halves_are_clear(
    content: tuple[Knowledge, Model], text: str, found: list[str]
) -> None:
    knowledge, model = content
    assert [p.topic for p in divider(knowledge, model).divide(model.judge(Utterance.of(text)))] == found


@pytest.mark.parametrize(
    ("text", "phone_is_missing"),
    [
        ("nummer zastex und link zmi", False),
        ("1) nummer zastex 2) link zmi", False),
        ("nummer zastex und zmi", True),
    ],
)
def test_each_name_is_asked_what_stands_with_it(bot: Bot, text: str, phone_is_missing: bool) -> None:
    said = " ".join(bot.respond("c", text).paragraphs)
    assert ("Telefonnummer steht unter „ZMI“" in said) is phone_is_missing
    assert "Internetadresse" not in said


def test_a_text_without_names_has_no_parts_of_names(content: tuple[Knowledge, Model]) -> None:
    model = content[1]
    assert of_names(model.read(Utterance.of("nummer und mail"))) == {}
    assert of_names(model.read(Utterance.of("nummer zastex link zmi"))) == {
        "zastex": "nummer zastex",
        "zmi": " link zmi",
    }


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("zastex oder zmi bei hassmails?", ("zmi",)),
        ("brauche ich für den drohbrief die zmi oder die zastex", ("zastex",)),
        ("nummer von zastex oder zmi", ("zastex", "zmi")),
        ("zastex oder zmi", ("zastex", "zmi")),
        ("zastex oder zmi, wer bekommt den drohbrief und wer die hassmails", ("zastex", "zmi")),
    ],
)
def test_of_one_or_the_other_the_fitting_one_is_answered(
    bot: Bot, text: str, topics: tuple[str, ...]
) -> None:
    assert bot.respond("c", text).topics == topics


@pytest.mark.parametrize("third", ["das dritte", "3"])
def test_many_offers_are_told_in_a_line_each_and_each_may_be_chosen(bot: Bot, third: str) -> None:
    """At length they would fill three screens of a telephone."""
    said = bot.respond("c", "1. ZASTEX, 2. ZMI und 3. Leitfaden")
    assert [option.choice for option in said.options] == list(said.topics)
    assert all(len(paragraph) < 120 for paragraph in said.paragraphs)
    assert bot.respond("c", third).topics == ("sicherheitsleitfaden",)


def test_of_many_offers_with_a_side_the_side_is_told_whole(bot: Bot) -> None:
    said = bot.respond("c", "telefon von asskomm, leitfaden, zastex, zmi und expertennetzwerk")
    assert len(said.contacts) == len(said.topics) == 5
    assert [option.choice.partition(".")[0] for option in said.options] == list(said.topics)


def test_even_all_at_once_fits_one_message(content: tuple[Knowledge, Model]) -> None:
    """The longest answers of all topics, as to a list of questions, with what may be chosen and the source."""
    answers, topics = Answers(content[0]), content[0].topics
    intents = [
        max(
            (Intent(topic, side) for side in topics[topic].answers),
            key=lambda intent: len(html(answers.answer(intent), options=True)),
        )
        for topic in content[0].covered
    ]
    assert units(html(answers.both(intents, 1.0, "both"), options=True)) < LONGEST


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        (
            "Zettel am Auto und dasselbe auf Facebook, welche Stelle für den Zettel, welche für den Kommentar",
            {"zastex", "zmi"},
        ),
        (
            "Die Kameradschaft mietet den Saal, das ist das eine. Das andere: sie bedrohen mich. Wer hilft bei was?",
            {"expertennetzwerk", "zastex"},
        ),
    ],
)
def test_two_things_that_are_announced_are_both_answered(bot: Bot, text: str, topics: set[str]) -> None:
    reply = bot.respond(None, text)
    assert reply.outcome is Outcome.ANSWER
    assert set(reply.topics) == topics


def test_with_one_topic_there_is_nothing_to_divide(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    alone = Divider(model, ["zmi"], knowledge.vocabulary.parts)
    assert alone.divide(model.judge(Utterance.of(WISHES.format("und")))) == []


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("wo melde ich das, und wie schütze ich mein Haus", {"zmi", "sicherheitsleitfaden"}),
        ("was kostet das und wer schult unsere Leute am Schalter", {"zmi", "asskomm"}),
        ("wie lange dauert das und muss ich meinen Namen nennen", {"zmi"}),
        ("besetzt, dann lieber die ZASTEX", {"zastex"}),
    ],
)
def test_one_of_two_requests_may_lean_on_what_was_spoken_of(bot: Bot, text: str, topics: set[str]) -> None:
    bot.respond("c", "Wo melde ich Hass im Netz?")
    assert set(bot.respond("c", text).topics) == topics
