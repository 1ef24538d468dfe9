"""Keeps updates until they are answered, so that a kill loses none of them.

Why an inbox and not a late confirmation: the Bot API confirms updates as a
prefix (``offset``) and returns at most 100 at a time. To confirm only what is
answered lets one chat that waits for a 429 hold the prefix; 100 updates later
nobody is served any more, and every poll returns at once instead of waiting.
So updates are confirmed when they lie here, encrypted with a key that is
derived from the token and never stored. A row is erased when it is answered;
what stays for two days is the number of the update and of the answer.

Before a message is sent, a mark of 28 bytes is appended to a file beside the
database: one system call, where a transaction takes a dozen. Erasing may come
a moment later, so it is grouped. Both survive a killed process; WAL with
``synchronous=NORMAL`` does so, too.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Protocol

from adapters.base import may_pass, unusable
from adapters.sealing import Seal
from adapters.telegram import marks
from adapters.telegram.marks import Marks, Trace
from bot.errors import ConfigError

log = logging.getLogger("lotse.telegram")

Json = dict[str, Any]

KEPT = 48 * 3600.0
"""Seconds for which ids of answered updates are remembered; Telegram repeats for 24 hours."""
_SOON = 0.01
"""Seconds that an erasure may wait for others."""
_MOST_PROCESSES = 64
_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY, body BLOB NOT NULL, owner INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS answered (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS answered_sent ON answered (sent);
CREATE TABLE IF NOT EXISTS dead (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL) STRICT;
"""


class Inbox(Protocol):
    """The updates that wait for their answer, and the ids of those that have it.

    Its methods are called from one event loop and return quickly.
    """

    def close(self) -> None:
        """Write what is pending and close."""

    def put(self, updates: Iterable[Json]) -> list[Json]:
        """Store updates durably and return those that were not known yet."""

    def left_over(self) -> list[tuple[Json, Trace | None]]:
        """Return in order what was left unanswered by others that live no more, and take it over."""

    def mark(self, number: int, trace: Trace) -> None:
        """Note durably that a part of the answer is about to be sent."""

    def finish(self, number: int, sent: int = 0) -> None:
        """Erase an update that is answered; ``sent`` is the id of the message that answers it."""

    def bury(self, number: int, kind: str) -> None:
        """Put an update that nobody can read aside: its id and kind are all that is kept."""

    def sent_between(self, low: int, high: int) -> set[int]:
        """Return the ids of finished answers above ``low`` and below ``high``."""

    def sweep(self, older_than: float = KEPT) -> int:
        """Forget ids older than ``older_than`` seconds; return how many."""


