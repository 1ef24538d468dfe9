"""Finds who thanks for an answer and asks for nothing: "danke für die Nummer", "danke, da ruf ich jetzt an".

The words of what was answered stand in it, but they are not asked for once more.
"""

from __future__ import annotations

from bot import grammar
from bot.reading.asking import may_ask
from bot.reading.names import NameHit
from bot.reading.patterns import Hit
from bot.reading.reader import Reading
from bot.session import Session
from bot.signals import Signal
from bot.understanding.clauses import Clauses

_OTHERWISE = frozenset(
    [
        Signal.NEGATION,
        Signal.CORRECTION,
        Signal.UNREACHED,
        Signal.UNHELPFUL,
        Signal.ELSEWHERE,
        Signal.COMPARISON,
    ]
)
"""Signals with which more is said than thanks."""
_MORE = frozenset([grammar.CONTRAST, grammar.PLEASE])
"""Folded words with which more is wanted than to thank."""
_LONGEST = 14
"""Words beyond which something is told."""


class Thanks:
    """Finds thanks in conversations about one content."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses

    def find(self, reading: Reading, session: Session) -> str:
        """Return the part of small talk that an utterance is answered with; nothing if it says more than thanks."""
        folded = reading.utterance.folded
        if len(folded) > _LONGEST:
            return ""
        begin = self._clauses.end_of_openers(folded)
        if not folded or (begin == 0 and session.focus is None):
            return ""
        signals = reading.findings.signals
        if begin == len(folded):  # "danke, das hilft"; without thanks the examples tell what it is
            return "thanks" if reading.findings.aspects and reading.findings.has_signal(Signal.THANKS) else ""
        wants_more = may_ask(reading) or not _MORE.isdisjoint(reading.mended)
        if wants_more or reading.findings.has_signal(*_OTHERWISE):
            return ""
        thanks = any(hit.id == Signal.THANKS and hit.start < begin for hit in signals)
        if thanks and reading.mended[begin] == grammar.FOR:
            is_all = grammar.YET not in reading.mended and not _asks_outside(reading, begin, begin + 1)
        else:
            is_all = (thanks or session.focus is not None) and self._is_plan(reading, begin)
        return "" if not is_all else "thanks" if thanks else "reaction"

    @staticmethod
    def _is_plan(reading: Reading, begin: int) -> bool:
        """Return whether all that is said behind the openers is what the person does next: "da ruf ich jetzt an"."""
        plans = [hit for hit in reading.findings.signals if hit.id == Signal.PLANS and hit.start >= begin]
        if not plans:
            return False
        plan = plans[0]
        tells = begin > 0 or plan.start > begin  # "ruf ich da an" may ask, "da ruf ich an" does not
        return tells and not _asks_outside(reading, begin, plan.end)


def _asks_outside(reading: Reading, start: int, end: int) -> bool:
    """Return whether something of the content is named before ``start`` or behind the clause that ``end`` is in."""
    findings = reading.findings
    _, end = reading.utterance.clause(end - 1, end)
    named: tuple[Hit | NameHit, ...] = (*findings.questions, *findings.aspects, *reading.names)
    return any(not start <= hit.start < end for hit in named)
