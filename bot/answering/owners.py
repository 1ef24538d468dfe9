"""Answers whose a number, mail, link or street is, and whether it is the one of an offer: "ist die Nummer 0351 123?"."""

from __future__ import annotations

from dataclasses import replace

from bot import grammar
from bot.answering.answers import Answers, common_source
from bot.knowledge import Knowledge
from bot.reading.lookup import Found
from bot.reading.names import Stance
from bot.reply import Aspect, Option, Outcome, Reply
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.understanding.interpreter import Interpreter, Understanding


class Owners:
    """Answers whose a contact is, from those of one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers, interpreter: Interpreter) -> None:
        self._knowledge, self._topics = knowledge, knowledge.topics
        self._answers, self._interpreter = answers, interpreter
        self._parts = knowledge.vocabulary.parts

    def answer(self, found: Found, meaning: Understanding) -> Turn | None:
        """Answer a text in which the lookup ``found`` something; ``None`` if it is about something else."""
        asked = self._checked(meaning)
        if found.owners:
            return self._owned(found, asked, meaning)
        if not found.is_lookup or not asked or not self._interpreter.only_asks(meaning.reading):
            return None
        return self._answered(self._denied("not_listed", asked), asked, meaning.session)

    def _checked(self, meaning: Understanding) -> str:
        """Return the topic of which it may be asked whether something is right: the named one or the one spoken of."""
        session = meaning.session
        said = [hit.topic for hit in meaning.reading.names if hit.stance is not Stance.NEGATED]
        named = meaning.named or said  # "für die ZASTEX habe ich die 0351 123 notiert, stimmt die?"
        topic = named[0] if named else session.focus.topic if session.focus else ""
        asks_whose = not grammar.OWNING.isdisjoint(meaning.reading.mended)
        return "" if asks_whose or not topic or not self._answers.cards.usual(self._topics[topic]) else topic

    def _owned(self, found: Found, asked: str, meaning: Understanding) -> Turn:
        """Answer a text with something that is known."""
        session, findings = meaning.session, meaning.reading.findings
        cards = dict(found.owners)
        checks = findings.has_signal(Signal.CHECK)
        names_part = any(hit.id in self._parts for hit in findings.questions)
        denies = findings.has_signal(Signal.NEGATION, Signal.UNREACHED)
        if asked in cards and (checks or names_part) and not denies:
            return self._answered(self._owner(asked, cards[asked], "confirmed"), asked, session)
        if asked and len(cards) == 1 and (checks or names_part):
            (owner,) = cards
            if owner != asked and not self._answers.cards.are_off(owner):
                return self._answered(self._denied("other_owner", asked, owner), asked, session)
        topic = next(iter(cards))
        reply = self._owner(topic, cards[topic], "found") if len(cards) == 1 else self._shared(found)
        return self._answered(reply, topic, session)

    @staticmethod
    def _answered(reply: Reply, topic: str, session: Session) -> Turn:
        return reply, session.moved(Intent(topic, Aspect.CONTACT), reply, is_covered=True)

    def _owner(self, topic_id: str, card: str, key: str) -> Reply:
        """Return the answer that leads to one card."""
        topic = self._topics[topic_id]
        reply = self._answers.answer(Intent(topic_id, Aspect.CONTACT))
        if self._answers.cards.are_off(topic_id):
            return reply
        name = topic.long_title if key == "found" else topic.title
        lead = self._knowledge.line(key, topic=name)
        return replace(reply, paragraphs=(lead,), contacts=(topic.contacts[card],), aspect=Aspect.CONTACT)

    def _denied(self, key: str, topic_id: str, owner: str = "") -> Reply:
        """Say that something is not that of a topic, and what is; ``owner`` is whose it is."""
        topic = self._topics[topic_id]
        places = {"owner": self._topics[owner].title} if owner else {}
        lead = self._knowledge.line(key, topic=topic.title, **places)
        reply = self._answers.answer(Intent(topic_id, Aspect.CONTACT))
        return replace(reply, paragraphs=(lead,), contacts=self._answers.cards.usual(topic))

    def _shared(self, found: Found) -> Reply:
        """Return the answer to a look-up that leads to several topics."""
        answers = self._answers
        owners = [(topic, card) for topic, card in found.owners if not answers.cards.are_off(topic)]
        owners = owners or list(found.owners[:1])
        if answers.cards.are_off(owners[0][0]):
            return answers.answer(Intent(owners[0][0], Aspect.CONTACT))
        topics = [self._topics[topic] for topic in dict.fromkeys(t for t, _ in owners)]
        names = ", ".join(topic.title for topic in topics)
        return Reply(
            outcome=Outcome.ANSWER,
            paragraphs=(self._knowledge.line("found_shared", topics=names),),
            contacts=tuple(dict.fromkeys(self._topics[t].contacts[c] for t, c in owners)),
            options=tuple(Option(topic.title, f"{topic.id}.{Aspect.CONTACT}") for topic in topics),
            source=common_source(topics),
            topics=tuple(topic.id for topic in topics),
            aspect=Aspect.CONTACT,
        )