class SqliteInbox:
    """The inbox on disk, of one process or of several that share a folder."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._seal = Seal(key)
        self._pending: dict[str, list[tuple[Any, ...]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._open: set[int] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder = folder
            with ExitStack() as opened:  # what a start on a full disk opened must not keep out the next one
                self._database = opened.enter_context(closing(_open(folder / "telegram.sqlite")))
                self.number, self._lock = _take_number(folder)
                opened.callback(os.close, self._lock)
                self._marks = Marks(folder, self.number)
                opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            if may_pass(error):
                raise
            raise unusable(folder, error) from None

    def __repr__(self) -> str:
        return "<SqliteInbox>"

    def close(self) -> None:
        """See ``Inbox.close``."""
        try:
            self._flush()
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            # Even on a full disk: what this life leaves must be free for the next one to take over.
            self._database.close()
            self._marks.close()
            os.close(self._lock)

    # --- taking in -----------------------------------------------------------

    def put(self, updates: Iterable[Json]) -> list[Json]:
        """See ``Inbox.put``."""
        offered = {update["update_id"]: update for update in updates}
        if not offered:
            return []
        with self._transaction():
            known = self._known(list(offered))
            fresh = [update for number, update in offered.items() if number not in known]
            rows = [(update["update_id"], self._encrypt(update), self.number) for update in fresh]
            self._database.executemany("INSERT INTO waiting (id, body, owner) VALUES (?, ?, ?)", rows)
        self._open.update(update["update_id"] for update in fresh)
        return fresh

    def _known(self, numbers: list[int]) -> set[int]:
        """Return which updates wait here or were answered."""
        # One statement for any number of them: SQLite keeps 128, and long ones take 10 KB each.
        listed = json.dumps(numbers)
        found: set[int] = set()
        for table in ("answered", "waiting"):
            query = f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - one of the two
            found.update(row[0] for row in self._database.execute(query, (listed,)))
        return found

    def left_over(self) -> list[tuple[Json, Trace | None]]:
        """See ``Inbox.left_over``; what an earlier life of this process left is returned, too."""
        traces = marks.read(self._folder, self.number)
        owners = self._database.execute("SELECT DISTINCT owner FROM waiting").fetchall()
        for (owner,) in owners:
            if owner != self.number and _is_dead(self._folder, owner):
                traces |= marks.read(self._folder, owner)
                values = (self.number, owner)
                self._database.execute("UPDATE waiting SET owner = ? WHERE owner = ?", values)
        query = "SELECT id, body FROM waiting WHERE owner = ? ORDER BY id"
        found: list[tuple[Json, Trace | None]] = []
        for number, body in self._database.execute(query, (self.number,)).fetchall():
            update = self._decrypt(body, number)
            if update is None:
                log.error("an unanswered update cannot be decrypted (was the token changed?)")
                self.bury(number, "undecipherable")
            else:
                found.append((update, traces.get(number)))
        self._open = {update["update_id"] for update, _ in found}
        kept = {update["update_id"]: trace for update, trace in found if trace is not None}
        self._marks.replace(kept)
        return found

    # --- going out -----------------------------------------------------------

    def mark(self, number: int, trace: Trace) -> None:
        """See ``Inbox.mark``."""
        self._marks.add(number, trace)

    def finish(self, number: int, sent: int = 0) -> None:
        """See ``Inbox.finish``."""
        self._open.discard(number)
        self._later("DELETE FROM waiting WHERE id = ?", (number,))
        self._later("INSERT OR IGNORE INTO answered VALUES (?, ?, ?)", (number, int(time.time()), sent))

    def bury(self, number: int, kind: str) -> None:
        """See ``Inbox.bury``."""
        self._later("INSERT OR IGNORE INTO dead VALUES (?, ?, ?)", (number, int(time.time()), kind[:40]))
        self.finish(number)

    def sent_between(self, low: int, high: int) -> set[int]:
        """See ``Inbox.sent_between``."""
        self._flush()
        query = "SELECT sent FROM answered WHERE sent > ? AND sent < ?"
        return {row[0] for row in self._database.execute(query, (low, high))}

    def sweep(self, older_than: float = KEPT) -> int:
        """See ``Inbox.sweep``; the log of the database is erased, too."""
        self._flush()
        limit = (int(time.time() - older_than),)
        count = self._database.execute("DELETE FROM answered WHERE at < ?", limit).rowcount
        count += self._database.execute("DELETE FROM dead WHERE at < ?", limit).rowcount
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    # --- inside --------------------------------------------------------------

    def _later(self, statement: str, values: tuple[Any, ...]) -> None:
        """Write soon, together with what else comes until then."""
        self._pending.setdefault(statement, []).append(values)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SOON, self._flush)

    def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if pending:
            try:
                with self._transaction():
                    for statement, rows in pending.items():
                        self._database.executemany(statement, rows)
            except sqlite3.Error:
                self._pending = pending  # a full disk may have room again when the next ones come
                raise
        if not self._open:
            self._marks.tidy()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._database)

    def _encrypt(self, update: Json) -> bytes:
        return self._seal.close(json.dumps(update).encode(), str(update["update_id"]))

    def _decrypt(self, body: bytes, number: int) -> Json | None:
        plain = self._seal.open(body, str(number))
        update = json.loads(plain) if plain else None
        return update if isinstance(update, dict) else None


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK if something goes wrong."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database.execute("COMMIT" if error is None else "ROLLBACK")


def _open(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    database = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        # A small page cache, so that memory does not grow with the ids of two days; rows are looked up singly.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "cache_size=-64"):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(_TABLES)
    except BaseException:
        database.close()
        raise
    return database


def _lock(folder: Path, number: int) -> int | None:
    """Return a descriptor that holds the lock of a process number, ``None`` if it is taken."""
    descriptor = os.open(folder / f"telegram.{number}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _take_number(folder: Path) -> tuple[int, int]:
    for number in range(_MOST_PROCESSES):
        descriptor = _lock(folder, number)
        if descriptor is not None:
            return number, descriptor
    raise ConfigError(
        f"LOTSE_STATE_DIR: {_MOST_PROCESSES} processes work with {folder} already, and no more can; "
        "give this one a folder of its own."
    )


def _is_dead(folder: Path, number: int) -> bool:
    descriptor = _lock(folder, number)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True
