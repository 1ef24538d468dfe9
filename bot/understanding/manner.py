"""What a few words say only of the way a matter takes: how it came ("nein, per Mail meinte ich"), or what is done with it.

"Der Brief liegt vor mir", "soll ich das melden" and "dreißig Stück bitte" name channels, evidence and paper, and other
offers are about these. But they tell of nothing that happened: what is spoken of stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from bot import grammar
from bot.knowledge import Knowledge, Topic
from bot.layout import ABOUT_BOT, FOLLOW_UP, NONE, SMALL_TALK
from bot.reading.lexicon import Lexicon
from bot.reading.patterns import Hit, Patterns, covered
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Session
from bot.signals import Signal
from bot.text import fold, spoken
from bot.understanding import references
from bot.understanding.context import LONGEST_WAY, says_only
from bot.understanding.sides import takes_back

ORDERED = "order"
"""The contact card of a topic that is sent to who orders it."""
_FARTHEST_ARTICLE = 2
"""Words before a thing within which stands its article: "ein anonymes Schreiben"."""
_ABOUT_US = frozenset([ABOUT_BOT, SMALL_TALK, NONE])
_TOLD = frozenset([Signal.TOLD, Signal.ARRIVAL])


class Manner:
    """Finds such utterances in conversations about one content."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon) -> None:
        self._topics = knowledge.topics
        offers = frozenset().union(*(offer.fields for offer in knowledge.offers))
        parts = [question for question in knowledge.vocabulary.questions if question.part]
        self._fields = fields_of_ways(knowledge, lexicon)
        self._channels = frozenset().union(*self._fields.values())
        """Word fields of what comes in one of the ways in which somebody is reached: letters, mails, what is on the web."""
        self._parts = frozenset(self._fields)
        self._ways = Patterns({question.id: question.ways for question in parts}, lexicon.known)
        safety = knowledge.safety
        self._matters = (offers | safety.concepts | safety.unease | safety.sympathy) - self._channels
        self._unfounded = {
            topic.id
            for topic in map(knowledge.topics.__getitem__, knowledge.covered)
            if not topic.fields or topic.fields & self._channels or ORDERED in topic.contacts
        }
        """Topics that a channel or paper may seem to speak for."""

    # --- how it came -------------------------------------------------------------

    def came_to(self, reading: Reading, session: Session, *, is_corrected: bool) -> str:
        """Return the offer for what came in a way that an utterance tells of and nothing else; "" if it does not.

        "Ich werde bedroht" – "per Brief" – "nein, per Mail meinte ich". Who asked for a contact or for what an offer is,
        or of one for which it does not matter how something comes, asks for that way to it; ``is_corrected`` as of ``Understanding``.
        """
        focus = session.focus
        topic = self._topics.get(focus.topic) if focus and not session.alarm else None
        if focus is None or topic is None or topic.fields.isdisjoint(self._channels) or "?" in reading.mended:
            return ""
        folded = reading.mended
        if len(folded) > LONGEST_WAY:
            return ""
        named = [hit for hit in reading.findings.concepts if hit.id in self._channels]
        ways = [way for way in self._ways.find(folded) if way.start not in covered(named)]
        named += [Hit(field, way.start, way.end) for way in ways for field in self._fields[way.id]]
        if not says_only(reading, covered(named)):
            return ""
        said = [hit for hit in named if not _is_denied_directly(hit, reading)]
        if not said:
            return ""
        asked = covered((*reading.findings.questions, *ways))
        tells = not grammar.HAPPENING.isdisjoint(folded)
        is_corrected = is_corrected or len(said) < len(named)
        has_way = is_corrected or any(word in grammar.WAYS for word in folded) or takes_back(reading)
        is_open = all(hit.start in asked for hit in said)
        if not tells and is_open and (not has_way or focus.aspect is not Aspect.SERVICES):
            return ""
        fields = {hit.id for hit in said}
        if not fields.isdisjoint(topic.fields | topic.shared_fields):
            return topic.id
        return next(
            (one.id for one in self._topics.values() if one.is_offer and not fields.isdisjoint(one.fields)),
            "",
        )

    # --- what is done with it -----------------------------------------------------

    def keep(self, weights: dict[str, float], reading: Reading, session: Session) -> None:
        """Let what speaks for other topics only by a channel, a piece of evidence or paper speak for a follow-up."""
        topic = self._topics.get(session.focus.topic) if session.focus else None
        if topic is None or session.alarm or reading.names or len(spoken(reading.mended)) > LONGEST_WAY:
            return
        if takes_back(reading):
            return
        if ORDERED in topic.contacts:
            rivals = self._beside_ordered(topic, reading)
        elif topic.is_offer and (self._is_handled(reading) or self._is_counted(reading)):
            # "Und der Brief?" turns to what was spoken of before.
            turns = reading.mended[0] == grammar.AND
            rivals = self._unfounded - (set(references.spoken(session)) if turns else set())
        else:
            return
        # In order, so that the last digit of the sum is the same in every process.
        taken = sum(weights.pop(rival, 0.0) for rival in sorted(rivals - {topic.id}))
        weights[FOLLOW_UP] = weights.get(FOLLOW_UP, 0.0) + taken

    def is_order(self, reading: Reading, session: Session) -> bool:
        """Return whether a number of copies of the thing spoken of is wanted: "15 mal bitte"."""
        topic = self._topics.get(session.focus.topic) if session.focus else None
        is_ordered = topic is not None and ORDERED in topic.contacts and not session.alarm
        is_short = (
            len(spoken(reading.mended)) <= LONGEST_WAY and not reading.names and "?" not in reading.mended
        )
        return is_ordered and is_short and _counts_copies(reading)

    def _beside_ordered(self, topic: Topic, reading: Reading) -> Set[str]:
        """Return what is not meant by who speaks of copies of the thing spoken of: another such thing."""
        hits = {hit.id.partition(".")[0] for hit in reading.findings.details}
        if topic.id not in hits:
            hits |= {hit.id for hit in reading.findings.references}
        beside = {one.id for one in self._topics.values() if ORDERED in one.contacts} - hits
        return beside | _ABOUT_US if _counts_copies(reading) else beside

    @staticmethod
    def _is_counted(reading: Reading) -> bool:
        """Return whether it is told how many of something there are: "sind schon 40 Stück"."""
        return grammar.counts(reading.mended) and not (grammar.ARE | grammar.WERE).isdisjoint(reading.mended)

    def _is_handled(self, reading: Reading) -> bool:
        """Return whether it is said what is done with a matter, or what there is of it, and nothing of what happened."""
        found, folded = reading.findings, reading.mended
        handled = covered(hit for hit in found.signals if hit.id == Signal.HANDLING)
        if not handled or found.has_signal(Signal.ADDRESSED):
            return False
        if any(hit.id in self._parts and hit.start not in handled for hit in found.questions):
            return False  # "Link zum Anzeigen"
        rest = [word for place, word in enumerate(folded) if place not in handled]
        is_told = any(hit.id in _TOLD and hit.start not in handled for hit in found.signals)
        if is_told or not grammar.ONESELF.isdisjoint(rest) or grammar.tells_of_somebody(rest):
            return False
        return not any(self._is_of_matter(hit, handled, folded) for hit in found.concepts)

    def _is_of_matter(self, hit: Hit, handled: Set[int], folded: Sequence[str]) -> bool:
        """Return whether a concept tells what happened: "per Mail", "ein Brief", not "die Mail ist raus"."""
        if hit.id in self._channels:
            before = folded[max(hit.start - _FARTHEST_ARTICLE, 0) : hit.start]
            return hit.start not in handled or not (grammar.WAYS | grammar.INDEFINITE).isdisjoint(before)
        return hit.id in self._matters and hit.start not in handled


def fields_of_ways(knowledge: Knowledge, lexicon: Lexicon) -> Mapping[str, Set[str]]:
    """Return by the questions for a part of a contact card the word fields of offers for what comes in that way.

    They are those that the words of the question hit: letters, mails, what is on the web.
    """
    dealing = frozenset().union(*(offer.fields for offer in knowledge.offers))
    return {
        question.id: dealing
        & {
            hit.id
            for text in (*question.ways, *question.ask)
            for hit in lexicon.find(fold(text).split()).concepts
        }
        for question in knowledge.vocabulary.questions
        if question.part
    }


def _counts_copies(reading: Reading) -> bool:
    """Return whether copies are counted, not how often something was done: "schon 3 mal angerufen"."""
    return grammar.counts(reading.mended) and not reading.findings.has_signal(Signal.DONE)


def _is_denied_directly(hit: Hit, reading: Reading) -> bool:
    """Return whether a denial stands before what is hit, or before the way to it: "nicht per Brief"."""
    way = hit.start - 1
    places = {hit.start, way} if way >= 0 and reading.mended[way] in grammar.WAYS else {hit.start}
    return any(signal.id == Signal.NEGATION and signal.end in places for signal in reading.findings.signals)
