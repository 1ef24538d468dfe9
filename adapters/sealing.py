"""Hides what must be kept for a moment: encrypted, and found again by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import os

from Crypto.Cipher import ChaCha20_Poly1305

_NONCE = 12
_TAG = 16


class Seal:
    """Closes and names things with one key: 32 bytes that are derived from a secret and stored nowhere."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._naming = hmac.digest(key, b"names", hashlib.sha256)

    def __repr__(self) -> str:
        return "<Seal>"

    def name(self, text: str) -> str:
        """Return 32 hexadecimal digits for ``text`` that nobody without the key can connect with it."""
        return hmac.digest(self._naming, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]

    def close(self, plain: bytes, about: str) -> bytes:
        """Encrypt ``plain``; it can be opened only as being ``about`` the same thing."""
        nonce = os.urandom(_NONCE)
        cipher = ChaCha20_Poly1305.new(key=self._key, nonce=nonce)
        cipher.update(about.encode())
        text, tag = cipher.encrypt_and_digest(plain)
        return bytes(nonce + tag + text)

    def open(self, sealed: bytes, about: str) -> bytes | None:
        """Return what was closed, ``None`` if it was changed, or closed with another key or purpose."""
        try:
            cipher = ChaCha20_Poly1305.new(key=self._key, nonce=sealed[:_NONCE])
            cipher.update(about.encode())
            return bytes(cipher.decrypt_and_verify(sealed[_NONCE + _TAG :], sealed[_NONCE : _NONCE + _TAG]))
        except ValueError:
            return None
