"""What is remembered of chats: the newest answer to a question, in memory that does not grow."""

from __future__ import annotations

import sys

from adapters.telegram.memory import Memory


def size(memory: Memory) -> int:
    return sum(sys.getsizeof(getattr(memory, name)) for name in ("_chats", "_questions", "_answers"))


def test_the_newest_answers_are_known_and_take_no_more_memory_than_none() -> None:
    memory = Memory()
    empty = size(memory)
    assert memory.answer_to(0, 0) is None
    for number in range(1, 8001):
        memory.answered(number % 40, number, number + 1)
    assert memory.answer_to(8000 % 40, 8000) == 8001
    assert memory.answer_to(3001 % 40, 3001) == 3002
    assert memory.answer_to(3000 % 40, 3000) is None
    assert memory.answer_to(39, 8000) is None
    memory.answered(8000 % 40, 8000, 9000)
    assert memory.answer_to(8000 % 40, 8000) == 9000
    assert size(memory) == empty < 130_000


def test_ids_that_no_platform_gives_are_not_remembered() -> None:
    memory = Memory()
    memory.answered(1, 2, 3)
    for chat, question, answer in ((2**70, 2, 4), (1, -(2**70), 4), (1, 2, 2**63)):
        memory.answered(chat, question, answer)
        assert memory.answer_to(chat, question) in (None, 3)
    assert memory.answer_to(1, 2) == 3
    memory.answered(5, 6, 7)
    assert memory.answer_to(5, 6) == 7
