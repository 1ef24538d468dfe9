"""``lotse learn``: what ``lotse run`` and the build of a container start, so that learning's memory is given back."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from bot.command_line import usage
from bot.command_line.assembly import caches, content_folder, not_kept, put_together, read_settings
from bot.errors import ConfigError
from bot.matching import cache


@usage.command()
@click.option(
    "--into",
    metavar="ORDNER",
    type=click.Path(path_type=Path),
    help="Das Gelernte hier ablegen, sonst im Zustandsordner.",
)
def learn(into: Path | None) -> None:
    """Learn the content and keep what was learned for the next start; exit with status 2 if it cannot be kept."""
    os.nice(10)  # a running bot answers meanwhile
    with contextlib.suppress(OSError):  # where memory is short, no other program than this one shall end
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    settings = read_settings()
    places = [into] if into else caches(settings)
    put_together(settings, places=places)
    if not cache.is_known(content_folder(settings), places):
        raise ConfigError(not_kept(places[-1]))
