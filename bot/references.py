"""Finds what "the first one", "the other" and "both" stand for in a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from bot.matching.lexicon import Findings
from bot.matching.patterns import Hit
from bot.options import NONE_CHOICE
from bot.session import Intent, Session

PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
OTHER, BOTH, REJECTION, WHICH = "other", "both", "rejection", "which"
LONGEST = 12
"""Words up to which "the first one" refers to the conversation; in a story it is part of the story."""
_POINTING = frozenset([*PLACES, OTHER, BOTH])
ALONE = _POINTING | {REJECTION}
"""Signals that choose something even where they are all that is said."""


def pointing(found: Findings) -> list[Hit]:
    """Return the signals of ``PLACES``, ``OTHER`` and ``BOTH``, but for idioms such as "fürs Erste"."""
    idle = {place for hit in found.signals if hit.id == "idiom" for place in range(hit.start, hit.end)}
    return [hit for hit in found.signals if hit.id in _POINTING and hit.start not in idle]


def referred(hits: Sequence[Hit], session: Session) -> tuple[str, ...]:
    """Return the topics that the ``pointing`` signals of a short utterance stand for."""
    words = {hit.id for hit in hits}
    if not words:
        return ()
    place = next((PLACES[word] for word in PLACES if word in words), None)
    shown = list(offered(session))
    if place is not None and shown:
        if BOTH in words:  # "die ersten beiden"
            return tuple(shown[-2:] if place == PLACES["last"] else shown[:2])
        return _at(shown, place)
    topics = spoken(session)
    if not topics:
        return ()
    if len(topics) == 1:
        return tuple(topics) if "first" in words else ()
    if BOTH in words:
        return tuple(topics[-2:])
    if OTHER in words:
        now = session.focus.topic if session.focus else topics[0]
        return tuple([topic for topic in topics if topic != now][-1:])
    return () if place is None else _at(topics, place)


def of_pair(pair: Sequence[Intent], word: str, focus: Intent | None) -> Intent | None:
    """Return which of the intents that were answered together is meant by a word of ``PLACES`` or ``OTHER``.

    If one of them was asked for more since, the other is wanted from that side.
    ``None`` if there are not so many.
    """
    if word == OTHER:
        meant = next((i for i in pair if focus is None or i.topic != focus.topic), pair[-1])
    elif PLACES[word] < len(pair):
        meant = pair[PLACES[word]]
    else:
        return None
    if focus is not None and focus.aspect and focus.topic in {i.topic for i in pair} - {meant.topic}:
        return Intent(meant.topic, focus.aspect)
    return meant


def offered(session: Session) -> dict[str, str]:
    """Return topics and sides of a choice between several topics, each once; else nothing."""
    choices = [option.choice.partition(".") for option in session.options if option.choice != NONE_CHOICE]
    sides = {topic: side for topic, _, side in choices}
    return sides if 1 < len(sides) == len(choices) else {}


def spoken(session: Session) -> list[str]:
    """Return the topics spoken about in their order; those that were answered together go first."""
    if session.pair:
        return [intent.topic for intent in session.pair]
    intents = (*session.earlier, *((session.focus,) if session.focus else ()))
    return list(dict.fromkeys(intent.topic for intent in intents))


def _at(topics: Sequence[str], place: int) -> tuple[str, ...]:
    return (topics[place],) if place < len(topics) else ()
