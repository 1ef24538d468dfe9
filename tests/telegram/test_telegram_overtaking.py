"""Which messages of a chat may be emergency answers whose number nobody knows."""

from __future__ import annotations

import time

from adapters.telegram import overtaking
from adapters.telegram.marks import Trace
from adapters.telegram.overtaking import SETTLED, Overtaking

CHAT, OTHER = 7, 8


def above(number: int) -> Trace:
    """Return the trace of an answer that was sent when ``number`` was the highest one of its chat."""
    return Trace(0, number, number)


def test_one_under_way_may_be_what_is_found() -> None:
    alarms = Overtaking()
    alarms.begin(CHAT)
    alarms.begin(CHAT)
    alarms.end(CHAT)
    assert alarms.may_be(CHAT, above(5))
    assert not alarms.may_be(OTHER, above(5))
    alarms.end(CHAT)
    assert not alarms.may_be(CHAT, above(5))


def test_a_lost_one_has_a_lower_number_than_what_is_sent_when_it_has_settled() -> None:
    alarms = Overtaking()
    alarms.lose(CHAT)
    late = time.monotonic() + SETTLED
    alarms.place(CHAT, 20, time.monotonic())
    assert alarms.may_be(CHAT, above(20)), "it may still take effect, and get a higher number"
    alarms.place(CHAT, 0, late)
    alarms.place(OTHER, 30, late)
    assert alarms.may_be(CHAT, above(20)), "nothing is known of this chat"
    alarms.place(CHAT, 40, late)
    assert not alarms.may_be(CHAT, above(40))
    assert alarms.may_be(CHAT, above(39)), "sent before, and put aside since"
    alarms.place(CHAT, 50, late)
    assert not alarms.may_be(CHAT, above(40)), "the first one that is known counts"
    alarms.lose(CHAT)
    assert alarms.may_be(CHAT, above(50)), "a new one is as unknown as the first"


def test_what_is_remembered_is_bounded() -> None:
    alarms = Overtaking()
    for chat in range(overtaking._MOST_CHATS + 1):
        alarms.lose(chat)
    assert not alarms.may_be(0, above(5)), "the oldest one"
    assert alarms.may_be(1, above(5))
