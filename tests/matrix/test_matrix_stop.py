"""A stop finishes what was begun for as long as the operator lets it; the next start answers the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters import settings
from adapters.matrix.settings import read
from adapters.matrix.store import Store
from bot.dialogue import Bot
from tests.matrix.homeserver import ANNA, BOT, Homeserver, message, serving, until

ROOM, QUESTION = "!r:e.org", "Was ist die ZASTEX?"


@pytest.mark.parametrize(("within", "seconds"), [("15s", 12.0), ("2m", 117.0), ("1s", 1.0)])
def test_the_operator_says_how_long_a_stop_may_take(within: str, seconds: float) -> None:
    given = {
        "LOTSE_MATRIX_HOMESERVER": "https://e.org",
        "LOTSE_MATRIX_USER": BOT,
        "LOTSE_STATE_DIR": "/s",
        "LOTSE_STOP_WITHIN": within,
    }
    assert read(settings.read(given)).drain == seconds


def stopped(bot: Bot, folder: Path, drain: float, late: float) -> tuple[Homeserver, str]:
    """Stop while a question hangs, which the server takes ``late`` seconds afterwards; return the stored token, too."""
    server = Homeserver({ROOM: (BOT, ANNA)})
    server.stalled[ROOM] = asyncio.Event()

    async def run() -> None:
        async with serving(server, bot, folder, drain=drain):
            server.says(ROOM, message(QUESTION))
            await until(lambda: any("joined_members" in url or "encryption" in url for url in server.asked))
            asyncio.get_running_loop().call_later(late, server.stalled[ROOM].set)

    asyncio.run(run())
    store = Store(folder)
    token = store.mark("sync")
    store.close()
    return server, token


def test_what_was_begun_is_finished(bot: Bot, tmp_path: Path) -> None:
    server, token = stopped(bot, tmp_path, drain=60.0, late=0.2)
    assert "ZASTEX" in server.said(ROOM)[0]
    assert token == "s1"


def test_what_takes_longer_is_left_to_the_next_start(bot: Bot, tmp_path: Path) -> None:
    server, token = stopped(bot, tmp_path, drain=0.1, late=3600.0)
    assert server.said(ROOM) == []
    assert token == "s0"


def test_receipts_do_not_hold_up_a_stop(bot: Bot, tmp_path: Path) -> None:
    """They are a courtesy; a server that does not answer costs less than what is left for the end."""
    server = Homeserver({f"!{number}:e.org": (BOT, ANNA) for number in range(3)})

    async def run() -> None:
        async with serving(server, bot, tmp_path, drain=0.1):
            for number, room in enumerate(server.members):
                server.says(room, message(QUESTION, number))
            await until(lambda: all(map(server.said, server.members)))
            server.stalled.update((room, asyncio.Event()) for room in server.members)

    asyncio.run(asyncio.wait_for(run(), 30))
