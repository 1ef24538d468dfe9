"""Carries keys between the crypto machine and the server, and encrypts what is sent."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from adapters.matrix.api import Api, Json, path
from adapters.matrix.bounds import Recent
from adapters.matrix.crypto import Machine
from adapters.matrix.library import OlmDevice

log = logging.getLogger("lotse.matrix")

_TOO_FEW = 25
"""One-time keys left on the server below which new ones are uploaded."""
_RETRY_CLAIM = 600.0
"""Seconds after which a device that gave no one-time key is asked again."""
_RETRY_QUERY = 60.0
"""Seconds after which a server that did not give its users' keys is asked again."""
_MOST_USERS, _MOST_DEVICES = 50_000, 20_000
"""How many are remembered; who is forgotten is asked for once more."""
_DEVICES_PER_REQUEST = 100
_PATIENCE, _LITTLE_PATIENCE = 10_000, 2_000
"""Milliseconds that our server waits for others' answers."""


class Keys:
    """The key exchange of one device with everybody it talks to."""

    def __init__(self, api: Api, machine: Machine) -> None:
        self._api = api
        self._machine = machine
        self._lock = asyncio.Lock()
        self._tracked: Recent[str, float] = Recent(_MOST_USERS)
        self._claimed: Recent[str, float] = Recent(_MOST_DEVICES)
        self._under_way: set[str] = set()

    # --- own keys ------------------------------------------------------------------

    async def publish(self, *, fallback: bool, wanted: int) -> None:
        """Upload the device, ``wanted`` one-time keys and, if asked for, a new fallback key.

        Raises ``MatrixError``; a 400 means that this device had other keys before.
        """
        body: Json = {}
        if not self._machine.olm.account.shared:
            body["device_keys"] = self._machine.device_keys()
        keys = self._machine.one_time_keys(wanted)
        if keys:
            body["one_time_keys"] = keys
        if fallback:
            body["fallback_keys"] = self._machine.fallback_keys()
        if body:
            await self._api.post(path("keys", "upload"), body)
            self._machine.published()

    async def replenish(self, counts: object, unused_fallback: object) -> None:
        """Upload new keys if the counts of a sync say that they run out; zero counts as zero."""
        left = counts.get("signed_curve25519", 0) if isinstance(counts, dict) else None
        if not isinstance(left, int):
            return
        fallback = isinstance(unused_fallback, list) and "signed_curve25519" not in unused_fallback
        if left < _TOO_FEW or fallback:
            most = self._machine.olm.account.max_one_time_keys
            await self.publish(fallback=fallback, wanted=max(0, most - left))

    # --- keys of others ------------------------------------------------------------

    def changed(self, users: Iterable[object]) -> None:
        """Note that the devices of ``users`` have changed, or are not needed any more."""
        for user in users:
            if isinstance(user, str):
                self._tracked.pop(user, None)

    async def prepare(self, users: Collection[str]) -> list[OlmDevice]:
        """Make sure that every device of ``users`` can be sent to, and return the devices.

        Who needs nothing waits for nobody: other servers may take long to give their users' keys.
        """
        needed = self._unknown(users) or self._unclaimed(self._machine.devices(users))
        if needed or not self._under_way.isdisjoint(users):
            async with self._lock:
                try:
                    await self._fetch(users)
                finally:
                    self._under_way.clear()
        return self._machine.devices(users)

    async def _fetch(self, users: Collection[str]) -> None:
        unknown = self._unknown(users)
        # The bot itself is in every room; nobody needs to wait for its own other devices.
        self._under_way.update(user for user in unknown if user != self._machine.user)
        await self._query(unknown)
        unclaimed = self._unclaimed(self._machine.devices(users))
        self._under_way.update(device.user_id for device in unclaimed)
        await self._claim(unclaimed)

    def _unknown(self, users: Iterable[str]) -> list[str]:
        now = time.monotonic()
        return [user for user in users if self._tracked.get(user, 0.0) <= now]

    def _unclaimed(self, devices: Iterable[OlmDevice]) -> list[OlmDevice]:
        now = time.monotonic()
        waiting = self._machine.without_session(devices)
        return [device for device in waiting if self._claimed.get(device.curve25519, 0.0) <= now]

    async def _query(self, users: Collection[str]) -> None:
        if not users:
            return
        # Those who did not come last time hold up the answer once more, but not as long.
        patience = _PATIENCE if any(user not in self._tracked for user in users) else _LITTLE_PATIENCE
        # Marked before the request: a change that arrives meanwhile must not be overwritten.
        self._tracked.update(dict.fromkeys(users, float("inf")))
        try:
            body = {"device_keys": {user: [] for user in users}, "timeout": patience}
            answer = await self._api.post(path("keys", "query"), body)
        except BaseException:
            self.changed(users)
            raise
        found = answer.get("device_keys")
        self._machine.learn_devices(found if isinstance(found, dict) else {})
        retry = time.monotonic() + _RETRY_QUERY
        for user in users:
            if isinstance(found, dict) and user not in found and self._tracked.get(user) == float("inf"):
                self._tracked[user] = retry

    async def _claim(self, waiting: Sequence[OlmDevice]) -> None:
        now = time.monotonic()
        for begin in range(0, len(waiting), _DEVICES_PER_REQUEST):
            wanted: dict[str, dict[str, str]] = {}
            for device in waiting[begin : begin + _DEVICES_PER_REQUEST]:
                wanted.setdefault(device.user_id, {})[device.device_id] = "signed_curve25519"
                self._claimed[device.curve25519] = now + _RETRY_CLAIM
            try:
                answer = await self._api.post(
                    path("keys", "claim"), {"one_time_keys": wanted, "timeout": _PATIENCE}
                )
            except BaseException:
                for device in waiting:
                    self._claimed.pop(device.curve25519, None)
                raise
            self._machine.learn_claimed(answer.get("one_time_keys"))

    async def mend(self) -> None:
        """Begin new sessions with devices whose old one is broken, and tell them."""
        olm = self._machine.olm
        broken = list(olm.wedged_devices)
        if not broken:
            return
        async with self._lock:
            for device in broken:
                self._claimed.pop(device.curve25519, None)
            await self._claim(broken)
            for device in broken:
                if device in olm.wedged_devices:
                    olm.wedged_devices.remove(device)
            queued, olm.outgoing_to_device_messages = olm.outgoing_to_device_messages, []
        messages: dict[str, dict[str, Any]] = {}
        for message in queued:
            messages.setdefault(message.recipient, {})[message.recipient_device] = message.content
        await self._send_to_devices(messages)

    # --- sending -------------------------------------------------------------------

    async def encrypt(
        self, room: str, users: Collection[str], kind: str, content: Json, rotation: tuple[int, float]
    ) -> Json:
        """Return ``content`` encrypted for every device of ``users``, who have got the key by then.

        ``rotation`` is after how many messages and seconds the room wants a new key.
        Raises ``MatrixError``.
        """
        devices = await self.prepare(users)
        session = self._machine.outbound(room, devices, *rotation)
        waiting = [
            device
            for device in devices
            if (device.user_id, device.device_id) not in session.users_shared_with
        ]
        for begin in range(0, len(waiting), _DEVICES_PER_REQUEST):
            messages = self._machine.share(room, session, waiting[begin : begin + _DEVICES_PER_REQUEST])
            await self._send_to_devices(messages)
            session.users_shared_with.update(
                (user, device) for user, received in messages.items() for device in received
            )
        return self._machine.encrypt(room, session, kind, content)

    async def _send_to_devices(self, messages: Mapping[str, Mapping[str, Any]]) -> None:
        if messages:
            transaction = secrets.token_hex(16)
            await self._api.put(
                path("sendToDevice", "m.room.encrypted", transaction), {"messages": dict(messages)}
            )


async def shown_keys(api: Api, user: str) -> Json:
    """Return what the server shows of a user's keys (``/keys/query``). Raises ``MatrixError``."""
    return await api.post(path("keys", "query"), {"device_keys": {user: []}})
