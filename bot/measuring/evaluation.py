"""Scores the bot on labelled questions and dialogues.

A question file has one JSON object a line: ``text``, ``topics`` (all that are
acceptable, the best first; ``none`` where refusing is right, ``clarify`` where
asking back is, ``notruf`` for an emergency), ``aspects`` (acceptable ones), ``group``, and ``multi`` where every
topic is wanted at once. A line with ``turns`` is a dialogue of such questions.

Every question and turn counts in a share of its kind, and in those of ``(all)``, which no label escapes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.errors import ConfigError
from bot.layout import ALARM, NONE
from bot.reply import Outcome, Reply


class Respondent(Protocol):
    """Whoever is scored: the bot, or a rival in a benchmark."""

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer an utterance."""


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled utterance, alone or as a turn of a dialogue."""

    id: str
    text: str
    topics: tuple[str, ...]
    aspects: tuple[str, ...]
    group: str
    is_multi: bool = False
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that was not answered as wanted, and what came instead."""

    kind: str
    question: Question
    reply: Reply


@dataclass(slots=True)
class Share:
    """How often something happened among how many."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        """Count one more."""
        self.hits += hit
        self.total += 1

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.hits / self.total if self.total else 0.0


SHARES = {
    "in scope": "right topic at the first reply",
    "helped": "right topic, or offered in the question back",
    "aspect": "right aspect, of those answered rightly",
    "wrong offer": "answered with another offer than wanted",
    "false answer": "answered from the brochure what it does not cover",
    "false answer (far)": "the same, for what has nothing to do with it",
    "emergency": "emergencies found",
    "over-alarm": "look-alikes called an emergency",
    "false alarm": "foreign questions called an emergency",
    "both": "two topics at once, both answered",
    "bot": "questions about the bot",
    "smalltalk": "small talk",
    "mixed": "questions to which different things may be done, such as answering and refusing",
    "dialogue": "turns answered rightly in their context",
    "false alarm (dialogue)": "turns that tell of no emergency, called one",
    "wrong offer (all)": "any question or turn, answered with an offer that is not acceptable",
    "false alarm (all)": "any question or turn that tells of no emergency, called one",
}
LOWER_IS_BETTER = frozenset(
    [
        "wrong offer",
        "false answer",
        "false answer (far)",
        "over-alarm",
        "false alarm",
        "false alarm (dialogue)",
        "wrong offer (all)",
        "false alarm (all)",
    ]
)
_FAR = ("far", "adversarial")


@dataclass(slots=True)
class Result:
    """The shares, the confusion of topics ``(wanted, got) -> times``, and the misses."""

    shares: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in SHARES})
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)


def read(path: Path) -> list[Question]:
    """Return the questions of a file. Raises ``ConfigError`` naming the line."""
    questions: list[Question] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: nicht lesbar ({type(error).__name__}).") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            questions += _dialogue(row, number) if "turns" in row else [_question(row, number)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            text = f"{path}:{number}: keine gültige Frage ({type(error).__name__}: {error})."
            raise ConfigError(text) from None
    return questions


def _question(row: dict[str, Any], number: int) -> Question:
    return Question(
        id=str(row.get("id", number)),
        text=str(row["text"]),
        topics=_names(row, "topics"),
        aspects=_names(row, "aspects") if row.get("aspects") else (),
        group=str(row.get("group", "")),
        is_multi=bool(row.get("multi", False)),
    )


def _names(row: dict[str, Any], key: str) -> tuple[str, ...]:
    names = row[key]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{key} muss eine Liste von Wörtern sein")
    return tuple(names)


def _dialogue(row: dict[str, Any], number: int) -> list[Question]:
    name = str(row.get("id", number))
    return [
        Question(
            id=f"{name}#{turn}",
            text=str(entry["text"]),
            topics=_names(entry, "topics"),
            aspects=(entry["aspect"],) if entry.get("aspect") else (),
            group="dialogue",
            conversation=name,
        )
        for turn, entry in enumerate(row["turns"])
    ]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A question and the reply to it; ``covered`` are the topics of the brochure."""

    question: Question
    reply: Reply
    covered: frozenset[str]

    @property
    def is_answered(self) -> bool:
        """Whether the reply answers from the brochure."""
        return self.reply.outcome is Outcome.ANSWER and not self.covered.isdisjoint(self.reply.topics)

    @property
    def is_alarm(self) -> bool:
        """Whether the reply is that to an emergency."""
        return self.reply.outcome is Outcome.EMERGENCY

    @property
    def is_on_topic(self) -> bool:
        """Whether the reply is first of all about a topic that is acceptable."""
        return bool(self.reply.topics) and self.reply.topics[0] in self.question.topics

    @property
    def is_right_answer(self) -> bool:
        """Whether the reply answers what is acceptable, from the brochure or not."""
        return self.reply.outcome is Outcome.ANSWER and self.is_on_topic

    @property
    def is_wrong_answer(self) -> bool:
        """Whether the reply answers from the brochure what is not acceptable."""
        return self.is_answered and not self.is_on_topic


def evaluate(
    bot: Respondent,
    questions: Iterable[Question],
    offers: Sequence[str],
    advance: Callable[[], object] = lambda: None,
) -> Result:
    """Ask every question and count. ``offers`` are the ids of the topics of the brochure."""
    result = Result()
    covered = frozenset(offers)
    for number, question in enumerate(questions):
        key = f"dialogue {question.conversation}" if question.conversation else f"question {number}"
        reply = bot.respond(key, question.text)
        for kind in _count(result.shares, _Exchange(question, reply, covered)):
            result.misses.append(Miss(kind, question, reply))
        result.confusion[(question.topics[0], _got(reply))] += 1
        advance()
    return result


