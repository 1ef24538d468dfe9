"""Builds replies from the content: which paragraphs, cards and options belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

from bot.knowledge import Answer, Knowledge, Question, Topic
from bot.layout import OFFERS
from bot.reply import Aspect, Contact, Option, Outcome, Reply, Source
from bot.session import Intent

NONE_CHOICE = "none"
OFFERS_CHOICE = OFFERS
MOST_OPTIONS = 3
_OWN_SENTENCES = frozenset(["hours", "valid"])
"""Questions with a sentence of their own for what the source lacks."""
PART_FIELDS: dict[str, Callable[[Contact], bool]] = {
    "phone": lambda contact: bool(contact.phones),
    "fax": lambda contact: bool(contact.fax),
    "email": lambda contact: bool(contact.email),
    "address": lambda contact: bool(contact.street),
    "link": lambda contact: bool(contact.links),
}


class Answers:
    """Turns intents into replies. Pure: the same intent gives the same reply."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._off = knowledge.off
        self._offers = tuple(topic for topic in knowledge.offers if topic.id not in knowledge.off.topics)
        self._parts = knowledge.vocabulary.parts

    # --- answers ---------------------------------------------------------------

    def answer(self, intent: Intent, confidence: float = 1.0) -> Reply:
        """Return the answer to ``intent``; an aspect that a topic lacks becomes its first one."""
        topic = self._knowledge.topics[intent.topic]
        aspect, answer = self._select(topic, intent)
        if (text := self._off.text(topic.id, aspect)) is not None:
            return self._switched_off(topic, text)
        paragraphs, contacts = answer.paragraphs, self._cards(topic, aspect, answer)
        lead = self._missing(topic, intent, contacts)
        if lead:
            paragraphs = (lead,)
            contacts = contacts or self.usual(topic)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=paragraphs,
            contacts=contacts,
            options=self._options(topic, aspect, answer),
            source=topic.source,
            topics=(topic.id,),
            aspect=aspect if topic.source else None,
            confidence=confidence,
        )

    def both(self, intents: Sequence[Intent], confidence: float, lead: str) -> Reply:
        """Return one reply on several topics, each under its name."""
        replies = [self.answer(intent) for intent in intents]
        topics = [self._knowledge.topics[intent.topic] for intent in intents]
        paragraphs = [self._knowledge.line(lead)]
        for topic, reply in zip(topics, replies, strict=True):
            first, *others = reply.paragraphs
            paragraphs += [f"{topic.title}: {first}", *others]
        contacts = dict.fromkeys(contact for reply in replies for contact in reply.contacts)
        options = [
            Option(f"{topic.title}: {self._label(aspect)}", f"{topic.id}.{aspect}")
            for topic, reply in zip(topics, replies, strict=True)
            for aspect in (Aspect.CONTACT, Aspect.SERVICES)
            if aspect is not reply.aspect and aspect in topic.answers and self._is_on(f"{topic.id}.{aspect}")
        ]
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=tuple(paragraphs),
            contacts=tuple(contacts),
            options=tuple(options[:4]),
            source=common_source(topics),
            topics=tuple(topic.id for topic in topics),
            aspect=replies[0].aspect,
            confidence=confidence,
        )

    def comparison(self, intents: Sequence[Intent]) -> Reply:
        """Say in a line each what the topics of ``intents`` are for; each of them is to choose from."""
        topics = [self._knowledge.topics[intent.topic] for intent in intents]
        rows = [f"– {topic.title}: {topic.summary}" for topic in topics]
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("comparison"), "\n".join(rows)),
            options=tuple(
                self.option(topic.id, aspect, f"{topic.title}: {self._label(aspect)}")
                for topic in topics
                for aspect in (Aspect.SERVICES, Aspect.CONTACT)
                if aspect in topic.answers and self._is_on(f"{topic.id}.{aspect}")
            ),
            source=common_source(topics),
            topics=tuple(topic.id for topic in topics),
            aspect=Aspect.OVERVIEW,
        )

    def unspoken(self, question: Question, intent: Intent) -> Reply:
        """Return the answer ``intent`` to a question about no offer, with the offers that answer it to choose from."""
        reply = self.answer(intent)
        options = [
            self.option(topic.id, None, f"{topic.title}: {question.label}")
            for topic in self._offers
            if question.id in topic.details and self._is_on(f"{topic.id}.{question.id}")
        ]
        chosen = [replace(option, choice=f"{option.choice}.{question.id}") for option in options]
        return replace(reply, options=(*chosen, *reply.options))

    def every_contact(self) -> Reply:
        """Return the usual card of every offer in one reply; those of other topics are to choose from."""
        offers = [topic for topic in self._offers if self.usual(topic)]
        others = (t for t in self._knowledge.topics.values() if t.source and not t.is_offer and self.usual(t))
        names = ", ".join(topic.title for topic in offers)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("every_contact", topics=names),),
            contacts=tuple(chain.from_iterable(map(self.usual, offers))),
            options=self.chosen_from([f"{topic.id}.{Aspect.CONTACT}" for topic in others]),
            source=common_source(offers),
            topics=tuple(topic.id for topic in offers),
            aspect=Aspect.CONTACT,
        )

    # --- questions back and refusals ---------------------------------------------

    def clarify(self, topics: Sequence[str], aspect: Aspect | None, confidence: float) -> Reply:
        """Ask which of at most three topics is meant, or none of them."""
        options = []
        for topic in (self._knowledge.topics[t] for t in topics[:MOST_OPTIONS]):
            option = self.option(topic.id, aspect if aspect in topic.answers else None, topic.title)
            options.append(replace(option, hint=topic.summary) if topic.is_offer else option)
        options.append(Option(self._knowledge.line("none_of_these"), NONE_CHOICE))
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(self._knowledge.line("clarify"),),
            options=tuple(options),
            topics=tuple(topics[:MOST_OPTIONS]),
            aspect=aspect,
            confidence=confidence,
        )

    def clarify_among_offers(self, lead: str, aspect: Aspect | None) -> Reply:
        """Ask to which of the offers a question belongs that names none."""
        options = [
            replace(self.option(topic.id, aspect, topic.title), hint=topic.summary) for topic in self._offers
        ]
        options.append(Option(self._knowledge.line("none_of_these"), NONE_CHOICE))
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(self._knowledge.line(lead),),
            options=tuple(options),
            topics=tuple(topic.id for topic in self._offers),
            aspect=aspect,
            confidence=0.0,
        )

    def fallback(self, confidence: float) -> Reply:
        """Say honestly that there is no answer, and show what there is."""
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line("fallback"),),
            options=self.described_offers(),
            confidence=confidence,
        )

    def fallback_told(self, intent: Intent, confidence: float) -> Reply:
        """Say that what was told after the answer to ``intent`` is nothing to judge, and what may be asked on."""
        topic = self._knowledge.topics[intent.topic]
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line("fallback_told", topic=topic.title),),
            options=self.chosen_from([f"{topic.id}.{side}" for side in topic.answers], topic.id)
            + self.offer_options(but=topic.id),
            confidence=confidence,
        )

    def fallback_again(self, confidence: float) -> Reply:
        """Refuse for the second time in a row: add the general contact."""
        topic = self._knowledge.topics["bot"]
        detail = topic.details["general_help"]
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=detail.paragraphs,
            contacts=self._cards(topic, Aspect.CONTACT, detail),
            options=self.offer_options(),
            source=next(offer.source for offer in self._knowledge.offers),
            confidence=confidence,
        )

    def not_found(self) -> Reply:
        """Say that a number or address is nobody's that is known."""
        return Reply(
            outcome=Outcome.FALLBACK,
            paragraphs=(self._knowledge.line("not_found"),),
            options=self.offer_options(),
        )

    def offers(self) -> Reply:
        """Show all offers at a glance."""
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("offers"),),
            options=self.described_offers(),
            source=next(offer.source for offer in self._knowledge.offers),
            topics=("bot",),
        )

    def say(self, key: str) -> Reply:
        """Say one sentence of the wording, with the offers to choose from."""
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line(key),),
            options=self.offer_options(),
            topics=("bot",),
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
            options=self.chosen_from(choices),
            topics=("smalltalk",),
        )

    def warned(self, reply: Reply) -> Reply:
        """Put the emergency number before a reply that may have missed a danger."""
        return replace(reply, paragraphs=(self._knowledge.line("danger_hint"), *reply.paragraphs))

    def feeling(self, reply: Reply) -> Reply:
        """Put a sentence of sympathy before a reply to somebody who tells of what is suffered."""
        return replace(reply, paragraphs=(self._knowledge.line("sympathy"), *reply.paragraphs))

    def reminded(self, reply: Reply) -> Reply:
        """Put the emergency number under a reply to somebody who is uneasy."""
        return replace(reply, paragraphs=(*reply.paragraphs, self._knowledge.line("danger_hint")))

    def broken(self) -> Reply:
        """Apologise for a turn that broke, with every contact."""
        if self._off.bot:
            return self.all_off()
        contacts = [t.contact for t in self._offers if t.contact and not self.is_off(t.id)]
        return Reply(
            outcome=Outcome.ERROR,
            paragraphs=(self._knowledge.line("error"),),
            contacts=tuple(contacts),
            confidence=0.0,
        )

    def all_off(self) -> Reply:
        """Say that the whole bot is switched off."""
        return Reply(Outcome.FALLBACK, (self._off.bot, self._knowledge.line("welcome_danger")))

    def _switched_off(self, topic: Topic, text: str) -> Reply:
        said = text or self._knowledge.line("switched_off", topic=topic.title)
        danger = self._knowledge.line("welcome_danger")
        return Reply(Outcome.FALLBACK, (said, danger), options=self.offer_options())

    def is_off(self, topic: str) -> bool:
        """Return whether the contacts of ``topic`` must not be shown."""
        return self._off.text(topic, Aspect.CONTACT) is not None

    # --- parts -------------------------------------------------------------------

    def _select(self, topic: Topic, intent: Intent) -> tuple[Aspect, Answer]:
        detail = topic.details.get(intent.detail)
        if detail is not None:
            aspect = intent.aspect or detail.aspect or Aspect.OVERVIEW
            return aspect, detail
        known = intent.aspect is not None and intent.aspect in topic.answers
        side = intent.aspect if known and intent.aspect else next(iter(topic.answers))
        return side, topic.answers[side]

    def _cards(self, topic: Topic, aspect: Aspect, answer: Answer) -> tuple[Contact, ...]:
        if answer.contacts is not None:
            return self._named(topic, answer.contacts)
        return self.usual(topic) if aspect in (Aspect.SERVICES, Aspect.CONTACT) else ()

    def _named(self, topic: Topic, names: Sequence[str]) -> tuple[Contact, ...]:
        """Return the cards ("office", "zastex.office") that answers about ``topic`` name, if they are on."""
        owned = [(name.rpartition(".")[0] or topic.id, name) for name in names]
        return tuple(self._card(topic, name) for owner, name in owned if not self.is_off(owner))

    def every_card(self, topic_id: str) -> tuple[Contact, ...]:
        """Return all cards that answers about a topic show, whichever answer it is; none of what is off."""
        topic = self._knowledge.topics.get(topic_id)
        if topic is None:
            return ()
        answers = chain(topic.answers.values(), topic.details.values())
        shown = chain(topic.contacts, *(answer.contacts or () for answer in answers))
        return self._named(topic, tuple(dict.fromkeys(shown)))

    def usual(self, topic: Topic) -> tuple[Contact, ...]:
        """Return the usual card of a topic if it has one and it is on."""
        return (topic.contact,) if topic.contact and not self.is_off(topic.id) else ()

    def _card(self, topic: Topic, name: str) -> Contact:
        owner, _, card = name.rpartition(".")
        return (self._knowledge.topics[owner] if owner else topic).contacts[card]

    def _missing(self, topic: Topic, intent: Intent, contacts: Sequence[Contact]) -> str:
        """Return the sentence that the source lacks what was asked for, or nothing."""
        if not intent.detail or intent.detail in topic.details or not topic.source:
            return ""
        name = topic.title
        part = self._parts.get(intent.detail)
        if part is None:
            key = f"missing_{intent.detail}" if intent.detail in _OWN_SENTENCES else "missing_detail"
            return self._knowledge.line(key, topic=name)
        if any(PART_FIELDS[part](contact) for contact in contacts):
            return ""
        return self._knowledge.line(f"missing_{part}", topic=name)

    def _options(self, topic: Topic, aspect: Aspect, answer: Answer) -> tuple[Option, ...]:
        if answer.options == (OFFERS_CHOICE,):
            return self.described_offers()
        if answer.options is not None:
            return self.chosen_from(answer.options, topic.id)
        others = [f"{topic.id}.{other}" for other in topic.answers if other is not aspect]
        return self.chosen_from(others, topic.id)

    def chosen_from(self, choices: Sequence[str], said_in: str = "") -> tuple[Option, ...]:
        """Return the options that lead to ``choices``, labelled for an answer about ``said_in``, if they are on.

        ``offers`` among them stands for every offer, in order.
        """
        offers = [topic.id for topic in self._offers]
        every = chain.from_iterable(offers if choice == OFFERS_CHOICE else [choice] for choice in choices)
        return tuple(
            self._labelled(choice, said_in) for choice in dict.fromkeys(every) if self._is_on(choice)
        )

    def _is_on(self, choice: str) -> bool:
        name, _, side = choice.partition(".")
        detail = self._knowledge.topics[name].details.get(side)
        return self._off.text(name, detail.aspect if detail else Aspect(side) if side else None) is None

    def _labelled(self, choice: str, said_in: str) -> Option:
        name, _, side = choice.partition(".")
        topic = self._knowledge.topics[name]
        if not side:
            return Option(topic.title, choice)
        detail = topic.details.get(side)
        if detail and detail.label:
            return Option(detail.label, choice)
        label = self._label(Aspect(side))
        return Option(label if name == said_in else f"{topic.title}: {label}", choice)

    def option(self, topic: str, aspect: Aspect | None, label: str = "") -> Option:
        """Return the option that leads to ``aspect`` of ``topic``; its label is that of the aspect unless given."""
        choice = f"{topic}.{aspect}" if aspect else topic
        return Option(label or (self._label(aspect) if aspect else topic), choice)

    def offer_options(self, but: str = "") -> tuple[Option, ...]:
        """Return every offer to choose from, ``but`` left out."""
        return tuple(self.option(topic.id, None, topic.title) for topic in self._offers if topic.id != but)

    def _label(self, aspect: Aspect) -> str:
        return self._knowledge.line(f"label_{aspect}")

    def described_offers(self, but: str = "") -> tuple[Option, ...]:
        """Return every offer to choose from, each with what it is; ``but`` left out."""
        return tuple(
            Option(topic.title, topic.id, topic.summary) for topic in self._offers if topic.id != but
        )


def common_source(topics: Sequence[Topic]) -> Source | None:
    """Return the source that all of ``topics`` have, ``None`` if they have several."""
    sources = {topic.source for topic in topics}
    return sources.pop() if len(sources) == 1 else None
