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


def to_plain(value: object, path: str = "") -> Plain:
    """`value` as plain JSON values in canonical form; mappings lose their order, tuples become lists.

    Raises:
        Invalid: SNAPSHOT_VALUE at `path` for anything that has no one text: floats, NaN, integers beyond
            2**53, time without an offset, lone surrogates, keys that are not text or become equal, more than
            32 levels.
    """
    return _plain(value, path, 0)


def _plain(value: object, path: str, depth: int) -> Plain:
    if depth > MAX_DEPTH:
        raise _refused(path, "more than 32 levels")
    if isinstance(value, str):
        return _text(value, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _refused(path, "integer beyond 2**53")
        return value
    if isinstance(value, Mapping):
        return _object(value, path, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: object, path: str) -> str:
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 1000:
        return canonical(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _refused(path, "time without an offset")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise _refused(path, type(value).__name__)


def _object(value: Mapping[object, object], path: str, depth: int) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise _refused(path, "a key that is not text")
        name = _text(key, path)
        if name in found:
            raise _refused(path, "two keys that are one")
        found[name] = _plain(item, f"{path}.{name}" if path else name, depth + 1)
    return dict(sorted(found.items()))


def _text(value: str, path: str) -> str:
    if value.isascii():
        return value
    normal: str = _normal("NFC", value)
    if any("\ud800" <= letter <= "\udfff" for letter in normal):
        raise _refused(path, "a lone surrogate")
    return normal


def _refused(path: str, why: str) -> Invalid:
    return Invalid("SNAPSHOT_VALUE", f"{path}: {why}", params={"field": path, "value": why})


def encode(value: object) -> bytes:
    """The canonical JSON of `value`, in UTF-8.

    Raises:
        Invalid: SNAPSHOT_VALUE, SNAPSHOT_TOO_LARGE (more than 16 MiB).
    """
    text = json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
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
