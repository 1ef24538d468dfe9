"""Tells the log once that Telegram cannot be used, and once that it can be again."""

from __future__ import annotations

import logging
import time

log = logging.getLogger("lotse.telegram")


class Outage:
    """What was said about a disturbance."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begins(self, line: str, reason: object) -> None:
        """Say ``line``, in which ``%s`` is the reason, unless the last outage is not over yet."""
        if self._since is None:
            self._since = time.monotonic()
            log.warning(line, reason)

    def ends(self) -> None:
        """Say how long it took, if anything was wrong."""
        if self._since is not None:
            seconds = round(time.monotonic() - self._since, 1)
            self._since = None
            log.warning("Telegram answers again", extra={"seconds": seconds})
