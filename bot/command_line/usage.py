"""How the command line speaks to people: help in German, and one line and exit status 2 for what they can mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import click

from bot.errors import KnowledgeError, LotseError

_REST = re.compile(r"\((.*)\)", re.DOTALL)
_LACKING = re.compile(r"(Hier|Diese Datei|Der Satz „.*“) fehlt")
"""Mistakes (of ``form``, ``sense`` and ``check``) that older content has when a program asks for more."""
_GERMAN = {
    "Options": "Optionen",
    "Commands": "Befehle",
    "[OPTIONS]": "[OPTIONEN]",
    "[COMMAND] [ARGS]...": "[BEFEHL] …",
    "Show the version and exit.": "Die Version zeigen.",
    "Show this message and exit.": "Diese Hilfe zeigen.",
}
"""What click itself writes into a help page."""


class HelpPage(click.HelpFormatter):
    """A help page whose words are German throughout."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        """Write how the command is called."""
        for english, german_words in _GERMAN.items():
            args = args.replace(english, german_words)
        super().write_usage(prog, args, "Aufruf: ")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        super().write_heading(_GERMAN.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands, each with what it does."""
        super().write_dl([(name, _GERMAN.get(said, said)) for name, said in rows], col_max, col_spacing)


class Context(click.Context):
    """What click knows of one call."""

    formatter_class = HelpPage


class Command(click.Command):
    """One command of the program."""

    context_class = Context


class UsageError(click.UsageError):
    """A mistake in how a command was called, shown like every other mistake."""

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - named by click; it is always standard error
        """Print one line, with the command that helps."""
        command = self.ctx.command_path if self.ctx else "lotse"
        click.echo(f"lotse: {self.message} Hilfe: {command} --help", err=True)


def command() -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function of its name. What it does is told by its entry in the table, not by its docstring."""
    return click.command(cls=Command, help="")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is found: the module of this package. ``summary`` and ``more`` are its help."""

    module: str
    summary: str
    more: str = ""
    is_hidden: bool = False

    def command(self, name: str) -> click.Command:
        """Import the command."""
        found: click.Command = getattr(import_module(f"{__package__}.{self.module}"), name)
        found.help = f"{self.summary}\n\n{self.more}"
        return found


class Commands(click.Group):
    """The commands of a table, each imported when it is called.

    A mistake that a person can mend becomes one line and exit status 2.
    """

    context_class = Context

    def __init__(self, *arguments: Any, table: Mapping[str, Entry], **extra: Any) -> None:
        super().__init__(*arguments, **extra)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - named by click
        """Return the names of all commands."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, ``None`` if there is none of that name."""
        entry = self._table.get(cmd_name)
        return entry.command(cmd_name) if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what each command does, without importing it."""
        shown = [(name, entry.summary) for name, entry in self._table.items() if not entry.is_hidden]
        with formatter.section("Commands"):
            formatter.write_dl(shown)

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the arguments of the program itself."""
        try:
            return super().make_context(*arguments, **extra)
        except click.UsageError as error:
            raise german(error) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            hint = _near(args[0], self.list_commands(ctx))
            raise UsageError(f"Den Befehl „{args[0]}“ gibt es nicht.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the arguments of the command and run it."""
        try:
            return super().invoke(ctx)
        except KnowledgeError as error:
            for mistake in error.mistakes:
                click.echo(mistake, err=True)
            click.echo(f"Der Inhalt hat Fehler: {len(error.mistakes)}, siehe oben.", err=True)
            from bot.content.loading import shipped  # noqa: PLC0415 - every command imports this module

            if any(_LACKING.match(mistake.text) for mistake in error.mistakes):
                example = (
                    f"Ist der Inhalt älter als das Programm: Was fehlt, steht im mitgelieferten, {shipped()}"
                )
                click.echo(example, err=True)
            ctx.exit(2)
        except LotseError as error:
            for line in str(error).splitlines():
                click.echo(f"lotse: {line}", err=True)
            ctx.exit(2)
        except click.UsageError as error:
            raise german(error) from None


def fail(text: str) -> NoReturn:
    """Refuse how the present command was called, in the German words of ``text``."""
    raise UsageError(text, click.get_current_context())


def german(error: click.UsageError) -> UsageError:
    """Return the mistake that click has found, in German."""
    return error if isinstance(error, UsageError) else UsageError(_text(error), error.ctx)


def _text(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"Die Option {error.option_name} gibt es nicht.{_near('', error.possibilities or ())}"
        case click.BadOptionUsage():
            if "does not take" in error.message:
                return f"Die Option {error.option_name} hat keinen Wert."
            return f"Die Option {error.option_name} braucht einen Wert."
        case click.MissingParameter():
            return f"Es fehlt: {_name(error)}."
        case click.BadParameter():
            what = " Erwartet wird eine ganze Zahl." if "integer" in error.message else ""
            return f"Der Wert von {_name(error)} passt nicht.{what}"
    rest = _REST.search(error.message)
    return f"Zu viele Angaben: {rest[1]}." if rest else "So kann der Befehl nicht aufgerufen werden."


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "eine Angabe"
    if isinstance(error.param, click.Option):
        return error.param.opts[0]
    return (error.param.metavar or str(error.param.name).upper()).rstrip("…")


def _near(name: str, known: Iterable[str]) -> str:
    """Return what may have been meant, as a sentence; without a ``name`` all that is ``known``."""
    near = difflib.get_close_matches(name, known, n=1) if name else list(known)
    return f" Gemeint vielleicht: {', '.join(near)}." if near else ""
