"""What an operator may set for the Matrix channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from adapters import settings as all_settings
from adapters.settings import Variable, globs, proxy, switch, url
from bot.errors import ConfigError

VARIABLES = (
    Variable("LOTSE_MATRIX_HOMESERVER", "Address of the homeserver; switches Matrix on.", parse=url),
    Variable(
        "LOTSE_MATRIX_PROXY",
        "HTTP proxy on the way to it, http://host:port; unset: none.",
        secret=True,
        parse=proxy,
    ),
    Variable("LOTSE_MATRIX_USER", "The bot's user id, @lotse:example.org."),
    Variable("LOTSE_MATRIX_PASSWORD", "Password for the first login.", secret=True),
    Variable("LOTSE_MATRIX_TOKEN", "Access token instead of a password.", secret=True),
    Variable("LOTSE_MATRIX_RECOVERY_KEY", "Opens the account's secret storage, if it has one.", secret=True),
    Variable(
        "LOTSE_MATRIX_INVITES",
        "Globs of user ids whose invitations are accepted; unset: own server.",
        parse=globs,
    ),
    Variable("LOTSE_MATRIX_REACTIONS", "Offer options as reactions too.", "off", parse=switch),
)

_USER = re.compile(r"@[^:\s]+:[^\s:]+(?::\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """Settings of the Matrix channel; secrets never show in the repr.

    ``homeserver`` is its address, ``user`` the full user id. One of
    ``password`` (first login) and ``token`` is needed unless a login is kept in
    ``folder``, which holds all state of the channel. ``recovery_key`` opens the
    account's secret storage, if an administrator has set one up. ``invites``
    are globs of user ids whose invitations are accepted; none means every user
    of the bot's own homeserver. ``catch_up`` is in seconds: older questions
    are not answered. ``reactions`` also offers options as reactions. ``drain``
    is how many seconds a stop may take to finish what was begun, ``proxy`` an HTTP
    proxy on the way to the homeserver.
    """

    homeserver: str
    user: str
    folder: Path
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    recovery_key: str = field(default="", repr=False)
    invites: tuple[str, ...] = ()
    catch_up: float = 6 * 3600.0
    reactions: bool = False
    drain: float = 8.0
    proxy: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.homeserver.startswith(("https://", "http://")):
            raise ConfigError("LOTSE_MATRIX_HOMESERVER: must begin with https:// (or http://).")
        if not _USER.fullmatch(self.user):
            raise ConfigError("LOTSE_MATRIX_USER: must be a full user id such as @lotse:example.org.")
        if self.catch_up < 0:
            raise ConfigError("LOTSE_CATCH_UP: must not be negative.")

    @property
    def server_name(self) -> str:
        """The server part of the bot's user id."""
        return self.user.partition(":")[2]

    def may_invite(self, user: str) -> bool:
        """Return whether an invitation of ``user`` is accepted."""
        globs = self.invites or (f"@*:{self.server_name}",)
        return any(fnmatchcase(user, glob) for glob in globs)


def read(given: all_settings.Settings) -> MatrixSettings:
    """Return the settings of this channel among all. Raises ``ConfigError`` without server or user."""
    for name in ("LOTSE_MATRIX_HOMESERVER", "LOTSE_MATRIX_USER"):
        if not given[name]:
            raise ConfigError(f"{name}: missing; set it, or unset all other LOTSE_MATRIX_ settings.")
    return MatrixSettings(
        homeserver=given["LOTSE_MATRIX_HOMESERVER"],
        user=given["LOTSE_MATRIX_USER"],
        folder=given.state_folder / "matrix",
        password=given["LOTSE_MATRIX_PASSWORD"],
        token=given["LOTSE_MATRIX_TOKEN"],
        recovery_key=given["LOTSE_MATRIX_RECOVERY_KEY"],
        invites=given["LOTSE_MATRIX_INVITES"],
        catch_up=given["LOTSE_CATCH_UP"],
        reactions=given["LOTSE_MATRIX_REACTIONS"],
        # Less than the whole: the last receipts and the files take time, too.
        drain=max(1.0, given["LOTSE_STOP_WITHIN"] - 3.0),
        proxy=given["LOTSE_MATRIX_PROXY"],
    )
