"""What sounds like danger and only asks, after an answer, what an office does: "klopfen die dem auf die Finger?".

What an office does to somebody is told in words of danger and in figures of speech. Who is in danger tells what
happens ("die stürmen das Rathaus") or asks it of here and now ("stehen die noch da").
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import grammar
from bot.text import Utterance

_VERB_ENDS = ("en", "ln", "rn")
"""What a verb ends with that "die" follows."""
_OF_THEM = 4
"""Words behind the verb within which "einer von denen" ends."""


def asked(utterance: Utterance) -> tuple[int, int]:
    """Return the words [start, end) of the clause that asks what "die" do, or fears that they might; (0, 0) if none does."""
    folded = utterance.folded
    if grammar.THEY not in folded and grammar.OF_THEM not in folded:
        return 0, 0
    for start, end in utterance.clauses():
        begin = start
        while begin < end and folded[begin] in grammar.BEFORE_A_VERB:
            begin += 1
        if _asks_of_them(folded[begin:end]):
            return start, end
    return 0, 0


def _asks_of_them(clause: Sequence[str]) -> bool:
    """Return whether a clause begins with a verb and those who are asked of, or with "nicht dass"."""
    if len(clause) < 2:
        return False
    if clause[0] in grammar.NO_VERBS:
        return clause[0] in grammar.NOT and clause[1] in grammar.SUBORDINATE
    if clause[1] == grammar.THEY:
        is_verb = clause[0].endswith(_VERB_ENDS) or clause[0] in grammar.AUXILIARIES
        return is_verb and grammar.BEHIND_THEY.issuperset(clause[2:3])
    near = clause[2 : 2 + _OF_THEM]
    if grammar.OF_THEM not in near or clause[1] not in grammar.SUBJECTS | grammar.PARTS:
        return False
    return clause[1 + near.index(grammar.OF_THEM)] in grammar.PREPOSITIONS
