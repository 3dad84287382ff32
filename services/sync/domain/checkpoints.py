"""How far a device has come, in its own hands: signed here and bound to the device.

    <payload>.<signature>       both base64url; HMAC-SHA256 over the device's id and the payload

A checkpoint that was forged, changed, or given to another device is none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass


class NotOurs(ValueError):
    """The text is no checkpoint that we gave to this device."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A device holds the buckets of `held` as of `seq` in `generation`."""

    generation: int
    seq: int
    #: Hash that names a stored set of buckets.
    held: bytes
    #: Digest of the owners' epochs that the device was told.
    epochs: str

    def sign(self, key: bytes, device_id: str) -> str:
        """Return the text that the device keeps."""
        payload = _encode(json.dumps([self.generation, self.seq, self.held.hex(), self.epochs]).encode())
        return f"{payload}.{_signature(key, device_id, payload)}"


def read_checkpoint(text: str, key: bytes, device_id: str) -> Checkpoint:
    """Read a checkpoint of this device.

    Raises:
        NotOurs: forged, changed, or another device's.
    """
    payload, _, signature = text.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, device_id, payload).encode()):
        raise NotOurs("the signature is not ours")
    try:
        generation, seq, held, epochs = json.loads(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
        return Checkpoint(int(generation), int(seq), bytes.fromhex(held), str(epochs))
    except (ValueError, TypeError, binascii.Error) as error:
        raise NotOurs("the payload cannot be read") from error


def held_hash(buckets: Collection[str]) -> bytes:
    """Return the name of a set of buckets."""
    return hashlib.sha256("\n".join(sorted(buckets)).encode()).digest()[:16]


def epochs_digest(epochs: Mapping[str, str]) -> str:
    """Return a short name for the epochs of all owners."""
    return hashlib.sha256(json.dumps(epochs, sort_keys=True).encode()).hexdigest()[:8]


def _signature(key: bytes, device_id: str, payload: str) -> str:
    return _encode(hmac.digest(key, f"{device_id}\n{payload}".encode(), hashlib.sha256))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