def _got(reply: Reply) -> str:
    if reply.outcome is Outcome.FALLBACK:
        return NONE
    if reply.outcome is Outcome.CLARIFY:
        return "clarify"
    return _first_topic(reply)


def _first_topic(reply: Reply) -> str:
    return reply.topics[0] if reply.topics else NONE


def _count(shares: dict[str, Share], exchange: _Exchange) -> Iterator[str]:
    """Count a question in its shares; return the kinds of misses, each once."""
    kinds, question = [*_count_by_kind(shares, exchange)], exchange.question
    yield from kinds
    shares["wrong offer (all)"].add(exchange.is_wrong_answer)
    if exchange.is_wrong_answer and not kinds:
        yield "wrong offer"
    if question.group == "emergency" or ALARM in question.topics:
        return
    shares["false alarm (all)"].add(exchange.is_alarm)
    if question.group == "dialogue":
        shares["false alarm (dialogue)"].add(exchange.is_alarm)
    if exchange.is_alarm and "over-alarm" not in kinds:
        yield "false alarm"


def _count_by_kind(shares: dict[str, Share], exchange: _Exchange) -> Iterator[str]:
    """Count a question in the shares of its kind."""
    question = exchange.question
    if question.group == "dialogue":
        hit = _turn_is_right(exchange)
        shares["dialogue"].add(hit)
        if not hit:
            yield "dialogue"
    elif question.group == "emergency" or question.topics == (ALARM,):
        shares["emergency"].add(exchange.is_alarm)
        if not exchange.is_alarm:
            yield "emergency missed"
    else:
        yield from _count_by_topics(shares, exchange)
        if question.group == "emergency_negative" and ALARM not in question.topics:
            shares["over-alarm"].add(exchange.is_alarm)
            if exchange.is_alarm:
                yield "over-alarm"


def _count_by_topics(shares: dict[str, Share], exchange: _Exchange) -> Iterator[str]:
    """Count a question that stands alone and is no emergency by what may be done with it."""
    reply, covered, wanted = exchange.reply, exchange.covered, exchange.question.topics
    if exchange.question.is_multi:
        hit = reply.outcome is Outcome.ANSWER and covered.intersection(wanted) <= set(reply.topics)
        shares["both"].add(hit)
        if not hit:
            yield "not both"
    elif wanted[0] in covered and NONE not in wanted:
        yield from _in_scope(shares, exchange)
    elif wanted[0] == NONE:
        yield from _foreign(shares, exchange)
    elif wanted[0] in ("bot", "smalltalk"):
        hit = exchange.is_on_topic or (reply.outcome is Outcome.FALLBACK and NONE in wanted)
        shares[wanted[0]].add(hit)
        if not hit:
            yield "not recognised"
    else:
        hit = _is_accepted(exchange)
        shares["mixed"].add(hit)
        if not hit:
            yield "not accepted"


def _foreign(shares: dict[str, Share], exchange: _Exchange) -> Iterator[str]:
    question = exchange.question
    shares["false answer"].add(exchange.is_wrong_answer)
    if question.group in _FAR or question.group.startswith("ext-"):
        shares["false answer (far)"].add(exchange.is_wrong_answer)
    if ALARM not in question.topics:
        shares["false alarm"].add(exchange.is_alarm)
    if exchange.is_wrong_answer:
        yield "false answer"


def _in_scope(shares: dict[str, Share], exchange: _Exchange) -> Iterator[str]:
    question, reply = exchange.question, exchange.reply
    hit = exchange.is_right_answer or (exchange.is_alarm and ALARM in question.topics)
    offered = reply.outcome is Outcome.CLARIFY and bool(set(question.topics) & set(reply.topics))
    shares["in scope"].add(hit)
    shares["helped"].add(hit or offered)
    shares["wrong offer"].add(exchange.is_wrong_answer)
    if not hit:
        yield "offered" if offered else "not answered rightly"
    elif question.aspects and not exchange.is_alarm:
        right = reply.aspect is not None and reply.aspect in question.aspects
        shares["aspect"].add(right)
        if not right:
            yield "aspect"


def _is_accepted(exchange: _Exchange) -> bool:
    """Return whether a reply does one of the things that the labels of a question allow, in whatever order.

    Where refusing is allowed, so is all that neither answers from the brochure nor raises an alarm.
    """
    reply, wanted = exchange.reply, exchange.question.topics
    if exchange.is_alarm:
        return ALARM in wanted
    if reply.outcome is Outcome.CLARIFY and reply.outcome in wanted:
        return True
    return exchange.is_right_answer or (NONE in wanted and not exchange.is_answered)


def _turn_is_right(exchange: _Exchange) -> bool:
    question, reply = exchange.question, exchange.reply
    wanted, first = question.topics, _first_topic(reply)
    if wanted[0] == "clarify":
        return reply.outcome is Outcome.CLARIFY
    if wanted[0] == ALARM:
        return exchange.is_alarm
    if wanted[0] == NONE:
        return not exchange.is_wrong_answer
    right = reply.outcome is not Outcome.CLARIFY and first in wanted
    if right and question.aspects and first in exchange.covered:
        return reply.aspect in question.aspects
    return right
