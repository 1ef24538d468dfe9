"""Sessions that several processes share, in Redis: encrypted, under a keyed hash, for half an hour.

Redis being away costs the memory of a conversation and nothing else: a turn
then begins anew, as it does half an hour later.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.redis import AwayError, Link
from adapters.sealing import Seal
from bot.errors import ConfigError
from bot.reply import Aspect, Option
from bot.session import MOST, SECONDS, Intent, Session

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
_FIELDS = frozenset(field.name for field in fields(Session))
_LATER = frozenset(["listed", "over"])
"""Fields that earlier versions, which refuse what they do not know, have not."""


class RedisSessions:
    """Sessions behind a ``Link``. Its methods never raise and never wait long."""

    def __init__(self, link: Link, seal: Seal) -> None:
        self._link, self._seal = link, seal
        self._outdated: OrderedDict[str, None] = OrderedDict()

    def get(self, conversation: str) -> Session | None:
        """See ``Sessions.get``."""
        name = self._name(conversation)
        try:
            sealed: Any = self._run(lambda redis: redis.get(name))
        except AwayError:
            return None
        plain = self._seal.open(sealed, name) if sealed else None
        return read(plain) if plain else None

    def put(self, conversation: str, session: Session) -> None:
        """See ``Sessions.put``."""
        name = self._name(conversation)
        sealed = self._seal.close(written(session), name)
        self._change(name, lambda redis: redis.set(name, sealed, ex=SECONDS))

    def drop(self, conversation: str) -> None:
        """See ``Sessions.drop``."""
        name = self._name(conversation)
        self._change(name, lambda redis: redis.delete(name))

    def sweep(self) -> None:
        """Leave it to the server, which deletes each session when its time is over (``put``)."""

    def _change(self, name: str, work: Callable[[Redis], object]) -> None:
        try:
            self._run(work)
        except AwayError:
            # What lies there is no longer true, and its person may have asked to be forgotten.
            self._outdated[name] = None
            if len(self._outdated) > MOST:
                self._outdated.popitem(last=False)

    def _run(self, work: Callable[[Redis], T]) -> T:
        if self._outdated:
            names = list(self._outdated)
            self._link.run(lambda redis: redis.delete(*names))
            self._outdated.clear()
        return self._link.run(work)

    def _name(self, conversation: str) -> str:
        return f"lotse:session:{self._seal.name(conversation)}"


def connect(url: str, token: str) -> RedisSessions:
    """Return the sessions in the Redis at ``url``, hidden with a key derived from ``token``.

    Raises ``ConfigError`` without a token, or if Redis refuses us for good.
    """
    require_token(token)
    link = Link(url)
    link.check()
    return RedisSessions(link, Seal(hmac.digest(token.encode(), b"lotse sessions", hashlib.sha256)))


def require_token(token: str) -> None:
    """Raise ``ConfigError`` for a Redis without a Telegram ``token``."""
    if not token:
        raise ConfigError(
            "LOTSE_REDIS_URL: works with LOTSE_TELEGRAM_TOKEN only, from which the key for what lies there is "
            "derived. Matrix runs in one process and needs no Redis."
        )


def written(session: Session) -> bytes:
    """Return a session as JSON, without what is empty and not known to every version of the program."""
    row = {name: value for name, value in asdict(session).items() if value or name not in _LATER}
    return json.dumps(row, separators=(",", ":")).encode()


def read(plain: bytes) -> Session | None:
    """Return the session that was written, ``None`` if another version of the program wrote it otherwise.

    What a later version remembers besides is left out: an alarm must outlive an upgrade of one process after the other.
    """
    try:
        row = {name: value for name, value in json.loads(plain).items() if name in _FIELDS}
        return Session(
            focus=_intent(row.pop("focus")),
            earlier=_intents(row.pop("earlier")),
            options=tuple(Option(**option) for option in row.pop("options")),
            pair=_intents(row.pop("pair")),
            listed=_intents(row.pop("listed", [])),
            **row,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _intents(rows: list[dict[str, str]]) -> tuple[Intent, ...]:
    return tuple(intent for row in rows if (intent := _intent(row)))


def _intent(row: dict[str, str] | None) -> Intent | None:
    if row is None:
        return None
    aspect = None if row["aspect"] is None else Aspect(row["aspect"])
    return Intent(row["topic"], aspect, row["detail"])
