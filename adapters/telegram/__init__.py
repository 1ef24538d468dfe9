"""Telegram: private chats, groups, topics, inline mode; by long polling or webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Desk
from adapters.telegram.settings import Settings, read

if TYPE_CHECKING:
    from adapters.telegram.channel import TelegramChannel

__all__ = ["Settings", "configure", "read"]


def configure(settings: Settings | None, desk: Desk) -> TelegramChannel | None:
    """Return the channel, ``None`` without settings. ``Settings`` raises ``ConfigError``."""
    # Every command reads the settings; only one needs the channel and what it is built on.
    from adapters.telegram.channel import TelegramChannel  # noqa: PLC0415

    return None if settings is None else TelegramChannel(settings, desk)
