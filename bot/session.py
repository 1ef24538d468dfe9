"""What is remembered of a conversation, for half an hour: in memory, or where ``Sessions`` keeps it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Protocol

from bot.reply import Aspect, Option, Outcome, Reply

SECONDS = 30 * 60
"""Seconds after the last turn for which a conversation is remembered."""
MOST = 10_000
"""Conversations that one process remembers at once."""
_MOST_EARLIER = 5
"""Topics that were left, to which "zurück" leads."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A topic with the aspect or detail that was spoken about."""

    topic: str
    aspect: Aspect | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """The state of one conversation: topics and open options, never words.

    What was said last has no mark of its own: ``options`` tell that the focus was answered last and how
    (``Repetition``), or that ``over`` still holds (``Aftermath``). A mark alone would have to be wiped wherever
    a reply offers something else, and one that was forgotten would choose from a foreign list.

    ``focus`` is what was answered last, ``earlier`` the foci before it (newest
    last), ``options`` what may be chosen now, ``misses`` the fallbacks in a row,
    ``pair`` the intents that were answered together, ``alarm`` the kind of an
    emergency until it is over or a question about something of the source was
    answered, ``lately`` that kind from then on until it is said to be over, ``over`` that kind in the turn that says so,
    ``listed`` the intents that were shown or answered together last, in their order (see ``references.listed``).
    """

    focus: Intent | None = None
    earlier: tuple[Intent, ...] = ()
    options: tuple[Option, ...] = ()
    misses: int = 0
    pair: tuple[Intent, ...] = ()
    alarm: str = ""
    lately: str = ""
    listed: tuple[Intent, ...] = ()
    over: str = ""

    @property
    def emergency(self) -> str:
        """The kind of the emergency that lasts or did until a question was answered; empty if there is none."""
        return self.alarm or self.lately

    def moved(self, intent: Intent, reply: Reply, *, is_covered: bool) -> Session:
        """Return the session after ``intent`` was answered with ``reply``.

        What the source does not cover, such as small talk, leaves the focus where it is, and an emergency ends
        with nothing else. A nod that offers nothing ("danke") leaves open what may be chosen. A topic of which only
        a side is switched off is spoken of: the reply begins with its other sides to choose from.
        """
        first = reply.options[0].choice.partition(".")[0] if reply.options else ""
        is_in_part = reply.outcome is Outcome.FALLBACK and first == intent.topic
        if not is_covered or not (reply.outcome is Outcome.ANSWER or is_in_part):
            options, over = (reply.options, "") if reply.options else (self.options, self.over)
            return Session(self.focus, self.earlier, options, alarm=self.alarm, lately=self.lately, over=over)
        earlier = self.earlier
        if self.focus is not None and self.focus.topic != intent.topic:
            earlier = (*earlier, self.focus)[-_MOST_EARLIER:]
        return Session(intent, earlier, reply.options, lately=self.emergency)

    def within(self, topics: Container[str]) -> Session:
        """Return the session without what is spoken of in no topic of ``topics``: the content may be a new one."""
        known = [intent for intent in self.earlier if intent.topic in topics]
        focus = self.focus if self.focus is not None and self.focus.topic in topics else None
        pair = self.pair if all(intent.topic in topics for intent in self.pair) else ()
        listed = self.listed if all(intent.topic in topics for intent in self.listed) else ()
        is_known = focus is self.focus and len(known) == len(self.earlier)
        if is_known and pair == self.pair and listed == self.listed:
            return self
        return replace(self, focus=focus, earlier=tuple(known), pair=pair, listed=listed)


Turn = tuple[Reply, Session]
"""What is said, and what is remembered from then on."""


def ruled(rule: str, turn: Turn) -> Turn:
    """Return a turn that ``rule`` decided (see ``explanation.RULES``)."""
    reply, session = turn
    return replace(reply, rule=rule), session


class Sessions(Protocol):
    """Where sessions live. Implementations forget them ``SECONDS`` after the last turn.

    They are asked in the middle of a turn: no method raises or waits longer than
    a fraction of a second. What cannot be kept is forgotten.
    """

    def get(self, conversation: str) -> Session | None:
        """Return the session, or ``None`` when there is none (any more)."""

    def put(self, conversation: str, session: Session) -> None:
        """Remember ``session`` from now on."""

    def drop(self, conversation: str) -> None:
        """Forget the conversation at once."""

    def sweep(self) -> None:
        """Forget every conversation whose time is over. Who serves calls it now and then, also when nobody writes."""


class MemorySessions:
    """Sessions in this process: at most ``most``, the longest unused go first."""

    def __init__(
        self,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._clock = most, clock
        self._kept: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, conversation: str) -> Session | None:
        """See ``Sessions.get``."""
        kept = self._kept.get(conversation)
        if kept is None:
            return None
        if self._clock() - kept[0] > SECONDS:
            del self._kept[conversation]
            return None
        return kept[1]

    def put(self, conversation: str, session: Session) -> None:
        """See ``Sessions.put``."""
        self._kept[conversation] = (self._clock(), session)
        self._kept.move_to_end(conversation)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        self.sweep()

    def drop(self, conversation: str) -> None:
        """See ``Sessions.drop``."""
        self._kept.pop(conversation, None)

    def sweep(self) -> None:
        """See ``Sessions.sweep``."""
        now = self._clock()
        while self._kept:
            oldest, (since, _) = next(iter(self._kept.items()))
            if now - since <= SECONDS:
                return
            del self._kept[oldest]
