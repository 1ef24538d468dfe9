"""Cross-signing: the bot vouches for its own device, so that clients trust what it says.

Without it clients mark every answer red, and those that exclude insecure
devices neither give the bot keys nor show its answers. Format: Matrix
specification, "Cross-signing"; the first upload needs no password (MSC3967).
"""

from __future__ import annotations

import base64
import json
import logging
import os
from dataclasses import dataclass
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from adapters.matrix import secret_storage
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.crypto import Machine
from adapters.matrix.keys import shown_keys
from adapters.matrix.secret_storage import USAGES, unpadded
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Store
from bot.errors import ConfigError

log = logging.getLogger("lotse.matrix")


class SigningKey:
    """An Ed25519 key made from 32 secret bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key: Any = ECC.construct(curve="ed25519", seed=seed)
        self.public = _unpadded_base64(self._key.public_key().export_key(format="raw"))

    def sign(self, content: Json) -> str:
        """Return the signature of a JSON object without its signatures, base64."""
        return _unpadded_base64(eddsa.new(self._key, "rfc8032").sign(canonical(content)))


@dataclass(frozen=True, slots=True)
class Identity:
    """The three cross-signing keys of the account."""

    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    @classmethod
    def of(cls, seeds: dict[str, bytes]) -> Identity:
        """Return the identity that the seeds make."""
        return cls(*(SigningKey(seeds[usage]) for usage in USAGES))


@dataclass(frozen=True, slots=True)
class Trust:
    """What a client would show for the bot's device."""

    device_known: bool
    signed: bool

    @property
    def sound(self) -> bool:
        """Whether answers carry no warning."""
        return self.device_known and self.signed


def canonical(content: Json) -> bytes:
    """Return the canonical JSON of an object, without what signatures leave out.

    >>> canonical({"b": 1, "a": "x", "signatures": {}})
    b'{"a":"x","b":1}'
    """
    plain = {key: value for key, value in content.items() if key not in ("signatures", "unsigned")}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


async def establish(api: Api, store: Store, machine: Machine, settings: MatrixSettings) -> None:
    """Make the account vouch for this device; idempotent. Call before joining a room.

    Raises ``ConfigError`` if the account has another identity and nothing that
    is configured may replace it, and ``MatrixError``.
    """
    shown = await shown_keys(api, machine.user)
    published = _published_master(shown, machine.user)
    seeds = await _seeds(api, store, machine.user, settings, published)
    identity = Identity.of(seeds)
    if published != identity.master.public:
        await _upload(api, machine, identity, settings)
    await _sign_device(api, machine, identity, shown)
    if "recovery_key" not in store.secrets():
        opened = settings.recovery_key if published == identity.master.public else ""
        recovery_key = opened or await secret_storage.keep(api, machine.user, seeds)
        store.keep_secrets({**store.secrets(), "recovery_key": recovery_key})


async def inspect(api: Api, user: str, device: str) -> Trust:
    """Return what a client would show for ``device``, from what the server publishes."""
    shown = await shown_keys(api, user)
    keys = _device(shown, user, device)
    master, signer = _key_of(shown, "master_keys", user), _key_of(shown, "self_signing_keys", user)
    signed = (
        bool(keys and master and signer)
        and _verifies(master, shown.get("self_signing_keys", {}).get(user, {}), user)
        and _verifies(signer, keys, user)
    )
    return Trust(bool(keys), signed)


async def _seeds(
    api: Api, store: Store, user: str, settings: MatrixSettings, published: str
) -> dict[str, bytes]:
    kept = store.secrets()
    if all(usage in kept for usage in USAGES):
        return {usage: unpadded(kept[usage]) for usage in USAGES}
    if published and settings.recovery_key:
        try:
            seeds = await secret_storage.fetch(api, user, settings.recovery_key)
        except ValueError as error:
            raise ConfigError(f"LOTSE_MATRIX_RECOVERY_KEY: {error}.") from None
    else:
        seeds = {usage: os.urandom(32) for usage in USAGES}
    # Kept before they are published: an identity whose seeds are lost cannot be used again.
    store.keep_secrets({usage: base64.b64encode(seed).decode() for usage, seed in seeds.items()})
    return seeds


async def _upload(api: Api, machine: Machine, identity: Identity, settings: MatrixSettings) -> None:
    user = machine.user
    master = _public(user, "master", identity.master)
    master["signatures"] = {user: {f"ed25519:{machine.device}": machine.sign(master)}}
    body: Json = {"master_key": master}
    for usage, key in (("self_signing", identity.self_signing), ("user_signing", identity.user_signing)):
        public = _public(user, usage, key)
        body[f"{usage}_key"] = _with_signature(public, user, identity.master)
    url = path("keys", "device_signing", "upload")
    try:
        await api.post(url, body)
        return
    except MatrixError as error:
        if error.status != 401 or not settings.password:
            raise _refused(error) from None
        body["auth"] = password_auth(user, settings.password, error)
    log.warning("the cross-signing identity of the account is replaced by the bot's own")
    try:
        await api.post(url, body)
    except MatrixError as error:
        raise _refused(error) from None


def _refused(error: MatrixError) -> Exception:
    if error.status != 401:
        return error
    return ConfigError(
        "Matrix: the account has another cross-signing identity already. Set LOTSE_MATRIX_RECOVERY_KEY "
        "to its recovery key, or LOTSE_MATRIX_PASSWORD to have the identity replaced."
    )


async def _sign_device(api: Api, machine: Machine, identity: Identity, shown: Json) -> None:
    keys = _device(shown, machine.user, machine.device)
    signatures = keys.get("signatures", {}).get(machine.user, {})
    if f"ed25519:{identity.self_signing.public}" in signatures:
        return
    signed = _with_signature(machine.device_keys(), machine.user, identity.self_signing)
    answer = await api.post(path("keys", "signatures", "upload"), {machine.user: {machine.device: signed}})
    if answer.get("failures"):
        raise MatrixError(500, "LOTSE_SIGNATURE_REFUSED")


def password_auth(user: str, password: str, challenge: MatrixError) -> Json:
    """Return the ``auth`` object that answers an interactive authentication with the password."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "session": challenge.body.get("session", ""),
    }


def _public(user: str, usage: str, key: SigningKey) -> Json:
    return {"user_id": user, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}


def _with_signature(content: Json, user: str, key: SigningKey) -> Json:
    signatures = {**content.get("signatures", {}).get(user, {}), f"ed25519:{key.public}": key.sign(content)}
    return {**content, "signatures": {user: signatures}}


def _published_master(shown: Json, user: str) -> str:
    return _key_of(shown, "master_keys", user)


def _key_of(shown: Json, kind: str, user: str) -> str:
    keys = shown.get(kind, {}).get(user, {}).get("keys", {})
    return next(iter(keys.values()), "") if isinstance(keys, dict) else ""


def _device(shown: Json, user: str, device: str) -> Json:
    found = shown.get("device_keys", {}).get(user, {}).get(device, {})
    return found if isinstance(found, dict) else {}


def _verifies(public: str, content: Json, user: str) -> bool:
    try:
        signature = unpadded(content["signatures"][user][f"ed25519:{public}"])
        key = eddsa.import_public_key(unpadded(public))
        eddsa.new(key, "rfc8032").verify(canonical(content), signature)
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _unpadded_base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
