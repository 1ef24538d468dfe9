"""Reads the settings from the environment: the one place where variables are named.

Each variable may also be given as ``NAME_FILE``, the path of a file that holds
the value. A mistake raises ``ConfigError`` with the variable and the mend.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: its variable, what it means (English), its default and whether it is secret."""

    name: str
    meaning: str
    default: str = ""
    secret: bool = False
    parse: Callable[[str], Any] = field(default=str, repr=False)


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip())
    if match is None:
        raise ValueError("a duration such as 90s, 30m, 6h or 2d")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _listen(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("host:port such as 127.0.0.1:9100")
    return (host.strip("[]") or "127.0.0.1", int(port))


def _url(text: str) -> str:
    if text and not re.match(r"https?://[^\s/]+", text):
        raise ValueError("an address that begins with https:// or http://")
    return text.rstrip("/")


def _globs(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"one of: {', '.join(allowed)}")
        return text.lower()

    return parse


def _switch(text: str) -> bool:
    if text.lower() in ("", "0", "no", "off", "false"):
        return False
    if text.lower() in ("1", "yes", "on", "true"):
        return True
    raise ValueError("on or off")


VARIABLES = (
    Variable("LOTSE_TELEGRAM_TOKEN", "Token of the Telegram bot; switches Telegram on.", secret=True),
    Variable("LOTSE_TELEGRAM_BASE_URL", "Another Bot API server.", "https://api.telegram.org", parse=_url),
    Variable("LOTSE_TELEGRAM_WEBHOOK_URL", "Public address for a webhook; unset: long polling.", parse=_url),
    Variable("LOTSE_TELEGRAM_WEBHOOK_LISTEN", "Where the webhook listens.", "127.0.0.1:8080", parse=_listen),
    Variable("LOTSE_TELEGRAM_WEBHOOK_SECRET", "Secret that Telegram sends along.", secret=True),
    Variable("LOTSE_MATRIX_HOMESERVER", "Address of the homeserver; switches Matrix on.", parse=_url),
    Variable("LOTSE_MATRIX_USER", "The bot's user id, @lotse:example.org."),
    Variable("LOTSE_MATRIX_PASSWORD", "Password for the first login.", secret=True),
    Variable("LOTSE_MATRIX_TOKEN", "Access token instead of a password.", secret=True),
    Variable("LOTSE_MATRIX_RECOVERY_KEY", "Opens the account's secret storage, if it has one.", secret=True),
    Variable(
        "LOTSE_MATRIX_INVITES",
        "Globs of user ids whose invitations are accepted; unset: own server.",
        parse=_globs,
    ),
    Variable("LOTSE_MATRIX_REACTIONS", "Offer options as reactions too.", "off", parse=_switch),
    Variable("LOTSE_STATE_DIR", "Folder of all state; unset: the user's state folder."),
    Variable("LOTSE_KNOWLEDGE_DIR", "Other content than the shipped one."),
    Variable(
        "LOTSE_RELOAD_EVERY",
        "How often to look for changed content; 0: only on SIGHUP.",
        "5s",
        parse=_duration,
    ),
    Variable(
        "LOTSE_KEEP_GOING",
        "Go on with the other channels when one is refused for good.",
        "off",
        parse=_switch,
    ),
    Variable(
        "LOTSE_STOP_WITHIN", "How long a stop may take to finish what was begun.", "15s", parse=_duration
    ),
    Variable("LOTSE_HTTP_LISTEN", "Where health and metrics listen; unset: nowhere.", parse=_listen),
    Variable(
        "LOTSE_CATCH_UP", "How old a missed question may be and still be answered.", "6h", parse=_duration
    ),
    Variable("LOTSE_LOG_FORMAT", "text or json.", "text", parse=_one_of("text", "json")),
    Variable(
        "LOTSE_LOG_LEVEL",
        "debug, info, warning or error.",
        "info",
        parse=_one_of("debug", "info", "warning", "error"),
    ),
)
_KNOWN = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings in force, by variable name; secrets never in the repr.

    ``values`` are parsed, ``texts`` as they were given, ``origins`` say where
    from: ``default``, ``environment`` or the path of a file.
    """

    values: Mapping[str, Any] = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def state_folder(self) -> Path:
        """The folder of all state, not created yet."""
        return Path(self.values["LOTSE_STATE_DIR"])

    @property
    def knowledge_folder(self) -> Path | None:
        """The folder of other content, ``None`` for the shipped one."""
        given = self.values["LOTSE_KNOWLEDGE_DIR"]
        return Path(given) if given else None

    def shown(self) -> list[tuple[str, str, str]]:
        """Return name, value and origin of every setting, secrets blacked out."""
        rows = []
        for variable in VARIABLES:
            text = self.texts[variable.name]
            if variable.secret and text:
                text = "********"
            text = re.sub(r"(?<=//)[^/@\s]+(?=@)", "********", text)  # a password inside an address
            rows.append((variable.name, text, self.origins[variable.name]))
        return rows

    def secrets(self) -> list[str]:
        """Return every secret in force, so that logs can black it out."""
        return [self.texts[v.name] for v in VARIABLES if v.secret and self.texts[v.name]]

    def is_given(self, prefix: str) -> bool:
        """Return whether any variable that begins with ``prefix`` was given."""
        return any(name.startswith(prefix) and where != "default" for name, where in self.origins.items())


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings of ``environment``. Raises ``ConfigError`` for the first mistake."""
    for name in environment:
        base = name.removesuffix("_FILE")
        if name.startswith("LOTSE_") and base not in _KNOWN:
            near = difflib.get_close_matches(base, _KNOWN, n=1)
            hint = f"did you mean {near[0]}?" if near else "see the table in docs/operating.md."
            raise ConfigError(f"{name}: unknown setting; {hint}")
    values, texts, origins = {}, {}, {}
    for variable in VARIABLES:
        text, origin = _text(variable, environment)
        values[variable.name] = _value(variable, text)
        texts[variable.name], origins[variable.name] = text, origin
    if not values["LOTSE_STATE_DIR"]:
        values["LOTSE_STATE_DIR"] = texts["LOTSE_STATE_DIR"] = str(_user_state(environment))
    return Settings(values, texts, origins)


def _text(variable: Variable, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the text of a variable and where it comes from."""
    name, text = variable.name, environment.get(variable.name, "").strip()
    path = environment.get(f"{name}_FILE", "")
    if text and path:
        raise ConfigError(f"{name}: given twice; unset {name} or {name}_FILE.")
    if not path:
        return (text, "environment") if text else (variable.default, "default")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigError(f"{name}_FILE: cannot read {path}: {reason}.") from None
    if not text:
        raise ConfigError(f"{name}_FILE: {path} is empty; write the value into it.")
    return text, path


def _value(variable: Variable, text: str) -> Any:
    try:
        return variable.parse(text)
    except ValueError as error:
        shown = "the value" if variable.secret else f"“{text}”"
        raise ConfigError(f"{variable.name}: {shown} is not valid; expected {error}.") from None


def _user_state(environment: Mapping[str, str]) -> Path:
    """Return the user's folder for state (XDG Base Directory Specification)."""
    base = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/"), ".local", "state")
    return Path(base) / "lotse"
