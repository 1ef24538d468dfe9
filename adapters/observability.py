"""What an operator can see: one log line per turn, and the state of each channel; never a person.

Three things keep persons out of the log. A line shows only the values named in
``SHOWN``. Of the lines of libraries, which may quote what was sent, only their
place in the code is shown. Of an error only its kind and place are shown,
because its message may quote too. Last, whatever looks like a secret or an id
is blacked out in the finished line.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import sys
import traceback
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import IO, Any
from urllib.parse import quote

SHOWN = (
    "channel",
    "outcome",
    "topic",
    "ms",
    "error",
    "place",
    "failures",
    "seconds",
    "rooms",
    "kind",
    "part",
    "count",
    "content",
    "mistakes",
    "what",
)
"""The values of a log record that are written, in this order."""
OWN = "lotse"
"""Root of the loggers whose messages are written for operators and quote nobody."""
_BLACKED = "[secret]"
_SHORTEST_SECRET = 6
_LONGEST_VALUE = 300


def _any_of(*words: str) -> Callable[[str], bool]:
    """Return a quick test whether one of ``words`` stands in a text in lower case."""

    def stands(text: str) -> bool:
        for word in words:  # noqa: SIM110 - any() takes four times as long, for every line of the log
            if word in text:
                return True
        return False

    return stands


_PATTERNS: tuple[tuple[Callable[[str], object], re.Pattern[str], str], ...] = (
    (
        re.compile(r":[a-z0-9_-]{30}").search,  # token of a Telegram bot
        re.compile(r"\d{5,20}:[A-Za-z0-9_-]{30,}"),
        _BLACKED,
    ),
    (
        _any_of("syt_", "mat_", "mct_", "syr_", "mar_"),  # tokens of Matrix servers
        re.compile(r"\b(?:syt|mat|mct|syr|mar)_[A-Za-z0-9_+/=-]{8,}"),
        _BLACKED,
    ),
    (
        _any_of("bearer", "access_token="),
        re.compile(r"(?i)\b(bearer\s+|access_token=)[^\s&\"']+"),
        rf"\1{_BLACKED}",
    ),
    (
        _any_of("@", "!", "#", "$", "+"),  # ids of Matrix
        re.compile(r"(?<![\w.])[@!#$+][A-Za-z0-9._=/+-]+:[A-Za-z0-9.-]+(?::\d+)?"),
        "[id]",
    ),
)
"""A quick test whether a line, in lower case, may have something; what that looks like; what is written instead.

To look for the patterns themselves took half of the time of a line (measured)."""


class State(StrEnum):
    """How a channel is doing."""

    CONNECTING = "connecting"  # started, has not reached its platform (any more)
    SERVING = "serving"
    WAITING = "waiting"  # broke, and will be started again
    REFUSED = "refused"  # can never work with these settings
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """A channel at one moment.

    ``age`` is the seconds since the platform last answered a poll or sync,
    ``None`` if it never did or is not known. ``waiting`` is how many questions
    have no answer yet. ``counts`` are totals since the start of the program:
    ``retries``, ``undecryptable``, ``dead_letters``.
    """

    name: str
    state: State
    age: float | None = None
    restarts: int = 0
    waiting: int = 0
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ContentStatus:
    """The content in force: its digest, since when (Unix time), and whether a newer one was refused."""

    digest: str
    since: float
    refused: bool = False
    loads: int = 1
    refusals: int = 0


def blacken(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that blacks out ``secrets`` and all that looks like a token or an id."""
    words = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
    words |= {quote(word, safe="") for word in words}
    longest_first = sorted(words, key=len, reverse=True)

    def clean(line: str) -> str:
        for word in longest_first:
            line = line.replace(word, _BLACKED)
        lower = line.lower()
        for is_possible, pattern, replacement in _PATTERNS:
            if is_possible(lower):
                line = pattern.sub(replacement, line)
        return line

    return clean


