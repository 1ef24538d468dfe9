"""``lotse learn``: what ``lotse run`` and the build of a container start, so that learning's memory is given back."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bot.command_line import usage
from bot.command_line.assembly import put_together, read_settings


@usage.command()
def learn() -> None:
    """Learn the content and keep what was learned for the next start."""
    os.nice(10)  # a running bot answers meanwhile
    with contextlib.suppress(OSError):  # where memory is short, no other program than this one shall end
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    put_together(read_settings())
