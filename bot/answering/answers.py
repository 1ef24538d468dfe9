"""Builds replies from the content: which paragraphs, cards and options belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from bot.answering.cards import PART_FIELDS, Cards
from bot.answering.options import Options
from bot.knowledge import Answer, Knowledge, Question, Topic
from bot.layout import ABOUT_BOT, SMALL_TALK
from bot.reply import MOST_OPTIONS, Aspect, Contact, Option, Outcome, Reply, Source
from bot.session import Intent

OWN_SENTENCES = frozenset(["hours", "valid"])
"""Questions with a sentence of their own for what the source lacks."""
_PRACTICAL = (Aspect.CONTACT, Aspect.SERVICES)
"""The sides of a topic that are asked for next."""
_FEW = 2
"""Topics up to which each is answered at length, and each of their sides is to choose from."""


class Answers:
    """Turns intents into replies. Pure: the same intent gives the same reply."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._off = knowledge.off
        self.options, self.cards = Options(knowledge), Cards(knowledge)
        self._parts = knowledge.vocabulary.parts

    # --- answers ---------------------------------------------------------------

    def answer(self, intent: Intent, confidence: float = 1.0) -> Reply:
        """Return the answer to ``intent``; an aspect that a topic lacks becomes its first one."""
        topic = self._knowledge.topics[intent.topic]
        aspect, answer = self._select(topic, intent)
        if said := self._knowledge.instead(topic.id, aspect):
            return self._switched_off(topic, said)
        paragraphs, contacts = answer.paragraphs, self.cards.of_answer(topic, aspect, answer)
        lead = self._missing(topic, intent, contacts)
        if lead:
            paragraphs = (lead,)
            contacts = contacts or self.cards.usual(topic)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=paragraphs,
            contacts=contacts,
            options=self.options.of_answer(topic, aspect, answer),
            source=topic.source,
            topics=(topic.id,),
            aspect=aspect if topic.source else None,
            confidence=confidence,
            details=(f"{topic.id}.{intent.detail}",) if intent.detail else (),
        )

    def both(self, intents: Sequence[Intent], confidence: float, lead: str) -> Reply:
        """Return one reply on several topics, each under its name, with what may be asked of them next.

        Of many, what is asked for as a whole is told in a line, and of each there is one thing to choose.
        """
        replies = [self.answer(intent) for intent in intents]
        topics = [self._knowledge.topics[intent.topic] for intent in intents]
        is_many = len(intents) > _FEW
        paragraphs = [self._knowledge.line(lead)]
        options: list[Option] = []
        for topic, intent, reply in zip(topics, intents, replies, strict=True):
            if is_many and reply.aspect is Aspect.OVERVIEW and not intent.detail:
                paragraphs.append(f"{topic.title}: {self._summary(topic)}")
                options += self.options.chosen_from([topic.id])
                continue
            first, *others = reply.paragraphs
            paragraphs += [f"{topic.title}: {first}", *others]
            sides = self.options.sides(topic, [side for side in _PRACTICAL if side is not reply.aspect])
            options += sides[:1] if is_many else sides
        contacts = dict.fromkeys(contact for reply in replies for contact in reply.contacts)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=tuple(paragraphs),
            contacts=tuple(contacts),
            options=tuple(options),
            source=common_source(topics),
            topics=tuple(topic.id for topic in topics),
            aspect=replies[0].aspect,
            confidence=confidence,
            details=tuple(chain.from_iterable(reply.details for reply in replies)),
        )

    def in_turn(self, intents: Sequence[Intent], confidence: float) -> Reply:
        """Return one reply to several questions, each answered under what is asked; of several topics with their names."""
        together = self.both(intents, confidence, "both")
        topics = [self._knowledge.topics[topic] for topic in dict.fromkeys(i.topic for i in intents)]
        paragraphs = [self._knowledge.line("in_turn", topics=", ".join(topic.title for topic in topics))]
        said: dict[tuple[str, ...], list[str]] = {}
        for intent in intents:
            topic = self._knowledge.topics[intent.topic]
            label = self.options.label(topic, intent)
            name = label if len(topics) == 1 else f"{topic.title}, {label}"
            said.setdefault(self._in_turn(topic, intent), []).append(name)
        for (first, *others), names in said.items():
            name = " ".join(names)
            paragraphs += [f"{name} {first}" if name.endswith("?") else f"{name}: {first}", *others]
        options = [option for topic in topics for option in self.options.sides(topic, _PRACTICAL)]
        return replace(
            together,
            paragraphs=tuple(paragraphs),
            options=self.answer(intents[-1]).options if len(topics) == 1 else tuple(options),
            topics=tuple(topic.id for topic in topics),
        )

    def _in_turn(self, topic: Topic, intent: Intent) -> tuple[str, ...]:
        """Return the paragraphs of one answer among others: the card that a missing one announces comes below them all."""
        said = self.answer(intent).paragraphs
        is_missing = said == (self._knowledge.line("missing_detail", topic=topic.title),)
        return (self._knowledge.line("missing_among"),) if is_missing else said

    def comparison(self, intents: Sequence[Intent]) -> Reply:
        """Say in a line each what the topics of ``intents`` are for; each of them is to choose from."""
        topics = [self._knowledge.topics[intent.topic] for intent in intents]
        rows = [f"– {topic.title}: {self._summary(topic)}" for topic in topics]
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("comparison"), "\n".join(rows)),
            options=tuple(
                option for topic in topics for option in self.options.sides(topic, reversed(_PRACTICAL))
            )
            if len(topics) <= _FEW
            else self.options.chosen_from([topic.id for topic in topics]),
            source=common_source(topics),
            topics=tuple(topic.id for topic in topics),
            aspect=Aspect.OVERVIEW,
        )

    def unspoken(self, question: Question, intent: Intent) -> Reply:
        """Return the answer ``intent`` to a question about no offer, with the offers that answer it to choose from."""
        reply = self.answer(intent)
        return replace(reply, options=(*self.options.of_question(question), *reply.options))

    def beside(self, reply: Reply, topic_id: str) -> Reply:
        """Return ``reply`` about the source with whom to ask of the topic that is spoken of, and its sides to choose from."""
        topic = self._knowledge.topics[topic_id]
        sides = [f"{topic_id}.{side}" for side in topic.answers]
        options = self.options.chosen_from(sides, topic_id)
        return replace(reply, contacts=self.cards.usual(topic), options=options)

    def every_contact(self) -> Reply:
        """Return the usual card of every offer in one reply; those of other topics are to choose from.

        Of an offer whose contact is switched off that is said.
        """
        usual = self.cards.usual
        offers = [topic for topic in self.options.offers if usual(topic)]
        off = [self._knowledge.instead(topic.id, Aspect.CONTACT) for topic in self._knowledge.offers]
        said = [sentence for sentence in off if sentence]
        others = (t for t in self._knowledge.topics.values() if t.source and not t.is_offer and usual(t))
        names = ", ".join(topic.title for topic in offers)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(
                *said,
                self._knowledge.line("other_contacts" if said else "every_contact", topics=names),
            )
            if offers
            else tuple(said),
            contacts=tuple(chain.from_iterable(map(usual, offers))),
            options=self.options.chosen_from([f"{topic.id}.{Aspect.CONTACT}" for topic in others]),
            source=common_source(offers),
            topics=tuple(topic.id for topic in offers),
            aspect=Aspect.CONTACT,
        )

    # --- questions back and refusals ---------------------------------------------

    def clarify(self, topics: Sequence[str], aspect: Aspect | None, confidence: float) -> Reply:
        """Ask which of at most three topics is meant, or none of them."""
        options = [
            self.options.described(topic, aspect if aspect in topic.answers else None)
            for topic in (self._knowledge.topics[t] for t in topics[:MOST_OPTIONS])
        ]
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(self._knowledge.line("clarify"),),
            options=(*options, self.options.none_of_these()),
            topics=tuple(topics[:MOST_OPTIONS]),
            aspect=aspect,
            confidence=confidence,
        )

    def clarify_among_offers(self, lead: str, aspect: Aspect | None) -> Reply:
        """Ask to which of the offers a question belongs that names none."""
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(self._knowledge.line(lead),),
            options=(*self.options.described_offers(aspect), self.options.none_of_these()),
            topics=tuple(topic.id for topic in self.options.offers),
            aspect=aspect,
            confidence=0.0,
        )

    def clarify_need(self, aspect: Aspect, beside: str = "") -> Reply:
        """Ask with which of the offers help is needed, or with the choice ``beside`` of the bot itself."""
        reply = self.reminded(self.clarify_among_offers("clarify_need", aspect))
        if not beside:
            return reply
        *offers, none = reply.options
        topics = (beside.partition(".")[0], *reply.topics)
        return replace(reply, options=(*offers, *self.options.chosen_from([beside]), none), topics=topics)

    def elsewhere(self, topic: Topic, aspect: Aspect | None = None) -> Reply:
        """Ask which of the other offers than ``topic``, or which ``aspect`` of them, is wanted."""
        options = self.options.described_offers(aspect, but=topic.id)
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(self._knowledge.line("elsewhere", topic=topic.title),),
            options=options,
            topics=tuple(option.choice.partition(".")[0] for option in options),
            confidence=0.0,
        )

    def fallback(self, key: str, confidence: float) -> Reply:
        """Say honestly, with the sentence ``key``, that there is no answer, and show what there is."""
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line(key),),
            options=self.options.described_offers(),
            confidence=confidence,
        )

    def fallback_beside(self, key: str, intent: Intent, confidence: float) -> Reply:
        """Refuse, with the sentence ``key``, what was said after the answer to ``intent``, and show what may be asked on."""
        topic = self._knowledge.topics[intent.topic]
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line(key, topic=topic.title),),
            options=self.options.chosen_from([f"{topic.id}.{side}" for side in topic.answers], topic.id)
            + self.options.offer_options(but=topic.id),
            confidence=confidence,
        )

    def fallback_again(self, confidence: float) -> Reply:
        """Refuse for the second time in a row: add the general contact."""
        topic = self._knowledge.topics[ABOUT_BOT]
        detail = topic.details["general_help"]
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=detail.paragraphs,
            contacts=self.cards.of_answer(topic, Aspect.CONTACT, detail),
            options=self.options.offer_options(),
            source=next(offer.source for offer in self._knowledge.offers),
            confidence=confidence,
        )

    def not_found(self) -> Reply:
        """Say that a number or address is nobody's that is known."""
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line("not_found"),),
            options=self.options.offer_options(),
        )

    def offers(self) -> Reply:
        """Show all offers at a glance."""
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("offers"),),
            options=self.options.described_offers(),
            source=next(offer.source for offer in self._knowledge.offers),
            topics=(ABOUT_BOT,),
        )

    def say(self, key: str) -> Reply:
        """Say one sentence of the wording, with the offers to choose from."""
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line(key),),
            options=self.options.offer_options(),
            topics=(ABOUT_BOT,),
        )

    def refuse(self, key: str) -> Reply:
        """Say one sentence of the wording as a refusal, with the offers to choose from."""
        return replace(self.say(key), outcome=Outcome.FALLBACK, topics=())

    def numbers(self, options: Sequence[Option]) -> Reply:
        """Ask for a number that stands in the list."""
        text = self._knowledge.line("choose_number", count=str(len(options)))
        return Reply(Outcome.CLARIFY, (text,), options=tuple(options), confidence=0.0)

    def relieved(self, choices: Sequence[str], sentence: str) -> Reply:
        """Answer an all-clear after an emergency; without a ``sentence`` of its own the usual one."""
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(sentence or self._knowledge.line("all_clear"),),
            options=self.options.chosen_from(choices),
            topics=(SMALL_TALK,),
        )

    def warned(self, reply: Reply) -> Reply:
        """Put the emergency number before a reply that may have missed a danger, and nowhere else in it."""
        hint = self._knowledge.line("danger_hint")
        others = (paragraph for paragraph in reply.paragraphs if paragraph != hint)
        return replace(reply, paragraphs=(hint, *others))

    def feeling(self, reply: Reply) -> Reply:
        """Put a sentence of sympathy before a reply to somebody who tells of what is suffered."""
        return replace(reply, paragraphs=(self._knowledge.line("sympathy"), *reply.paragraphs))

    def reminded(self, reply: Reply) -> Reply:
        """Put the emergency number under a reply to somebody who is uneasy, unless it is in it."""
        hint = self._knowledge.line("danger_hint")
        return reply if hint in reply.paragraphs else replace(reply, paragraphs=(*reply.paragraphs, hint))

    def broken(self) -> Reply:
        """Apologise for a turn that broke, with every contact."""
        if self._off.bot:
            return self.all_off()
        contacts = [t.contact for t in self.options.offers if t.contact and not self.cards.are_off(t.id)]
        return Reply(
            outcome=Outcome.ERROR,
            paragraphs=(self._knowledge.line("error"),),
            contacts=tuple(contacts),
            confidence=0.0,
        )

    def all_off(self) -> Reply:
        """Say that the whole bot is switched off."""
        return Reply(Outcome.FALLBACK, (self._off.bot, self._knowledge.line("welcome_danger")))

    def _summary(self, topic: Topic) -> str:
        """Return what a topic is in a line; if that is switched off, what is said instead."""
        return self._knowledge.instead(topic.id, Aspect.OVERVIEW) or topic.summary

    def _switched_off(self, topic: Topic, said: str) -> Reply:
        """Say that something is off, with the sides of the topic that are on and the other offers to choose from."""
        danger = self._knowledge.line("welcome_danger")
        sides = self.options.chosen_from([f"{topic.id}.{side}" for side in topic.answers], topic.id)
        options = (*sides, *self.options.offer_options(but=topic.id))
        return Reply(Outcome.FALLBACK, (said, danger), options=options)

    # --- parts -------------------------------------------------------------------

    def _select(self, topic: Topic, intent: Intent) -> tuple[Aspect, Answer]:
        detail = topic.details.get(intent.detail)
        if detail is not None:
            aspect = intent.aspect or detail.aspect or Aspect.OVERVIEW
            return aspect, detail
        known = intent.aspect is not None and intent.aspect in topic.answers
        side = intent.aspect if known and intent.aspect else next(iter(topic.answers))
        return side, topic.answers[side]

    def _missing(self, topic: Topic, intent: Intent, contacts: Sequence[Contact]) -> str:
        """Return the sentence that the source lacks what was asked for, or nothing."""
        if not intent.detail or intent.detail in topic.details or not topic.source:
            return ""
        name = topic.title
        part = self._parts.get(intent.detail)
        if part is None:
            key = f"missing_{intent.detail}" if intent.detail in OWN_SENTENCES else "missing_detail"
            return self._knowledge.line(key, topic=name)
        if any(PART_FIELDS[part](contact) for contact in contacts):
            return ""
        return self._knowledge.line(f"missing_{part}", topic=name)


def common_source(topics: Sequence[Topic]) -> Source | None:
    """Return the source that all of ``topics`` have, ``None`` if they have several."""
    sources = {topic.source for topic in topics}
    return sources.pop() if len(sources) == 1 else None
