"""Which intents an utterance asks for: what of a topic, and of which topics if it asks for several at once."""

from __future__ import annotations

from collections.abc import Sequence

from bot import grammar
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reading.asking import interrogatives
from bot.reading.patterns import covered
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Intent, Session
from bot.signals import FOR_NO_OFFER, Signal
from bot.text import Utterance, clean
from bot.understanding.bodies import Bodies
from bot.understanding.confidence import SELF_EXPLANATORY
from bot.understanding.division import Divider, Part, of_names
from bot.understanding.interpreter import Interpreter, Understanding

_RIVAL = 0.05
"""Confidence from which a topic counts as the other side of a comparison."""
_CLEAR_RIVAL = 0.2
"""The same where another topic was spoken about, with which the named one may be compared."""
_LONGEST_PAIR = 30
"""Words beyond which an utterance is a story and not two short questions."""


class Intents:
    """Finds the intents of understood utterances in one content."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        interpreter: Interpreter,
        *,
        divider: Divider,
        bodies: Bodies,
    ) -> None:
        self._topics, self._covered = knowledge.topics, knowledge.covered
        self._beside_offers = knowledge.covered - {topic.id for topic in knowledge.offers}
        self._questions = {question.id: question for question in knowledge.vocabulary.questions}
        self._model, self._interpreter, self._divider, self._bodies = model, interpreter, divider, bodies

    def of(self, topic: str, meaning: Understanding) -> Intent:
        """Return what is asked of ``topic``: the finer point or the side that is meant."""
        section = self._model.section(topic, meaning.judgement)
        if section is not None and section in self._topics[topic].details:
            return Intent(topic, None, section)
        detail = self._interpreter.detail(topic, meaning)
        known = self._topics[topic].details.get(detail)
        aspect = known.aspect if known and known.aspect and not meaning.is_aspect_said else meaning.aspect
        return Intent(topic, aspect, detail)

    def of_source(self, intent: Intent) -> Intent | None:
        """Return what answers a question of the source that is put of ``intent``: "von wann ist das".

        ``None`` if it is no such question, or if the topic has an answer of its own.
        """
        question = self._questions.get(intent.detail)
        if question is None or question.id in self._topics[intent.topic].details:
            return None
        topic, _, detail = question.unspoken.partition(".")
        return Intent(topic, None, detail) if topic in self._beside_offers else None

    def several(self, meaning: Understanding, focus: Intent | None = None) -> list[Intent]:
        """Return the intents of an utterance that asks for more than one topic, or none.

        Of a numbered list of which one item means a topic, that one. ``focus`` is what was spoken about: a single topic is compared with it.
        """
        reading = meaning.reading
        if reading.findings.has_signal(*FOR_NO_OFFER):
            return []
        bodies = [] if meaning.is_comparison else self._bodies.side_by_side(reading)
        if bodies and meaning.is_aspect_said:
            return [self.of(topic, meaning) for topic in bodies]
        if bodies:
            return [Intent(topic, Aspect.CONTACT) for topic in bodies]
        covered = self._covered
        named = [topic for topic in meaning.asked if topic in covered]
        if meaning.is_comparison:
            named = self._compared(meaning, focus)
        numbered = self._divider.numbered(reading)
        if len(numbered) < 2 and len(named) > 1 and len(reading.mended) <= _LONGEST_PAIR:
            named = self._chosen(named, reading) or named
            return [self._of_name(topic, meaning) for topic in named]
        parts = numbered or self._divider.divide(meaning.judgement, focus.topic if focus else "")
        return [self._of_part(part, Session(focus) if part.leans else Session()) for part in parts]

    def _of_part(self, part: Part, session: Session) -> Intent:
        return self.of(part.topic, self._interpreter.interpret(part.judgement, session))

    def _compared(self, meaning: Understanding, focus: Intent | None) -> list[str]:
        """Return the topics that are to be compared: all that are named, else the one named with another one.

        The other one is described ("Unterschied Leitfaden und Meldestelle") or was spoken about ("Unterschied zur ZMI?").
        """
        pointed = [hit.id for hit in meaning.reading.findings.references]
        named = [t for t in dict.fromkeys([*meaning.named, *pointed]) if t in self._covered]
        if len(named) > 1:
            return named
        candidates = meaning.judgement.candidates
        others = [c for c in candidates if c.topic in self._covered and c.topic not in named]
        rivals = [c.topic for c in others if c.confidence >= _RIVAL]
        spoken = [focus.topic] if focus and named and focus.topic in self._covered else []
        if spoken and not (others and others[0].confidence >= _CLEAR_RIVAL):
            return list(dict.fromkeys([*spoken, *named]))
        return list(dict.fromkeys([*named, *rivals]))[:2]

    def _chosen(self, named: Sequence[str], reading: Reading) -> list[str]:
        """Return which of named topics fits what is said beside their names: "ZASTEX oder ZMI bei Drohmails?".

        None if two things are asked of them: "…, wer kriegt den Brief, wer die Screenshots?"
        """
        if (
            len(interrogatives(reading)) > 1
            or grammar.OR not in reading.mended
            or reading.findings.has_signal(Signal.BOTH, Signal.SEVERAL)
        ):
            return []
        named_at = covered(reading.names)
        folded = reading.utterance.folded
        rest = " ".join(word for place, word in enumerate(folded) if place not in named_at)
        likely = self._model.judge(Utterance.of(rest))
        return [topic for topic in named if likely.confidence(topic) >= SELF_EXPLANATORY]

    def _of_name(self, topic: str, meaning: Understanding) -> Intent:
        """Return what is asked of one of several named topics: what stands with its name, else what is asked of all."""
        text = of_names(meaning.reading).get(topic)
        if text is not None and not meaning.is_comparison:
            own = self._interpreter.interpret(self._model.judge(Utterance.of(clean(text))), Session())
            if own.is_aspect_said:
                return self.of(topic, own)
        return self.of(topic, meaning)
