"""Opening the device: whatever goes wrong meanwhile, no key store and no task is left open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.base import Desk
from adapters.matrix import account, channel
from adapters.matrix.api import MatrixError
from adapters.matrix.channel import MatrixChannel
from adapters.matrix.crypto import Machine
from adapters.matrix.library import SqliteStore
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Login
from bot.dialogue import Bot
from bot.errors import AccessError
from tests.matrix.homeserver import BOT, Homeserver, until


@pytest.fixture
def key_stores(monkeypatch: pytest.MonkeyPatch) -> list[Machine]:
    """The key stores that were opened during the test."""
    opened: list[Machine] = []

    class Noted(Machine):
        def __init__(self, login: Login, folder: Path) -> None:
            super().__init__(login, folder)
            opened.append(self)

    monkeypatch.setattr(account, "Machine", Noted)
    monkeypatch.setattr(channel, "pause_after", lambda _: 0.0)
    return opened


def serve(
    server: Homeserver, bot: Bot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[asyncio.Event], asyncio.Task[None]]:
    """Return what starts the channel against ``server``."""
    monkeypatch.setattr(channel, "Api", lambda _, proxy: contextlib.nullcontext(server))
    settings = MatrixSettings("https://e.org", BOT, folder, password="pw")
    made = MatrixChannel(settings, Desk(bot, "matrix"))
    return lambda stop: asyncio.create_task(made.run(stop))


def are_closed(key_stores: list[Machine]) -> bool:
    return all(store._store.database.is_closed() for store in key_stores)


@pytest.mark.parametrize("how", ["stop", "cancel"])
def test_a_server_that_cannot_be_used_yet(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_stores: list[Machine], how: str
) -> None:
    """Each attempt closes what it has opened; and nobody goes on trying when the channel has been ended."""
    server = Homeserver({})
    server.refuse = lambda url: MatrixError(502) if "keys/query" in url else None

    async def run() -> None:
        stop = asyncio.Event()
        running = serve(server, bot, tmp_path, monkeypatch)(stop)
        await until(lambda: len(key_stores) > 3)
        assert are_closed(key_stores[:-1])
        if how == "stop":
            stop.set()
        else:
            running.cancel()
        await asyncio.wait([running])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    assert are_closed(key_stores)


def test_a_refusal_for_good(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_stores: list[Machine]
) -> None:
    server = Homeserver({})
    server.refuse = lambda url: MatrixError(401, "M_UNKNOWN_TOKEN") if "keys/upload" in url else None

    async def run() -> None:
        await serve(server, bot, tmp_path, monkeypatch)(asyncio.Event())

    with pytest.raises(AccessError):
        asyncio.run(run())
    assert len(key_stores) == 1
    assert are_closed(key_stores)


def test_a_device_that_is_replaced(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_stores: list[Machine]
) -> None:
    """The server knows other keys of the device (400), and is gone before the new one is published."""
    server = Homeserver({})
    refusals = [MatrixError(400), MatrixError(403)]
    server.refuse = lambda url: refusals.pop(0) if "keys/upload" in url else None

    async def run() -> None:
        await serve(server, bot, tmp_path, monkeypatch)(asyncio.Event())

    with pytest.raises(MatrixError):
        asyncio.run(run())
    assert len(key_stores) == 2
    assert are_closed(key_stores)


def test_a_key_store_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[SqliteStore] = []

    def broken(store: SqliteStore) -> set[str]:
        opened.append(store)
        raise OSError(5, "I/O error")

    monkeypatch.setattr(SqliteStore, "load_encrypted_rooms", broken)
    with pytest.raises(OSError, match="I/O"):
        Machine(Login(BOT, "DEVICE", "t", "k"), tmp_path)
    assert [store.database.is_closed() for store in opened] == [True]
