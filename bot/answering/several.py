"""Answers what asks for several things at once, or carries on with several that were spoken of together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answering.answers import Answers
from bot.answering.repetition import Repetition
from bot.knowledge import Knowledge
from bot.layout import FOLLOW_UP
from bot.reply import MOST_OPTIONS, Aspect
from bot.session import Intent, Turn, ruled
from bot.signals import Signal
from bot.understanding import references
from bot.understanding.confidence import DOUBT, SURE
from bot.understanding.intents import Intents
from bot.understanding.interpreter import Understanding
from bot.understanding.series import Series

_OF_PAIR = 0.04
"""Confidence of the less likely of two offers that a text which announces two things is about."""


def sourced(knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the questions that mean the source of all offers where none is spoken of: "stimmt das noch"."""
    beside = knowledge.covered - {topic.id for topic in knowledge.offers}
    questions = knowledge.vocabulary.questions
    return frozenset(question.id for question in questions if question.unspoken.partition(".")[0] in beside)


class Several:
    """Answers several intents in one reply."""

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Answers,
        *,
        intents: Intents,
        series: Series,
        repetition: Repetition,
    ) -> None:
        self._covered, self._sourced = knowledge.covered, sourced(knowledge)
        self._answers, self._intents, self._series = answers, intents, series
        self._repetition = repetition

    def answer(self, meaning: Understanding) -> Turn | None:
        """Answer what is wanted without a choice among topics, mostly of several; ``None`` if a choice is to be made."""
        intents, lead = self._wanted(meaning)
        series = [] if meaning.judgement.danger >= DOUBT else self._series.find(meaning)
        if len(series) > len(intents) and {i.topic for i in series} >= {i.topic for i in intents}:
            return ruled("several", self._in_turn(series, meaning))
        if len(intents) > 1:
            return ruled("several", self._together(intents, lead, meaning))
        if intents:
            reply = self._answers.answer(intents[0])
            return ruled("one_of_several", (reply, meaning.session.moved(intents[0], reply, is_covered=True)))
        return None

    def _wanted(self, meaning: Understanding) -> tuple[list[Intent], str]:
        """Return the intents that are answered without a choice among topics, and how to begin; none if one is to be made."""
        session = meaning.session
        several = self._intents.several(meaning, session.focus)
        if len(several) == 1:  # of a list, the others of which are foreign
            return several, ""
        if not several and meaning.is_comparison and meaning.is_explained and not meaning.named:
            # "Was ist der Unterschied?" compares what was spoken about last.
            spoken = [topic for topic in references.spoken(session) if topic in self._covered][-2:]
            several = [Intent(topic, meaning.aspect) for topic in spoken]
        if not several:
            several = self._announced(meaning)
        if len(several) < 2:
            return self._carried_on(meaning)
        return several, "comparison" if meaning.is_comparison else "both"

    def _announced(self, meaning: Understanding) -> list[Intent]:
        """Return the two offers that a text is about if it says that there are two things: "das ist das eine. Das andere …"."""
        pair = meaning.candidates[:2]
        is_pair = len(pair) > 1 and self._covered.issuperset(one.topic for one in pair)
        if not is_pair or not meaning.reading.findings.has_signal(Signal.SEVERAL):
            return []
        if pair[1].confidence < _OF_PAIR or sum(one.confidence for one in pair) < SURE:
            return []
        return [self._intents.of(one.topic, meaning) for one in pair]

    def _together(self, intents: Sequence[Intent], lead: str, meaning: Understanding) -> Turn:
        """Answer several intents in one reply, compared in a line each if no side of them is asked for."""
        session = meaning.session
        is_side_said = meaning.is_aspect_said and meaning.aspect is not Aspect.OVERVIEW
        is_plain = not is_side_said and not any(intent.detail for intent in intents)
        if lead == "comparison" and is_plain:
            reply = self._answers.comparison(intents)
        else:
            reply = self._answers.both(intents, meaning.candidates[0].confidence, lead)
        reply = self._repetition.of_several(reply, intents, session)
        # "Unterschied zur ZMI?" – "Und deren Adresse?" asks for that of the named one.
        of_spoken = session.focus is not None and intents[0].topic == session.focus.topic
        is_named_last = lead == "comparison" and of_spoken and len(meaning.named) == 1
        focus = intents[-1] if is_named_last else intents[0]
        return reply, replace(session.moved(focus, reply, is_covered=True), pair=tuple(intents))

    def _in_turn(self, intents: Sequence[Intent], meaning: Understanding) -> Turn:
        """Answer several questions in one reply; what was asked last is what is spoken of, or all topics together."""
        session = meaning.session
        reply = self._answers.in_turn(intents, meaning.candidates[0].confidence)
        if meaning.aspect in {intent.aspect for intent in intents}:
            reply = replace(reply, aspect=meaning.aspect)
        firsts = tuple({intent.topic: intent for intent in reversed(intents)}.values())[::-1]
        if len(firsts) < 2:
            return reply, session.moved(intents[-1], reply, is_covered=True)
        return reply, replace(session.moved(firsts[0], reply, is_covered=True), pair=firsts)

    def _carried_on(self, meaning: Understanding) -> tuple[list[Intent], str]:
        """Return the topics that "und die mails?" carries on with, and how to begin; none if it stands for itself.

        They were answered together, or offered in a question back and none was chosen: asking once
        more would help nobody, and under its name no contact is taken for another.
        """
        best, session = meaning.candidates[0], meaning.session
        if meaning.question in self._sourced:
            return [], ""
        asks_side = meaning.is_explained and meaning.is_aspect_said and not meaning.named
        if session.pair and session.focus == session.pair[0]:
            topics, lead = [intent.topic for intent in session.pair], "both"
        elif session.alarm:
            return [], ""  # what may be chosen once it is over was no question back
        else:
            topics, lead = [topic for topic in references.offered(session) if topic in self._covered], "each"
            if session.focus and session.focus.topic in topics[:1]:
                return [], lead  # an answer with choices, not a question back
        follows = best.topic == FOLLOW_UP and best.confidence >= SURE
        if len(topics) > MOST_OPTIONS or not (asks_side or follows):
            return [], lead
        return [self._intents.of(topic, meaning) for topic in topics], lead
