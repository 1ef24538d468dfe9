"""Answers who says that an answer did not help: "da geht keiner ran", "das hilft mir nicht", "wer hilft sonst noch".

The same card once more would help nobody. What else the content has is shown:
the other ways to the same office, then the other offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import grammar
from bot.answering.answers import Answers
from bot.answering.cards import PART_FIELDS
from bot.knowledge import Knowledge, Topic
from bot.layout import ABOUT_BOT, SMALL_TALK
from bot.reading.asking import holds_question_word
from bot.reading.lexicon import Lexicon
from bot.reading.names import Stance
from bot.reading.patterns import Hit, covered
from bot.reading.reader import Reading
from bot.reply import PARTS, Aspect, Outcome, Reply
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.text import SIGNS
from bot.understanding.context import is_surely_other
from bot.understanding.interpreter import Understanding

_RULED_OUT = "ruled_out"
"""The kind of setback where another offer is meant."""
_LINK = "link"
"""The part of the card that is no way for who cannot go online."""
POLICE_REFUSED = f"{ABOUT_BOT}.no_police"
"""The choice that answers who wants no police, whatever was answered before."""
UNTHANKED = f"{SMALL_TALK}.abuse"
"""The choice that answers who was not helped before any offer was spoken of."""
_KINDS = frozenset([Signal.UNREACHED, Signal.UNHELPFUL, Signal.THANKLESS, Signal.ELSEWHERE, Signal.OFFLINE])
"""The signals of a setback; those without another way are answered with the sentence of their name."""
_CALLED = "phone"
"""The part of a contact card that failed if none is named."""
_THEN_PERSON = 2
"""Step from which the other offers are known already."""
_FARTHEST_DENIED = 3
"""Words behind a denial within which stands what is denied: "nicht übers Internet"."""
_LONGEST = 10
"""Words beyond which such a phrase is part of a story."""


@dataclass(frozen=True, slots=True)
class Setback:
    """That a topic did not help: a signal, and the part of the card that failed, if it is named.

    ``topic`` is empty if no offer was spoken of.
    ``is_whole``: nothing else is said. ``is_again``: something else did not help before.
    ``denied`` are the topics that are ruled out by name beside it: "weder ZASTEX noch ZMI, was gibt es noch".
    """

    topic: str
    kind: str
    part: str
    is_whole: bool
    is_again: bool = False
    denied: frozenset[str] = frozenset()


class Setbacks:
    """Finds and answers setbacks in conversations about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers, lexicon: Lexicon) -> None:
        self._knowledge, self._topics = knowledge, knowledge.topics
        self._answers, self._lexicon = answers, lexicon
        self._covered, self._parts = knowledge.covered, knowledge.vocabulary.parts

    def find(self, meaning: Understanding, whole: Reading) -> Setback | None:
        """Return the setback that an utterance tells of, unless it asks for something else, too.

        ``whole`` is the reading of all of it, ``meaning`` may be of the part that asks.
        """
        setback = self._told(meaning)
        denied = frozenset(hit.topic for hit in whole.names if hit.stance is Stance.NEGATED)
        return replace(setback, denied=denied) if setback else None

    def _told(self, meaning: Understanding) -> Setback | None:
        reading, session = meaning.reading, meaning.session
        hits = [hit for hit in reading.findings.signals if hit.id in _KINDS]
        if not hits or meaning.named or len(reading.mended) > _LONGEST:
            return None
        if any(hit.id == Signal.THANKLESS for hit in hits) and self._is_all(reading, hits):
            topic = session.focus.topic if session.focus else ""
            return Setback(topic, Signal.UNHELPFUL, "", is_whole=True, is_again=_says_as_well(reading))
        hits = [hit for hit in hits if hit.id != Signal.THANKLESS]
        if not hits or session.focus is None or self._asks_beside(reading, hits):
            return None
        if any(hit.id == Signal.OFFLINE for hit in hits):  # though it speaks of what is for the web
            return Setback(session.focus.topic, Signal.UNREACHED, _LINK, is_whole=False)
        return self._of_topic(session.focus, hits, meaning)

    def _of_topic(self, focus: Intent, hits: Sequence[Hit], meaning: Understanding) -> Setback | None:
        """Return the setback with the topic in ``focus`` that the signals ``hits`` tell of; ``None`` if they are part of something else."""
        reading = meaning.reading
        failed = [hit for hit in reading.findings.questions if hit.id in self._parts]
        if not failed and is_surely_other(meaning.judgement, self._covered, focus):
            return None  # "E-Mail hab ich schon geschrieben" only seems to be of the offer for mails
        longest = max(hits, key=lambda hit: hit.end - hit.start)
        is_whole = not self._lexicon.left_over(reading.mended, (*hits, *failed))
        if longest.id == Signal.ELSEWHERE and self.refuses_police(meaning):
            return None
        is_phrase = longest.end - longest.start > 1
        is_rest = longest.id != Signal.ELSEWHERE or _is_behind_denial(reading, longest)
        if not is_whole and not (is_phrase and is_rest):
            return None  # "das Haus ist besetzt", "gibt es noch andere Trainings"
        part = self._parts[failed[0].id] if failed else ""
        if (
            longest.id == Signal.UNHELPFUL
            and "?" in reading.mended
            and reading.mended[0] in grammar.AUXILIARIES
        ):
            return None  # "Haben andere Gemeinden das schon gemacht?"
        is_again = longest.id == Signal.UNHELPFUL and _says_as_well(reading)
        return Setback(focus.topic, longest.id, part, is_whole, is_again)

    def _is_all(self, reading: Reading, hits: Sequence[Hit]) -> bool:
        """Return whether nothing but ``hits``, what opens a message and fillers is said."""
        if "?" in reading.mended:
            return False
        openers = [hit for hit in reading.findings.signals if hit.id in (Signal.OPENER, Signal.THANKS)]
        return not self._lexicon.left_over(reading.mended, (*hits, *openers))

    def ruled_out(self, reading: Reading, session: Session) -> Setback | None:
        """Return that the offer spoken of is none if what it deals with is denied and no other thing is named: "nein, nicht Internet".

        ``reading`` is that of the whole utterance. Who asks ("geht das nicht online?") or lacks something ("ich hab kein
        Internet") rules nothing out.
        """
        topic = self._topics.get(session.focus.topic) if session.focus else None
        folded, found = reading.mended, reading.findings
        if topic is None or not topic.is_offer or session.alarm or len(folded) > _LONGEST:
            return None
        if asks_or_lacks(reading):
            return None
        fields = frozenset().union(*(one.fields for one in self._knowledge.offers))
        things = [hit for hit in found.concepts if hit.id in fields]
        is_each_denied = all(is_denied_closely(hit, found.signals) for hit in things)
        if not things or not is_each_denied or any(hit.id not in topic.fields for hit in things):
            return None
        return Setback(topic.id, _RULED_OUT, "", is_whole=False)

    def refuses_police(self, meaning: Understanding) -> bool:
        """Return whether all that is said is that the police is not wanted: "ich will keine polizei".

        The fewer words say so, the less may be said beside: "keine polizei in sicht" does not.
        """
        reading = meaning.reading
        hits = [hit for hit in reading.findings.signals if hit.id == Signal.NO_POLICE]
        if not hits or meaning.named or len(reading.mended) > _LONGEST:
            return False
        longest = max(hit.end - hit.start for hit in hits)
        elsewhere = [hit for hit in reading.findings.signals if hit.id == Signal.ELSEWHERE]
        left = self._lexicon.left_over(reading.mended, (*hits, *elsewhere, *reading.findings.aspects))
        return len(left) < longest - 1

    def _asks_beside(self, reading: Reading, hits: Sequence[Hit]) -> bool:
        """Return whether an utterance asks something beside the setbacks ``hits``: "da geht keiner ran, gibt es eine Mail".

        A part of the card named before one is what failed: "telefonisch nicht erreichbar".
        """
        failed = covered(hits)
        behind, findings = max(failed) + 1, reading.findings
        named = [hit for hit in findings.questions if hit.start not in failed]
        is_question = "?" in reading.mended[behind:] or any(
            hit.id == Signal.QUESTION and hit.start >= behind for hit in findings.signals
        )
        parts = [hit for hit in named if hit.id in self._parts]
        return (
            len(parts) > 1
            or (is_question and any(hit.start >= behind for hit in parts))
            or any(hit.start >= behind or hit not in parts for hit in named if hit in reading.questions)
        )

    def answer(self, setback: Setback, session: Session) -> Turn:
        """Answer a setback with what else there is, each time something else.

        Another way is shown once, then the other offers, then whom to talk to, at last every contact.
        """
        if setback.kind == _RULED_OUT:
            return self._elsewhere(setback.topic, session)
        steps = session.misses + (setback.kind != Signal.UNREACHED)  # who reached somebody needs no other way
        reply = None
        if steps == 0:
            reply = self._other_way(setback.topic, setback.part)
        elif setback.kind != Signal.ELSEWHERE or session.misses > 1:
            steps += setback.is_again and steps == 1
            reply = self._person(setback.topic) if steps == _THEN_PERSON else None
            if reply is None and steps >= _THEN_PERSON:
                reply = self._every_contact(setback.topic)
        reply = reply or self._other_offers(setback)
        return reply, replace(session, options=reply.options, misses=max(session.misses + 1, steps))

    def _elsewhere(self, topic_id: str, session: Session) -> Turn:
        """Ask which of the other offers is wanted than one that is ruled out, for their contact if that was asked for."""
        is_contact = session.focus is not None and session.focus.aspect is Aspect.CONTACT
        reply = self._answers.elsewhere(self._topics[topic_id], Aspect.CONTACT if is_contact else None)
        return reply, replace(session, options=reply.options)

    def _person(self, topic_id: str) -> Reply | None:
        """Say who else can be talked to; ``None`` if that is whom ``topic_id`` led to already."""
        reply = self._answers.fallback_again(0.0)
        if not set(reply.contacts) - set(self._answers.cards.usual(self._topics[topic_id])):
            return None
        said = self._knowledge.line("unhelpful_again")
        return replace(reply, paragraphs=(*self._danger_of(self._topics[topic_id]), said))

    def _every_contact(self, topic_id: str) -> Reply:
        reply, said = self._answers.every_contact(), self._knowledge.line("unhelpful_at_last")
        return replace(reply, paragraphs=(*self._danger_of(self._topics[topic_id]), said, *reply.paragraphs))

    def _other_way(self, topic_id: str, failed: str) -> Reply | None:
        """Say how else a topic is reached when ``failed`` does not help; ``None`` if there is no other way.

        ``failed`` is a part of a contact card. Who names none has called in vain ("da geht keiner ran"): what is no
        telephone stays on the card.
        """
        topic = self._topics[topic_id]
        for contact in self._answers.cards.usual(topic):
            parts = [part for part in PARTS if PART_FIELDS[part](contact)]
            part = failed or _CALLED
            if len(parts) > 1:
                key = "other_way" if part in parts else f"missing_{part}"
                said = self._knowledge.line(key, topic=topic.title)
                return Reply(
                    outcome=Outcome.ANSWER,
                    paragraphs=(*self._danger_of(topic), said),  # which announces the card
                    contacts=(contact.without(part),),
                    options=self._answers.options.offer_options(but=topic_id),
                    source=topic.source,
                    topics=(topic_id,),
                    aspect=Aspect.CONTACT,
                )
        return None

    def another_way(self, topic_id: str, denied: Sequence[str]) -> Reply:
        """Say how else a topic is reached than by the parts of its card that are ``denied``, or that there is no other way."""
        reply = self._other_way(topic_id, denied[0])
        left = reply.contacts[0] if reply else None
        for part in denied[1:]:
            left = left.without(part) if left else None
        topic = self._topics[topic_id]
        if reply and left and any(PART_FIELDS[part](left) for part in PARTS):
            said = self._knowledge.line("preferred_way", topic=topic.title)
            return replace(reply, paragraphs=(said,), contacts=(left,))
        said = self._knowledge.line("no_preferred_way", topic=topic.title)
        shown = self._answers.answer(Intent(topic_id, Aspect.CONTACT))
        return replace(shown, paragraphs=(said,), options=self._answers.options.offer_options(but=topic_id))

    def _other_offers(self, setback: Setback) -> Reply:
        """Say that a topic did not help, and ask which of the others does."""
        topic_id, kind = setback.topic, setback.kind
        topic = self._topics[topic_id]
        usual = self._knowledge.line("no_other_way" if kind == Signal.UNREACHED else kind, topic=topic.title)
        withheld = self._knowledge.instead(topic_id, Aspect.CONTACT) if kind == Signal.UNREACHED else None
        said = withheld or usual
        perhaps = () if kind == Signal.ELSEWHERE else (self._knowledge.line("perhaps_another"),)
        offers = self._answers.options.described_offers(but=topic_id)
        options = tuple(option for option in offers if option.choice not in setback.denied) or offers
        return Reply(
            outcome=Outcome.CLARIFY,
            paragraphs=(said, *perhaps, *self._danger_of(topic)),
            options=options,
            topics=tuple(option.choice for option in options),
            confidence=0.0,
        )

    def _danger_of(self, topic: Topic) -> tuple[str, ...]:
        """Return the emergency number for those whom an offer left alone; a leaflet that is late is no danger."""
        return (self._knowledge.line("danger_hint"),) if topic.is_offer else ()


def is_denied_closely(thing: Hit, signals: Sequence[Hit], since: int = 0) -> bool:
    """Return whether a denial stands closely before a ``thing`` among ``signals``, and ends at the place ``since`` or behind it."""
    ends = [hit.end for hit in signals if hit.id == Signal.NEGATION]
    return any(since <= end <= thing.start < end + _FARTHEST_DENIED for end in ends)


def asks_or_lacks(reading: Reading) -> bool:
    """Return whether a denial may ask ("geht das nicht online?"), tell what one lacks ("ich hab kein Internet") or name an offer."""
    lacks = not grammar.HAVING.isdisjoint(reading.mended)
    return bool(reading.names) or lacks or holds_question_word(reading.mended)


def _says_as_well(reading: Reading) -> bool:
    """Return whether something else did not help before: "das hilft auch nicht"."""
    return not grammar.AS_WELL.isdisjoint(reading.mended)


def _is_behind_denial(reading: Reading, hit: Hit) -> bool:
    """Return whether an utterance ends with ``hit`` and denied something before: "nicht zum LKA, gibts noch was anderes"."""
    denied = any(one.id == Signal.NEGATION and one.start < hit.start for one in reading.findings.signals)
    return denied and SIGNS.issuperset(reading.mended[hit.end :])
