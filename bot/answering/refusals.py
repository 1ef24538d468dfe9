"""Refuses what has no answer: the oftener in a row, the more it says of what there is. Acknowledges what only tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import grammar
from bot.answering.answers import Answers
from bot.knowledge import Knowledge
from bot.layout import NONE, SMALL_TALK
from bot.matching.model import Judgement
from bot.reading.asking import asks_rather_than_tells
from bot.reading.reader import Reading
from bot.reply import MOST_OPTIONS, Course, Decision, Outcome, Reply
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.understanding import references
from bot.understanding.confidence import DOUBT, LIKELY
from bot.understanding.interpreter import Understanding

_SHORTEST_TALE = 4
"""Words from which what asks nothing goes on telling; fewer are a keyword, unless they open with a circumstance."""
_SHORTEST_DETAIL = 3
"""The same where a question back would be the answer: "Täter ist 15"."""
_LONGEST_BRIEF = 4
"""Words up to which what is not understood after an answer may be asked of it all the same: "Hörbuch?"."""
_CLEAR = 0.97
"""Confidence from which what tells is for another offer all the same: "entschuldigung, per Post kams"."""
_FAR = 0.9
"""Probability of foreign talk from which no office shall be troubled with it."""
_GENERAL = 2
"""The refusal in a row that names the general contact."""


class Refusals:
    """Refuses utterances about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers) -> None:
        self._knowledge, self._answers = knowledge, answers

    def refused(self, decision: Decision, meaning: Understanding) -> Turn:
        """Refuse a question that has no answer; who only goes on telling is not refused, but asked to."""
        session = meaning.session
        if session.focus and self._tells(meaning.reading, _SHORTEST_TALE):
            return self._beside("fallback_told", session.focus, decision, session)
        if meaning.is_uneasy:
            return self.missed(self._answers.fallback("fallback_uneasy", decision.confidence), session)
        if session.focus and not session.misses and len(meaning.reading.mended) <= _LONGEST_BRIEF:
            return self._beside("fallback_brief", session.focus, decision, session)
        is_far = decision.confidence >= _FAR
        return self.missed(self._answers.fallback("fallback", decision.confidence), session, is_far=is_far)

    def told(self, decision: Decision, meaning: Understanding) -> Turn | None:
        """Acknowledge what goes on telling after an answer if it is clearly for nothing else: "der sitzt bei uns im Rat".

        Who tells so after a question back is asked it once more. ``None`` if it is for something, or for what was spoken of.
        """
        reading, session = meaning.reading, meaning.session
        focus = session.focus
        if session.alarm or not (focus or session.options):
            return None
        asks = meaning.is_explained or meaning.is_aspect_said or not self._tells(reading, _SHORTEST_DETAIL)
        offered = [] if focus or session.misses else list(references.offered(session))
        spoken = [focus.topic] if focus else offered
        if asks or not 0 < len(spoken) <= MOST_OPTIONS:
            return None
        is_answered = decision.course is Course.ANSWER
        if is_answered and (decision.topics[0] in spoken or decision.confidence >= _CLEAR):
            return None
        is_corrected = meaning.is_corrected or reading.findings.has_signal(Signal.CORRECTION)
        goes_on = any(hit.id == Signal.CONTINUATION and hit.start == 0 for hit in reading.findings.signals)
        if is_corrected or goes_on or references.pointing(reading.findings, reading.mended):
            return None  # "und bei meinem Auftreten" asks
        if self._is_for_other([topic for topic in decision.topics if topic not in spoken], meaning.judgement):
            return None
        if focus:
            return self._beside("fallback_told", focus, decision, session)
        reply = self._answers.clarify(offered, meaning.aspect, decision.confidence)
        return replace(reply, paragraphs=(self._knowledge.line("clarify_need"),)), session

    def hinted(self, reply: Reply, meaning: Understanding) -> Reply:
        """Return a reply with the emergency number if a danger may have been missed, and sympathy for what is suffered.

        The number stands in front of all only where a word speaks of danger or nothing else was spoken of.
        """
        session = meaning.session
        is_missed = reply.outcome in (Outcome.CLARIFY, Outcome.FALLBACK)
        if is_missed and meaning.is_suffered and not session.misses and not references.offered(session):
            reply = self._answers.feeling(reply)  # once, not on every turn
        is_doubtful = meaning.judgement.danger >= DOUBT and not meaning.is_explained
        if is_doubtful and (is_missed or reply.topics == (SMALL_TALK,)):
            is_near = session.focus is None or meaning.risk.is_worded
            return self._answers.warned(reply) if is_near else self._answers.reminded(reply)
        is_uneasy = (is_missed and meaning.is_uneasy) or meaning.risk.is_follow_up
        return self._answers.reminded(reply) if is_uneasy else reply

    def _is_for_other(self, others: Sequence[str], judgement: Judgement) -> bool:
        """Return whether an utterance is rather for one of ``others``, or tells of what it deals with: "auch Drohbriefe"."""
        if any(judgement.confidence(topic) >= max(LIKELY, judgement.confidence(NONE)) for topic in others):
            return True
        if judgement.reading.findings.has_signal(Signal.DONE):
            return False
        dealt = frozenset().union(*(self._knowledge.topics[topic].fields for topic in others))
        return any(hit.id in dealt for hit in judgement.reading.findings.concepts)

    @staticmethod
    def _tells(reading: Reading, shortest: int) -> bool:
        """Return whether an utterance of ``shortest`` words or more tells something and neither asks nor names an offer."""
        opens = not grammar.CIRCUMSTANCES.isdisjoint(reading.mended[:1])
        is_tale = opens or len(reading.mended) >= shortest
        return is_tale and not reading.names and not asks_rather_than_tells(reading)

    def _beside(self, key: str, focus: Intent, decision: Decision, session: Session) -> Turn:
        """Refuse with a sentence that leads back to what is spoken of."""
        reply = self._answers.fallback_beside(key, focus, decision.confidence)
        return reply, replace(session, options=reply.options, misses=session.misses + 1)

    def missed(self, reply: Reply, session: Session, *, is_far: bool = False) -> Turn:
        """Return a refusal; from the second one in a row on it says what there is.

        The second one gives the general contact, unless what is asked is far from anything that is offered.
        """
        misses = session.misses + 1
        if misses > 1 and is_far:
            reply = self._answers.fallback("fallback_far", reply.confidence)
        elif misses == _GENERAL:
            reply = self._answers.fallback_again(reply.confidence)
        return reply, replace(session, options=reply.options, misses=misses)
