"""The order of work in rooms, and which sync token may be stored, where a room is left in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from adapters.matrix.queues import Progress, RoomQueues


class Desk:
    """Queues over a ``Progress``, what they have done and which tokens could be stored."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.tokens: list[str] = []
        self.done: list[str] = []
        self.queues = RoomQueues(self.release)

    def release(self, ticket: int) -> None:
        """Give one hold back."""
        if token := self.progress.release(ticket):
            self.tokens.append(token)

    def sync(self, token: str, *acts: Callable[[int], None]) -> None:
        """Do what one sync brings, within one turn of the loop."""
        ticket = self.progress.open(token)
        for act in acts:
            act(ticket)
        self.release(ticket)

    def say(self, room: str, what: str) -> Callable[[int], None]:
        """Return what queues a message."""

        async def work() -> None:
            await asyncio.sleep(0)
            self.done.append(what)

        return lambda ticket: self.queues.put(room, work, self.progress.hold(ticket))

    def leave(self, room: str) -> Callable[[int], None]:
        """Return what gives a room up."""
        return lambda _: self.queues.drop(room)


@pytest.mark.parametrize("pause", [0, 1, 2, 3])
@pytest.mark.parametrize("before", [1, 3])
def test_a_room_that_was_left_works_again_after_the_next_invitation(pause: int, before: int) -> None:
    """However far its worker had come, which may not have begun when a key and a leave come in one sync."""

    async def run() -> Desk:
        desk = Desk()
        desk.sync("t1", *[desk.say("!r", "before")] * before)
        for _ in range(pause):
            await asyncio.sleep(0)
        desk.sync("t2", desk.leave("!r"))
        for _ in range(pause):
            await asyncio.sleep(0)
        desk.sync("t3", desk.say("!r", "after"))
        await desk.queues.calm(5.0, 5.0)
        return desk

    desk = asyncio.run(run())
    assert desk.done[-1:] == ["after"]
    assert (desk.tokens[-1], desk.queues.open) == ("t3", 0)


def test_a_room_may_be_left_and_entered_in_one_sync() -> None:
    async def run() -> Desk:
        desk = Desk()
        desk.sync("t1", desk.say("!r", "before"), desk.leave("!r"), desk.say("!r", "after"))
        desk.sync("t2", desk.leave("!other"), desk.say("!other", "there"), desk.leave("!other"))
        await desk.queues.calm(5.0, 5.0)
        return desk

    desk = asyncio.run(run())
    assert desk.done == ["after"]
    assert (desk.tokens, desk.queues.open) == (["t2"], 0)


@pytest.mark.parametrize("pause", [0, 3])
def test_an_end_leaves_what_waits_to_the_next_start(pause: int) -> None:
    """What is not done is not released, and nothing is begun any more."""

    async def run() -> Desk:
        desk, never = Desk(), asyncio.Event()

        async def hang() -> None:
            await never.wait()

        desk.sync("t1", lambda ticket: desk.queues.put("!r", hang, desk.progress.hold(ticket)))
        desk.sync("t2", desk.say("!r", "two"))
        for _ in range(pause):
            await asyncio.sleep(0)
        await desk.queues.drain(0.0)
        for _ in range(3):
            await asyncio.sleep(0)
        return desk

    desk = asyncio.run(run())
    assert (desk.done, desk.tokens, desk.queues._workers) == ([], [], {})


def test_storing_a_token_takes_no_longer_when_an_old_one_is_held() -> None:
    """A question whose key does not come holds its sync; thousands of syncs may follow it."""

    class Looks(dict[int, tuple[str, int]]):
        count = 0

        def __getitem__(self, key: int) -> tuple[str, int]:
            type(self).count += 1
            return super().__getitem__(key)

        def __iter__(self) -> None:  # type: ignore[override]
            raise AssertionError("looked through all")

    progress = Progress()
    progress._open = Looks()
    held = progress.open("held")
    for number in range(1000):
        assert progress.release(progress.open(str(number))) == ""
    assert Looks.count < 10 * 1000
    assert progress.release(held) == "999"
    assert not len(progress._open)
