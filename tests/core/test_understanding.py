"""What was offered before counts only if it was a question back; explanations tell of two requests."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Aspect, Option, Outcome
from bot.safety.distance import Distance
from bot.session import Session
from bot.text import Utterance
from bot.turn.explanation import COURSES, RULES
from bot.understanding.interpreter import Interpreter

QUESTION_BACK = ("zastex.contact", "zmi.contact", "none")
MENU = ("asskomm", "expertennetzwerk", "sicherheitsleitfaden", "zastex", "zmi")
SIDES_OF_TWO = ("zastex.contact", "zastex.services", "zmi.contact", "zmi.services")


def after(choices: tuple[str, ...]) -> Session:
    return Session(options=tuple(Option(choice, choice) for choice in choices))


def test_what_was_offered_in_a_question_back_is_likelier(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    interpreter = Interpreter(knowledge, model.lexicon, Distance(knowledge.safety))
    judgement = model.judge(Utterance.of("es war eine Drohung"))

    def weight(session: Session) -> float:
        meant = interpreter.interpret(judgement, session).candidates
        return sum(c.confidence for c in meant if c.topic in ("zastex", "zmi"))

    # All offers at once make foreign talk rarer, and none of them likelier than another.
    assert weight(after(QUESTION_BACK)) > weight(after(MENU)) >= weight(Session())


def test_a_bare_name_takes_the_side_it_was_offered_with(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    interpreter = Interpreter(knowledge, model.lexicon, Distance(knowledge.safety))
    judgement = model.judge(Utterance.of("ZASTEX"))
    assert interpreter.interpret(judgement, after(QUESTION_BACK)).aspect is Aspect.CONTACT
    alone = interpreter.interpret(judgement, Session()).aspect
    assert alone is not Aspect.CONTACT
    assert interpreter.interpret(judgement, after(SIDES_OF_TWO)).aspect is alone


def test_words_point_to_what_was_spoken_about_earlier(bot: Bot) -> None:
    for text in ("zmi", "nummer zastex"):
        bot.respond("c", text)
    assert bot.respond("c", "und die meldestelle sitzt die auch da").topics == ("zmi",)


def test_a_mere_question_stays_with_the_offer_spoken_of(bot: Bot) -> None:
    """Though mails are what an offer spoken of before is about."""
    for text in ("nummer zmi", "nummer asskomm"):
        bot.respond("c", text)
    assert bot.respond("c", "mail").topics == ("asskomm",)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("/kontakt zmi", "command"),
        ("👍", "choice"),
        ("danke, da ruf ich jetzt an", "thanks"),
        ("ich will keine Polizei", "no_police"),
        ("Wem gehört 0351 8552223?", "lookup"),
        ("alle Nummern", "every_contact"),
        ("kann mir jemand helfen", "need"),
        ("was kostet das", "no_offer"),
        ("Drohbrief: ZMI oder ZASTEX?", "one_of_several"),
    ],
)
def test_the_rule_that_decided_is_told(bot: Bot, text: str, rule: str) -> None:
    assert f"Regel: {RULES[rule]}." in bot.explain(text)
    assert bot.respond("c", text).rule == rule


@pytest.mark.parametrize(
    "text",
    [
        "hilfe is das heiß heute",
        "Ich bekomme Drohbriefe nach Hause",
        "was kostet das",
        "Der Bürgermeister fühlt sich unwohl",
        "wie wird das wetter",
    ],
)
def test_an_explanation_tells_the_decision_that_was_taken(bot: Bot, text: str) -> None:
    """Telling of threats, the bot and the booklet are not asked for: weighed anew without that, others would be offered."""
    taken = bot.respond(None, text).decision
    assert taken is not None
    (told,) = (line for line in bot.explain(text) if line.startswith("Entscheidung"))
    assert told.endswith(f": {', '.join(taken.topics)}" if taken.topics else COURSES[taken.course])
    (costs,) = (line for line in bot.explain(text) if line.startswith("Erwartete Kosten"))
    assert all(f" {cost:.2f}" in costs for cost in taken.expected.values())


def test_what_would_have_been_decided_is_weighed_as_it_would_have_been(bot: Bot) -> None:
    """Behind a rule no decision was taken: the one that is told is that of the same words without it."""
    reply, told = bot.respond(None, "/kontakt zmi"), bot.explain("/kontakt zmi")
    assert (reply.rule, reply.decision) == ("command", None)
    assert "Entscheidung ohne diese Regel: antworten: zmi" in told


def test_an_explanation_tells_of_two_requests(bot: Bot) -> None:
    assert "Mehrere Anliegen: zastex, zmi" in "\n".join(bot.explain("nummer zastex und link zmi"))
    assert "Mehrere Anliegen" not in "\n".join(bot.explain("nummer zastex"))


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("telefon zastex", "zastex.phone"),
        ("was kostet die zmi", "zmi.cost"),
        ("nummer zastex und link zmi", "zastex.phone, zmi.link"),
        ("ist das anonym?", "bot.confidential"),
    ],
)
def test_an_explanation_names_the_finer_point(bot: Bot, text: str, details: str) -> None:
    assert f"Gewählte Einzelheit: {details}" in bot.explain(text)
    assert not any(line.startswith("Gewählte Einzelheit") for line in bot.explain("was ist die zastex"))


def test_an_explanation_shows_what_was_judged(bot: Bot) -> None:
    """What is denied is left out, but not where the whole tells of danger."""
    told = "\n".join(bot.explain("Ich will keine Broschüre, sondern die Nummer der ZASTEX"))
    assert "Beurteilt wurde: „Ich will die Nummer der ZASTEX“" in told
    assert "Gefahr: " not in told
    alarm = "Er steht mit der Axt im Flur, ich brauche keine Broschüre, sondern Hilfe"
    told = "\n".join(bot.explain(alarm))
    assert "Gefahr: " in told
    assert "Beurteilt wurde" not in told


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Wir sind in Haushaltssicherung. Was kostet das Expertennetzwerk?", "expertennetzwerk"),
        ("Draußen regnet es seit Tagen. ASSKomm Telefon?", "asskomm"),
    ],
)
def test_what_one_sentence_asks_of_a_name_counts_whatever_the_others_tell(
    bot: Bot, text: str, topic: str
) -> None:
    assert bot.respond(None, text).topics[:1] == (topic,)


def test_who_names_an_offer_beside_foreign_things_is_asked_rather_than_refused(bot: Bot) -> None:
    reply = bot.respond(None, "Unser Kater heißt Zastex. Was frisst der?")
    assert (reply.outcome, reply.topics[:1]) == (Outcome.CLARIFY, ("zastex",))
