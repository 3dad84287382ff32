"""A record's facets, joined into one JSON object without looking into them."""

from __future__ import annotations

from sales.sync.v1 import records_pb2


def joined(record: records_pb2.Record) -> bytes:
    """Return the record as one JSON object; each fragment is an object with keys of its own."""
    fragments = record.fragments
    if len(fragments) == 1:
        return fragments[0].body
    inner = b",".join(filter(None, (fragment.body[1:-1] for fragment in fragments)))
    return b"{" + inner + b"}"


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'
