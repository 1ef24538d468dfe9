"""The bot against the real Telegram, with a token of its own for tests. Skipped without one.

``LOTSE_LIVE_TELEGRAM_TOKEN`` is the token of a bot that nothing else polls,
``LOTSE_LIVE_TELEGRAM_CHAT`` the id of a private chat that has pressed Start
there. The parts that no bot can do (typing, pressing, adding to a group) are
listed at the end of the run for a person to try.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Desk
from adapters.telegram import Settings, cards, messages, profile
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.errors import RefusedError
from adapters.telegram.inbox import SqliteInbox
from adapters.telegram.marks import Trace
from adapters.telegram.responder import Responder
from adapters.telegram.search import Search
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Identity, Place, Question
from bot.reply import Contact
from tests.learned import fresh_bot
from tests.live.telegram.harness import run

TOKEN = os.environ.get("LOTSE_LIVE_TELEGRAM_TOKEN", "")
CHAT = int(os.environ.get("LOTSE_LIVE_TELEGRAM_CHAT", "0"))

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (TOKEN and CHAT), reason="no token and chat for the real Telegram"),
]


def transport() -> Transport:
    """Return calls to the real server."""
    return Transport(TOKEN, "https://api.telegram.org")


def test_answers_are_accepted_and_lost_ones_are_found(tmp_path: Path) -> None:
    """Sends real answers; then the look-up that follows a lost answer finds them and nothing else."""

    async def scenario() -> None:
        calls = transport()
        inbox = SqliteInbox(tmp_path, bytes(32))
        try:
            me = await calls.call("getMe")
            responder = Responder(
                Desk(fresh_bot(), "telegram"), Identity(me["id"], me["username"], True), 3600.0
            )
            place = Place(CHAT)
            search = Search(calls, inbox)
            for text in ("/kontakt zastex", "/kontakt zmi", "/angebote", "/datenschutz"):
                parcel = responder.question(Question(place, 1, "live", text, 1e12))
                assert parcel is not None
                for step in parcel.steps:
                    values: dict[str, Any] = {"chat_id": CHAT, **step.values}
                    sent = (await calls.call(step.method, values))["message_id"]
                    before = Trace(0, sent - 1, sent - 1)
                    assert await search.find(values, sent - 1, before, 0) == sent
                    assert await search.find(values, sent + 500, Trace(0, sent + 500, sent + 500), 0) == 0
        finally:
            inbox.close()
            await calls.close()

    run(scenario(), 120)


def test_cards_are_accepted() -> None:
    """A contact with a number and a file without one arrive."""

    async def scenario() -> None:
        calls = transport()
        try:
            for contact in (Contact("Probe", phones=("+49 351 855-0",)), Contact("Probe ohne Nummer")):
                method, values, file = cards.contact_call(contact)
                files = {"file": file} if file else None
                assert await calls.call(method, {"chat_id": CHAT, **values}, files=files)
        finally:
            await calls.close()

    run(scenario(), 60)


def test_limits_are_those_of_the_real_server() -> None:
    """A full part is accepted; what our server refuses is refused there, too."""

    async def scenario() -> None:
        calls = transport()
        try:
            full = messages.say("x" * messages.LONGEST)
            assert await calls.call(full.method, {"chat_id": CHAT, **full.values})
            with pytest.raises(RefusedError, match="too long"):
                await calls.call("sendMessage", {"chat_id": CHAT, "text": "x" * 4097})
            with pytest.raises(RefusedError, match="can't parse entities"):
                await calls.call("sendMessage", {"chat_id": CHAT, "text": "<br>", "parse_mode": "HTML"})
        finally:
            await calls.close()

    run(scenario(), 60)


def test_the_profile_is_set_once() -> None:
    """The second time nothing differs any more."""

    async def scenario() -> None:
        calls = transport()
        try:
            await profile.apply(calls, fresh_bot().line)
            assert await profile.apply(calls, fresh_bot().line) == 0
        finally:
            await calls.close()

    run(scenario(), 120)


def test_the_channel_starts_and_stops(tmp_path: Path) -> None:
    """It polls the real server and ends within its deadline."""

    async def scenario() -> None:
        channel = TelegramChannel(Settings(TOKEN, tmp_path, poll_timeout=5), Desk(fresh_bot(), "telegram"))
        stop = asyncio.Event()
        task = asyncio.create_task(channel.run(stop))
        while not channel.healthy:
            await asyncio.wait([task], timeout=0.2)
            assert not task.done()
        stop.set()
        await asyncio.wait_for(task, 20)

    run(scenario(), 60)