def place_of(error: BaseException) -> str:
    """Return where ``error`` was raised, as ``file:line``, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{_short(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"


def kind_of(error: BaseException) -> str:
    """Return the kind of ``error``, with what the operating system or SQLite says of it: that quotes nobody."""
    origin = of_storage(error)
    reason = getattr(origin, "sqlite_errorname", None)
    if reason is None and isinstance(origin, OSError):
        reason = origin.strerror
    return f"{type(error).__name__} ({reason})" if reason else type(error).__name__


def of_storage(error: BaseException) -> BaseException:
    """Return the error of SQLite that the library of the Matrix key store wraps, else ``error`` itself."""
    if type(error).__module__ != "peewee":
        return error
    behind = (error.__cause__, error.__context__)
    return next((found for found in behind if isinstance(found, sqlite3.Error)), error)


class LogFormat(logging.Formatter):
    """Writes a record as one line, readable or as JSON. See the module for what is left out."""

    def __init__(self, as_json: bool, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._as_json = as_json
        self._second, self._until_seconds, self._zone = -1, "", ""
        self._blacken = blacken(secrets)

    def _time(self, at: float) -> str:
        """Return a Unix time as ISO 8601 with milliseconds; only those change within a second."""
        second, thousandths = divmod(int(at * 1000), 1000)
        if second != self._second:
            self._second = second
            whole = datetime.fromtimestamp(second).astimezone().isoformat(timespec="seconds")
            self._until_seconds, self._zone = whole[:19], whole[19:]
        return f"{self._until_seconds}.{thousandths:03}{self._zone}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of ``record``."""
        values = {key: _shortened(value) for key in SHOWN if (value := record.__dict__.get(key)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            values |= {"error": kind_of(error), "place": place_of(error)}
        message = record.getMessage() if _is_own(record.name) else "a library reports"
        if not _is_own(record.name):
            values["place"] = f"{record.name}:{record.lineno}"
        time = self._time(record.created)
        level = record.levelname.lower()
        if self._as_json:
            row = {"time": time, "level": level, "logger": record.name, "message": message, **values}
            return self._blacken(json.dumps(row, ensure_ascii=False))
        parts = [
            time,
            f"{level:<7}",
            f"{record.name.removeprefix(OWN + '.')}: {message}".removeprefix(f"{OWN}: ").replace("\n", " | "),
            *(f"{k}={_quoted(v)}" for k, v in values.items()),
        ]
        return self._blacken(" ".join(parts))


class LogHandler(logging.StreamHandler[IO[str]]):
    """Writes lines to a stream. A line that cannot be written is dropped: its values must not be shown."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, D102 - named by logging
        try:
            self.stream.write(f"a line of {record.name} could not be written\n")
        except (OSError, ValueError):
            return  # the stream is gone or its disk is full: nowhere to say so


def set_up(
    log_format: str,
    level: str,
    secrets: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> logging.Handler:
    """Send all logs to ``stream`` (standard output) in ``log_format`` (text or json); return the handler.

    Libraries are heard from warnings on.
    """
    handler = LogHandler(stream or sys.stdout)
    handler.addFilter(_is_of_ours)
    handler.setFormatter(LogFormat(log_format == "json", secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OWN).setLevel(level.upper())
    logging.captureWarnings(True)
    return handler


def guard(loop: AbstractEventLoop) -> None:
    """Log what breaks unnoticed in ``loop`` by kind and place; asyncio would print the error's message."""

    def unnoticed(_: AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        extra = {"error": kind_of(error), "place": place_of(error)} if error is not None else {}
        logging.getLogger(OWN).error("a background task broke", extra=extra)

    loop.set_exception_handler(unnoticed)


def tell_of_end(task: Task[Any]) -> None:
    """Log when ``task``, which is never waited for, breaks: as a callback of it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"exception": error})


def _is_of_ours(record: logging.LogRecord) -> bool:
    """Return whether a line tells of this program; that a stranger sends no HTTP to its ports is answered with 400."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name != "aiohttp.server" or not type(error).__module__.startswith("aiohttp.")


def _is_own(name: str) -> bool:
    return name == OWN or name.startswith(f"{OWN}.")


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def _shortened(value: object) -> object:
    return value if isinstance(value, int | float) else str(value)[:_LONGEST_VALUE].replace("\n", " | ")


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not re.search(r"[\s=\"]", text) else json.dumps(text, ensure_ascii=False)
