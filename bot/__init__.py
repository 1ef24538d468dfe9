"""The core of the Sicherheitslotse: synchronous, without network or environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import AccessError, ConfigError, KnowledgeError, LotseError, Mistake
from bot.reply import Aspect, Contact, Link, Option, Outcome, Reply, Source

if TYPE_CHECKING:
    from bot.dialogue import Bot

__all__ = [
    "AccessError",
    "Aspect",
    "Bot",
    "ConfigError",
    "Contact",
    "KnowledgeError",
    "Link",
    "LotseError",
    "Mistake",
    "Option",
    "Outcome",
    "Reply",
    "Source",
]


def __getattr__(name: str) -> object:
    """Bring in ``Bot`` with all that it understands by only when it is asked for: a health check needs none of it."""
    if name == "Bot":
        from bot.dialogue import Bot  # noqa: PLC0415 - see above

        return Bot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
