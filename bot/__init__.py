"""The core of the Sicherheitslotse: synchronous, without network or environment."""

from bot.dialogue import Bot
from bot.errors import AccessError, ConfigError, KnowledgeError, LotseError, Mistake
from bot.reply import Aspect, Contact, Link, Option, Outcome, Reply, Source

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
