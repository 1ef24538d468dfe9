"""Sentences of the wording, of which one that is missing or broken must not stop the channel."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("lotse.telegram")

Line = Callable[..., str]


def words(line: Line, key: str, **values: str) -> str:
    """Return the sentence ``key`` of ``line`` (``Desk.line``), ``""`` if it cannot be said.

    Content of another age may lack a key or have other places in it; the log names it.
    """
    try:
        text = line(key, **values).strip()
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        log.error("wording.yaml: %s cannot be used: %s", key, type(error).__name__)
        return ""
    if not text:
        log.error("wording.yaml: %s is empty", key)
    return text
