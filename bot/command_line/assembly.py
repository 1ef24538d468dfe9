"""What most commands are put together from: the settings and the bot."""

from __future__ import annotations

import errno
import gc
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from adapters import settings
from adapters.settings import Settings
from bot.content import loading
from bot.dialogue import Bot
from bot.matching import cache
from bot.matching.learning import uncollected
from bot.session import Sessions

_REASONS = {
    errno.EACCES: "die Schreibrechte fehlen",
    errno.EPERM: "die Schreibrechte fehlen",
    errno.EEXIST: "dort liegt eine Datei und kein Ordner",
    errno.ENOTDIR: "darüber liegt eine Datei und kein Ordner",
    errno.ENOENT: "den Ordner gibt es nicht, und er lässt sich nicht anlegen",
    errno.EROFS: "der Datenträger lässt sich nur lesen",
    errno.ENOSPC: "dort ist kein Platz mehr",
}


def read_settings() -> Settings:
    """Return the settings of the environment. Raises ``ConfigError``."""
    return settings.read(os.environ)


def content_folder(settings: Settings) -> Path:
    """Return the folder of the content: the one that is set, else the shipped one."""
    return settings.knowledge_folder or loading.shipped()


def caches(settings: Settings) -> list[Path]:
    """Return the folders of what was learned, in the order in which they are searched.

    Beside the content lies what came with it, as in the container.
    """
    return [content_folder(settings) / ".learned", settings.state_folder / "learned"]


def not_kept(folder: Path) -> str:
    """Return what is said when nothing that was learned can be kept in ``folder``."""
    return f"what was learned cannot be kept in {folder}; make room, or give it to the user that runs the program."


def put_together_for_a_person(settings: Settings, learning: Callable[[], object] = lambda: None) -> Bot:
    """Return the bot for who calls it in a terminal: a user or an editor, who reads German and no log.

    If nothing that is learned can be kept, so that every call takes seconds, that is told with the mend.
    Raises what ``put_together`` raises.
    """
    begun: list[bool] = []

    def begin() -> None:
        begun.append(True)
        learning()

    logging.getLogger("lotse").addHandler(logging.NullHandler())  # its lines are for operators
    bot = put_together(settings, learning=begin)
    if begun and not cache.is_known(content_folder(settings), caches(settings)):
        folder = caches(settings)[-1]
        text = (
            f"lotse: Das Gelernte lässt sich nicht ablegen in {folder}: {_reason(folder)}. Deshalb lernt der Bot bei "
            "jedem Aufruf neu, einige Sekunden lang. Abhilfe: LOTSE_STATE_DIR auf einen Ordner setzen, in den Sie "
            "schreiben dürfen."
        )
        click.echo(text, err=True)
    return bot


def _reason(folder: Path) -> str:
    """Return in German why nothing can be written into ``folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return "vielleicht ist dort kein Platz mehr"
    except OSError as error:
        return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def put_together(
    settings: Settings,
    sessions: Sessions | None = None,
    learning: Callable[[], object] = lambda: None,
    places: Sequence[Path] = (),
) -> Bot:
    """Return the bot. ``learning`` is called before its content is learned, which takes seconds.

    What is learned is looked for and kept in ``places``, by default ``caches``. Raises ``KnowledgeError`` and
    ``ConfigError``, also what ``learning`` raises.
    """
    with uncollected():
        learned = cache.load(content_folder(settings), places or caches(settings), learning)
        bot = Bot(*learned, sessions=sessions)
        # The content holds 70,000 objects for ever: the collector would walk through them again and
        # again, 50 ms each time (measured).
        gc.freeze()
    return bot
