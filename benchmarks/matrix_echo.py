"""The least bot that matrix-nio makes: joins on invite and repeats what is said. For comparison only."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, RoomMessageText


async def main(homeserver: str, user: str, folder: str) -> None:
    """Serve until killed."""
    client = AsyncClient(
        homeserver, user, store_path=folder, config=AsyncClientConfig(encryption_enabled=True)
    )
    await client.login("pw")

    async def invited(room: Any, event: Any) -> None:
        if event.state_key == client.user_id and event.membership == "invite":
            await client.join(room.room_id)

    async def heard(room: Any, event: Any) -> None:
        if event.sender != client.user_id:
            relation = {"m.in_reply_to": {"event_id": event.event_id}}
            content = {"msgtype": "m.notice", "body": event.body, "m.relates_to": relation}
            await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    await client.sync(0, full_state=True)
    client.add_event_callback(invited, InviteMemberEvent)
    client.add_event_callback(heard, RoomMessageText)
    sys.stdout.write("INFO serving\n")
    sys.stdout.flush()
    await client.sync_forever(30000, full_state=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
