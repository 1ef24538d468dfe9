"""The channel's own state on disk: credentials, sync token, ledger of event ids.

``session.json``        who is logged in and with which device (mode 0600)
``cross_signing.json``  the seeds of the account's identity: back this up (0600)
``state.db``            sync token and ledger: back this up (0600)
``crypto/``             the library's encrypted key store: never restore it
``lock``                held by the one process that may use the folder

No text, name or room id is kept: the ledger holds ids of messages only.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from adapters.base import may_pass, unusable
from bot.errors import ConfigError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (key TEXT PRIMARY KEY, reply TEXT NOT NULL, added REAL NOT NULL);
CREATE INDEX IF NOT EXISTS ledger_reply ON ledger (reply);
CREATE INDEX IF NOT EXISTS ledger_added ON ledger (added);
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Login:
    """A device of the bot that is logged in, and the key that seals its key store."""

    user: str
    device: str
    token: str = field(repr=False)
    pickle_key: str = field(repr=False)


class Store:
    """The folder of the channel. Opening it takes the lock; closing gives it back.

    Raises ``ConfigError`` when another process holds the lock, or the folder
    cannot be written.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if may_pass(error):
                raise
            raise unusable(folder, error) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise ConfigError(
                f"LOTSE_STATE_DIR: another process serves Matrix from {folder}; stop it first."
            ) from None
        try:
            self._database = _open(folder / "state.db")
        except BaseException as error:
            os.close(self._lock)  # a start that fails on a full disk must not keep out the next one
            if isinstance(error, OSError | sqlite3.Error) and not may_pass(error):
                raise unusable(folder, error) from None
            raise

    def close(self) -> None:
        """Close the database and release the lock."""
        self._database.close()
        os.close(self._lock)

    @property
    def crypto_folder(self) -> Path:
        """The folder of the library's key store; created with mode 0700."""
        folder = self.folder / "crypto"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    # --- ledger ------------------------------------------------------------------

    def seen(self, key: str) -> bool:
        """Return whether ``key`` (the id of an event) is in the ledger."""
        return self._database.execute("SELECT 1 FROM ledger WHERE key = ?", (key,)).fetchone() is not None

    def add(self, key: str, reply: str = "") -> None:
        """Remember ``key`` and the id of the event that answers it, durably."""
        self._database.execute("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)", (key, reply, self._clock()))

    def reply_to(self, key: str) -> str:
        """Return the id of the event that answered ``key``, ``""`` if there is none."""
        row = self._database.execute("SELECT reply FROM ledger WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def is_reply(self, event: str) -> bool:
        """Return whether ``event`` is one of the bot's own answers."""
        query = "SELECT 1 FROM ledger WHERE reply = ? AND reply != ''"
        return self._database.execute(query, (event,)).fetchone() is not None

    def unanswered(self, prefix: str, since: float) -> frozenset[str]:
        """Return the keys that were added with ``prefix`` after ``since`` and never without it."""
        query = (
            "SELECT substr(key, ?) FROM ledger WHERE key > ? AND key < ? AND added > ?"
            " AND substr(key, ?) NOT IN (SELECT key FROM ledger)"
        )
        length = len(prefix) + 1
        values = (length, prefix, prefix + "\U0010ffff", since, length)
        return frozenset(row[0] for row in self._database.execute(query, values))

    def sweep(self, older_than: float) -> int:
        """Forget keys added more than ``older_than`` seconds ago; return how many."""
        limit = self._clock() - older_than
        return self._database.execute("DELETE FROM ledger WHERE added < ?", (limit,)).rowcount

    # --- marks -------------------------------------------------------------------

    def mark(self, name: str) -> str:
        """Return the value kept under ``name``, ``""`` if there is none."""
        row = self._database.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_mark(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name`` (``sync`` is the sync token)."""
        self._database.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, value))

    def settle(self) -> None:
        """Bring all that was written to the disk itself, so that a power cut does not undo it; slow."""
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- secrets -----------------------------------------------------------------

    def login(self) -> Login | None:
        """Return the kept login. Raises ``ConfigError`` if the file is damaged."""
        return read_login(self.folder)

    def keep_login(self, login: Login) -> None:
        """Keep ``login`` with mode 0600."""
        write_private(self.folder / "session.json", json.dumps(asdict(login)).encode())

    def secrets(self) -> dict[str, str]:
        """Return the kept cross-signing seeds (base64) and recovery key; empty if there are none."""
        return _read_json(self.folder / "cross_signing.json") or {}

    def keep_secrets(self, secrets: dict[str, str]) -> None:
        """Keep the seeds with mode 0600."""
        write_private(self.folder / "cross_signing.json", json.dumps(secrets, indent=1).encode())


def read_login(folder: Path) -> Login | None:
    """Return the login kept in ``folder``. Raises ``ConfigError`` if the file is damaged."""
    kept = _read_json(folder / "session.json")
    if kept is None:
        return None
    try:
        return Login(kept["user"], kept["device"], kept["token"], kept["pickle_key"])
    except KeyError:
        raise ConfigError(f"{folder / 'session.json'}: damaged; delete it to log in anew.") from None


def write_private(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` with mode 0600, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _open(file: Path) -> sqlite3.Connection:
    _create_private(file)
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        # In KiB: memory must not grow with the ids of two months; rows are looked up singly.
        database.execute("PRAGMA cache_size = -64")
        database.executescript(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _create_private(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _read_json(path: Path) -> dict[str, str] | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        kept = json.loads(text)
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise ConfigError(f"{path}: damaged; restore it from a backup or delete it.")
    return kept
