"""Somebody who makes to-device messages and encrypted events by hand, well-formed or not."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any
from urllib.parse import quote

import vodozemac

from tests.live.matrix.people import Person
from tests.live.matrix.synapse import Json, Synapse

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"


class Stranger(Person):
    """A person with keys of their own and full control of what is sent."""

    def __init__(self, synapse: Synapse, name: str) -> None:
        super().__init__(synapse, name)
        self.account = vodozemac.Account()
        self.curve = self.account.curve25519_key.to_base64()
        self.ed25519 = self.account.ed25519_key.to_base64()
        self._session: vodozemac.Session | None = None
        self._device: tuple[str, str] = ("", "")

    def publish(self) -> None:
        """Upload the device, correctly signed."""
        keys: Json = {
            "algorithms": [OLM, MEGOLM],
            "device_id": self.device,
            "user_id": self.user,
            "keys": {f"curve25519:{self.device}": self.curve, f"ed25519:{self.device}": self.ed25519},
        }
        signature = self.account.sign(canonical(keys)).to_base64()
        keys["signatures"] = {self.user: {f"ed25519:{self.device}": signature}}
        self.call("POST", "/keys/upload", {"device_keys": keys})

    def to_device(self, user: str, content: Any, kind: str = "m.room.encrypted") -> None:
        """Send something to all devices of ``user``."""
        path = f"/sendToDevice/{quote(kind, safe='')}/{uuid.uuid4().hex}"
        self.call("PUT", path, {"messages": {user: {"*": content}}})

    def claim(self, user: str) -> str:
        """Use up one one-time key of the device of ``user``, and return it."""
        found = self.call("POST", "/keys/query", {"device_keys": {user: []}})["device_keys"][user]
        device, keys = next(iter(found.items()))
        self._device = (keys["keys"][f"curve25519:{device}"], keys["keys"][f"ed25519:{device}"])
        wanted = {"one_time_keys": {user: {device: "signed_curve25519"}}}
        claimed = self.call("POST", "/keys/claim", wanted)["one_time_keys"]
        return str(next(iter(claimed[user][device].values()))["key"]) if claimed else ""

    def olm(self, user: str, payload: Any, **changes: Any) -> Json:
        """Return an Olm message with any payload for the device of ``user``."""
        if self._session is None:
            key = vodozemac.Curve25519PublicKey.from_base64(self.claim(user))
            curve = vodozemac.Curve25519PublicKey.from_base64(self._device[0])
            self._session = self.account.create_outbound_session(curve, key)
        plain = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        kind, body = self._session.encrypt(plain).to_parts()
        sealed = {"type": kind, "body": base64.b64encode(body).decode().rstrip("=")}
        return {
            "algorithm": OLM,
            "sender_key": self.curve,
            "ciphertext": {self._device[0]: {**sealed, **changes}},
        }

    def payload(self, user: str, kind: str, content: Any, **changes: Any) -> Json:
        """Return the payload of an Olm message as the specification wants it, but for ``changes``."""
        return {
            "sender": self.user,
            "sender_device": self.device,
            "keys": {"ed25519": self.ed25519},
            "recipient": user,
            "recipient_keys": {"ed25519": self._device[1]},
            "type": kind,
            "content": content,
            **changes,
        }

    def group_session(self, user: str, room: str) -> vodozemac.GroupSession:
        """Make a Megolm session and give ``user`` its key."""
        session = vodozemac.GroupSession()
        self.share(user, room, session, session.session_key.to_base64())
        return session

    def share(self, user: str, room: str, session: vodozemac.GroupSession, key: str) -> None:
        """Give ``user`` a key of a session."""
        if not self._device[1]:
            self.olm(user, {})
        content = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.session_id,
            "session_key": key,
        }
        self.to_device(user, self.olm(user, self.payload(user, "m.room_key", content)))

    def megolm(self, session: vodozemac.GroupSession, plain: Any, **changes: Any) -> Json:
        """Return the content of an encrypted event with any plaintext."""
        data = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
        content = {
            "algorithm": MEGOLM,
            "sender_key": self.curve,
            "device_id": self.device,
            "session_id": session.session_id,
            "ciphertext": session.encrypt(data).to_base64(),
            **changes,
        }
        return {key: value for key, value in content.items() if value is not None}


def canonical(content: Json) -> bytes:
    """Return the canonical JSON of an object."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
