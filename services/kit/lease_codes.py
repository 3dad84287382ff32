"""Codes that open a copy by telephone after its lease: made with the server's key, checked without it.

    code = lease_code(key, device_id, day)            # "7K3Q-9MTZ-04XA", on the server
    mark = lease_mark(device_id, day, code)           # what the device is given beforehand, for each day

A code is bound to one device and to the day until which it opens the copy. The device holds marks only, from
which no code can be made: 60 bits behind 1,000 rounds of PBKDF2. Standard library only.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import Final

#: Crockford's digits: none that sounds or looks like another.
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LENGTH: Final = 12
_ROUNDS: Final = 1000
_MARK_BYTES: Final = 16


def lease_code(key: bytes, device_id: str, day: date) -> str:
    """Return the code that opens a device's copy until the end of a day (UTC)."""
    digest = hmac.digest(key, f"lease\n{device_id}\n{day.isoformat()}".encode(), hashlib.sha256)
    number = int.from_bytes(digest) >> (256 - 5 * _LENGTH)
    digits = "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
    return "-".join(digits[start : start + 4] for start in range(0, _LENGTH, 4))


def lease_mark(device_id: str, day: date, code: str) -> bytes:
    """Return what tells the code of a day from all others. Read as people type: O is 0, I and L are 1."""
    heard = code.upper().translate(_READ_AS)
    salt = f"lease mark\n{device_id}\n{day.isoformat()}".encode()
    return hashlib.pbkdf2_hmac("sha256", heard.encode(), salt, _ROUNDS, _MARK_BYTES)
