"""Says why an utterance was understood as it was: the rule or the costs that decided, words, rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.layout import SPOKEN
from bot.matching.model import Model
from bot.reading.reader import Reading
from bot.reply import Aspect, Course, Decision, Outcome, Reply
from bot.text import Utterance
from bot.understanding.interpreter import Understanding

RULES: Mapping[str, str] = {
    "command": "ein Befehl",
    "choice": "eine Auswahl oder Geste, nichts weiter",
    "thanks": "ein Dank oder Vorhaben, nichts weiter",
    "way": "nach einem Kontakt ist ein anderer Weg gewünscht",
    "setback": "es heißt, dass eine Antwort nicht half",
    "done_so_far": "es heißt, was schon getan ist, nicht dass alles erledigt ist",
    "no_police": "die Polizei ist nicht gewünscht",
    "lookup": "gefragt ist, wem eine Nummer oder Adresse gehört",
    "again": "noch einmal, was zuletzt gesagt wurde",
    "every_contact": "gefragt ist nach allen Kontakten",
    "several": "jedes von mehreren Anliegen wird beantwortet",
    "one_of_several": "von mehreren Angeboten oder Anliegen, die genannt sind, passt nur eines",
    "need": "Hilfe ist gesucht, aber nicht gesagt, wobei",
    "no_offer": "gefragt ist ohne ein Wort, zu welchem Angebot",
}
"""What decides a turn before any costs are weighed, as it is told to an editor (``Reply.rule``)."""
_MOST_WORDS = 8
_MOST_RIVALS = 4
COURSES: Mapping[str, str] = {
    Course.ANSWER: "antworten",
    Course.CLARIFY: "zurückfragen",
    Course.FALLBACK: "keine Antwort",
}


def lines(
    model: Model,
    decision: Decision,
    meaning: Understanding,
    *,
    utterance: Utterance,
    reply: Reply,
) -> Iterator[str]:
    """Return why ``utterance`` is answered with ``reply``, as German lines for a person at a terminal.

    ``meaning`` is what was made of it, ``decision`` the one that was taken, or would have been if nothing had gone
    before.
    """
    judgement = meaning.judgement
    if meaning.reading.utterance != utterance:
        yield f"Beurteilt wurde: „{meaning.reading.utterance.text}“"
    yield from _decided(decision, meaning, reply)
    rivals = ", ".join(
        f"{SPOKEN.get(one.topic, one.topic)} {one.confidence:.0%}"
        for one in meaning.candidates[:_MOST_RIVALS]
    )
    yield f"Deutungen: {rivals}; Gefahr {meaning.risk.chance:.1%}"
    yield "Seiten: " + ", ".join(f"{side} {judgement.aspects[side]:.0%}" for side in Aspect)
    chosen = " (gesagt)" if meaning.is_aspect_said else ""
    yield f"Gewählte Seite: {meaning.aspect}{chosen}{f', Frage: {meaning.question}' if meaning.question else ''}"
    if reply.details:
        yield f"Gewählte Einzelheit: {', '.join(reply.details)}"
    yield from _found(meaning.reading)
    best = meaning.candidates[0].topic
    shares = model.contributions(judgement, best)[:_MOST_WORDS]
    yield f"Wörter für „{SPOKEN.get(best, best)}“: " + ", ".join(
        f"{word} {share:+.2f}" for word, share in shares
    )


def switched_off(meaning: Understanding, reply: Reply) -> Iterator[str]:
    """Return why a bot that is switched off as a whole answers with ``reply``, as German lines."""
    yield "Der ganze Bot ist ausgeschaltet (off.yaml); nur Gefahr wird beantwortet."
    if reply.outcome is Outcome.EMERGENCY:
        yield _danger(meaning)


def _danger(meaning: Understanding) -> str:
    return f"Gefahr: {meaning.risk.chance:.0%} – der Notruf geht allem vor."


def _decided(decision: Decision, meaning: Understanding, reply: Reply) -> Iterator[str]:
    """Return what decided: danger, a rule, or else the costs, which are told in any case."""
    name = "Entscheidung"
    if reply.outcome is Outcome.EMERGENCY:
        name = "Entscheidung, wenn keine wäre"
        yield _danger(meaning)
    elif reply.rule == "several":
        name = "Entscheidung über das Ganze"
        yield f"Mehrere Anliegen: {', '.join(reply.topics)} – {RULES[reply.rule]}."
    elif reply.rule:
        name = "Entscheidung ohne diese Regel"
        yield f"Regel: {RULES[reply.rule]}."
    topics = ", ".join(decision.topics)
    yield f"{name}: {COURSES[decision.course]}{f': {topics}' if topics else ''}"
    expected = ", ".join(f"{COURSES[course]} {cost:.2f}" for course, cost in decision.expected.items())
    yield f"Erwartete Kosten: {expected}"


def _found(reading: Reading) -> Iterator[str]:
    """Return the names and word fields that were found."""
    for hit in reading.names:
        words = " ".join(reading.utterance.folded[hit.start : hit.end])
        spelling = "" if hit.exact else " (Tippfehler ausgeglichen)"
        yield f"Name: „{words}“ → {hit.topic}, {hit.stance}{spelling}"
    fields = dict.fromkeys(hit.id for hit in reading.findings.concepts)
    if fields:
        yield f"Wortfelder: {', '.join(fields)}"
