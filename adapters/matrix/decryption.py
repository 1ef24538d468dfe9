"""Reads what arrives encrypted; every byte of it is hostile until it has been decrypted and checked.

Each event is handled by itself and can at most lose itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import vodozemac

from adapters.base import may_pass
from adapters.matrix import bounds
from adapters.matrix.library import OlmEvent, ToDeviceEvent

Json = dict[str, Any]

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"
_LONGEST_ID = 255
_REMEMBERED_INDICES = 20_000
_REMEMBERED_OWNERS = 20_000


class MissingKeyError(Exception):
    """The key of a message has not arrived (yet), or opens only later ones; ``session`` is its id."""

    def __init__(self, session: str) -> None:
        super().__init__("the key of this message is not here")
        self.session = session


class BadMessageError(Exception):
    """A message that no key will ever make readable, or that lies about itself."""


@dataclass(frozen=True, slots=True)
class RoomKey:
    """The key of a session has arrived from ``sender``; or, with a ``withheld`` code, never will."""

    room: str
    session: str
    sender: str
    withheld: str = ""


class Decryption:
    """Decrypts for one device. ``database`` is the key store's, for transactions."""

    def __init__(self, olm: Any, database: Any) -> None:
        self._olm = olm
        self._database = database
        self._indices: bounds.Recent[tuple[str, str, int], str] = bounds.Recent(_REMEMBERED_INDICES)
        self._owners: bounds.Recent[tuple[str, str], str] = bounds.Recent(_REMEMBERED_OWNERS)
        self._dropped = bounds.Burst("to-device events were dropped")

    # --- to-device messages ----------------------------------------------------------

    def receive(self, events: Iterable[object]) -> list[RoomKey]:
        """Handle the to-device events of one sync, in one transaction; return the keys that came."""
        arrived: list[RoomKey] = []
        dropped, reason = 0, ""
        events = tuple(events)
        if not events:
            return arrived
        with self._database.atomic():
            for event in events:
                try:
                    arrived += self._receive_one(event)
                except (KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as error:
                    if may_pass(error):
                        raise  # a full disk: the sync is not confirmed, and the keys come again
                    dropped, reason = dropped + 1, type(error).__name__
        self._dropped.note(reason, dropped)
        return arrived

    def _receive_one(self, event: object) -> list[RoomKey]:
        if not isinstance(event, dict) or not isinstance(event.get("content"), dict):
            return []
        kind, content, sender = event.get("type"), event["content"], event.get("sender")
        if not isinstance(sender, str):
            return []
        if kind == "m.room_key.withheld":
            room, session, code = content.get("room_id"), content.get("session_id"), content.get("code")
            if all(isinstance(value, str) and len(value) <= _LONGEST_ID for value in (room, session, code)):
                return [RoomKey(room, session, sender, code or "m.unknown")]
            return []
        if kind != "m.room.encrypted" or content.get("algorithm") != OLM:
            return []
        parsed = ToDeviceEvent.parse_event(event)
        if not isinstance(parsed, OlmEvent):
            return []
        self._olm.accepted.clear()
        if self._olm.decrypt_event(parsed) is None:
            self._note_undecrypted(sender, parsed.sender_key)
        bounds.trim_sessions(self._olm, self._database, parsed.sender_key)
        for _, sender_key, session in self._olm.accepted:
            self._owners[session, sender_key] = sender
        return [RoomKey(room, session, sender) for room, _, session in self._olm.accepted]

    def _note_undecrypted(self, sender: str, sender_key: str) -> None:
        # The library's tables grow by an empty entry for every key they are asked about.
        for table, key in ((self._olm.session_store, sender_key), (self._olm.device_store, sender)):
            if not table._entries.get(key):
                table._entries.pop(key, None)

    # --- messages --------------------------------------------------------------------

    def decrypt(self, room: str, event: Json) -> Json:
        """Return the plaintext (``type`` and ``content``) of an ``m.room.encrypted`` event.

        Raises ``MissingKeyError`` when its key is not here, or begins after it, and
        ``BadMessageError`` when it cannot be read or does not belong to this room and sender.
        """
        content = event.get("content")
        if not isinstance(content, dict) or content.get("algorithm") != MEGOLM:
            raise BadMessageError("another algorithm")
        session_id, ciphertext = content.get("session_id"), content.get("ciphertext")
        if not isinstance(session_id, str) or not isinstance(ciphertext, str):
            raise BadMessageError("incomplete")
        session = self._inbound(room, session_id, event.get("sender"))
        try:
            if vodozemac.MegolmMessage.from_base64(ciphertext).message_index() < session.first_known_index:
                raise MissingKeyError(session_id)
            plaintext, index = session.decrypt(ciphertext)
            payload = json.loads(plaintext)
        except (KeyboardInterrupt, SystemExit, MissingKeyError):
            raise
        except BaseException as error:  # noqa: BLE001 - includes panics of the Rust library
            raise BadMessageError(type(error).__name__) from None
        self._check(room, event, session, index, payload)
        return dict(payload)

    def _inbound(self, room: str, session_id: str, sender: object) -> Any:
        # By its id: ``sender_key`` and ``device_id`` of the event are deprecated (Matrix 1.3)
        # and newer clients leave them out. Somebody else may have sent us the same session.
        senders = self._olm.inbound_group_store._entries.get(room, {}).values()
        sessions = [found[session_id] for found in senders if session_id in found]
        if not sessions:
            raise MissingKeyError(session_id)
        for session in sessions:
            if isinstance(sender, str) and self._belongs(session, sender):
                return session
        raise BadMessageError("the key belongs to somebody else")

    def _check(self, room: str, event: Json, session: Any, index: int, payload: object) -> None:
        if not isinstance(payload, dict) or payload.get("room_id") != room:
            raise BadMessageError("made for another room")
        if not isinstance(payload.get("type"), str) or not isinstance(payload.get("content"), dict):
            raise BadMessageError("incomplete")
        event_id = event.get("event_id")
        if not isinstance(event_id, str):
            raise BadMessageError("incomplete")
        place = (session.sender_key, session.id, index)
        if self._indices.setdefault(place, event_id) != event_id:
            raise BadMessageError("replayed")

    def _belongs(self, session: Any, sender: str) -> bool:
        owner = self._owners.get((session.id, session.sender_key))
        if owner is not None:
            return owner == sender
        if self._olm.device_store.device_from_sender_key(sender, session.sender_key):
            return True
        return all(
            device.curve25519 != session.sender_key
            for device in self._olm.device_store
            if device.user_id != sender
        )
