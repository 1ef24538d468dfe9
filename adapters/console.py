"""The conversation in the terminal: the channel that needs no account and no network."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from adapters.base import Core
from adapters.render import Labels, card, described, source_line
from bot.reply import Contact, Outcome, Reply, Source

CONVERSATION = "console"
WIDEST = 88
_INDENT = (0, 0, 0, 2)
_COLOURS = {
    Outcome.EMERGENCY: "bold red",
    Outcome.CLARIFY: "cyan",
    Outcome.FALLBACK: "yellow",
    Outcome.ERROR: "yellow",
}
_EMERGENCY_NUMBER = re.compile(r"\b11[02]\b")


class Terminal:
    """Reads utterances and shows replies. Input and output are given, so tests need no terminal."""

    def __init__(self, core: Core, stdin: IO[str] | None = None, console: Console | None = None) -> None:
        self._core = core
        self._stdin = stdin if stdin is not None else sys.stdin
        self._console = console or Console(highlight=False, soft_wrap=False)
        self._console.width = min(self._console.width, WIDEST)

    def run(self) -> None:
        """Converse until the end of input."""
        is_interactive = self._stdin.isatty() and self._console.is_terminal
        if is_interactive:
            self._welcome()
        for utterance in self._prompted() if is_interactive else self._lines():
            if utterance.strip().lower() in {"/ende", "ende", "/quit", "quit", "/exit", "exit"}:
                break
            if utterance.strip():
                self.show(self._core.respond(CONVERSATION, utterance))
        if is_interactive:
            self._console.print(Text(self._core.line("chat_end"), style="dim"))

    def show(self, reply: Reply) -> None:
        """Print one reply: text, contact cards, numbered options, source."""
        self._console.print()
        self._console.print(Padding(Group(*self._parts(reply)), _INDENT))
        self._console.print()

    def _welcome(self) -> None:
        self._console.print()
        for key, style in (("welcome", "bold"), ("welcome_danger", "red"), ("chat_hint", "dim")):
            self._console.print(Padding(Text(self._core.line(key), style=style), _INDENT))
        self._console.print()

    def _prompted(self) -> Iterable[str]:
        # History lives in memory only: what people ask must not lie on a disk.
        from prompt_toolkit import PromptSession
        from prompt_toolkit.formatted_text import ANSI
        from prompt_toolkit.history import InMemoryHistory

        colour = "\x1b[1;36m› \x1b[0m" if not self._console.no_color else "› "
        session: PromptSession[str] = PromptSession(ANSI(colour), history=InMemoryHistory())
        while True:
            try:
                yield session.prompt()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return

    def _lines(self) -> Iterable[str]:
        for line in self._stdin:
            yield line.rstrip("\n")

    def _parts(self, reply: Reply) -> Iterable[RenderableType]:
        style = _COLOURS.get(reply.outcome, "")
        for number, paragraph in enumerate(reply.paragraphs):
            text = Text(paragraph, style=style if number == 0 else "")
            text.highlight_regex(_EMERGENCY_NUMBER, "bold red")
            yield text
            yield Text("")
        for contact in reply.contacts:
            yield self._card(contact, reply.source, "red" if reply.outcome is Outcome.EMERGENCY else "green")
        for number, option in enumerate(reply.options, 1):
            yield Text.assemble((f"{number} ", "bold cyan"), described(option))
        if reply.source:
            yield Text(source_line(reply.source, Labels.read(self._core.line)), style="dim")

    def _card(self, contact: Contact, source: Source | None, colour: str) -> Panel:
        rows = [Text(line) for line in card(contact, source, Labels.read(self._core.line))]
        rows[0].stylize("bold")
        for row in rows:
            if any(number in row.plain for number in contact.phones):
                row.stylize("bold")
            for link in contact.links:
                if link.url in row.plain:
                    row.stylize(f"link {link.url}")
        return Panel(Group(*rows), border_style=colour, expand=False, padding=(0, 1))
