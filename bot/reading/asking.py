"""Whether an utterance asks something: every answer to that, each with what it takes for a question.

People leave out the "?", "wer" and "wo" stand in what is told as well, and many a verb asks or tells ("bekomme ich
Briefe", "ich bekomme Briefe"). So there is no single answer: a rule takes the one whose mistakes cost it least.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import grammar
from bot.reading.lexicon import Findings
from bot.reading.patterns import Hit
from bot.reading.reader import Reading
from bot.signals import Signal
from bot.text import spoken

_FEW = 3
"""Words up to which "und die presse" is a question."""


# --- by the words alone -------------------------------------------------------------


def holds_question_word(folded: Sequence[str]) -> bool:
    """Return whether a "?" stands in folded words, or a word with which questions begin, wherever it stands."""
    return "?" in folded or not grammar.QUESTION_WORDS.isdisjoint(folded)


def is_put_as_question(folded: Sequence[str]) -> bool:
    """Return whether folded words are a question by how they begin or end, also a short one: "und die presse".

    Needs no content: it is asked amid an emergency.
    """
    words = spoken(folded)
    if "?" in folded and len(words) > 1:
        return True
    carries_on = words[:1] == [grammar.AND]
    begin = words[carries_on : carries_on + 2]
    if begin and begin[0] in grammar.QUESTION_WORDS:
        return True
    if carries_on:
        follows = grammar.ARTICLES | grammar.FROM_NOW
        return len(words) <= _FEW and not follows.isdisjoint(begin)
    return len(words) > 2 and begin[0] in grammar.AUXILIARIES and begin[1] in grammar.SUBJECTS


def interrogatives(reading: Reading) -> list[str]:
    """Return the words that ask, wherever they stand: "wer", "wo"."""
    return [word for word in reading.mended if word in grammar.INTERROGATIVES]


# --- by what the content knows of the words -----------------------------------------


def wanted(reading: Reading) -> list[Hit]:
    """Return the words that say what of a topic is wanted: "Nummer", "was kostet"."""
    return [*reading.questions, *reading.findings.aspects]


def may_ask(reading: Reading) -> bool:
    """Return whether there is a "?" or a word of questions, even one that only tells ("ich bekomme Briefe")."""
    return _may_ask(reading.mended, reading.findings)


def asks_or_wants(folded: Sequence[str], found: Findings) -> bool:
    """Return whether folded words may ask, or say what is wanted: "die Nummer"; ``found`` is what they hit."""
    return _may_ask(folded, found) or bool(found.questions or found.aspects)


def is_question(reading: Reading) -> bool:
    """Return whether there is a "?", a word of questions that does not tell, or a question at the beginning."""
    return (
        "?" in reading.mended
        or any(
            hit.id == Signal.QUESTION and not _tells_what_comes(reading, hit)
            for hit in reading.findings.signals
        )
        or any(hit.start == 0 for hit in reading.questions)
    )


def asks_rather_than_tells(reading: Reading) -> bool:
    """Return whether an utterance asks something or says what is wanted.

    A verb behind its subject tells: "Hausverbot haben wir schon erteilt".
    """
    findings = reading.findings
    if holds_question_word(reading.mended) or findings.questions or findings.aspects:
        return True
    hits = [hit for hit in findings.signals if hit.id == Signal.QUESTION]
    return any(not _stands_behind_subject(reading.mended, hit) for hit in hits)


def _may_ask(folded: Sequence[str], found: Findings) -> bool:
    return "?" in folded or found.has_signal(Signal.QUESTION)


def _tells_what_comes(reading: Reading, hit: Hit) -> bool:
    """Return whether a word of questions says what somebody gets: "ich bekomme Briefe"; "bekomme ich" asks."""
    tells = any(told.start == hit.start for told in reading.findings.signals if told.id == Signal.TOLD)
    return tells and hit.start > 0 and reading.mended[hit.start - 1] in grammar.SPEAKERS


def _stands_behind_subject(folded: Sequence[str], hit: Hit) -> bool:
    """Return whether a word of questions is a verb in the middle of a clause, and not in front of "Sie"."""
    is_inner = hit.start > 0 and folded[hit.start - 1] not in grammar.JOINING
    is_of_you = grammar.YOU in folded[hit.end : hit.end + 1]
    return is_inner and folded[hit.start] in grammar.TELLING and not is_of_you
