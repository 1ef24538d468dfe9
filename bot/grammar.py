"""German function words and the ends of clauses: grammar that rules rely on, and no editor needs to change.

The words are folded (see ``text.fold``). What turns the sense of an utterance
but is a matter of taste ("quasi", "schon") stands in ``vocabulary.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from bot.text import Word, fold_word


def _folded(texts: str) -> frozenset[str]:
    return frozenset(map(fold_word, texts.split()))


INSTEAD = fold_word("sondern")
ONLY = _folded("nur bloß allein")
"""They make a denial none: "nicht nur Mails, sondern auch Briefe"."""
ARTICLES = _folded("das die den der dem ein eine einen dies diese dieses")
NONE_OF = fold_word("kein")
"""Begins denials that are articles themselves."""
INTERROGATIVES = _folded("wer wen wem wo wohin woher was wie wann welche welcher welches welchen")
"""They ask, wherever they stand."""
OF_PERSONS = _folded("wer wen wem wo wohin")
"""They ask for somebody: "und wer ist es in Bautzen?" does not ask where something holds."""
OPENING = _folded("wie wo wohin wann ob")
"""With these a sentence asks, even without "?": "wie komme ich in Sicherheit"."""
SUBJECTS = _folded("ich man wir sie ihr die der du")
"""Behind a verb at the beginning they make it a question: "bekomme ich die Nummer"."""
SUBORDINATE = _folded("dass ob")
"""Behind a comma they carry a denial on: "nicht, dass es vorbei wäre"."""
JOINING = _folded("und aber")
CONTRAST = fold_word("aber")
"""Behind it an all-clear is denied for somebody else: "die Kinder sind in Sicherheit, aber ich nicht"."""
OTHERS = _folded("er jemand einer mein meine meinem meinen meiner unser unsere unseren unserem")
"""With these somebody else is named behind "aber": "ich bin nicht in Gefahr, aber meine Tochter"."""
WHETHER = fold_word("ob")
"""Shortly behind it nothing is said, only doubted: "keine Ahnung, ob ich nicht in Gefahr bin"."""
INDEED = fold_word("schon")
"""A few words that end with it say so of somebody else: "die Kinder sind nicht in Gefahr, ich schon"."""
MYSELF, SAFETY, YET = _folded("ich wir bin sind"), fold_word("Sicherheit"), fold_word("noch")
"""One tells of oneself; that one is safe; that it is not so, or not for long."""
NOT = _folded("nicht nich ni net")
WAYS = _folded("per via über übers auf im in am an mit bei vom von aus")
"""Behind a negation they say how something came: "nicht per Mail"."""

_CLAUSE_ENDS = frozenset(".,;:()–—\n")


def ends_clause(text: str, left: Word, right: Word) -> bool:
    """Return whether a clause ends between two neighbouring words of ``text``; "?" and "!" belong to theirs."""
    gap = text[left.end : right.start]
    # Nearly all words are parted by one space.
    return left.folded in "?!" or (gap != " " and (gap == " - " or not _CLAUSE_ENDS.isdisjoint(gap)))


def clause(text: str, found: Sequence[Word], start: int, end: int, joints: Set[str]) -> tuple[int, int]:
    """Return the words [start, end) widened to the clause they are in; the words ``joints`` end one as well."""

    def ends(place: int) -> bool:
        left, right = found[place - 1], found[place]
        return left.folded in joints or right.folded in joints or ends_clause(text, left, right)

    while start > 0 and not ends(start):
        start -= 1
    while end < len(found) and not ends(end):
        end += 1
    return start, end
