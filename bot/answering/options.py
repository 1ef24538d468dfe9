"""What may be chosen under a reply: sides and details of a topic, the offers; nothing that is switched off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from bot.knowledge import Answer, Knowledge, Question, Topic
from bot.layout import NONE, OFFERS
from bot.reply import Aspect, Option
from bot.session import Intent


class Options:
    """Builds the options of one content. ``offers`` are the offers that are on."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge, self._topics, self._off = knowledge, knowledge.topics, knowledge.off
        self._questions = {question.id: question for question in knowledge.vocabulary.questions}
        self.offers = tuple(topic for topic in knowledge.offers if not knowledge.off.is_silent(topic))

    def of_answer(self, topic: Topic, aspect: Aspect, answer: Answer) -> tuple[Option, ...]:
        """Return what ``answer`` names to go on with, without anything named the other sides of the topic."""
        if answer.options == (OFFERS,):
            return self.described_offers()
        if answer.options is not None:
            return self.chosen_from(answer.options, topic.id)
        others = [f"{topic.id}.{other}" for other in topic.answers if other is not aspect]
        return self.chosen_from(others, topic.id)

    def chosen_from(self, choices: Sequence[str], said_in: str = "") -> tuple[Option, ...]:
        """Return the options that lead to ``choices``, labelled for an answer about ``said_in``, if they are on.

        ``offers`` among them stands for every offer, in order.
        """
        offers = [topic.id for topic in self.offers]
        every = chain.from_iterable(offers if choice == OFFERS else [choice] for choice in choices)
        return tuple(
            self._labelled(choice, said_in) for choice in dict.fromkeys(every) if self._is_on(choice)
        )

    def sides(self, topic: Topic, aspects: Iterable[Aspect]) -> tuple[Option, ...]:
        """Return those of ``aspects`` that a topic has, labelled with its name."""
        return self.chosen_from([f"{topic.id}.{aspect}" for aspect in aspects if aspect in topic.answers])

    def of_question(self, question: Question) -> tuple[Option, ...]:
        """Return the offers that have an answer of their own to ``question``."""
        return tuple(
            Option(f"{topic.title}: {question.label}", f"{topic.id}.{question.id}")
            for topic in self.offers
            if question.id in topic.details and self._is_on(f"{topic.id}.{question.id}")
        )

    def offer_options(self, but: str = "") -> tuple[Option, ...]:
        """Return every offer to choose from, ``but`` left out."""
        return tuple(Option(topic.title, topic.id) for topic in self.offers if topic.id != but)

    def described_offers(self, aspect: Aspect | None = None, but: str = "") -> tuple[Option, ...]:
        """Return every offer, or ``aspect`` of it, to choose from, each with what it is; ``but`` left out."""
        return tuple(self.described(topic, aspect) for topic in self.offers if topic.id != but)

    def described(self, topic: Topic, aspect: Aspect | None = None) -> Option:
        """Return the option that leads to ``aspect`` of a topic, with what an offer is, if that is on."""
        choice = f"{topic.id}.{aspect}" if aspect else topic.id
        is_told = topic.is_offer and self._off.text(topic.id, Aspect.OVERVIEW) is None
        return Option(topic.title, choice, topic.summary if is_told else "")

    def label(self, topic: Topic, intent: Intent) -> str:
        """Return what ``intent`` asks of ``topic``, as it is called in a choice."""
        detail = topic.details.get(intent.detail)
        question = self._questions.get(intent.detail)
        if label := (detail and detail.label) or (question and question.label):
            return label
        return self._knowledge.line(f"label_{intent.aspect or Aspect.OVERVIEW}")

    def none_of_these(self) -> Option:
        """Return the option that takes none of those beside it."""
        return Option(self._knowledge.line("none_of_these"), NONE)

    def _is_on(self, choice: str) -> bool:
        name, _, side = choice.partition(".")
        detail = self._topics[name].details.get(side)
        return self._off.text(name, detail.aspect if detail else Aspect(side) if side else None) is None

    def _labelled(self, choice: str, said_in: str) -> Option:
        name, _, side = choice.partition(".")
        topic = self._topics[name]
        if not side:
            return Option(topic.title, choice)
        detail = topic.details.get(side)
        if detail and detail.label:
            return Option(detail.label, choice)
        label = self._knowledge.line(f"label_{Aspect(side)}")
        return Option(label if name == said_in else f"{topic.title}: {label}", choice)
