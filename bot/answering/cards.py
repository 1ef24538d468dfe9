"""Which contact cards belong to an answer: those that it names, else the usual one; none of what is switched off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from bot.knowledge import Answer, Knowledge, Topic
from bot.reply import Aspect, Contact

PART_FIELDS: dict[str, Callable[[Contact], bool]] = {
    "phone": lambda contact: bool(contact.phones),
    "fax": lambda contact: bool(contact.fax),
    "email": lambda contact: bool(contact.email),
    "address": lambda contact: bool(contact.street),
    "link": lambda contact: bool(contact.links),
}
"""Whether a card has one of the ``PARTS``."""


class Cards:
    """Finds the contact cards of one content."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._topics, self._off = knowledge.topics, knowledge.off

    def of_answer(self, topic: Topic, aspect: Aspect, answer: Answer) -> tuple[Contact, ...]:
        """Return the cards shown with ``answer``, which is one on ``aspect`` of a topic."""
        if answer.contacts is not None:
            return self._named(topic, answer.contacts)
        return self.usual(topic) if aspect in (Aspect.SERVICES, Aspect.CONTACT) else ()

    def usual(self, topic: Topic) -> tuple[Contact, ...]:
        """Return the usual card of a topic if it has one and it is on."""
        return (topic.contact,) if topic.contact and not self.are_off(topic.id) else ()

    def every(self, topic_id: str) -> tuple[Contact, ...]:
        """Return all cards that answers about a topic show, whichever answer it is; none of what is off."""
        topic = self._topics.get(topic_id)
        if topic is None:
            return ()
        answers = chain(topic.answers.values(), topic.details.values())
        shown = chain(topic.contacts, *(answer.contacts or () for answer in answers))
        return self._named(topic, tuple(dict.fromkeys(shown)))

    def are_off(self, topic: str) -> bool:
        """Return whether the contacts of ``topic`` must not be shown."""
        return self._off.text(topic, Aspect.CONTACT) is not None

    def _named(self, topic: Topic, names: Sequence[str]) -> tuple[Contact, ...]:
        """Return the cards ("office", "zastex.office") that answers about ``topic`` name, if they are on."""
        owned = [(name.rpartition(".")[0] or topic.id, name) for name in names]
        return tuple(self._card(topic, name) for owner, name in owned if not self.are_off(owner))

    def _card(self, topic: Topic, name: str) -> Contact:
        owner, _, card = name.rpartition(".")
        return (self._topics[owner] if owner else topic).contacts[card]
