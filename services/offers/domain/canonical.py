"""One text for one value: the JSON that is hashed, chained and compared between server, desktop and browser.

Form: keys sorted by code point, no spaces, UTF-8 without escapes beyond JSON's own, text in Unicode normal
form C, `Decimal` as plain text without trailing zeros, dates as `YYYY-MM-DD`. Numbers with a fraction travel
as text, so a binary float never takes part; integers stay within what every JSON reader holds exactly.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from services.kit.errors import Invalid
from services.kit.values import canonical

Plain: TypeAlias = bool | int | str | list["Plain"] | dict[str, "Plain"] | None
"""What canonical JSON is made of."""

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32
MAX_BYTES: Final = 16 * 1024 * 1024

_normal = unicodedata.ucd_3_2_0.normalize
# The tables of Unicode 3.2 are in every Python and never change; the current ones differ between Python 3.11
# and the browser's 3.14, and one name would then have two hashes. Scripts added since 2002 stay as typed.


class _Refused(Exception):
    """A value without one text; the path grows as the error rises."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.path = ""


def to_plain(value: object) -> Plain:
    """`value` as plain JSON values in canonical form; tuples become lists.

    Raises:
        Invalid: SNAPSHOT_VALUE with the path in `field`, for anything that has no one text: floats, NaN,
            integers beyond 2**53, time without an offset, lone surrogates, keys that are not text or become
            equal, more than 32 levels.
    """
    try:
        return _plain(value, 0)
    except _Refused as error:
        path, why = error.path.removeprefix("."), str(error)
        raise Invalid("SNAPSHOT_VALUE", f"{path}: {why}", params={"field": path, "value": why}) from None


def _plain(value: object, depth: int) -> Plain:
    if isinstance(value, str):
        return value if value.isascii() else _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _Refused("integer beyond 2**53")
        return value
    if depth == MAX_DEPTH:
        raise _Refused("more than 32 levels")
    if isinstance(value, dict):
        return _object(value, depth + 1)
    if isinstance(value, list | tuple):
        return _list(value, depth + 1)
    if isinstance(value, Mapping):
        return _object(value, depth + 1)
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 1000:
        return canonical(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _Refused("time without an offset")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise _Refused(type(value).__name__)


def _list(value: Sequence[object], depth: int) -> list[Plain]:
    found: list[Plain] = []
    try:
        for item in value:
            found.append(_plain(item, depth))
    except _Refused as error:
        error.path = f"[{len(found)}]{error.path}"
        raise
    return found


def _object(value: Mapping[object, object], depth: int) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise _Refused("a key that is not text")
        name = key if key.isascii() else _text(key)
        if name in found:
            raise _Refused("two keys that are one")
        try:
            found[name] = _plain(item, depth)
        except _Refused as error:
            error.path = f".{name}{error.path}"
            raise
    return found


def _text(value: str) -> str:
    normal: str = _normal("NFC", value)
    if any("\ud800" <= letter <= "\udfff" for letter in normal):
        raise _Refused("a lone surrogate")
    return normal


def encode(value: object) -> bytes:
    """The canonical JSON of `value`, in UTF-8.

    Raises:
        Invalid: SNAPSHOT_VALUE, SNAPSHOT_TOO_LARGE (more than 16 MiB).
    """
    plain = to_plain(value)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    body = text.encode()
    if len(body) > MAX_BYTES:
        raise Invalid("SNAPSHOT_TOO_LARGE", params={"max": str(MAX_BYTES)})
    return body


def decode(body: bytes) -> Plain:
    """The value of canonical JSON; refuses any other JSON, so that bytes and value are one to one.

    Raises:
        Invalid: SNAPSHOT_TOO_LARGE, SNAPSHOT_MALFORMED (not JSON, numbers with a fraction, or not in
        canonical form).
    """
    if len(body) > MAX_BYTES:
        raise Invalid("SNAPSHOT_TOO_LARGE", params={"max": str(MAX_BYTES)})
    try:
        value: Plain = json.loads(body.decode(), parse_float=_no_number, parse_constant=_no_number)
        same = encode(value) == body
    except (ValueError, RecursionError, Invalid) as error:
        raise Invalid("SNAPSHOT_MALFORMED", str(error)[:200]) from error
    if not same:
        raise Invalid("SNAPSHOT_MALFORMED", "not in canonical form")
    return value


def _no_number(text: str) -> Plain:
    raise ValueError(f"{text[:20]} is not allowed")
