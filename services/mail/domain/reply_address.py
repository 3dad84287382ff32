"""Our own reply addresses: `vendite+r-<token><signature>@example.it`.

A reply to such an address names the message that it answers, whatever the customer's program does to the
headers. The token is a random number that is stored beside the message; the signature, by a key that only we
have, covers token and mailbox, so that nobody can make an address that we believe. Base 32 in small letters:
local parts of addresses lose their case on the way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

_TOKEN_BYTES = 8
_SIGNATURE_BYTES = 10
_MARK = "r-"
_LENGTH = 29
_FORM = re.compile(rf"(.+)\+{_MARK}([a-z2-7]{{{_LENGTH}}})@(.+)")
#: RFC 5321, 4.5.3.1.1.
_MAX_LOCAL = 64


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an address of our form says."""

    token: str
    #: Signed by us, for this mailbox.
    genuine: bool


def make(address: str, token: bytes, key: bytes) -> str:
    """Return the reply address of a mailbox for the message with this token of 8 bytes.

    "" where the mailbox's name leaves no room: its replies are then found by their References alone.
    """
    local, _, domain = address.rpartition("@")
    signed = base64.b32encode(token + _signature(address, token, key)).decode().rstrip("=").lower()
    made = f"{local}+{_MARK}{signed}"
    return f"{made}@{domain}" if len(made) <= _MAX_LOCAL else ""


def token_text(token: bytes) -> str:
    """Return the text under which a token is stored."""
    return token.hex()


def read(address: str, key: bytes) -> Claimed | None:
    """Return what an address says; None if it is not of our form."""
    found = _FORM.fullmatch(address.strip().lower())
    if found is None:
        return None
    local, signed, domain = found.groups()
    try:
        content = base64.b32decode(signed.upper() + "=" * (-_LENGTH % 8))
    except binascii.Error:
        return Claimed("", genuine=False)
    token, signature = content[:_TOKEN_BYTES], content[_TOKEN_BYTES:]
    genuine = hmac.compare_digest(signature, _signature(f"{local}@{domain}", token, key))
    return Claimed(token_text(token), genuine=genuine)


def _signature(address: str, token: bytes, key: bytes) -> bytes:
    text = b"reply-address\0" + address.lower().encode() + b"\0" + token
    return hmac.new(key, text, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
