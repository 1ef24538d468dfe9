"""What the bot does when the server refuses something: only who may not speak in a room leaves it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.matrix.api import MatrixError
from bot.dialogue import Bot
from tests.matrix.homeserver import ANNA, BERT, BOT, Homeserver, message, serving, until

QUESTION = "Lotse: Was ist die ZASTEX?"


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ("m.reaction", MatrixError(403, "M_FORBIDDEN")),
        ("/messages", MatrixError(403, "M_FORBIDDEN")),
        ("/receipt", MatrixError(403, "M_FORBIDDEN")),
        ("m.room.message", MatrixError(403, "M_CONSENT_NOT_GIVEN")),
        ("m.room.message", MatrixError(403, "M_RESOURCE_LIMIT_EXCEEDED")),
        ("m.room.message", MatrixError(413, "M_TOO_LARGE")),
    ],
    ids=lambda value: str(value).strip("/"),
)
def test_what_is_refused_besides_speaking_is_no_reason_to_leave(
    bot: Bot, tmp_path: Path, refused: str, error: MatrixError
) -> None:
    """Reactions, history and receipts are a courtesy; other refusals are about the account or one message."""
    server = Homeserver({"!r:e.org": (BOT, ANNA, BERT)})

    async def run() -> None:
        server.refuse = lambda url: error if refused in url else None
        async with serving(server, bot, tmp_path, reactions=True):
            server.says("!r:e.org", message(QUESTION), limited=True, prev_batch="s0")
            await until(lambda: any(refused in url for url in server.asked))
            server.refuse = lambda _: None
            server.says("!r:e.org", message(QUESTION, 2))
            await until(lambda: server.said("!r:e.org"))
        assert server.left == []

    asyncio.run(run())
    assert "ZASTEX" in server.said("!r:e.org")[-1]


def test_a_room_where_it_may_not_speak_is_left(bot: Bot, tmp_path: Path) -> None:
    server = Homeserver({"!r:e.org": (BOT, ANNA)})
    server.refuse = lambda url: MatrixError(403, "M_FORBIDDEN") if "m.room.message" in url else None

    async def run() -> None:
        async with serving(server, bot, tmp_path):
            server.says("!r:e.org", message(QUESTION))
            await until(lambda: server.left)

    asyncio.run(run())
    assert server.left == ["!r:e.org"]
