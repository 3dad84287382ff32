"""Values of the kernel to and from plain JSON, strictly, by their own declarations.

A dataclass is an object with its fields' names; numbers are text (integers are also read), dates
`YYYY-MM-DD`, tuples lists. Reading refuses what it does not know: an unknown field, a wrong type, a number
with a fraction that is not text, each at its path. There is no second description of the fields to keep in
step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from services.kit.errors import Invalid
from services.kit.values import Number, parse_decimal
from services.offers.domain.canonical import MAX_INTEGER, Plain

T = TypeVar("T")
_Reader = Callable[[object, str], Any]
MAX_ITEMS: Final = 20_000


def from_plain(kind: type[T], value: object, path: str = "") -> T:
    """The value of a dataclass `kind` from plain JSON; absent fields take their defaults.

    Raises:
        Invalid: FIELD_UNKNOWN, FIELD_MISSING, FIELD_TYPE, LIST_TOO_LONG with the path in `field`, and
            whatever the class itself refuses.
    """
    declared: Any = kind
    found: T = _reader(declared)(value, path)
    return found


def to_plain(value: object) -> Plain:
    """Plain JSON of a dataclass, mapping, tuple, `Decimal` (all its decimals kept) or date."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    raise TypeError(f"no plain form of {type(value).__name__}")


@cache
def _reader(kind: Any) -> _Reader:
    """The function that reads a declared type; made once per type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is str:
        return _text
    if kind is bool:
        return _boolean
    if kind is int:
        return _whole
    if kind is Any:
        return lambda value, path: value
    if kind is Decimal:
        return _decimal
    if kind is date:
        return _day
    if kind == Number:
        return _number
    if origin is tuple:
        return _tuple_reader(arguments[0])
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping_reader(arguments[1])
    if origin in (Union, types.UnionType) and type(None) in arguments:
        return _optional_reader(next(item for item in arguments if item is not type(None)))
    if is_dataclass(kind):
        return _object_reader(kind)
    raise TypeError(f"no plain form of {kind}")


def _object_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {item.name: _reader(hints[item.name]) for item in fields(kind)}
    required = {
        item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING
    }

    def read(value: object, path: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(path, "object")
        found = {}
        for name, item in value.items():
            reader = readers.get(name)
            if reader is None:
                raise Invalid("FIELD_UNKNOWN", params={"field": _join(path, str(name)[:80])})
            found[name] = reader(item, _join(path, name))
        missing = sorted(required - found.keys())
        if missing:
            raise Invalid("FIELD_MISSING", params={"field": _join(path, missing[0])})
        return kind(**found)

    return read


def _tuple_reader(kind: Any) -> _Reader:
    reader = _reader(kind)

    def read(value: object, path: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(path, "list")
        if len(value) > MAX_ITEMS:
            raise Invalid("LIST_TOO_LONG", params={"field": path, "max": str(MAX_ITEMS)})
        return tuple(reader(item, f"{path}[{position}]") for position, item in enumerate(value))

    return read


def _mapping_reader(kind: Any) -> _Reader:
    reader = _reader(kind)

    def read(value: object, path: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(path, "object")
        if len(value) > MAX_ITEMS:
            raise Invalid("LIST_TOO_LONG", params={"field": path, "max": str(MAX_ITEMS)})
        return {_text(name, path): reader(item, f"{path}[{name}]") for name, item in value.items()}

    return read


def _optional_reader(kind: Any) -> _Reader:
    reader = _reader(kind)
    return lambda value, path: None if value is None else reader(value, path)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "text")
    return value


def _boolean(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, "boolean")
    return value


def _whole(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise _wrong(path, "whole number")
    return value


def _number(value: object, path: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(path, "number as text")
    return value


def _decimal(value: object, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(path, "number as text")
    try:
        return parse_decimal(value, integer_digits=30, decimals=12)
    except Invalid as error:
        raise Invalid(error.reason, params={**error.params, "field": path}) from error


def _day(value: object, path: str) -> date:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong(path, "date YYYY-MM-DD")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong(path: str, expected: str) -> Invalid:
    return Invalid("FIELD_TYPE", params={"field": path, "expected": expected})
