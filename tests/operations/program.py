"""``lotse run`` with line channels instead of platforms: ``python -m tests.operations.program PORT [PORT]``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from adapters import settings
from bot.command_line.serving import operate
from bot.errors import LotseError
from tests.operations import line_channel


def main(ports: Sequence[str]) -> int:
    """Serve one channel per port with the settings of the environment."""
    given = settings.read(os.environ)
    token = given["LOTSE_TELEGRAM_TOKEN"]
    channels = {
        f"line{number}": (line_channel, line_channel.LineSettings(int(port), token))
        for number, port in enumerate(ports, 1)
    }
    try:
        return operate(given, channels)
    except LotseError as error:
        sys.stderr.write(f"lotse: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
