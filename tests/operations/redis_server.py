"""A real Redis or Valkey for the tests: on a free loopback port, with a folder of its own, to be stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from tests.operations.conftest import eventually, free_port

PROGRAM = shutil.which("valkey-server") or shutil.which("redis-server")


@dataclass
class RedisServer:
    """A server that keeps nothing on disk, as ``docs/scaling.md`` recommends."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for ``LOTSE_REDIS_URL``."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start it, empty, and wait until it answers."""
        assert PROGRAM is not None
        quiet = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._process = subprocess.Popen(
            [PROGRAM, "--port", str(self.port), *quiet, *options], stdout=subprocess.DEVNULL
        )
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            with Redis(port=self.port, socket_timeout=5) as client:
                return bool(client.ping())
        except AuthenticationError:
            return True
        except RedisError:
            return False

    def kill(self) -> None:
        """End it without a warning; what it held is gone."""
        if self._process is not None:
            self.freeze(False)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self, frozen: bool) -> None:
        """Keep it from answering although it accepts connections, or let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def everything(self) -> dict[bytes, bytes]:
        """Return all keys with all that they hold, in one piece each."""
        with Redis(port=self.port) as client:
            return {key: _held(client, key) for key in client.scan_iter()}

    def times_to_live(self) -> dict[bytes, int]:
        """Return in how many seconds each key will be forgotten; -1 for never."""
        with Redis(port=self.port) as client:
            found = {key: int(client.pttl(key)) for key in client.scan_iter()}  # type: ignore[arg-type]
        # -2: gone since it was listed.
        return {key: -1 if left == -1 else ceil(left / 1000) for key, left in found.items() if left != -2}


def _held(client: Redis, key: bytes) -> bytes:
    match client.type(key):
        case b"string":
            found = [client.get(key)]
        case b"hash":
            found = [part for pair in client.hgetall(key).items() for part in pair]  # type: ignore[union-attr]
        case b"set":
            found = list(client.smembers(key))  # type: ignore[arg-type]
        case b"zset":
            found = [member for member, _ in client.zrange(key, 0, -1, withscores=True)]  # type: ignore
        case b"none":  # gone since it was listed
            found = []
        case other:
            raise AssertionError(f"nobody looks into a {other!r}")
    return b"\n".join(part for part in found if isinstance(part, bytes))


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A running server; skipped where none is installed."""
    if PROGRAM is None:
        pytest.skip("no redis-server or valkey-server in PATH: what several processes share is not tested")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()
