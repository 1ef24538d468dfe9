"""The inbox that several processes share, in a real Redis, without the processes around it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.sealing import Seal
from adapters.telegram.inbox import SqliteInbox
from adapters.telegram.marks import Trace
from adapters.telegram.shared import RedisInbox, TakenOverError, queue_of
from tests.operations.redis_server import RedisServer, redis_server

__all__ = ["redis_server"]

KEY = bytes(range(32))
LEASE = 0.5

Open = Callable[[], RedisInbox]


def question(number: int, chat: int = 9_177_001) -> dict[str, Any]:
    message = {"chat": {"id": chat}, "from": {"id": chat}, "text": f"Geheimnis {number}"}
    return {"update_id": number, "message": message}


def with_inboxes(
    redis: RedisServer, folder: Path, scenario: Callable[[Open], Awaitable[None]], lease: float = LEASE
) -> None:
    """Run a scenario that opens as many inboxes as it likes, each with a disk of its own."""
    opened: list[RedisInbox] = []

    def opens() -> RedisInbox:
        own = SqliteInbox(folder / str(len(opened)), KEY)
        opened.append(RedisInbox(redis.url, Seal(KEY), own, lease))
        opened[-1].beat()
        return opened[-1]

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await scenario(opens)
            for inbox in opened:
                inbox.close()

    asyncio.run(bounded())


async def until(look: Callable[[], object]) -> None:
    while not look():
        await asyncio.sleep(0.02)


def test_what_is_known_is_not_taken_in_again(tmp_path: Path, redis_server: RedisServer) -> None:
    async def scenario(opens: Open) -> None:
        first, second = opens(), opens()
        updates = [question(number) for number in (1, 2, 3)]
        assert first.put(updates) == updates
        assert first.put(updates) == []
        assert second.put(updates) == [], "another process has them"
        assert second.left_over() == [], "and lives"
        first.finish(1, sent=77)
        assert first.sent_between(70, 80) == {77}
        assert second.sent_between(70, 77) == set()
        assert second.sent_between(76, 80) == {77}
        assert second.put(updates[:1]) == [], "answered"
        first.bury(2, "message")
        first.sweep()
        assert second.sent_between(70, 80) == {77}

    with_inboxes(redis_server, tmp_path, scenario)


def test_a_chat_belongs_to_one_process(tmp_path: Path, redis_server: RedisServer) -> None:
    async def scenario(opens: Open) -> None:
        first, second = opens(), opens()
        assert first.owner(question(1)) == first.me
        assert second.owner(question(2)) == first.me
        assert second.owner(question(3, chat=5)) == second.me
        assert first.owner(question(4, chat=5)) == second.me

    with_inboxes(redis_server, tmp_path, scenario, lease=60)


def test_the_living_succeed_the_dead(tmp_path: Path, redis_server: RedisServer) -> None:
    """Updates, marks and chats go over together, and the one who was only slow finds out."""

    async def scenario(opens: Open) -> None:
        slow = opens()
        updates = [question(number) for number in (3, 1, 2)]
        assert slow.owner(updates[0]) == slow.me
        assert slow.put(updates) == updates
        slow.mark(2, Trace(1, 5, 6))
        slow.finish(3)
        heir = opens()
        await until(lambda: heir.owner(question(4)) is None)  # the lease ends
        assert heir.left_over() == [(question(1), None), (question(2), Trace(1, 5, 6))]
        assert heir.left_over() == []
        assert opens().owner(question(4)) == heir.me, "the chat went with its updates"
        with pytest.raises(TakenOverError):
            slow.mark(1, Trace(0, 0, 0))
        with pytest.raises(TakenOverError):
            slow.beat()
        slow.finish(1, sent=50)
        assert slow.sent_between(0, 100) == set(), "it is not his answer any more"
        heir.mark(1, Trace(0, 0, 0))
        heir.finish(1, sent=60)
        assert heir.sent_between(0, 100) == {60}
        # What the slow one still takes in before he finds out is not lost.
        late = question(9, chat=77)
        assert slow.put([late]) == [late]
        await until(heir.beat)
        assert heir.left_over() == [(late, None)]

    with_inboxes(redis_server, tmp_path, scenario)


def test_a_clean_end_leaves_the_rest_to_the_others_at_once(tmp_path: Path, redis_server: RedisServer) -> None:
    async def scenario(opens: Open) -> None:
        first, second = opens(), opens()
        first.put([question(1)])
        first.close()
        assert second.beat()
        assert second.left_over() == [(question(1), None)]
        first.close = lambda: None  # type: ignore[method-assign]

    with_inboxes(redis_server, tmp_path, scenario, lease=60)


def test_away_updates_are_kept_on_disk(tmp_path: Path, redis_server: RedisServer) -> None:
    """Nothing is lost when Redis forgets all, and what was answered meanwhile is told afterwards."""

    async def scenario(opens: Open) -> None:
        inbox = opens()
        inbox.put([question(1)])
        redis_server.kill()
        assert inbox.put([question(2), question(3)]) == [question(2), question(3)]
        assert inbox.put([question(2)]) == []
        inbox.mark(1, Trace(0, 0, 0))
        inbox.mark(2, Trace(0, 0, 0))
        inbox.finish(2, sent=20)
        inbox.sent_between(0, 1)  # writes what is pending
        with closing(sqlite3.connect(tmp_path / "0" / "telegram.sqlite")) as disk:
            kept = disk.execute("SELECT id FROM waiting").fetchall()
        assert kept == [(3,)], "it would be answered after a kill"
        redis_server.start()
        await until(lambda: not inbox.link.is_away or _beats(inbox))
        another = opens()
        assert another.put([question(1)]) == [], "put back"
        assert another.put([question(2)]) == [], "told"
        inbox.finish(1)
        inbox.finish(3)
        assert another.sent_between(0, 100) == {20}

    with_inboxes(redis_server, tmp_path, scenario, lease=60)


def test_what_was_stored_although_the_answer_was_lost_is_found(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """The same process, seen from a memory that knows nothing of it."""

    async def scenario(opens: Open) -> None:
        inbox, twin = opens(), opens()
        twin.me = inbox.me
        twin.put([question(1)])
        assert inbox.put([question(1)]) == [question(1)], "ours, and not begun yet"
        twin.put([question(2)])
        assert inbox.left_over() == [(question(2), None)]

    with_inboxes(redis_server, tmp_path, scenario, lease=60)


def _beats(inbox: RedisInbox) -> bool:
    try:
        return inbox.beat()
    except Exception:  # noqa: BLE001 - still away
        return False


def test_nothing_readable_lies_there_and_all_expires(tmp_path: Path, redis_server: RedisServer) -> None:
    async def scenario(opens: Open) -> None:
        inbox = opens()
        inbox.owner(question(1))
        inbox.put([question(1)])
        inbox.mark(1, Trace(0, 1, 1))
        held = b"\n".join(part for pair in redis_server.everything().items() for part in pair)
        assert b"Geheimnis" not in held
        assert b"9177001" not in held
        assert all(0 < seconds <= 48 * 3600 for seconds in redis_server.times_to_live().values())
        inbox.finish(1, sent=4)
        assert inbox.sent_between(0, 9) == {4}
        inbox.sweep()
        inbox.beat()
        left = redis_server.times_to_live()
        assert all(0 < seconds <= 48 * 3600 for seconds in left.values()), left
        assert not any(b":u:" in key or b":o:" in key for key in left)

    with_inboxes(redis_server, tmp_path, scenario, lease=60)


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"update_id": 1, "message": {"chat": {"id": 5}, "from": {"id": 7}}}, 5),
        ({"update_id": 1, "callback_query": {"from": {"id": 7}, "message": {"chat": {"id": 5}}}}, 5),
        ({"update_id": 1, "callback_query": {"from": {"id": 7}}}, 7),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": -5}, "from": {"id": 7}}}, -5),
        ({"update_id": 1, "message": {"chat": 5, "message": []}}, "update 1"),
        ({"update_id": 1, "odd": None}, "update 1"),
    ],
)
def test_updates_are_ordered_by_chat_whatever_their_shape(update: dict[str, Any], expected: object) -> None:
    assert queue_of(update) == expected
