"""Which channels are configured, and what is wrong with others."""

from __future__ import annotations

from types import ModuleType

from adapters import sessions
from adapters.runner import configured
from adapters.settings import Settings
from bot.errors import ConfigError

Channels = dict[str, tuple[ModuleType, object]]
"""The module and the own settings of each channel, by name."""


def read_channels(settings: Settings) -> tuple[Channels, list[ConfigError]]:
    """Return every channel that is configured, and what is wrong with others.

    What fits together is decided here and in ``read`` of each channel alone: "run", "doctor" and "config" agree.
    """
    channels: Channels = {}
    refused = []
    for name, module in configured(settings).items():
        try:
            channels[name] = module, module.read(settings)
        except ConfigError as error:
            refused.append(error)
    if settings["LOTSE_REDIS_URL"] and not refused:
        try:
            sessions.require_token(settings["LOTSE_TELEGRAM_TOKEN"])
        except ConfigError as error:
            refused.append(error)
    return channels, refused
