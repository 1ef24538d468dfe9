"""Answers what was answered in the turn before: never the same block again without a word on why.

Who asks on is told that the source says no more, and whom to ask; the second time, what else there is. Nothing is
remembered for it: the answer before is made again from what was spoken of, and the options that were shown tell
whether it was the last thing said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot import grammar
from bot.answering.answers import OWN_SENTENCES, Answers
from bot.knowledge import Knowledge, Topic
from bot.reading.patterns import covered
from bot.reply import Aspect, Option, Reply
from bot.session import Intent, Session
from bot.signals import Signal
from bot.understanding.confidence import SURE
from bot.understanding.context import ALL_OFFERS
from bot.understanding.interpreter import Understanding
from bot.understanding.needs import Needs

_FITS = "again_fits"
"""The sentence for who tells of something else that the same offer is for: nothing was asked twice then."""
_FITS_OFTEN = "again_fits_often"
"""The sentence for who goes on telling of it, or asks what to do: whom to turn to, and no block that was read already."""
_ALSO = "again_also"
"""The sentence for who asks whether it holds for something else, too."""
FOR_WHOM = "audience"
"""The question whether something holds for somebody else: "gilt das auch für die CDU", as "und die CDU?" asks."""


class _Last(Enum):
    """In which form the answer to the focus was the last thing said."""

    IN_FULL = auto()
    REFERRED = auto()
    """With a word on why it is not repeated, and whom to ask."""
    FITTED = auto()
    """With a word that it fits again."""
    FITTED_OFTEN = auto()
    """With a word that it still does, and whom to turn to."""


@dataclass(frozen=True, slots=True)
class _Repeated:
    """An answer that was the last thing said.

    ``reply`` answers ``intent`` of ``topic`` as ``said`` answered ``before``, the focus, in the form ``last``.
    """

    topic: Topic
    intent: Intent
    reply: Reply
    before: Intent
    said: Reply
    last: _Last

    @property
    def is_known(self) -> bool:
        """Whether something is asked for that the content says of the topic apart from the rest."""
        return self.intent.detail in self.topic.details or self.intent.detail in OWN_SENTENCES


class Repetition:
    """Finds and answers repetitions in conversations about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers, needs: Needs) -> None:
        self._knowledge, self._answers, self._needs = knowledge, answers, needs
        self._parts = knowledge.vocabulary.parts

    def told(self, reply: Reply, intent: Intent, meaning: Understanding) -> Reply:
        """Return what is said instead of ``reply``, the answer to ``intent``, if it was said in the turn before."""
        repeated = self._found(reply, intent, meaning.session)
        if repeated is None:
            return reply
        if key := self._opening(repeated, meaning):
            return self._in_full(repeated, key, meaning)
        if repeated.last is _Last.REFERRED and not self._is_other_part(repeated):
            return self._no_more(repeated, meaning)
        key = self._key(repeated, meaning)
        return self._fitting(repeated, meaning) if key == _FITS else self._referring(repeated, key, meaning)

    def _found(self, reply: Reply, intent: Intent, session: Session) -> _Repeated | None:
        """Return the repetition that ``reply``, the answer to ``intent``, would be; ``None`` if it is none."""
        topic, before = self._knowledge.topics[intent.topic], session.focus
        if before is None or before.topic != topic.id or not topic.source:
            return None
        said = self._answers.answer(before)
        last = self._last(said, topic, session.options)
        if said.paragraphs != reply.paragraphs or last is None:
            return None
        return _Repeated(topic, intent, reply, before, said, last)

    def _in_full(self, repeated: _Repeated, key: str, meaning: Understanding) -> Reply:
        """Return the answer once more behind the sentence ``key``, or whom to ask if that was said already."""
        topic, reply = repeated.topic, repeated.reply
        # Who says "nochmal" gets it however often.
        wishes = meaning.reading.findings.has_signal(Signal.REPEAT)
        if repeated.last is _Last.REFERRED and key != _ALSO and not wishes:
            return self._said_often(repeated)
        options = reply.options if wishes else self._referred(repeated.said, topic)
        return replace(reply, paragraphs=(self._line(key, topic), *reply.paragraphs), options=options)

    def _said_often(self, repeated: _Repeated) -> Reply:
        """Return what is said the third time: whom to ask, and what else there is to choose from."""
        kept = repeated.reply.paragraphs if repeated.is_known else ()
        others = self._answers.options.described_offers(but=repeated.topic.id)
        return self._with_card(repeated, (*kept, self._line("repeated_often", repeated.topic)), others)

    def _no_more(self, repeated: _Repeated, meaning: Understanding) -> Reply:
        """Return that the source says no more, and what else there is to choose from."""
        topic = repeated.topic
        paragraphs = (self._line("no_more", topic), *self._danger_of(topic, meaning))
        others = self._answers.options.described_offers(but=topic.id)
        return replace(repeated.reply, paragraphs=paragraphs, contacts=(), options=others)

    def _fitting(self, repeated: _Repeated, meaning: Understanding) -> Reply:
        """Return that the same offer is for something else that is told, too: in other words each time."""
        topic, said, last = repeated.topic, repeated.said, repeated.last
        danger = self._danger_of(topic, meaning)
        if last is _Last.FITTED_OFTEN:  # long enough ago to be read anew
            return replace(repeated.reply, paragraphs=(*danger, *repeated.reply.paragraphs))
        if last is not _Last.FITTED:
            paragraphs = (*danger, self._line(_FITS, topic))
            return self._with_card(repeated, paragraphs, self._fitted(said, topic))
        is_harm = meaning.is_uneasy or meaning.is_suffered
        sympathy = (self._knowledge.line("sympathy"),) if is_harm else ()
        paragraphs = (*danger, *sympathy, self._line(_FITS_OFTEN, topic))
        return self._with_card(repeated, paragraphs, self._fitted_often(said, topic))

    def _referring(self, repeated: _Repeated, key: str, meaning: Understanding) -> Reply:
        """Return the sentence ``key`` on why nothing is repeated, and whom to ask."""
        topic = repeated.topic
        paragraphs = (*self._danger_of(topic, meaning), self._line(key, topic))
        return self._with_card(repeated, paragraphs, self._referred(repeated.said, topic))

    def _with_card(
        self, repeated: _Repeated, paragraphs: tuple[str, ...], options: tuple[Option, ...]
    ) -> Reply:
        """Return other ``paragraphs`` and ``options`` with the card of the answer, or else the usual one."""
        contacts = repeated.reply.contacts or self._answers.cards.usual(repeated.topic)
        return replace(repeated.reply, paragraphs=paragraphs, contacts=contacts, options=options)

    def _danger_of(self, topic: Topic, meaning: Understanding) -> tuple[str, ...]:
        """Return the emergency number for who is uneasy, if an offer is spoken of."""
        return (self._knowledge.line("danger_hint"),) if topic.is_offer and meaning.is_uneasy else ()

    def _line(self, key: str, topic: Topic) -> str:
        return self._knowledge.line(key, topic=topic.title)

    def wished(self, intents: Sequence[Intent]) -> Reply:
        """Return the answer to ``intents``, said last, for who only wants to have it again."""
        if len(intents) > 1:
            return self._repeated(self._answers.both(intents, 1.0, "both"), intents)
        reply = self._answers.answer(intents[0])
        line = self._line("repeated", self._knowledge.topics[intents[0].topic])
        return replace(reply, paragraphs=(line, *reply.paragraphs))

    def again(self, reply: Reply) -> Reply:
        """Return ``reply``, that was the last thing said, with a word on why it comes again."""
        return replace(reply, paragraphs=(self._knowledge.line(_ALSO), *reply.paragraphs))

    def of_several(self, reply: Reply, intents: Sequence[Intent], session: Session) -> Reply:
        """Return ``reply``, the answer to several ``intents``, with another beginning if it was the last thing said."""
        if session.pair != tuple(intents) or session.options != reply.options:
            return reply
        return self._repeated(reply, intents)

    def _repeated(self, reply: Reply, intents: Sequence[Intent]) -> Reply:
        """Return ``reply``, the answer to several ``intents``, with another beginning."""
        names = ", ".join(self._knowledge.topics[intent.topic].title for intent in intents)
        line = self._knowledge.line("repeated", topic=names)
        return replace(reply, paragraphs=(line, *reply.paragraphs[1:]))

    # --- how it was said last ------------------------------------------------------

    def _last(self, said: Reply, topic: Topic, options: Sequence[Option]) -> _Last | None:
        """Return in which form ``said``, the answer to the focus, was the last thing said; ``None`` if it was not."""
        if options == said.options:
            return _Last.IN_FULL
        if options == self._referred(said, topic):
            return _Last.REFERRED
        if options == self._fitted_often(said, topic):
            return _Last.FITTED_OFTEN
        return _Last.FITTED if options == self._fitted(said, topic) else None

    def _referred(self, said: Reply, topic: Topic) -> tuple[Option, ...]:
        """Return what may be chosen where the answer ``said`` is not repeated: all offers, too."""
        return (*said.options, *self._answers.options.chosen_from([ALL_OFFERS], topic.id))

    @staticmethod
    def _fitted(said: Reply, topic: Topic) -> tuple[Option, ...]:
        """Return what may be chosen where the answer ``said`` fits again: not the card, which is shown with that."""
        return tuple(option for option in said.options if option.choice != f"{topic.id}.{Aspect.CONTACT}")

    def _fitted_often(self, said: Reply, topic: Topic) -> tuple[Option, ...]:
        """Return what may be chosen where the answer ``said`` still fits: all offers, too."""
        return (*self._fitted(said, topic), *self._answers.options.chosen_from([ALL_OFFERS], topic.id))

    # --- how it is said again ------------------------------------------------------

    def _opening(self, repeated: _Repeated, meaning: Understanding) -> str:
        """Return the sentence with which an answer begins that is given in full once more; nothing if it is not."""
        findings, intent, before = meaning.reading.findings, repeated.intent, repeated.before
        # Who names it once more knows what comes, or mends how it is written; perhaps there was a "danke" between.
        is_named_again = bool(meaning.named) and intent == before
        is_named_again &= intent.aspect is Aspect.CONTACT or findings.has_signal(Signal.CORRECTION)
        # "Und wenn nochmal was kommt" wishes to hear nothing again.
        wishes = findings.has_signal(Signal.REPEAT) and grammar.CONDITIONS.isdisjoint(meaning.reading.mended)
        if wishes or is_named_again:
            return "repeated"
        if not repeated.is_known or intent != before:
            return ""
        for_others = any(hit.id == FOR_WHOM for hit in meaning.reading.questions)
        return _ALSO if for_others or not meaning.is_aspect_said else "again_same"

    def _key(self, repeated: _Repeated, meaning: Understanding) -> str:
        """Return which sentence says why it is said again."""
        topic, intent, before = repeated.topic, repeated.intent, repeated.before
        if intent.detail in self._parts:
            is_other = self._is_other_part(repeated)
            return f"again_{self._parts[intent.detail]}" if is_other else "again_contact"
        if intent.detail and intent.detail not in topic.details:
            return "again_missing" if intent.detail != before.detail else "again"
        if intent.aspect is Aspect.CONTACT:
            return "again_contact"
        if topic.is_offer and self._needs.is_plea(meaning.reading.mended):  # "was soll ich machen"
            return _FITS_OFTEN
        is_told = not meaning.asks and not meaning.named and meaning.judgement.confidence(topic.id) >= SURE
        fits = is_told or _is_dealt_with(topic, meaning)
        return _FITS if topic.is_offer and fits else "again"

    def _is_other_part(self, repeated: _Repeated) -> bool:
        """Return whether another line of the card is asked for than before: "Mail?", "und die Adresse?"."""
        return repeated.intent.detail in self._parts and repeated.intent.detail != repeated.before.detail


def _is_dealt_with(topic: Topic, meaning: Understanding) -> bool:
    """Return whether it is only asked for something that the topic deals with: "und wenn es auf Facebook ist?"."""
    found = meaning.reading.findings
    # "Per Mail" tells how it comes.
    ways = {hit.end for hit in found.signals if hit.id == Signal.MANNER}
    is_open = meaning.is_aspect_said or meaning.named or any(hit.start not in ways for hit in found.questions)
    dealt = any(hit.id in topic.fields for hit in found.concepts)
    # "Wenn es" folds like "wen es".
    supposed = covered(hit for hit in found.signals if hit.id == Signal.ARRIVAL)
    asked = (word for place, word in enumerate(meaning.reading.mended) if place not in supposed)
    return dealt and not is_open and grammar.QUESTION_WORDS.isdisjoint(asked)
