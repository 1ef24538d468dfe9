"""What most commands are put together from: the settings and the bot."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters import settings
from adapters.settings import Settings
from bot import loading
from bot.dialogue import Bot
from bot.matching import cache
from bot.matching.learning import uncollected
from bot.session import Sessions


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
