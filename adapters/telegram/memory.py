"""What deliveries remember of chats, in memory only: their present ids, and which message answers which."""

from __future__ import annotations

from collections import OrderedDict

_MOST_ANSWERS = 5_000
_MOST_MOVES = 1_000


class Memory:
    """Ids, bounded in number; after a restart nothing is known, and nothing breaks."""

    def __init__(self) -> None:
        self._moved: OrderedDict[int, int] = OrderedDict()
        self._answers: OrderedDict[tuple[int, int], int] = OrderedDict()

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
        self._answers[chat, question] = answer
        if len(self._answers) > _MOST_ANSWERS:
            self._answers.popitem(last=False)

    def answer_to(self, chat: int, question: int) -> int | None:
        """Return the message that answers ``question``, if it is still known."""
        return self._answers.get((chat, question))
