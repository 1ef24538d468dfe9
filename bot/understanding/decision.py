"""Decides between answering, asking back and admitting not to know.

Every course has an expected cost under the probabilities of the matcher; the
cheapest is taken. The costs say how bad each mistake is, in units of a wrong
contact; ``docs/understanding.md`` shows the error rates that they lead to. Rules
that look at one probability alone have thresholds: see ``confidence``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.matching.model import Candidate
from bot.reply import Course, Decision

_RATHER_COVERED = 0.4
"""Chance of foreign talk up to which a question on what was spoken of last tires: "wer wird Meister?" is asked back."""


@dataclass(frozen=True, slots=True)
class Costs:
    """How bad each course is when it is wrong, relative to a wrong offer (1)."""

    wrong: float = 1.0
    false_answer: float = 0.95
    """Answering from the brochure what it does not cover."""
    needless_question: float = 0.42
    """Asking back although one of the options was meant."""
    tiresome_question: float = 0.7
    """The same where most speaks for what was spoken of last: it need not be said again."""
    pleasantry: float = 0.7
    """Answering with small talk what was meant otherwise."""
    useless_question: float = 0.3
    """Asking back when none of the options was meant."""
    refusal: float = 1.3
    """Refusing what could have been answered."""
    alarm_missed: float = 12.0
    """Not giving 110 first to somebody in danger, against a needless alarm (1)."""
    wordless_alarm_missed: float = 2.9
    """The same where no word speaks of danger: unseen words must not add up to it."""
    terse_alarm_missed: float = 0.3
    """The same in a few words: "ein Mann" may be anybody."""
    talking_alarm_missed: float = 1.7
    """The same in the middle of a conversation about something else."""
    distant_alarm_missed: float = 1.0
    """The same where it is told of the past, of what is imagined or of a thing, see ``distance``."""
    idle_alarm_missed: float = 0.4
    """The same where it is asked for rules, costs or who is responsible: hardly anybody in danger does."""
    remote_alarm_missed: float = 0.1
    """The same where both are so ("in unserem Stück brennt es, wer leiht uns Kostüme"), or it is of a thing or years ago."""
    follow_up_alarm_missed: float = 0.02
    """The same where, after an answer, it is asked what an office does ("klopfen die dem auf die Finger") or a tale is mended."""


@dataclass(frozen=True, slots=True)
class Risk:
    """How likely it is, 0 to 1, that an utterance tells of an emergency in its conversation, and how near that is.

    ``is_worded``: some word speaks of danger; ``is_terse``: there are only a few words; ``is_talking``:
    something was answered before in this conversation; ``is_distant``: it is not of here and now; ``is_idle``: it
    asks for rules, costs or who is responsible, or tells of a thing, of what is over for years or only of shouting;
    ``is_follow_up``: after an answer it asks what those do whom it named, or corrects what was told.
    """

    chance: float
    is_worded: bool = False
    is_terse: bool = False
    is_talking: bool = False
    is_distant: bool = False
    is_idle: bool = False
    is_follow_up: bool = False


def is_alarm(risk: Risk, costs: Costs) -> bool:
    """Return whether the risk of missing an emergency outweighs a needless alarm."""
    if risk.is_follow_up:
        missed = costs.follow_up_alarm_missed
    elif risk.is_distant and risk.is_idle:
        missed = costs.remote_alarm_missed
    elif risk.is_idle:
        missed = costs.idle_alarm_missed
    elif risk.is_distant:
        missed = costs.distant_alarm_missed
    elif risk.is_worded:
        missed = costs.alarm_missed
    elif risk.is_terse:
        missed = costs.terse_alarm_missed
    else:
        missed = costs.talking_alarm_missed if risk.is_talking else costs.wordless_alarm_missed
    return risk.chance * missed > (1 - risk.chance)


def decide(
    candidates: Sequence[Candidate],
    foreign: frozenset[str],
    costs: Costs,
    unasked: frozenset[str] = frozenset(),
    spoken: str = "",
) -> Decision:
    """Choose the cheapest course.

    ``foreign`` are the topics that cannot be answered, ``unasked`` those that
    are answered but never offered: nobody is asked whether small talk is meant.
    ``spoken`` was spoken of last: it is hardly worth a question, and offered beside the best one where no
    other is likely.
    """
    known = [c for c in candidates if c.topic not in foreign]
    outside = max(0.0, 1 - sum(c.confidence for c in known))
    if not known:
        return Decision(Course.FALLBACK, (), 1.0, {})
    best, *rest = known
    others = sum(c.confidence for c in rest)
    if best.topic in unasked:
        answer = costs.pleasantry * (others + outside)
    else:
        answer = costs.wrong * others + costs.false_answer * outside
    offered = [c for c in known if c.topic not in unasked][:3]
    covered = sum(c.confidence for c in offered)
    is_tiresome = best.topic == spoken and outside <= _RATHER_COVERED
    needless = costs.tiresome_question if is_tiresome else costs.needless_question
    question = needless * covered + costs.useless_question * (1 - covered)
    refusal = costs.refusal * (1 - outside)
    expected = {Course.ANSWER: answer, Course.CLARIFY: question, Course.FALLBACK: refusal}
    course = min(expected, key=lambda c: expected[c])
    named = {str(c): round(v, 4) for c, v in expected.items()}
    if course is Course.ANSWER:
        return Decision(course, (best.topic,), best.confidence, named)
    if course is Course.CLARIFY:
        kept = [c for c in offered if c.confidence >= 0.1 * offered[0].confidence]
        if len(kept) == 1 and spoken not in ("", kept[0].topic):
            return Decision(course, (kept[0].topic, spoken), best.confidence, named)
        kept = kept if len(kept) > 1 else offered[:2]
        return Decision(course, tuple(c.topic for c in kept), best.confidence, named)
    return Decision(course, (), outside, named)
