"""Finds who needs help and does not say with what: "kann mich jemand beraten", "wir brauchen Unterstützung vom Land".

What is learned swings for such words between refusing and any offer. They are known by phrases instead, and asked back.
"""

from __future__ import annotations

from bot import grammar
from bot.matching.lexicon import Lexicon
from bot.matching.model import Judgement
from bot.text import fold_word
from bot.understanding import Understanding

_PLEA, _BESIDE = "plea", "beside_plea"
_ROLES = "role_"
"""Begins the word fields of who somebody is: "ich bin Bürgermeister und brauche Hilfe"."""
_CRY, _LONGEST_CRY = fold_word("Hilfe"), 4
"""With it so few words that ask nothing are a cry: "ich brauche Hilfe"."""
_LONGEST = 14
"""Words beyond which something is told."""


def is_cry(judgement: Judgement) -> bool:
    """Return whether a vague plea is a cry for help."""
    spoken = judgement.reading.mended
    asks = not grammar.QUESTION_WORDS.isdisjoint(spoken) or spoken[-1] == "?"
    return _CRY in spoken and len(spoken) <= _LONGEST_CRY and not asks


def is_vague(judgement: Judgement, meaning: Understanding, lexicon: Lexicon) -> bool:
    """Return whether all that is said is that help is needed, and by whom: no name, no finer point, no matter."""
    reading, findings = judgement.reading, judgement.reading.findings
    pleas = [hit for hit in findings.signals if hit.id == _PLEA]
    if not pleas or reading.names or findings.has_signal("thanks") or len(reading.words) > _LONGEST:
        return False
    if not grammar.NOT.isdisjoint(reading.mended) or meaning.is_uneasy or meaning.is_danger_worded:
        return False
    around = [hit for hit in findings.signals if hit.id in (_BESIDE, "greeting", "opener")]
    roles = [hit for hit in findings.concepts if hit.id.startswith(_ROLES)]
    asked = [
        hit for hit in (*findings.questions, *findings.aspects) if hit.start in {plea.start for plea in pleas}
    ]
    return not lexicon.left_over(reading.mended, (*pleas, *around, *roles, *asked, *findings.aspects))
