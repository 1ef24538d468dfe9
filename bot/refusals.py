"""Refuses what has no answer: the oftener in a row, the more it says of what there is."""

from __future__ import annotations

from dataclasses import replace

from bot import grammar
from bot.answers import Answers
from bot.clauses import Clauses
from bot.decision import Decision
from bot.matching.model import Judgement
from bot.reply import Reply
from bot.session import Session, Turn
from bot.understanding import Understanding

_SHORTEST_TALE = 4
"""Words from which what asks nothing goes on telling; fewer are a keyword, unless they open with a circumstance."""
_FAR = 0.9
"""Probability of foreign talk from which no office shall be troubled with it."""
_GENERAL = 2
"""The refusal in a row that names the general contact."""


class Refusals:
    """Refuses utterances about one content."""

    def __init__(self, answers: Answers, clauses: Clauses) -> None:
        self._answers, self._clauses = answers, clauses

    def refused(
        self, decision: Decision, meaning: Understanding, judgement: Judgement, session: Session
    ) -> Turn:
        """Refuse a question that has no answer; who only goes on telling is not refused, but asked to."""
        reading = judgement.reading
        opens = not grammar.CIRCUMSTANCES.isdisjoint(reading.mended[:1])
        tells = opens or len(reading.words) >= _SHORTEST_TALE
        if session.focus and tells and not reading.names and not self._clauses.asks(reading.mended):
            reply = self._answers.fallback_told(session.focus, decision.confidence)
            return reply, replace(session, options=reply.options, misses=session.misses + 1)
        if meaning.is_uneasy:
            return self.missed(self._answers.fallback("fallback_uneasy", decision.confidence), session)
        is_far = decision.confidence >= _FAR
        return self.missed(self._answers.fallback("fallback", decision.confidence), session, is_far=is_far)

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
