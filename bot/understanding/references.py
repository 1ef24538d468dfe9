"""Finds what "the first one", "the other" and "both" stand for in a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from bot import grammar
from bot.layout import ABOUT_BOT, NONE
from bot.reading.lexicon import Findings
from bot.reading.patterns import Hit, covered
from bot.reply import MOST_OPTIONS, Aspect, Option, Outcome, Reply
from bot.session import Intent, Session
from bot.signals import Signal

T = TypeVar("T")

PLACES = {
    Signal.FIRST: 0,
    Signal.SECOND: 1,
    Signal.THIRD: 2,
    Signal.FOURTH: 3,
    Signal.FIFTH: 4,
    Signal.ANTEPENULTIMATE: -3,
    Signal.PENULTIMATE: -2,
    Signal.LAST: -1,
    Signal.MIDDLE: 0,
}
"""Where in a list each of the signals points to; the middle of it depends on how much there is (see ``at``)."""
LONGEST = 12
"""Words up to which "the first one" refers to the conversation; in a story it is part of the story."""
_PAIR = 2
"""Things of which the one that is not spoken of is the other."""
_POINTING = frozenset([*PLACES, Signal.OTHER, Signal.BOTH])
ALONE = _POINTING | {Signal.REJECTION}
"""Signals that choose something even where they are all that is said."""


def pointing(found: Findings, folded: Sequence[str]) -> list[Hit]:
    """Return what ``folded`` words hit of the signals of ``PLACES``, of ``OTHER`` and ``BOTH``, but for idioms such as "fürs Erste".

    Nor does a place point that tells which of some things of the content it is ("mein zweiter Sohn", "die erste Nachricht"),
    or counts times ("das dritte Mal").
    """
    if not any(hit.id in _POINTING for hit in found.signals):  # as nearly always
        return []
    counts = grammar.counts_times(folded)
    idle = covered(hit for hit in found.signals if hit.id == Signal.IDIOM)
    asked = {hit.start for hit in (*found.questions, *found.aspects, *found.signals)}
    things = {hit.start for hit in found.concepts if folded[hit.start] not in grammar.CHOOSING} - asked
    return [
        hit
        for hit in found.signals
        if hit.id in _POINTING
        and hit.start not in idle
        and not (hit.id in PLACES and (counts or hit.end in things))
    ]


def referred(hits: Sequence[Hit], session: Session) -> tuple[str, ...]:
    """Return the topics that the ``pointing`` signals of a short utterance stand for."""
    words = {hit.id for hit in hits}
    if not words or session.alarm:
        return ()  # "der andere" is one of those who threaten
    place = next((word for word in PLACES if word in words), None)
    shown = list(offered(session))
    if place and shown:
        if Signal.BOTH in words:  # "die ersten beiden"
            return tuple(shown[-2:] if place == Signal.LAST else shown[:2])
        return _of(at(shown, place))
    listed, topics = [intent.topic for intent in session.listed], spoken(session)
    if Signal.BOTH in words:
        topics = listed if is_of_two(session) and not session.pair else topics
        return tuple(topics[-2:]) if len(topics) > 1 else ()
    if Signal.OTHER in words:
        now = session.focus.topic if session.focus else next(iter(topics), "")
        topics = listed if is_of_two(session) else topics
        return tuple([topic for topic in topics if topic != now][-1:])
    if place and listed and not session.pair:
        return _of(at(listed, place))
    if len(topics) < 2:
        return tuple(topics) if place == Signal.FIRST else ()
    return _of(at(topics, place)) if place else ()


def at(things: Sequence[T], place: Signal) -> T | None:
    """Return which of ``things`` in their order one of ``PLACES`` means; ``None`` if there are not so many."""
    number = PLACES.get(place, len(things))
    if place == Signal.MIDDLE:
        if len(things) % 2 == 0:
            return None
        number = len(things) // 2
    return things[number] if -len(things) <= number < len(things) else None


def is_of_two(session: Session) -> bool:
    """Return whether what is spoken of is one of just two topics that were listed."""
    listed = {intent.topic for intent in session.listed}
    return len(listed) == _PAIR and session.focus is not None and session.focus.topic in listed


def of_pair(pair: Sequence[Intent], word: Signal, focus: Intent | None) -> Intent | None:
    """Return which of the intents that were answered or listed together is meant by one of ``PLACES`` or ``OTHER``.

    If one of them was asked for more since, the other is wanted from that side.
    ``None`` if there are not so many.
    """
    if word == Signal.OTHER:
        return alike(
            next((i for i in pair if focus is None or i.topic != focus.topic), pair[-1]), pair, focus
        )
    placed = at(pair, word)
    return None if placed is None else alike(placed, pair, focus)


def alike(meant: Intent, pair: Sequence[Intent], focus: Intent | None) -> Intent:
    """Return ``meant``, one of ``pair``, from the side from which another of them was asked for more."""
    if focus is not None and focus.aspect and focus.topic in {i.topic for i in pair} - {meant.topic}:
        return Intent(meant.topic, focus.aspect)
    return meant


def beside_focus(session: Session, steps: int) -> Intent | None:
    """Return what stands in the list so many ``steps`` behind that which is spoken of: "das danach"; before it if negative."""
    topics, focus = [intent.topic for intent in session.listed], session.focus
    if focus is None or focus.topic not in topics:
        return None
    place = topics.index(focus.topic) + steps
    return session.listed[place] if 0 <= place < len(topics) else None


def listed(reply: Reply, after: Session, before: Session, *, points: bool) -> tuple[Intent, ...]:
    """Return the intents that "das letzte" may stand for after ``reply``: a list is good until something else is asked.

    It stays while its topics are chosen (``after`` has kept it then) and asked for more; ``points``: the utterance
    pointed to one of them.
    """
    if after.alarm:
        return after.listed  # what may be chosen once an emergency is over is no list to point to
    if shown := _intents(offered(after)):
        return shown
    if reply.outcome is Outcome.ANSWER and len(reply.topics) > 1:
        return tuple(Intent(topic, reply.aspect) for topic in reply.topics)
    chosen_from, now = _intents({} if before.alarm else offered(before)), after.focus
    still = chosen_from or before.listed
    if now is None or reply.topics != (now.topic,):
        return still  # small talk, a refusal: what was listed still is
    stays = (
        points
        or chosen_from
        or after.listed
        or (before.focus is not None and before.focus.topic == now.topic)
    )
    return still if stays and now.topic in {intent.topic for intent in still} else ()


def offered(session: Session) -> dict[str, str]:
    """Return topics and sides of a choice between several topics, each once; else nothing."""
    choices = [option.choice.partition(".") for option in session.options if option.choice != NONE]
    sides = {topic: side for topic, _, side in choices}
    return sides if 1 < len(sides) == len(choices) else {}


def choices(session: Session) -> list[Option]:
    """Return the options to which a place points: of a list of many topics not what the bot offers of itself below it."""
    options = [option for option in session.options if option.choice != NONE]
    others = [option for option in options if option.choice.partition(".")[0] != ABOUT_BOT]
    return others if len({option.choice.partition(".")[0] for option in others}) > MOST_OPTIONS else options


def spoken(session: Session) -> list[str]:
    """Return the topics spoken about in their order; those that were answered together go first."""
    if session.pair:
        return [intent.topic for intent in session.pair]
    intents = (*session.earlier, *((session.focus,) if session.focus else ()))
    return list(dict.fromkeys(intent.topic for intent in intents))


def _of(topic: str | None) -> tuple[str, ...]:
    return () if topic is None else (topic,)


def _intents(sides: Mapping[str, str]) -> tuple[Intent, ...]:
    return tuple(Intent(topic, _side(side)) for topic, side in sides.items())


def _side(side: str) -> Aspect | None:
    return Aspect(side) if side in set(Aspect) else None
