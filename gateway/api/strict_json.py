"""JSON from outside: exactly RFC 8259 in UTF-8, every key once.

orjson refuses NaN, lone surrogates, broken UTF-8, trailing text and deep nesting, but takes the last of
several equal keys; what one reader sees and another does not is how checks are got round, so those are
looked for.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from services.kit.errors import Invalid


class _DuplicateKey(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return found


#: Records are flat; messages inside them reach four levels.
_MAX_DEPTH = 64

_decoder = json.JSONDecoder(object_pairs_hook=_object)


def decode(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        Invalid: INVALID_JSON, DUPLICATE_KEY, NESTED_TOO_DEEPLY.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg:
            raise Invalid("NESTED_TOO_DEEPLY", "the JSON is nested too deeply") from error
        raise Invalid("INVALID_JSON", f"{error.msg} at character {error.pos}") from error
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH and _is_deeper(value, _MAX_DEPTH):
        raise Invalid("NESTED_TOO_DEEPLY", "the JSON is nested too deeply")
    try:
        _decoder.decode(body.decode())
    except _DuplicateKey as error:
        raise Invalid("DUPLICATE_KEY", "a key appears twice", params={"key": str(error)[:100]}) from error
    except ValueError as error:  # a number of thousands of digits
        raise Invalid("INVALID_JSON", "a number is too long") from error
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether a value has more than so many containers inside one another."""
    containers = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        containers = [
            child
            for container in containers
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
        if not containers:
            return False
    return True


def decode_object(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object.

    Raises:
        Invalid: as `decode`, and OBJECT_EXPECTED.
    """
    value = decode(body)
    if not isinstance(value, dict):
        raise Invalid("OBJECT_EXPECTED", "the body must be a JSON object")
    return value
