"""Finds who needs help and does not say with what: "kann mich jemand beraten", "ich bin Ortsvorsteher".

What is learned swings for such words between refusing and any offer. They are known by phrases instead, and asked back.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import grammar
from bot.knowledge import Knowledge
from bot.reading.asking import holds_question_word
from bot.reading.lexicon import Findings, Lexicon
from bot.reading.patterns import Patterns, covered
from bot.signals import Signal
from bot.text import fold_word
from bot.understanding.interpreter import Understanding

ROLES = "role_"
"""Begins the word fields of who somebody is: "ich bin Bürgermeister und brauche Hilfe"."""
_AROUND = frozenset([Signal.GREETING, Signal.OPENER])
"""Signals that may stand around a plea and say nothing else."""
_CRY, _LONGEST_CRY = fold_word("Hilfe"), 4
"""With it so few words that ask nothing are a cry: "ich brauche Hilfe"."""
_LONGEST = 14
"""Words beyond which something is told."""


class Needs:
    """Finds needs by the words of one content."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon) -> None:
        signals = knowledge.vocabulary.signals
        pleas = (Signal.PLEA, Signal.BESIDE_PLEA)
        self._patterns = Patterns({key: signals[key] for key in pleas}, lexicon.known)
        self._lexicon = lexicon
        # "Stadtrat in Plauen": a place alone asks where something holds.
        self._places = {field for question in knowledge.vocabulary.questions for field in question.fields}

    def is_vague(self, meaning: Understanding) -> bool:
        """Return whether all that is said is that help is needed, or who one is: no name, no finer point, no matter."""
        reading, findings = meaning.reading, meaning.reading.findings
        if reading.names or findings.has_signal(Signal.THANKS) or len(reading.mended) > _LONGEST:
            return False
        if meaning.is_uneasy or meaning.risk.is_worded:
            return False
        hits = self._patterns.find(reading.mended)
        pleas = [hit for hit in hits if hit.id == Signal.PLEA]
        roles = [hit for hit in findings.concepts if hit.id.startswith(ROLES)]
        if not pleas and not (roles and _says_who(reading.mended, findings)):
            return False
        within = covered(pleas)
        if any(word in grammar.NOT and place not in within for place, word in enumerate(reading.mended)):
            return False
        around = [hit for hit in findings.signals if hit.id in _AROUND]
        places = [hit for hit in findings.concepts if roles and hit.id in self._places]
        asked = [hit for hit in findings.questions if hit.start in within]
        said = (*hits, *around, *roles, *places, *asked, *findings.aspects)
        return not self._lexicon.left_over(reading.mended, said)

    def is_plea(self, folded: Sequence[str]) -> bool:
        """Return whether folded words ask for help, whatever else they say: "was soll ich machen"."""
        return any(hit.id == Signal.PLEA for hit in self._patterns.find(folded))

    @staticmethod
    def is_cry(folded: Sequence[str]) -> bool:
        """Return whether the folded words of a vague plea are a cry for help."""
        return _CRY in folded and len(folded) <= _LONGEST_CRY and not holds_question_word(folded)


def _says_who(folded: Sequence[str], found: Findings) -> bool:
    """Return whether the folded words tell who one is and ask nothing; who greets so is greeted instead."""
    is_told = grammar.AM in folded and not holds_question_word(folded)
    return is_told and not found.has_signal(Signal.GREETING)
