"""A connection to Redis or Valkey for what several processes share.

Calls are synchronous with short time-outs, because the core asks for a session
in the middle of a turn: a call on the same machine or network takes a fraction
of a millisecond. While the server is away no caller waits for it: every call
fails at once, and only now and then one tries again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.observability import kind_of
from bot.errors import ConfigError

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger("lotse.redis")

T = TypeVar("T")

TIMEOUT = 0.3
"""Seconds to wait for an answer or a connection."""
LONGEST_PAUSE = 8.0
"""Seconds after which it is tried at the latest whether the server is back."""
_FIRST_PAUSE = 1.0


class AwayError(Exception):
    """The server does not answer, or cannot keep anything now. Go on without it."""


class Link:
    """One connection. Logs once when the server goes away, and once when it is back.

    ``outages`` counts how often it went away, ``back_at`` is when it last came
    back (on ``clock``), minus infinity if it never was away.
    """

    def __init__(
        self,
        url: str,
        level: int = logging.WARNING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = _client(url)
        self._level, self._clock = level, clock
        self._pause = 0.0
        self._not_before = 0.0
        self.outages = 0
        self.back_at = float("-inf")

    def __repr__(self) -> str:
        return "<Link>"

    @property
    def is_away(self) -> bool:
        """Whether the last call failed."""
        return self._pause > 0

    def script(self, source: str) -> Callable[..., Any]:
        """Return a Lua script as a function of its ``args``, which raises ``AwayError``."""
        registered = self._client.register_script(source)
        return lambda *arguments: self.run(lambda _: registered(args=arguments))

    def run(self, work: Callable[[Redis], T]) -> T:
        """Return what ``work`` makes of the client. Raises ``AwayError``."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra; see ``_client``

        if self._pause and self._clock() < self._not_before:
            raise AwayError
        try:
            result = work(self._client)
        except (RedisError, OSError) as error:
            self._failed(error)
            raise AwayError from None
        if self._pause:
            self._pause, self.back_at = 0.0, self._clock()
            log.log(min(self._level, logging.INFO), "Redis is back")
        return result

    def check(self) -> None:
        """Ask whether the server would serve us. Raises ``ConfigError`` if it refuses us for good."""
        from redis.exceptions import AuthenticationError, NoPermissionError, RedisError  # noqa: PLC0415

        try:
            self._client.ping()
        except (AuthenticationError, NoPermissionError):
            raise ConfigError("LOTSE_REDIS_URL: Redis refuses the user or the password.") from None
        except (RedisError, OSError) as error:
            self._failed(error)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _failed(self, error: Exception) -> None:
        if not self._pause:
            self.outages += 1
            log.log(
                self._level,
                "Redis is away; questions are answered without it",
                extra={"error": kind_of(error)},
            )
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
        self._not_before = self._clock() + self._pause


def examine(url: str) -> tuple[bool, str]:
    """Return whether the server can be used, and a sentence about it. Raises ``ConfigError``."""
    link = Link(url, logging.DEBUG)
    try:
        link.check()
    finally:
        link.close()
    if link.is_away:
        return False, "LOTSE_REDIS_URL: Redis does not answer; the bot would go on without it."
    return True, "Redis answers."


def _client(url: str) -> Redis:
    try:
        from redis import Redis  # noqa: PLC0415 - an extra, and slow to import
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "LOTSE_REDIS_URL: the client is not installed; pip install 'sicherheitslotse[redis]'."
        ) from None
    try:
        # One retry at once: a connection that was idle may have been closed from the other side.
        return Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError:
        raise ConfigError("LOTSE_REDIS_URL: expected redis://host:port, rediss://… or unix://….") from None
