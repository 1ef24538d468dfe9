"""Telegram: private chats, groups, topics, inline mode; by long polling or webhook."""

from __future__ import annotations

from adapters.base import Desk
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.settings import Settings

__all__ = ["Settings", "TelegramChannel", "configure"]


def configure(settings: Settings | None, desk: Desk) -> TelegramChannel | None:
    """Return the channel, ``None`` without settings. ``Settings`` raises ``ConfigError``."""
    return None if settings is None else TelegramChannel(settings, desk)
