"""Finds several questions in one message: "Was kostet die Analyse? Und wie lange dauert sie?".

Each question is understood like a turn of its own, after the one before it; what a letter tells before a question is
what that one leans on. Questions that are not understood so are left to the message as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from bot.knowledge import Knowledge
from bot.matching.model import Judgement, Model
from bot.reading.asking import wanted
from bot.reply import Aspect, Course
from bot.session import Intent, Session
from bot.signals import FOR_NO_OFFER
from bot.text import Utterance, clean
from bot.understanding.clauses import Clauses
from bot.understanding.confidence import explains_itself
from bot.understanding.decision import Costs, decide
from bot.understanding.intents import Intents
from bot.understanding.interpreter import FOREIGN, UNASKED, Interpreter, Understanding

_CLEAR = 0.96
"""Confidence that a question, or what is told before it, needs to be of another topic than those before."""
_TRACE = 0.001
"""Confidence that a message must give to the topic of each of several questions in it."""
MOST_ASKED = 5
"""Questions beyond which a message is left as a whole."""
_LONGEST_JOINED = 20
"""Words beyond which one sentence is no series of short questions."""
_BETWEEN_CLAUSES = re.compile(r"(?:,|(?<!\s))\s+(?:und|sowie|außerdem)\s+|,\s+", re.IGNORECASE)
"""What parts the clauses of one question; two requests are parted by more (see ``division``)."""
_ASKING_NOTHING = re.compile(r"(?:wenn|falls|weil|da|dass?|ob|obwohl|damit|bevor|sobald)\b", re.IGNORECASE)
"""What begins a clause that asks nothing of its own: "was kostet das, wenn wir zehn bestellen"."""
_SHORTEST_TELLING = 4
"""Words that precede a question from which it may lean on them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that was understood.

    ``is_said``: its words tell what of its topic is wanted; ``is_worded``: they ask for it, and do not only mention it;
    ``is_named``: its topic is named in it.
    """

    intent: Intent
    is_said: bool
    is_worded: bool
    is_named: bool


class Series:
    """Finds series of questions about one content."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        interpreter: Interpreter,
        *,
        intents: Intents,
        clauses: Clauses,
        costs: Costs,
    ) -> None:
        self._covered, self._parts = knowledge.covered, knowledge.vocabulary.parts
        self._model, self._interpreter = model, interpreter
        self._intents, self._clauses, self._costs = intents, clauses, costs

    def find(self, meaning: Understanding) -> list[Intent]:
        """Return what each question of an utterance asks for, if there are two or more that differ; else nothing."""
        judgement, reading, session = meaning.judgement, meaning.reading, meaning.session
        if session.alarm or meaning.is_comparison or reading.findings.has_signal(*FOR_NO_OFFER):
            return []
        utterance = reading.utterance
        questions = self._clauses.questions(utterance)
        if len(questions) < 2:
            return self._joined(judgement, session)
        if len(questions) > MOST_ASKED:
            return []
        context = self._context(utterance.before(questions[0][0]), judgement, session)
        asked = list(self._understood(_with_told(utterance, questions), context))
        if len({one.intent.topic for one in asked}) < 2:
            # "Hilft uns da jemand? Wer denn?" is one question.
            asked = [one for one in asked if one.is_said]
        return self._distinct(
            [one.intent for one in asked if one.is_named or judgement.confidence(one.intent.topic) >= _TRACE]
        )

    def _joined(self, judgement: Judgement, session: Session) -> list[Intent]:
        """Return what each clause of one question asks for: "seit wann gibt es die und wer steckt dahinter"."""
        reading = judgement.reading
        kinds = {hit.id for hit in wanted(reading)} - self._parts.keys()
        if len(reading.mended) > _LONGEST_JOINED or len(kinds) < 2:
            return []
        clauses = _BETWEEN_CLAUSES.split(reading.utterance.text)
        if not 1 < len(clauses) <= MOST_ASKED or any(map(_ASKING_NOTHING.match, clauses)):
            return []
        context = self._context(None, judgement, session)
        asked = list(self._understood(((None, Utterance.of(clean(clause))) for clause in clauses), context))
        is_each = len(asked) == len(clauses) and all(one.is_worded for one in asked)
        if not is_each or len({one.intent.topic for one in asked}) > 1:
            return []
        return self._distinct([one.intent for one in asked])

    def _context(self, told: Utterance | None, judgement: Judgement, session: Session) -> Session:
        """Return the session in which the first question is understood, by what is ``told`` before it or by the whole."""
        matters = [self._model.judge(told)] if _is_enough(told) else []
        for matter in (*matters, judgement):
            best = matter.candidates[0]
            if explains_itself(best, self._covered):
                return _spoken_of(best.topic, session)
        return session

    def _understood(
        self, questions: Iterable[tuple[Utterance | None, Utterance]], session: Session
    ) -> Iterator[_Asked]:
        """Understand questions one after the other, as turns of a conversation, each with what is told since the last."""
        spoken = {session.focus.topic} if session.focus else set()
        for told, question in questions:
            if matter := self._matter(told):
                session = _spoken_of(matter, session)
                spoken.add(matter)
            part = self._model.judge(question)
            meaning = self._interpreter.interpret(part, session)
            topic = self._topic(meaning) or self._topic(self._interpreter.interpret(part, Session()))
            is_new = bool(spoken) and topic not in {*spoken, *meaning.named}
            if not topic or (is_new and part.confidence(topic) < _CLEAR):
                continue
            intent = self._intents.of(topic, meaning)
            intent = self._intents.of_source(intent) or intent
            session = replace(session, focus=intent, options=(), pair=())
            spoken.add(topic)
            yield _Asked(
                intent,
                is_said=meaning.is_aspect_said or bool(intent.detail),
                is_worded=meaning.is_aspect_said,
                is_named=intent.topic in meaning.named,
            )

    def _matter(self, told: Utterance | None) -> str:
        """Return the topic that what is told between two questions surely is about, if enough is told; else nothing."""
        best = self._model.judge(told).candidates[0] if _is_enough(told) else None
        return best.topic if best and best.topic in self._covered and best.confidence >= _CLEAR else ""

    def _topic(self, meaning: Understanding) -> str:
        """Return the topic of the source that is sure enough to be answered, else nothing."""
        decision = decide(meaning.candidates, FOREIGN, self._costs, UNASKED)
        is_answer = decision.course is Course.ANSWER and decision.topics[0] in self._covered
        return decision.topics[0] if is_answer else ""

    def _distinct(self, intents: Sequence[Intent]) -> list[Intent]:
        """Return ``intents`` without what is answered already, nothing if that are less than two.

        Several parts of one card are the contact as a whole, and two sides of one topic as a whole no series:
        "was macht die ZMI und wozu".
        """
        found: dict[tuple[str, str], Intent] = {}
        for intent in intents:
            is_contact = intent.detail in self._parts or (
                not intent.detail and intent.aspect is Aspect.CONTACT
            )
            key = intent.topic, str(Aspect.CONTACT) if is_contact else intent.detail or str(intent.aspect)
            is_again = is_contact and key in found and found[key] != intent
            found[key] = Intent(intent.topic, Aspect.CONTACT) if is_again else intent
        is_plain = not any(intent.detail or intent.aspect is Aspect.CONTACT for intent in found.values())
        is_series = len(found) > 1 and not (is_plain and len({topic for topic, _ in found}) < 2)
        return list(found.values()) if is_series else []


def _with_told(
    utterance: Utterance, questions: Sequence[tuple[int, int]]
) -> Iterator[tuple[Utterance | None, Utterance]]:
    """Return each of the ``questions``, words [start, end), behind what is told between it and the one before."""
    told = questions[0][0]
    for start, end in questions:
        yield utterance.part(told, start) if told < start else None, utterance.part(start, end)
        told = end


def _is_enough(told: Utterance | None) -> TypeGuard[Utterance]:
    """Return whether so much is told that a question may lean on it."""
    return told is not None and len(told.words) >= _SHORTEST_TELLING


def _spoken_of(topic: str, session: Session) -> Session:
    return replace(session, focus=Intent(topic, Aspect.SERVICES), options=(), pair=())
