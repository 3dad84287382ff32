"""Passwords of mailboxes, sealed by AES-256-GCM; bound to their mailbox, so that none opens another's."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """Sealed with another key, or changed since."""


def seal(secret: str, *, mailbox_id: str, key: bytes) -> bytes:
    """Return the secret so that only `open_sealed` with the same key and mailbox gives it back."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, secret.encode(), mailbox_id.encode())


def open_sealed(sealed: bytes, *, mailbox_id: str, key: bytes) -> str:
    """Return what was sealed.

    Raises:
        CannotOpen: another key, another mailbox, or a byte that changed.
    """
    nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        raise CannotOpen("sealed by another release")
    try:
        return AESGCM(key).decrypt(nonce, content, mailbox_id.encode()).decode()
    except InvalidTag as error:
        raise CannotOpen("sealed with another key, or for another mailbox") from error
