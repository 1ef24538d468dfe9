"""Says why an utterance was understood as it was: words, rivals, costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.decision import Costs, Course, Decision, decide
from bot.layout import SPOKEN
from bot.matching.model import Judgement, Model
from bot.reply import Aspect
from bot.understanding import FOREIGN, UNASKED, Understanding, is_alarm

MOST_WORDS = 8
MOST_RIVALS = 4
_COURSES: dict[str, str] = {
    Course.ANSWER: "antworten",
    Course.CLARIFY: "zurückfragen",
    Course.FALLBACK: "keine Antwort",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The evidence behind one reply, for a person at a terminal.

    ``words`` are (word, share) for the best topic, in units of the classifier's
    margin; ``rivals`` are (topic, probability).
    """

    judgement: Judgement
    understanding: Understanding
    decision: Decision
    words: tuple[tuple[str, float], ...]
    rivals: tuple[tuple[str, float], ...]
    is_alarm: bool


def explain(model: Model, costs: Costs, judgement: Judgement, understanding: Understanding) -> Explanation:
    """Explain what was made of an utterance."""
    best = understanding.candidates[0].topic
    return Explanation(
        judgement=judgement,
        understanding=understanding,
        decision=decide(understanding.candidates, FOREIGN, costs, UNASKED),
        words=tuple(model.contributions(judgement, best)[:MOST_WORDS]),
        rivals=tuple((c.topic, c.confidence) for c in understanding.candidates[:MOST_RIVALS]),
        is_alarm=is_alarm(understanding, costs),
    )


def lines(explanation: Explanation, text: str, several: Sequence[str] = ()) -> Iterable[str]:
    """Return the explanation of ``text`` as German lines; ``several`` are the topics of two or more requests."""
    reading, meaning = explanation.judgement.reading, explanation.understanding
    if reading.text != text:
        yield f"Beurteilt wurde: „{reading.text}“"
    if explanation.is_alarm:
        yield f"Gefahr: {meaning.danger:.0%} – der Notruf geht allem vor."
    if len(several) > 1:
        yield f"Mehrere Anliegen: {', '.join(several)} – jedes wird beantwortet; das Weitere gilt dem Ganzen."
    topics = ", ".join(explanation.decision.topics)
    decided = "Entscheidung, wenn keine wäre" if explanation.is_alarm else "Entscheidung"
    yield f"{decided}: {_COURSES[explanation.decision.course]}{f': {topics}' if topics else ''}"
    costs = ", ".join(
        f"{_COURSES[course]} {cost:.2f}" for course, cost in explanation.decision.expected.items()
    )
    yield f"Erwartete Kosten: {costs}"
    rivals = ", ".join(f"{SPOKEN.get(topic, topic)} {chance:.0%}" for topic, chance in explanation.rivals)
    yield f"Deutungen: {rivals}; Gefahr {meaning.danger:.1%}"
    sides = explanation.judgement.aspects
    yield "Seiten: " + ", ".join(f"{side} {sides[side]:.0%}" for side in Aspect)
    chosen = " (gesagt)" if meaning.is_aspect_said else ""
    yield f"Gewählte Seite: {meaning.aspect}{chosen}{f', Frage: {meaning.question}' if meaning.question else ''}"
    for hit in reading.names:
        words = " ".join(word.folded for word in reading.words[hit.start : hit.end])
        spelling = "" if hit.exact else " (Tippfehler ausgeglichen)"
        yield f"Name: „{words}“ → {hit.topic}, {hit.stance}{spelling}"
    fields = dict.fromkeys(hit.id for hit in reading.findings.concepts)
    if fields:
        yield f"Wortfelder: {', '.join(fields)}"
    best = explanation.rivals[0][0]
    yield f"Wörter für „{SPOKEN.get(best, best)}“: " + ", ".join(
        f"{word} {share:+.2f}" for word, share in explanation.words
    )
