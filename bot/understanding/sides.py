"""Finds which side of a topic is wanted: what it is, what it does, how it is reached.

The words say so, or what was asked before does, or the examples do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import grammar
from bot.knowledge import Question
from bot.matching.model import Judgement
from bot.reading.asking import is_question
from bot.reading.patterns import Hit
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Session
from bot.signals import Signal
from bot.text import spoken
from bot.understanding import context, references
from bot.understanding.confidence import LIKELY, SELF_EXPLANATORY, SURE, SURELY
from bot.understanding.questions import came

LONGEST_BARE = 8
"""Words up to which a mere name asks for what was asked for before ("und für den Leitfaden")."""
_LONGEST_CORRECTION = 10
"""The same of a correction ("nein, ich meinte die Stelle im Internet")."""
TERSE = 4
"""Words up to which a message is terse: without a word of danger only a sure one is an emergency."""
_LONGEST_HINT = 8
"""Words up to which one aspect word decides; in longer texts it is one hint of many."""
_PLAUSIBLE = 0.15
"""Probability of an aspect from which a single word for it in a short text decides."""
_ABOUT_AS = 2.0
"""How much likelier contact may be than services and services are meant all the same, where nothing is asked."""
_FIRST = 3
"""Words within which a correction takes back what was said before."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the words of an utterance say, before it is weighed what is likely.

    ``named``, ``asked``, ``is_explained`` as of ``Understanding``; ``is_referred``: what is named was pointed to.
    ``questions`` are asked, not told; ``question`` is the one that counts. ``takes_back``: it begins with a correction.
    ``came_to`` is the offer for what came in a way of which all is said, "" if it is not so.
    ``is_order``: copies of the thing spoken of are wanted.
    """

    named: tuple[str, ...]
    asked: tuple[str, ...]
    is_referred: bool
    questions: tuple[Hit, ...]
    question: Question | None
    is_explained: bool
    takes_back: bool
    came_to: str = ""
    is_order: bool = False


def wanted_side(judgement: Judgement, said: Said, session: Session) -> tuple[Aspect, bool, bool]:
    """Return the aspect that is wanted, whether the words say it, and whether it is that of the last question."""
    reading, question = judgement.reading, said.question
    if said.is_order:
        return Aspect.CONTACT, True, False
    if said.came_to and session.focus and session.focus.aspect:
        return session.focus.aspect, False, False
    if question is not None and _says_side(question, said, judgement):
        return question.aspect, True, False
    learned = _learned_side(judgement, said)
    sides = {Aspect(hit.id) for hit in reading.findings.aspects}
    only = next(iter(sides)) if len(sides) == 1 else None
    if only and len(reading.mended) <= _LONGEST_HINT and judgement.aspects[only] >= _PLAUSIBLE:
        return only, True, False
    is_said = bool(sides) or question is not None
    has_asking_word = reading.findings.has_signal(Signal.QUESTION)
    is_sure = has_asking_word and judgement.aspects[learned] >= SURELY
    is_short = len(spoken(reading.mended)) <= (_LONGEST_CORRECTION if said.takes_back else LONGEST_BARE)
    # It takes a question back, and not the last answer.
    is_reply = said.takes_back and bool(references.offered(session))
    carries_on = not (is_said or is_sure or is_reply) and is_short and _carries_on(said, judgement, session)
    if carries_on and session.focus and session.focus.aspect:
        return session.focus.aspect, False, True
    meant = said.named if said.is_explained or said.is_referred else _described(judgement)
    asks_itself = has_asking_word and judgement.aspects[learned] >= SURE
    chosen = None if is_said or asks_itself else _chosen_aspect(meant, session)
    if chosen is Aspect.OVERVIEW and judgement.aspects[learned] >= SURELY:
        chosen = None  # what something is, was hardly asked for
    if chosen:
        return chosen, False, False
    is_new = not (is_said or said.named or said.takes_back)
    if learned is Aspect.CONTACT and is_new and _is_situation(judgement):
        return Aspect.SERVICES, False, False
    return learned, is_said, False


def _says_side(question: Question, said: Said, judgement: Judgement) -> bool:
    """Return whether ``question``, the one that counts, decides which side is wanted."""
    reading = judgement.reading
    if said.is_explained or judgement.aspects[question.aspect] >= LIKELY:
        return True
    # "Wer zahlt, wir oder das Land": in several words, and hardly anything else is said.
    is_brief = is_question(reading) and len(reading.mended) <= _LONGEST_HINT
    return is_brief and any(hit.id == question.id and hit.end - hit.start > 1 for hit in said.questions)


def _learned_side(judgement: Judgement, said: Said) -> Aspect:
    """Return the side that the examples speak for; mails or calls that are told of speak for no contact."""
    reading = judgement.reading
    is_told = len(said.questions) < len(reading.findings.questions) and (
        len(said.questions) < len(reading.questions) or came(reading)
    )
    no_contact = is_told and judgement.aspects[Aspect.CONTACT] < SURELY
    sides = [side for side in judgement.aspects if not (no_contact and side is Aspect.CONTACT)]
    return max(sides, key=lambda side: judgement.aspects[side])


def takes_back(reading: Reading) -> bool:
    """Return whether an utterance begins with a correction."""
    return any(
        hit.id == Signal.CORRECTION and hit.start < _FIRST and not _is_article(reading, hit)
        for hit in reading.findings.signals
    )


def _described(judgement: Judgement) -> tuple[str, ...]:
    """Return the topic that a short utterance surely means without naming it: "wegen einem Hasskommentar"."""
    best = judgement.candidates[0]
    is_sure = best.confidence >= SELF_EXPLANATORY and len(judgement.reading.mended) <= LONGEST_BARE
    return (best.topic,) if is_sure else ()


def _carries_on(said: Said, judgement: Judgement, session: Session) -> bool:
    """Return whether an utterance asks for what was asked for before, of another topic or once more."""
    reading = judgement.reading
    signals = reading.findings.signals
    if reading.findings.has_signal(Signal.LIKEWISE):
        return True
    continues = said.takes_back or any(hit.id == Signal.CONTINUATION and hit.start == 0 for hit in signals)
    if said.named:
        # "Letzte: Landesdirektion, das Netzwerk", unlike "das Netzwerk finde ich gut, erzähl mal"
        says_more = judgement.aspects[Aspect.SERVICES] >= SELF_EXPLANATORY or is_question(reading)
        return continues or (_was_contact(session) and (said.is_explained or not says_more))
    only_other = said.takes_back and not is_question(reading) and grammar.INSTEAD not in reading.mended
    if only_other and context.is_likely_other(judgement, session.focus):
        return True  # "nee, die fürs Internet": only another offer is said
    # "Präventionsrat auch", "und das Netzwerk": a topic in so few words, and no more.
    edges = {0, len(reading.mended) - 1}
    adds = any(hit.id == Signal.CONTINUATION and hit.start in edges for hit in signals)
    return adds and len(reading.mended) < TERSE and _was_contact(session) and bool(_described(judgement))


def _is_situation(judgement: Judgement) -> bool:
    """Return whether a short utterance says what it is about and asks for no contact: "na wegen rechter Mieter"."""
    reading, chances = judgement.reading, judgement.aspects
    is_doubtful = chances[Aspect.CONTACT] < _ABOUT_AS * chances[Aspect.SERVICES]
    asks = is_question(reading) or bool(reading.findings.questions)
    return is_doubtful and not asks and len(reading.mended) <= LONGEST_BARE


def _chosen_aspect(meant: Sequence[str], session: Session) -> Aspect | None:
    """Return the aspect with which a topic was offered in a question back: "ZASTEX" after "whose number?"."""
    offered = references.offered(session)
    if not offered:
        offered = {intent.topic: str(intent.aspect or "") for intent in session.listed}
    if len(meant) != 1 or (session.focus and session.focus.topic in offered):
        return None  # an answer with choices is no question back
    aspect = offered.get(meant[0])
    return Aspect(aspect) if aspect in set(Aspect) else None


def _is_article(reading: Reading, hit: Hit) -> bool:
    """Return whether a "ne" is short for "eine": "ne Mail". "Nee" and "ne, ..." fold alike and take back."""
    text, word = reading.utterance.text, reading.utterance.words[hit.start]
    after = text[word.end : word.end + 1]
    written = text[word.start : word.end].lower()
    return hit.end - hit.start == 1 and written == "ne" and after not in ",.!;:–-"


def _was_contact(session: Session) -> bool:
    """Return whether a contact was given last: then a bare name asks for the next one."""
    return session.focus is not None and session.focus.aspect is Aspect.CONTACT
