"""The bot as a process: ``python -m tests.live.telegram.program URL FOLDER [webhook-url port]``."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from adapters.base import Desk
from adapters.telegram import Settings
from adapters.telegram.channel import TelegramChannel
from bot.errors import LotseError
from tests.learned import fresh_bot


async def serve(settings: Settings) -> None:
    """Run the channel until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    channel = TelegramChannel(settings, Desk(fresh_bot(), "telegram"))
    await channel.run(stop)


def main() -> int:
    """Read the arguments and serve; exit status 2 for what a person can mend."""
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    url, folder, *webhook = sys.argv[1:]
    values: dict[str, object] = {}
    if webhook:
        values = {"webhook_url": webhook[0], "webhook_listen": ("127.0.0.1", int(webhook[1]))}
    token = os.environ["LOTSE_TEST_TOKEN"]
    try:
        asyncio.run(serve(Settings(token, Path(folder), url, **values)))  # type: ignore[arg-type]
    except LotseError as error:
        sys.stderr.write(f"lotse: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
