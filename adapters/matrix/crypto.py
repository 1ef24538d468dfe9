"""The keys of one device: matrix-nio's Olm machine and its store, without its client.

Everything here is synchronous and without network. The machine says what is to
be uploaded and shared and learns what was queried and claimed; ``keys`` carries
it to the server and back.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from adapters.matrix import bounds
from adapters.matrix.decryption import MEGOLM, OLM, Decryption
from adapters.matrix.library import (
    InboundGroupSession,
    KeysClaimResponse,
    KeysQueryResponse,
    Olm,
    OlmDevice,
    OutboundGroupSession,
    SqliteStore,
)
from adapters.matrix.store import Login

Json = dict[str, Any]

_MOST_TAKEN = 20_000
"""Room keys that may come before there is a look for those that nobody needs."""
_STRANGERS = 5_000
_LONGEST_ID = 255


class _Olm(Olm):
    """The library's machine, which does not give up a good key for a worse one.

    ``accepted`` are the room, the sender's key and the id of the sessions whose
    key has come; whoever reads it empties it. ``taken`` counts them. ``known_keys``
    are the devices of people as far as they were last needed.
    """

    def __init__(self, user: str, device: str, store: SqliteStore) -> None:
        self.accepted: list[tuple[str, str, str]] = []
        self.taken = 0
        self.known_keys: set[str] = set()
        super().__init__(user, device, store)

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        """Take over a key, unless an earlier one opens as much (Matrix specification, "m.room_key").

        Clients send a session again, from its current index on, when something
        about the recipient has changed; what came before must stay readable.
        """
        session = InboundGroupSession(session_key, sender_fp_key, sender_key, room_id)
        senders: Json = self.inbound_group_store._entries.get(room_id, {})
        known = senders.get(sender_key, {}).get(session_id)
        if session.id != session_id or len(room_id) > _LONGEST_ID:
            return
        if known is not None and known.first_known_index <= session.first_known_index:
            return
        self.accepted.append((room_id, sender_key, session_id))
        self.taken += 1
        if self._is_of_somebody_else(session):
            # The stored one is not overwritten: anybody who can read a message has its key.
            self.inbound_group_store.add(session)
            return
        super().create_group_session(sender_key, sender_fp_key, room_id, session_id, session_key)

    def _is_of_somebody_else(self, session: InboundGroupSession) -> bool:
        query = "SELECT room_id, sender_key FROM megolminboundsessions WHERE session_id = ?"
        row = self.store.database.execute_sql(query, (session.id,)).fetchone()
        return row is not None and tuple(row) != (session.room_id, session.sender_key)


class Machine:
    """The keys and sessions of one device, kept in ``folder``."""

    def __init__(self, login: Login, folder: Path) -> None:
        name = f"{login.device}.db".replace("/", "_")
        os.close(os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600))
        # The library logs ids of persons, rooms and devices: nobody may see them.
        for library in ("nio", "peewee"):
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        self.user = login.user
        self.device = login.device
        self._store = SqliteStore(login.user, login.device, str(folder), login.pickle_key, name)
        with ExitStack() as failed:
            failed.callback(self.close)
            # In KiB; rows are looked up singly.
            self._store.database.execute_sql("PRAGMA cache_size = -64")
            self._store.database.execute_sql("CREATE TABLE IF NOT EXISTS lotse (generation INTEGER NOT NULL)")
            self.olm: Any = _Olm(login.user, login.device, self._store)
            self.encrypted_rooms: set[str] = set(self._store.load_encrypted_rooms())
            failed.pop_all()
        self.decryption = Decryption(self.olm, self._store.database)
        self._dropped_devices = bounds.Burst("the device keys of users were dropped")
        self._dropped_claims = bounds.Burst("claimed keys were dropped")

    def close(self) -> None:
        """Close the key store."""
        self._store.database.close()

    # --- what the server must know -------------------------------------------------

    @property
    def identity(self) -> dict[str, str]:
        """The public keys of this device: ``curve25519`` and ``ed25519``."""
        return dict(self.olm.account.identity_keys)

    @property
    def generation(self) -> int:
        """How often this key store was opened; an old copy of it counts less than the server knows."""
        row = self._store.database.execute_sql("SELECT max(generation) FROM lotse").fetchone()
        return int(row[0] or 0)

    @generation.setter
    def generation(self, value: int) -> None:
        with self._store.database.atomic():
            self._store.database.execute_sql("DELETE FROM lotse")
            self._store.database.execute_sql("INSERT INTO lotse VALUES (?)", (value,))

    def sign(self, content: Json) -> str:
        """Return this device's signature of a JSON object, base64."""
        unsigned = {key: value for key, value in content.items() if key not in ("signatures", "unsigned")}
        return str(self.olm.sign_json(unsigned))

    def device_keys(self) -> Json:
        """Return the signed public description of this device."""
        keys = {f"{kind}:{self.device}": key for kind, key in self.identity.items()}
        description: Json = {
            "algorithms": [OLM, MEGOLM],
            "device_id": self.device,
            "user_id": self.user,
            "keys": keys,
        }
        return self._signed(description)

    def one_time_keys(self, wanted: int) -> Json:
        """Return signed one-time keys that are not published yet, ``wanted`` new ones if there are none.

        They are saved before they are returned: a key that the server hands out
        and that is lost here makes somebody's first message unreadable.
        """
        account = self.olm.account
        if not account.one_time_keys["curve25519"] and wanted > 0:
            account.generate_one_time_keys(min(wanted, account.max_one_time_keys))
            self.olm.save_account()
        keys = account.one_time_keys["curve25519"].items()
        return {f"signed_curve25519:{key_id}": self._signed({"key": key}) for key_id, key in keys}

    def fallback_keys(self) -> Json:
        """Return a new signed fallback key, for the time when the one-time keys are used up."""
        account = self.olm.account._account
        if not account.fallback_key:
            account.generate_fallback_key()
            self.olm.save_account()
        return {
            f"signed_curve25519:{key_id}": self._signed({"key": key.to_base64(), "fallback": True})
            for key_id, key in account.fallback_key.items()
        }

    def published(self) -> None:
        """Note that the server has all keys that were returned."""
        self.olm.account.shared = True
        self.olm.account.mark_keys_as_published()
        self.olm.save_account()

    def _signed(self, content: Json) -> Json:
        signature = self.sign(content)
        return {**content, "signatures": {self.user: {f"ed25519:{self.device}": signature}}}

    # --- other devices ---------------------------------------------------------------

    def devices(self, users: Iterable[str]) -> list[OlmDevice]:
        """Return the known devices of ``users`` without this one."""
        own = (self.user, self.device)
        return [
            device
            for user in users
            for device in self.olm.device_store.active_user_devices(user)
            if (device.user_id, device.device_id) != own
        ]

    def learn_devices(self, device_keys: Mapping[str, object]) -> None:
        """Take over the answer of a key query, without the devices that are malformed."""
        for user, devices in device_keys.items():
            if not isinstance(devices, dict):
                continue
            sound = {name: keys for name, keys in devices.items() if self._is_sound(user, name, keys)}
            try:
                self.olm.handle_response(KeysQueryResponse({user: sound}, {}))
            except Exception as error:  # noqa: BLE001 - one user's keys must not hide those of the others
                self._dropped_devices.note(type(error).__name__)

    def _is_sound(self, user: str, name: str, keys: object) -> bool:
        if not isinstance(keys, dict):
            return False
        # Display names are of no use here, need not be stored and may be null.
        keys.pop("unsigned", None)
        try:
            public = keys["keys"][f"ed25519:{name}"]
            return (
                keys["user_id"] == user
                and keys["device_id"] == name
                and isinstance(keys["keys"][f"curve25519:{name}"], str)
                and bool(self.olm.verify_json(keys, public, user, name))
            )
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not a sound device
            return False

    def without_session(self, devices: Iterable[OlmDevice]) -> list[OlmDevice]:
        """Return those of ``devices`` to which nothing can be sent before a key is claimed."""
        return [device for device in devices if not self.olm.session_store._entries.get(device.curve25519)]

    def learn_claimed(self, one_time_keys: object) -> None:
        """Begin sessions with the claimed one-time keys, without those that are malformed."""
        if not isinstance(one_time_keys, dict):
            return
        for user, devices in one_time_keys.items():
            for name, key in devices.items() if isinstance(devices, dict) else ():
                if not isinstance(key, dict) or not key:
                    continue
                try:
                    self.olm.handle_response(KeysClaimResponse({user: {name: key}}, {}))
                except Exception as error:  # noqa: BLE001 - one device's key must not cost the others theirs
                    self._dropped_claims.note(type(error).__name__)

    # --- sending -----------------------------------------------------------------------

    def outbound(self, room: str, devices: Iterable[OlmDevice], messages: int, seconds: float) -> Any:
        """Return the session that encrypts for ``room`` now.

        A new one is made when the old one is used up (``messages``, ``seconds``)
        or somebody who has it is no longer among ``devices``.
        """
        session: Any = self.olm.outbound_group_sessions.get(room)
        present = {(device.user_id, device.device_id) for device in devices}
        if session is None or session.expired or not session.users_shared_with <= present:
            self.olm.outbound_group_sessions[room] = session = OutboundGroupSession()
            session.max_messages = max(1, min(messages, 10_000))
            session.max_age = type(session.max_age)(seconds=max(3600.0, min(seconds, 30 * 86400.0)))
        return session

    def share(self, room: str, session: Any, devices: Iterable[OlmDevice]) -> Json:
        """Return the to-device messages, by user and device, that give ``session`` to ``devices``."""
        content = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        messages: Json = {}
        with self._store.database.atomic():
            for device in devices:
                olm_session = self.olm.session_store.get(device.curve25519)
                if olm_session is not None:
                    sealed = self.olm._olm_encrypt(olm_session, device, "m.room_key", content)
                    messages.setdefault(device.user_id, {})[device.device_id] = sealed
        return messages

    def encrypt(self, room: str, session: Any, kind: str, content: Json) -> Json:
        """Return the content of the ``m.room.encrypted`` event that carries ``content``."""
        session.mark_as_shared()
        payload = {"type": kind, "content": content, "room_id": room}
        sealed: Json = {
            "algorithm": MEGOLM,
            "sender_key": self.identity["curve25519"],
            "ciphertext": session.encrypt(json.dumps(payload)),
            "session_id": session.id,
            "device_id": self.device,
        }
        if "m.relates_to" in content:
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed

    def forget_room(self, room: str) -> None:
        """Drop the sessions of a room that the bot has left."""
        self.olm.outbound_group_sessions.pop(room, None)
        self.olm.inbound_group_store._entries.pop(room, None)
        self._store.database.execute_sql("DELETE FROM megolminboundsessions WHERE room_id = ?", (room,))
        self._store.delete_encrypted_room(room)
        self.encrypted_rooms.discard(room)

    def forget_people(self, users: Collection[object]) -> None:
        """Drop the devices of users with whom the bot shares no encrypted room any more.

        The sessions with them stay, which name nobody and are bounded: their programs go on using
        them when the bot is invited again.
        """
        known = self.olm.device_store._entries
        gone = [user for user in users if isinstance(user, str) and user != self.user and user in known]
        if gone:
            bounds.forget_devices(self.olm, self._store.database, gone)

    def mark_encrypted(self, room: str) -> None:
        """Remember for good that ``room`` is encrypted: nothing is ever sent there in the clear again."""
        if room not in self.encrypted_rooms:
            self.encrypted_rooms.add(room)
            self._store.save_encrypted_rooms({room})

    def prune(self, rooms: Collection[str]) -> None:
        """Drop stored room keys that no message will need: of other rooms than ``rooms``, and old ones."""
        bounds.prune_keys(self.olm, self._store.database, rooms)

    def tidy(self) -> None:
        """Make room when many keys have come; call after each sync."""
        if self.olm.taken > _MOST_TAKEN:
            self.olm.taken = 0
            bounds.prune_keys(self.olm, self._store.database, self.encrypted_rooms, _STRANGERS)
