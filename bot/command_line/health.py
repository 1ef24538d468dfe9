"""``lotse health``: is the running program well. A container asks every half minute, so this imports little."""

from __future__ import annotations

import os
import sys

import click

from adapters import settings
from adapters.listening import ask
from bot.command_line import usage
from bot.errors import ConfigError


@usage.command()
@click.option("--ready", is_flag=True, help="Nicht nur, ob das Programm lebt: ob jeder Kanal bedient wird.")
def health(ready: bool) -> None:
    """Ask the program that runs; exit with status 1 if it is not well."""
    listen = settings.read(os.environ)["LOTSE_HTTP_LISTEN"]
    if listen is None:
        raise ConfigError("LOTSE_HTTP_LISTEN: not set; set it for the program and for this check.")
    is_well, said = ask(listen, "/readyz" if ready else "/healthz")
    click.echo(said, err=not is_well)
    sys.exit(0 if is_well else 1)
