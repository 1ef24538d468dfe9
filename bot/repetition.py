"""Answers what was answered in the turn before: never the same block again without a word on why.

Who asks on is told that the source says no more, and whom to ask; the second time, what else there is. Nothing is
remembered for it: the answer before is made again from what was spoken of, and the options that were shown tell
whether it was the last thing said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answers import OWN_SENTENCES, Answers
from bot.context import ALL_OFFERS, SURE
from bot.knowledge import Knowledge
from bot.matching.model import Judgement
from bot.reply import Aspect, Reply
from bot.session import Intent, Session
from bot.understanding import Understanding

_REPEAT = "repeat"
"""The signal of who wants to hear it once more: "nochmal bitte"."""
_CORRECTION = "correction"
"""The signal of who mends the name: "nee, asskomm mein ich"."""
_FITS = "again_fits"
"""The sentence for who tells of something else that the same offer is for: nothing was asked twice then."""
FOR_WHOM = "audience"
"""The question whether something holds for somebody else: "gilt das auch für die CDU", as "und die CDU?" asks."""


class Repetition:
    """Finds and answers repetitions in conversations about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers) -> None:
        self._knowledge, self._answers = knowledge, answers
        self._parts = knowledge.vocabulary.parts

    def told(
        self, reply: Reply, intent: Intent, meaning: Understanding, judgement: Judgement, session: Session
    ) -> Reply:
        """Return what is said instead of ``reply``, the answer to ``intent``, if it was said in the turn before."""
        topic, before = self._knowledge.topics[intent.topic], session.focus
        if before is None or before.topic != topic.id or not topic.source:
            return reply
        said = self._answers.answer(before)
        # All offers are to choose once an answer was repeated.
        again = (*said.options, *self._answers.options.chosen_from([ALL_OFFERS], topic.id))
        # The card itself is shown with that sentence; that it is not to choose tells that it was said.
        fits = tuple(option for option in said.options if option.choice != f"{topic.id}.{Aspect.CONTACT}")
        if said.paragraphs != reply.paragraphs or session.options not in (said.options, again, fits):
            return reply
        # Who names it once more knows what comes, or mends how it is written; perhaps there was a "danke" between.
        findings = judgement.reading.findings
        is_named_again = bool(meaning.named) and intent == before
        is_named_again &= intent.aspect is Aspect.CONTACT or findings.has_signal(_CORRECTION)
        wants_again = findings.has_signal(_REPEAT) or is_named_again
        is_known = intent.detail in topic.details or intent.detail in OWN_SENTENCES
        if wants_again or (is_known and intent == before):
            for_others = any(hit.id == FOR_WHOM for hit in judgement.reading.questions)
            is_on_else = for_others or not meaning.is_aspect_said
            key = "repeated" if wants_again else "again_also" if is_on_else else "again_same"
            line = self._knowledge.line(key, topic=topic.title)
            return replace(reply, paragraphs=(line, *reply.paragraphs))
        danger = (self._knowledge.line("danger_hint"),) if topic.is_offer and meaning.is_uneasy else ()
        if session.options == again != said.options:
            line = self._knowledge.line("no_more", topic=topic.title)
            others = self._answers.options.described_offers(but=topic.id)
            return replace(reply, paragraphs=(line, *danger), contacts=(), options=others)
        key = self._key(intent, before, meaning, judgement)
        if (
            key == _FITS and session.options == fits != said.options
        ):  # the answer is not the previous one any more
            return replace(reply, paragraphs=(self._knowledge.line("again_also"), *reply.paragraphs))
        line = self._knowledge.line(key, topic=topic.title)
        contacts = reply.contacts or self._answers.cards.usual(topic)
        options = fits if key == _FITS else again
        return replace(reply, paragraphs=(*danger, line), contacts=contacts, options=options)

    def of_several(self, reply: Reply, intents: Sequence[Intent], session: Session) -> Reply:
        """Return ``reply``, the answer to several ``intents``, with another beginning if it was the last thing said."""
        if session.pair != tuple(intents) or session.options != reply.options:
            return reply
        names = ", ".join(self._knowledge.topics[intent.topic].title for intent in intents)
        return replace(
            reply, paragraphs=(self._knowledge.line("repeated", topic=names), *reply.paragraphs[1:])
        )

    def _key(self, intent: Intent, before: Intent, meaning: Understanding, judgement: Judgement) -> str:
        """Return which sentence says why it is said again."""
        topic = self._knowledge.topics[intent.topic]
        if intent.detail in self._parts:
            return "again_part" if intent.detail != before.detail else "again_contact"
        if intent.detail and intent.detail not in topic.details:
            return "again_missing" if intent.detail != before.detail else "again"
        if intent.aspect is Aspect.CONTACT:
            return "again_contact"
        is_told = not meaning.asks and not meaning.named and judgement.confidence(topic.id) >= SURE
        return _FITS if topic.is_offer and is_told else "again"
