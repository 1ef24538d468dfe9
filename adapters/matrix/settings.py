"""What an operator may set for the Matrix channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from bot.errors import ConfigError

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
    are not answered. ``reactions`` also offers options as reactions.
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
