"""What deliveries remember of chats, in memory only: their present ids, and which message answers which."""

from __future__ import annotations

from array import array
from collections import OrderedDict

_MOST_ANSWERS = 5_000
_MOST_MOVES = 1_000


class Memory:
    """Ids, bounded in number; after a restart nothing is known, and nothing breaks.

    The answers lie in three arrays that are used round and round: that takes 120 KB from the start on,
    where a dictionary of as many would grow to 1.5 MB. They are searched only when a question is edited.
    """

    def __init__(self) -> None:
        self._moved: OrderedDict[int, int] = OrderedDict()
        self._chats, self._questions, self._answers = (array("q", bytes(8 * _MOST_ANSWERS)) for _ in range(3))
        self._next = 0

    def now(self, chat: int) -> int:
        """Return the present id of a chat."""
        return self._moved.get(chat, chat) if self._moved else chat

    def move(self, old: int, new: int) -> None:
        """Remember that a group has a new id."""
        self._moved[old] = new
        if len(self._moved) > _MOST_MOVES:
            self._moved.popitem(last=False)

    def has_moved_to(self, chat: int) -> bool:
        """Return whether a group that we know has got this id."""
        return chat in self._moved.values()

    def answered(self, chat: int, question: int, answer: int) -> None:
        """Remember that the message ``answer`` answers the message ``question``."""
        place = self._next
        try:
            self._chats[place], self._questions[place], self._answers[place] = chat, question, answer
        except OverflowError:
            self._answers[place] = 0  # no id that Telegram gives has more than 52 bits
            return
        self._next = (place + 1) % _MOST_ANSWERS

    def answer_to(self, chat: int, question: int) -> int | None:
        """Return the message that answers ``question``, if it is still known: the newest one."""
        for back in range(1, _MOST_ANSWERS + 1):
            place = self._next - back  # below zero: from the end
            if self._questions[place] == question and self._chats[place] == chat:
                return self._answers[place] or None
        return None
