"""Checksums of what devices hold, the same at the server and on every device.

A fragment's checksum `h` is the first 8 bytes of SHA-256, as 16 hexadecimal digits, over

    entity \\0 id \\0 facet \\0 version \\0 body

in UTF-8, the version as decimal digits, the body exactly as the owner encoded it. In a frame the body is the
last member, `"d"`: the bytes between `,"d":` and the closing brace of the line.

A bucket's checksum counts the fragments of its facet (`…#cost`: cost, else base) of its members, and adds
their `h` as unsigned 64-bit numbers, wrapping around, written as 16 hexadecimal digits. An empty bucket has 0
and sixteen zeros.

    >>> fragment_hash("crm.party", "0190", "base", 3, b'{"name":"Rossi"}')
    'b7a983ecf143773e'
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

BASE: Final = "base"
_WRAP: Final = 1 << 64


def fragment_hash(entity: str, record_id: str, facet: str, version: int, body: bytes) -> str:
    """Return the checksum of one facet of one version of a record."""
    return fragment_digest(entity, record_id, facet, version, body).hex()


def fragment_digest(entity: str, record_id: str, facet: str, version: int, body: bytes) -> bytes:
    """Return the checksum as its 8 bytes."""
    head = f"{entity}\0{record_id}\0{facet}\0{version}\0".encode()
    return hashlib.sha256(head + body).digest()[:8]


def bucket_sum(hashes: Iterable[str]) -> str:
    """Return the sum of fragments' checksums."""
    return sum_text(sum(int(each, 16) for each in hashes))


def sum_text(total: int) -> str:
    """Return a sum, wrapped to 64 bits, as it travels; negative differences wrap as well."""
    return format(total % _WRAP, "016x")


def facet_of(bucket: str) -> str:
    """Return the facet whose fragments a bucket carries."""
    return bucket.partition("#")[2] or BASE
