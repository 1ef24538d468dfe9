"""Reads the settings from the environment: each variable is named once, with its meaning and its form.

What concerns every channel is named here, the rest in the ``VARIABLES`` of the
channel (in its module ``settings``, if it is a folder). Each variable may also
be given as ``NAME_FILE``, the path of a file that holds the value. A mistake
raises ``ConfigError`` with the variable and the mend.
"""

from __future__ import annotations

import difflib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adapters
from bot.errors import ConfigError

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\]?")
"""A name, or an address of IPv4 or IPv6, the latter with or without brackets."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: its variable, what it means (English), its default and whether it is secret."""

    name: str
    meaning: str
    default: str = ""
    secret: bool = False
    parse: Callable[[str], Any] = field(default=str, repr=False)


def duration(text: str) -> float:
    """Return seconds of a duration such as ``90s``, ``30m``, ``6h`` or ``2d``; only 0 needs no unit."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])|0", text.strip())
    if match is None:
        raise ValueError("a duration such as 90s, 30m, 6h or 2d")
    return float(match[1] or 0) * {None: 0, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def listen(text: str) -> tuple[str, int] | None:
    """Return host and port to listen at, ``None`` for nothing. Both must be given: a port alone may mean any host."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError("host:port such as 127.0.0.1:9100")
    return (host.strip("[]"), int(port))


def url(text: str) -> str:
    """Return an address without a slash at its end."""
    if text and not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise ValueError("an address that begins with https:// or http://")
    return text.rstrip("/")


def proxy(text: str) -> str:
    """Return the address of an HTTP proxy."""
    if text and not _is_proxy(text):
        raise ValueError("http://host:port or http://user:password@host:port")
    return text.rstrip("/")


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(re.fullmatch(r"http://[^\s/]+/?", text) and parts.hostname and parts.port != 0)
    except ValueError:
        return False


def redis_url(text: str) -> str:
    """Return the address of a Redis."""
    if text and not re.match(r"(rediss?|unix)://\S+$", text):
        raise ValueError("redis://host:port, rediss://… or unix://…")
    return text


def globs(text: str) -> tuple[str, ...]:
    """Return the parts of a list with commas or spaces between them."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def one_of(*allowed: str) -> Callable[[str], str]:
    """Return a parser that takes one of ``allowed``."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"one of: {', '.join(allowed)}")
        return text.lower()

    return parse


def switch(text: str) -> bool:
    """Return whether something is switched on."""
    if text.lower() in ("", "0", "no", "off", "false"):
        return False
    if text.lower() in ("1", "yes", "on", "true"):
        return True
    raise ValueError("on or off")


COMMON = (
    Variable("LOTSE_STATE_DIR", "Folder of all state; unset: the user's state folder."),
    Variable("LOTSE_KNOWLEDGE_DIR", "Other content than the shipped one."),
    Variable(
        "LOTSE_RELOAD_EVERY",
        "How often to look for changed content; 0: only on SIGHUP.",
        "5s",
        parse=duration,
    ),
    Variable(
        "LOTSE_KEEP_GOING",
        "Go on with the other channels when one is refused for good.",
        "off",
        parse=switch,
    ),
    Variable(
        "LOTSE_STOP_WITHIN", "How long a stop may take to finish what was begun.", "15s", parse=duration
    ),
    Variable(
        "LOTSE_REDIS_URL",
        "Redis or Valkey that several webhook processes share, redis://host:6379; unset: none.",
        secret=True,
        parse=redis_url,
    ),
    Variable("LOTSE_HTTP_LISTEN", "Where health and metrics listen; unset: nowhere.", parse=listen),
    Variable(
        "LOTSE_CATCH_UP", "How old a missed question may be and still be answered.", "6h", parse=duration
    ),
    Variable("LOTSE_LOG_FORMAT", "text or json.", "text", parse=one_of("text", "json")),
    Variable(
        "LOTSE_LOG_LEVEL",
        "debug, info, warning or error.",
        "info",
        parse=one_of("debug", "info", "warning", "error"),
    ),
)


def variables(environment: Iterable[str] = ()) -> tuple[Variable, ...]:
    """Return all variables: those of the channels, then those that concern all of them.

    A channel of a single module is asked only if ``environment`` names it: the
    import might be slow, while that of a channel's module ``settings`` is not.
    """
    found: list[Variable] = []
    for module in pkgutil.iter_modules(adapters.__path__):
        name = f"{adapters.__name__}.{module.name}"
        if module.ispkg and find_spec(f"{name}.settings"):
            found += import_module(f"{name}.settings").VARIABLES
        elif any(given.startswith(f"LOTSE_{module.name.upper()}_") for given in environment):
            found += getattr(import_module(name), "VARIABLES", ())
    return (*found, *COMMON)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings in force, by variable name; secrets never in the repr.

    ``values`` are parsed, ``texts`` as they were given, ``origins`` say where
    from: ``default``, ``environment`` or the path of a file.
    """

    variables: Sequence[Variable]
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
        for variable in self.variables:
            text = self.texts[variable.name]
            if variable.secret and text:
                text = "********"
            text = re.sub(r"(?<=//)[^/@\s]+(?=@)", "********", text)  # a password inside an address
            rows.append((variable.name, text, self.origins[variable.name]))
        return rows

    def secrets(self) -> list[str]:
        """Return every secret in force, so that logs can black it out."""
        return [self.texts[v.name] for v in self.variables if v.secret and self.texts[v.name]]

    def is_given(self, prefix: str) -> bool:
        """Return whether any variable that begins with ``prefix`` was given."""
        return any(name.startswith(prefix) and where != "default" for name, where in self.origins.items())


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings of ``environment``. Raises ``ConfigError`` for all mistakes in them, a line each."""
    every = variables(environment)
    known = {variable.name for variable in every}
    mistakes = []
    for name in environment:
        base = name.removesuffix("_FILE")
        if name.startswith("LOTSE_") and base not in known:
            near = difflib.get_close_matches(base, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see the table in docs/operating.md."
            mistakes.append(f"{name}: unknown setting; {hint}")
    values, texts, origins = {}, {}, {}
    for variable in every:
        try:
            text, origin = _text(variable, environment)
            values[variable.name] = _value(variable, text)
        except ConfigError as error:
            mistakes.append(str(error))
        else:
            texts[variable.name], origins[variable.name] = text, origin
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    if not values["LOTSE_STATE_DIR"]:
        values["LOTSE_STATE_DIR"] = texts["LOTSE_STATE_DIR"] = str(_user_state(environment))
    return Settings(every, values, texts, origins)


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
