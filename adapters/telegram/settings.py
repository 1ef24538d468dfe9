"""What an operator may set for the Telegram channel."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from adapters import settings as all_settings
from adapters.settings import Variable, listen, proxy, url
from bot.errors import ConfigError

BASE_URL = "https://api.telegram.org"
_PORTS = (443, 80, 88, 8443)
"""Ports at which Telegram calls a webhook (https://core.telegram.org/bots/api#setwebhook)."""

VARIABLES = (
    Variable("LOTSE_TELEGRAM_TOKEN", "Token of the Telegram bot; switches Telegram on.", secret=True),
    Variable("LOTSE_TELEGRAM_BASE_URL", "Another Bot API server.", BASE_URL, parse=url),
    Variable(
        "LOTSE_TELEGRAM_PROXY",
        "HTTP proxy on the way to it, http://host:port; unset: none.",
        secret=True,
        parse=proxy,
    ),
    Variable("LOTSE_TELEGRAM_WEBHOOK_URL", "Public address for a webhook; unset: long polling.", parse=url),
    Variable("LOTSE_TELEGRAM_WEBHOOK_LISTEN", "Where the webhook listens.", "127.0.0.1:8080", parse=listen),
    Variable("LOTSE_TELEGRAM_WEBHOOK_SECRET", "Secret that Telegram sends along.", secret=True),
)

_TOKEN = re.compile(r"^[0-9]{1,20}:[A-Za-z0-9_-]{20,100}$")
_SECRET = re.compile(r"^[A-Za-z0-9_-]{1,256}$")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. The repr shows no secret.

    ``state_folder`` is created when needed. ``catch_up`` is the age in seconds
    up to which a missed question is answered. ``webhook_url`` switches from
    long polling to a webhook that listens on ``webhook_listen`` (host, port);
    without ``webhook_secret`` one is derived from the token, the same in every
    process. ``redis_url`` is a Redis that several webhook processes share, ``proxy``
    an HTTP proxy on the way to Telegram. ``drain`` is how many seconds a stop may take.
    """

    token: str = field(repr=False)
    state_folder: Path
    base_url: str = BASE_URL
    webhook_url: str = ""
    webhook_listen: tuple[str, int] | None = None
    webhook_secret: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    catch_up: float = 6 * 3600.0
    drain: float = 8.0
    poll_timeout: int = 50

    def __post_init__(self) -> None:
        """Refuse what cannot work. Raises ``ConfigError`` without the value of a secret."""
        if not _TOKEN.match(self.token):
            raise ConfigError("LOTSE_TELEGRAM_TOKEN: this is no bot token; copy it from @BotFather.")
        if self.webhook_url and self.webhook_listen is None:
            raise ConfigError("LOTSE_TELEGRAM_WEBHOOK_LISTEN: host:port is needed with a webhook.")
        if self.webhook_url and self.base_url == BASE_URL and not _is_callable(self.webhook_url):
            raise ConfigError(
                "LOTSE_TELEGRAM_WEBHOOK_URL: Telegram calls only https:// addresses on port 443, 80, 88 or 8443; "
                "put a TLS proxy in front, or unset it for long polling."
            )
        if self.webhook_secret and not _SECRET.match(self.webhook_secret):
            raise ConfigError("LOTSE_TELEGRAM_WEBHOOK_SECRET: 1 to 256 of A-Z a-z 0-9 _ and -.")

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for ``purpose`` that only the holder of the token can compute."""
        return hmac.digest(self.token.encode(), f"lotse telegram {purpose}".encode(), hashlib.sha256)

    @property
    def secret(self) -> str:
        """The secret that Telegram sends along with each webhook call."""
        return self.webhook_secret or self.derived("webhook").hex()


def read(given: all_settings.Settings) -> Settings:
    """Return the settings of this channel among all. Raises ``ConfigError`` without a token."""
    if not given["LOTSE_TELEGRAM_TOKEN"]:
        raise ConfigError(
            "LOTSE_TELEGRAM_TOKEN: missing; set it, or unset all other LOTSE_TELEGRAM_ settings."
        )
    return Settings(
        token=given["LOTSE_TELEGRAM_TOKEN"],
        state_folder=given.state_folder / "telegram",
        base_url=given["LOTSE_TELEGRAM_BASE_URL"],
        webhook_url=given["LOTSE_TELEGRAM_WEBHOOK_URL"],
        webhook_listen=given["LOTSE_TELEGRAM_WEBHOOK_LISTEN"],
        webhook_secret=given["LOTSE_TELEGRAM_WEBHOOK_SECRET"],
        redis_url=given["LOTSE_REDIS_URL"],
        proxy=given["LOTSE_TELEGRAM_PROXY"],
        catch_up=given["LOTSE_CATCH_UP"],
        drain=max(1.0, given["LOTSE_STOP_WITHIN"] - 3.0),
    )


def _is_callable(address: str) -> bool:
    """Return whether Telegram itself would call ``address``; a server of one's own may call any."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and (parts.port or 443) in _PORTS
    except ValueError:
        return False


def host(address: object) -> str:
    """Return the host of an address, which is all of it that may be shown: it may carry a password."""
    try:
        return urlsplit(str(address)).hostname or "?"
    except ValueError:
        return "?"
