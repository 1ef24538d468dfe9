"""Emergency answers overtake others in their chat: which of its messages may be one of them.

They are sent past the queue, so while an answer is looked for (``search``), a message that is found may be
an emergency answer whose number nobody knows: one that is under way, or one of unknown fate. Then what is
found does not count, and the answer is sent again: better twice than never.

That ends with the next message of the chat whose number is known: what was sent before it has a lower number,
and an answer that is sent after it has a higher one.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass

from adapters.telegram.marks import Trace

SETTLED = 10.0
"""Seconds after which a call whose answer was lost is taken to have had its effect, if it ever has one."""
_MOST_CHATS = 5_000


@dataclass(slots=True)
class _Lost:
    """When an emergency answer was lost last, and the number that it is below, once one is known."""

    at: float
    below: int | None = None


class Overtaking:
    """What is known of the emergency answers of each chat, in memory only."""

    def __init__(self) -> None:
        self._under_way: Counter[int] = Counter()
        self._lost: OrderedDict[int, _Lost] = OrderedDict()

    def begin(self, chat: int) -> None:
        """Note that an emergency answer is being sent; ``end`` must follow."""
        self._under_way[chat] += 1

    def end(self, chat: int) -> None:
        """Note that a sending is over, well or not."""
        self._under_way[chat] -= 1
        if not self._under_way[chat]:
            del self._under_way[chat]

    def lose(self, chat: int) -> None:
        """Note that an emergency answer may exist under a number that nobody knows."""
        self._lost[chat] = _Lost(time.monotonic())
        self._lost.move_to_end(chat)
        if len(self._lost) > _MOST_CHATS:
            self._lost.popitem(last=False)

    def place(self, chat: int, number: int, begun: float) -> None:
        """Note the number of a new message (0 if the server did not tell) and when its sending began (monotonic)."""
        lost = self._lost.get(chat)
        if number and lost is not None and lost.below is None and begun >= lost.at + SETTLED:
            lost.below = number

    def may_be(self, chat: int, trace: Trace) -> bool:
        """Return whether a message above the numbers of ``trace`` may be an emergency answer."""
        lost = self._lost.get(chat)
        is_lost = lost is not None and (lost.below is None or trace.chat_floor < lost.below)
        return chat in self._under_way or is_lost
