"""What storage that fails means: a full disk passes and ends nothing, wrong rights or a damaged file do not."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from adapters.base import may_pass, unusable
from adapters.matrix.queues import RoomQueues
from adapters.matrix.store import Store
from adapters.observability import kind_of
from adapters.telegram.inbox import SqliteInbox
from bot.errors import ConfigError

Database = Callable[[str], object]


def refused(database: Database, *statements: str) -> Exception:
    """Return the error that the last of ``statements`` meets."""
    try:
        for statement in statements:
            database(statement)
    except (sqlite3.Error, peewee.PeeweeException) as error:
        return error
    raise AssertionError("it was done")


NO_ROOM = ("CREATE TABLE t (x)", "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")


def full() -> Exception:
    """The error of a database that may not grow."""
    with closing(sqlite3.connect(":memory:")) as database:
        return refused(database.execute, *NO_ROOM)


def wrapped() -> Exception:
    """The same, as the library of the key store reports it."""
    with closing(peewee.SqliteDatabase(":memory:")) as database:
        return refused(database.execute_sql, *NO_ROOM)


def damaged(folder: Path) -> Exception:
    file = folder / "damaged"
    file.write_bytes(b"no database at all " * 100)
    with closing(sqlite3.connect(file)) as database:
        return refused(database.execute, "SELECT * FROM t")


def test_full_disks_pass_and_mistakes_do_not(tmp_path: Path) -> None:
    assert may_pass(full())
    assert may_pass(wrapped())
    assert kind_of(wrapped()) == "OperationalError (SQLITE_FULL)"
    assert not may_pass(damaged(tmp_path))
    for number in (errno.ENOSPC, errno.EIO, errno.EMFILE):
        assert may_pass(OSError(number, os.strerror(number)))
    for number in (errno.EACCES, errno.EROFS, errno.ENOTDIR):
        assert not may_pass(OSError(number, os.strerror(number)))
    assert not may_pass(ValueError())


def test_a_matrix_store_that_could_not_be_opened_keeps_out_nobody(tmp_path: Path) -> None:
    (tmp_path / "state.db-wal").mkdir()
    with pytest.raises(sqlite3.Error):
        Store(tmp_path)
    (tmp_path / "state.db-wal").rmdir()
    Store(tmp_path).close()


def test_a_matrix_store_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(ConfigError, match=r"LOTSE_STATE_DIR: cannot use .*SQLITE_NOTADB"):
        Store(tmp_path)


def test_a_telegram_inbox_that_could_not_be_opened_keeps_out_nobody(tmp_path: Path) -> None:
    (tmp_path / "telegram.0.marks").mkdir()
    with pytest.raises(ConfigError, match=r"LOTSE_STATE_DIR: cannot use .*Is a directory"):
        SqliteInbox(tmp_path, b"k" * 32)
    (tmp_path / "telegram.0.marks").rmdir()
    inbox = SqliteInbox(tmp_path, b"k" * 32)
    assert inbox.number == 0
    inbox.close()


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), r"\(Read-only file system\); .*mount it writable"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), r"\(Permission denied\); give it"),
        (
            OSError(errno.ENOENT, os.strerror(errno.ENOENT)),
            r"\(No such file or directory\); look at the folder",
        ),
        (OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), r"\(a file is in its place or above it\); move"),
        (OSError(errno.EEXIST, os.strerror(errno.EEXIST)), r"\(a file is in its place or above it\); move"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named_with_the_mend(
    tmp_path: Path, error: OSError, mend: str
) -> None:
    assert re.fullmatch(rf"LOTSE_STATE_DIR: cannot use {tmp_path} {mend}.*\.", str(unusable(tmp_path, error)))


def test_answers_that_could_not_be_noted_on_a_full_disk_are_noted_later(tmp_path: Path) -> None:
    """Otherwise they would be given again after the next start."""

    async def scenario() -> None:
        inbox = SqliteInbox(tmp_path, b"k" * 32)
        inbox.put([{"update_id": 1}, {"update_id": 2}])
        with sqlite3.connect(tmp_path / "telegram.sqlite", isolation_level=None) as disk:
            # Full as seen from outside: a trigger refuses the row, as the file system would.
            disk.execute(
                "CREATE TRIGGER full BEFORE INSERT ON answered BEGIN SELECT raise(FAIL, 'full'); END"
            )
            inbox.finish(1, sent=7)
            with pytest.raises(sqlite3.Error):
                inbox.sweep()
            disk.execute("DROP TRIGGER full")
        disk.close()
        inbox.finish(2, sent=8)
        assert inbox.sent_between(0, 9) == {7, 8}
        inbox.close()
        again = SqliteInbox(tmp_path, b"k" * 32)
        assert again.left_over() == []
        again.close()

    asyncio.run(scenario())


def test_a_message_that_meets_a_full_disk_is_not_settled_and_one_that_is_broken_is() -> None:
    """The first must be handled again after a restart; the second must not hold up its room."""

    async def scenario() -> tuple[list[int], list[str]]:
        released: list[int] = []
        broken: list[str] = []
        queues = RoomQueues(released.append, lambda error: broken.append(kind_of(error)))

        async def meets(error: Exception) -> None:
            raise error

        async def works() -> None:
            return

        queues.put("!room", lambda: meets(ValueError("poison")), 1)
        queues.put("!room", lambda: meets(full()), 2)
        queues.put("!room", works, 3)
        await queues.drain(10)
        return released, broken

    assert asyncio.run(scenario()) == ([1], ["OperationalError (SQLITE_FULL)"])
