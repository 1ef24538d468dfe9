"""What is under way between the bot and people: threads and options. In memory only, and bounded."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.matrix.bounds import Recent
from adapters.matrix.heard import Question
from adapters.matrix.outgoing import Place
from bot.reply import Reply

_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Offer:
    """Options under an answer, which ``person`` may choose by a reaction; ``place`` is that of the answer."""

    conversation: str
    person: str
    choices: tuple[str, ...]
    place: Place


class Conversations:
    """Remembers in which threads people ask, and what they were offered last."""

    def __init__(self) -> None:
        self._threads: Recent[str, None] = Recent(_REMEMBERED)
        self._offered: Recent[str, None] = Recent(_REMEMBERED)
        self._offers: Recent[str, Offer] = Recent(_REMEMBERED)

    def remember(self, question: Question, reply: Reply) -> None:
        """Note that ``question`` is answered with ``reply``."""
        conversation = question.conversation
        if question.utterance.thread:
            self._threads[conversation] = None
        self._offered.pop(conversation, None)
        if reply.options:
            self._offered[conversation] = None

    def is_in_thread(self, question: Question) -> bool:
        """Return whether the person asked the bot in this thread before."""
        return bool(question.utterance.thread) and question.conversation in self._threads

    def is_offered(self, question: Question) -> bool:
        """Return whether the last answer to the person offered options."""
        return question.conversation in self._offered

    def offer(self, question: Question, reply: Reply, answer: str, place: Place) -> Offer:
        """Note that the options of ``reply`` may be chosen under the event ``answer``."""
        choices = tuple(option.choice for option in reply.options)
        offer = Offer(question.conversation, question.heard.sender, choices, place)
        self._offers[answer] = offer
        return offer

    def offer_under(self, answer: str, person: str) -> Offer | None:
        """Return what ``person`` may choose under the event ``answer``, ``None`` if nothing."""
        offer = self._offers.get(answer)
        return offer if offer is not None and offer.person == person else None
