"""What storage that fails means: a full disk passes and ends nothing, wrong rights or a damaged file do not."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from pathlib import Path

import peewee
import pytest

from adapters.base import may_pass
from adapters.matrix.queues import RoomQueues
from adapters.matrix.store import Store
from adapters.observability import kind_of
from adapters.telegram.inbox import SqliteInbox
from bot.errors import ConfigError


def full() -> sqlite3.Error:
    """The error of a database that may not grow."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (x)")
    database.execute("PRAGMA max_page_count = 1")
    try:
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    except sqlite3.Error as error:
        return error
    finally:
        database.close()
    raise AssertionError("it grew")


def damaged(folder: Path) -> sqlite3.Error:
    file = folder / "damaged"
    file.write_bytes(b"no database at all " * 100)
    database = sqlite3.connect(file)
    try:
        database.execute("SELECT * FROM t")
    except sqlite3.Error as error:
        return error
    finally:
        database.close()
    raise AssertionError("it was read")


def wrapped() -> Exception:
    """The same as ``full``, as the library of the key store reports it."""
    database = peewee.SqliteDatabase(":memory:")
    try:
        database.execute_sql("CREATE TABLE t (x)")
        database.execute_sql("PRAGMA max_page_count = 1")
        database.execute_sql("INSERT INTO t VALUES (zeroblob(100000))")
    except peewee.OperationalError as error:
        return error
    finally:
        database.close()
    raise AssertionError("it grew")


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


def test_a_telegram_inbox_that_could_not_be_opened_keeps_out_nobody(tmp_path: Path) -> None:
    (tmp_path / "telegram.0.marks").mkdir()
    with pytest.raises(ConfigError, match=r"LOTSE_STATE_DIR: cannot use .*Is a directory"):
        SqliteInbox(tmp_path, b"k" * 32)
    (tmp_path / "telegram.0.marks").rmdir()
    inbox = SqliteInbox(tmp_path, b"k" * 32)
    assert inbox.number == 0
    inbox.close()


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
