"""Secret storage: keeps the cross-signing seeds in the account, sealed by a recovery key.

With the recovery key an administrator can log in as the bot with any client
and confirm that session. Format: Matrix specification, "Secret storage",
algorithm ``m.secret_storage.v1.aes-hmac-sha2``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import string
from collections.abc import Mapping

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from adapters.matrix.api import Api, Json, MatrixError, path

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
USAGES = ("master", "self_signing", "user_signing")

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"


def encode_recovery_key(key: bytes) -> str:
    """Return 32 bytes as the recovery key that clients show: base 58 in groups of four."""
    raw = _PREFIX + key
    raw += bytes([_parity(raw)])
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def decode_recovery_key(text: str) -> bytes:
    """Return the 32 bytes of a recovery key. Raises ``ValueError`` if it is mistyped."""
    number = 0
    for character in "".join(text.split()):
        number = number * 58 + _ALPHABET.index(character)
    raw = number.to_bytes(35, "big") if number < 1 << 280 else b""
    if not raw.startswith(_PREFIX) or _parity(raw) != 0:
        raise ValueError("not a recovery key")
    return raw[2:34]


def seal(key: bytes, name: str, data: bytes) -> Json:
    """Encrypt ``data`` as the secret ``name``."""
    # Bit 63 of the counter is cleared, as the specification asks for the sake of other platforms.
    start = bytearray(os.urandom(16))
    start[8] &= 0x7F
    cipher_key, mac_key = _derive(key, name)
    sealed = AES.new(cipher_key, AES.MODE_CTR, nonce=b"", initial_value=bytes(start)).encrypt(data)
    mac = hmac.new(mac_key, sealed, hashlib.sha256).digest()
    return {"iv": _base64(bytes(start)), "ciphertext": _base64(sealed), "mac": _base64(mac)}


def unseal(key: bytes, name: str, sealed: Mapping[str, str]) -> bytes:
    """Decrypt the secret ``name``. Raises ``ValueError`` if the key is another one."""
    cipher_key, mac_key = _derive(key, name)
    try:
        start, data, mac = (unpadded(sealed[field]) for field in ("iv", "ciphertext", "mac"))
    except (KeyError, TypeError, AttributeError, binascii.Error):
        raise ValueError("the secret is incomplete") from None
    if len(start) != 16 or not hmac.compare_digest(hmac.new(mac_key, data, hashlib.sha256).digest(), mac):
        raise ValueError("the recovery key is not the one of this account")
    return AES.new(cipher_key, AES.MODE_CTR, nonce=b"", initial_value=start).decrypt(data)


async def keep(api: Api, user: str, seeds: Mapping[str, bytes]) -> str:
    """Store ``seeds`` in the account of ``user`` and return the new recovery key.

    Returns ``""`` and changes nothing if the account has a secret storage
    already: it is an administrator's. Raises ``MatrixError``.
    """
    if await _read(api, user, "m.secret_storage.default_key"):
        return ""
    key = os.urandom(32)
    name = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
    check = seal(key, "", b"\0" * 32)
    description = {"algorithm": ALGORITHM, "name": "lotse", "iv": check["iv"], "mac": check["mac"]}
    await _write(api, user, f"m.secret_storage.key.{name}", description)
    for usage in USAGES:
        secret = f"m.cross_signing.{usage}"
        sealed = seal(key, secret, _base64(seeds[usage]).rstrip("=").encode())
        await _write(api, user, secret, {"encrypted": {name: sealed}})
    await _write(api, user, "m.secret_storage.default_key", {"key": name})
    return encode_recovery_key(key)


async def fetch(api: Api, user: str, recovery_key: str) -> dict[str, bytes]:
    """Return the seeds that the account keeps.

    Raises ``ValueError`` if there are none or the key does not fit, and ``MatrixError``.
    """
    key = decode_recovery_key(recovery_key)
    name = (await _read(api, user, "m.secret_storage.default_key")).get("key")
    seeds = {}
    for usage in USAGES:
        secret = f"m.cross_signing.{usage}"
        encrypted = (await _read(api, user, secret)).get("encrypted")
        sealed = encrypted.get(name) if isinstance(encrypted, dict) else None
        if not isinstance(sealed, dict):
            raise ValueError("the account keeps no cross-signing keys")
        seeds[usage] = unpadded(unseal(key, secret, sealed).decode())
    return seeds


def unpadded(text: str) -> bytes:
    """Decode base64 with or without padding. Raises ``binascii.Error``."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


async def _read(api: Api, user: str, kind: str) -> Json:
    try:
        return await api.get(path("user", user, "account_data", kind))
    except MatrixError as error:
        if error.status == 404:
            return {}
        raise


async def _write(api: Api, user: str, kind: str, content: Json) -> None:
    await api.put(path("user", user, "account_data", kind), content)


def _derive(key: bytes, name: str) -> tuple[bytes, bytes]:
    derived = bytes(HKDF(key, 64, b"\0" * 32, SHA256, 1, context=name.encode()))
    return derived[:32], derived[32:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _parity(data: bytes) -> int:
    parity = 0
    for byte in data:
        parity ^= byte
    return parity
