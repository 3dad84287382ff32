"""A record's facets, joined into one JSON object, in most cases without looking into them."""

from __future__ import annotations

from typing import Any

import orjson
from sales.sync.v1 import records_pb2

from services.kit import entities


def joined(record: records_pb2.Record) -> bytes:
    """Return the record as one JSON object; each fragment is an object with keys of its own."""
    fragments = record.fragments
    if len(fragments) == 1:
        return fragments[0].body
    if sum(b'"custom":{' in fragment.body for fragment in fragments) > 1:
        # Custom fields of more than one facet: each fragment has a part of `custom`.
        values: dict[str, Any] = {}
        for fragment in fragments:
            entities.joined(values, orjson.loads(fragment.body))
        return orjson.dumps(values)
    inner = b",".join(filter(None, (fragment.body[1:-1] for fragment in fragments)))
    return b"{" + inner + b"}"


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'
