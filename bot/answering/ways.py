"""Answers who wants to reach an office in another way than the one just told of: "nein, nicht per Mail, per Post"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import grammar
from bot.answering.answers import Answers
from bot.answering.cards import PART_FIELDS
from bot.answering.setbacks import Setbacks, asks_or_lacks, is_denied_closely
from bot.knowledge import Knowledge, Topic
from bot.reading.lexicon import Lexicon
from bot.reading.names import DENIED_TOGETHER
from bot.reading.patterns import Hit, Patterns
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.text import SIGNS, Utterance
from bot.understanding.manner import fields_of_ways

_LONGEST = 10
"""Words beyond which something is told."""
_TOGETHER = DENIED_TOGETHER | grammar.SIDE_BY_SIDE
"""Words between ways that are denied together: "nicht per Mail oder Telefon", "weder per Mail noch per Fax"."""
_TAKING_BACK = frozenset([Signal.CORRECTION, Signal.REFUSAL, Signal.REJECTION, Signal.NEGATION])
_FAILED = frozenset([Signal.UNREACHED, Signal.UNHELPFUL, Signal.ELSEWHERE, Signal.OFFLINE])
"""Signals with which a way was tried: "keine Antwort auf meine Mail"."""
_AROUND = _TAKING_BACK | {Signal.OPENER, Signal.TURN, Signal.CONTINUATION}
"""Signals beside which only ways are named."""
_BESIDE = _TOGETHER | grammar.WAYS | grammar.CHOOSING | grammar.TURNING | grammar.ARTICLES | SIGNS
"""Words that may stand beside them."""


@dataclass(frozen=True, slots=True)
class Way:
    """The question for the part of the card of ``topic`` that is ``wanted``, if one is, and those that are not."""

    topic: str
    wanted: str
    denied: tuple[str, ...]


class Ways:
    """Finds and answers wishes for another way in conversations about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers, lexicon: Lexicon, setbacks: Setbacks) -> None:
        self._topics, self._answers, self._lexicon = knowledge.topics, answers, lexicon
        self._setbacks, self._parts = setbacks, knowledge.vocabulary.parts
        ways = {question.id: question.ways for question in knowledge.vocabulary.questions if question.ways}
        self._ways = Patterns(ways, lexicon.known)
        self._fields = fields_of_ways(knowledge, lexicon)
        self._all_fields = frozenset().union(*self._fields.values())

    @staticmethod
    def may_be(utterance: Utterance, session: Session) -> bool:
        """Return whether a contact was given last and so little is said that it may be ``find``'s."""
        is_contact = session.focus is not None and session.focus.aspect is Aspect.CONTACT
        return is_contact and not session.alarm and len(utterance.words) <= _LONGEST

    def find(self, reading: Reading, session: Session) -> Way | None:
        """Return the way that is wanted, or not, of the offer whose contact was given last, if nothing else is said.

        What may as well tell how a threat came ("nein, ein Brief" after the office for mails) is left to the rest.
        """
        focus, folded = session.focus, reading.mended
        if focus is None:
            return None
        found = reading.findings
        if asks_or_lacks(reading) or found.has_signal(*_FAILED):
            return None  # "ich hab kein Internet": see ``Setbacks``
        named = [hit for hit in found.questions if hit.id in self._parts]
        ways = sorted([*named, *self._ways.find(folded)], key=lambda hit: hit.start)
        signals = [hit for hit in found.signals if hit.id in _AROUND]
        takes_back = any(hit.id in _TAKING_BACK for hit in signals)
        is_by_way = any(hit.start and folded[hit.start - 1] in grammar.MEANS for hit in ways)
        left = self._lexicon.left_over(folded, (*ways, *signals))
        if not ways or not (takes_back or is_by_way) or not all(folded[place] in _BESIDE for place in left):
            return None
        denied = _denied(folded, ways, signals)
        wanted = [hit for hit in ways if hit not in denied]
        topic = self._topics[focus.topic]
        tells = any(self._tells_what_came(topic, reading, hit) for hit in wanted)
        rules_out = not wanted and any(not self._fields[hit.id].isdisjoint(topic.fields) for hit in denied)
        if not topic.contacts or tells or rules_out:
            return None  # "nicht per Mail" after the office for mails: see ``Setbacks``
        return Way(topic.id, wanted[0].id if wanted else "", tuple(hit.id for hit in denied))

    def answer(self, way: Way, session: Session) -> Turn:
        """Answer with the way that is wanted, else with all but the one that is not."""
        if way.wanted:
            intent = Intent(way.topic, Aspect.CONTACT, way.wanted)
            reply = self._answers.answer(intent)
            return reply, session.moved(intent, reply, is_covered=True)
        reply = self._setbacks.another_way(way.topic, [self._parts[denied] for denied in way.denied])
        return reply, replace(session, options=reply.options)

    def _tells_what_came(self, topic: Topic, reading: Reading, way: Hit) -> bool:
        """Return whether a way may tell what happened, of which another offer is for: "nein, ein Brief" after that for mails."""
        fields = self._fields[way.id]
        if not fields or not fields.isdisjoint(topic.fields | topic.shared_fields):
            return False
        is_asked = way in reading.findings.questions  # "nein, per Mail"
        if is_asked and any(PART_FIELDS[self._parts[way.id]](contact) for contact in topic.contacts.values()):
            return False
        is_thing = any(
            hit.id in fields and way.start <= hit.start < way.end for hit in reading.findings.concepts
        )
        is_bare = is_thing and (not way.start or reading.mended[way.start - 1] not in grammar.MEANS)
        return is_bare or not topic.fields.isdisjoint(self._all_fields)


def _denied(folded: Sequence[str], ways: Sequence[Hit], signals: Sequence[Hit]) -> list[Hit]:
    """Return the ways that are denied: the first one closely behind a denial, and those listed with it."""
    denied: list[Hit] = []
    behind = 0
    for way in ways:
        is_near = is_denied_closely(way, signals, since=behind)
        between = folded[behind : way.start]
        goes_on = not _TOGETHER.isdisjoint(between) and (_TOGETHER | grammar.WAYS).issuperset(between)
        if is_near or (goes_on and denied and denied[-1].end == behind):
            denied.append(way)
        behind = way.end
    return denied
