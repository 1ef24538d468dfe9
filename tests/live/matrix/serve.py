"""The bot as a process of its own: ``python -m tests.live.matrix.serve '{"homeserver": …}'``.

A process can be killed, and its memory and time be measured.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from adapters.base import Desk
from adapters.matrix import MatrixSettings
from adapters.matrix.channel import MatrixChannel
from bot.content.loading import shipped
from bot.dialogue import Bot
from bot.errors import ConfigError
from bot.matching import cache


async def serve(channel: MatrixChannel) -> None:
    """Run the channel until the process is asked to end."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await channel.run(stop)


def main() -> int:
    """Run with the settings of the first argument; 2 is the exit status of a ``ConfigError``."""
    given = json.loads(sys.argv[1])
    logging.basicConfig(
        level=given.pop("level", "DEBUG"), format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    patience = given.pop("patience", 30.0)
    learned = Path(given.pop("learned"))
    settings = MatrixSettings(
        **{**given, "folder": Path(given["folder"]), "invites": tuple(given.get("invites", ()))}
    )
    bot = Bot(*cache.load(shipped(), [learned]))
    try:
        asyncio.run(serve(MatrixChannel(settings, Desk(bot, "matrix"), patience)))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
