"""Canonical JSON of records: one value, one text.

A record is a dict of canonical values by field name, as `Kind` describes them. Fields without presence are
always there; a time that is absent is left out of the JSON and None in the dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.kit.entities.model import BASE, Entity, Field, Kind
from services.kit.errors import Invalid, Violation

Values = dict[str, Any]
_NOTHING: Mapping[str, str] = MappingProxyType({})

#: Digits on both sides of the point: more than any price, weight or quantity needs, and it fits numeric(40,
#: 12).
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
#: An id as we write it, which needs no reading.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class _Wrong(Exception):
    """A value that does not fit its field: (reason, detail)."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("WRONG_TYPE", "a string is expected")
    if "\x00" in value:
        raise _Wrong("CONTROL_CHARACTER", "the character U+0000 is not allowed")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Wrong("INVALID_TEXT", "a lone surrogate is not text") from error
    return value


def _decimal(value: Any) -> str:
    text = _text(value)
    if text and not _DECIMAL.fullmatch(text):
        raise _Wrong(
            "INVALID_DECIMAL", "a decimal string such as 12.50 is expected, at most 18 and 12 digits"
        )
    return text


def _date(value: Any) -> str:
    text = _text(value)
    if not text:
        return text
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _Wrong("INVALID_DATE", "a date such as 2026-03-27 is expected") from error


def id_text(text: str) -> str:
    """Return an id in canonical form.

    Raises:
        ValueError: it is none.
    """
    if _ID.fullmatch(text):
        return text
    if len(text) != 36:
        raise ValueError(text)
    return str(UUID(text))


def _id(value: Any) -> str:
    text = _text(value)
    if not text:
        return text
    try:
        return id_text(text)
    except ValueError as error:
        raise _Wrong("INVALID_ID", "a UUID is expected") from error


def _sha256(value: Any) -> str:
    text = _text(value)
    if text and not _SHA256.fullmatch(text):
        raise _Wrong("INVALID_SHA256", "64 lower-case hexadecimal digits are expected")
    return text


def time_text(moment: datetime) -> str:
    """Return RFC 3339 in UTC, with microseconds only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time(value: Any) -> str | None:
    if value is None:
        return None
    text = _text(value)
    if not _TIME.fullmatch(text):
        raise _Wrong("INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected")
    try:
        return time_text(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise _Wrong("INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected") from error


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("WRONG_TYPE", "true or false is expected")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Wrong("WRONG_TYPE", "a whole number is expected")
    if not -(2**31) <= value < 2**31:
        raise _Wrong("OUT_OF_RANGE", "a number of 32 bits is expected")
    return value


def _long(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise _Wrong("OUT_OF_RANGE", "a number of 64 bits, as a string, is expected")
    return str(int(text))


def _enum(field: Field) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in field.enum_values:
            known = ", ".join(list(field.enum_values)[1:])
            raise _Wrong("UNKNOWN_VALUE", f"one of these is expected: {known}")
        return value

    return parse


def _map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Wrong("WRONG_TYPE", "an object is expected")
    if len(value) > 500:
        raise _Wrong("TOO_MANY", "at most 500 keys")
    return {_text(key): _text(value[key]) for key in sorted(value)}


def _message(field: Field) -> Callable[[Any], Values]:
    def parse(value: Any) -> Values:
        if not isinstance(value, dict):
            raise _Wrong("WRONG_TYPE", "an object is expected")
        unknown = set(value) - set(field.message)
        if unknown:
            raise _Wrong("UNKNOWN_FIELD", f"no such field: {min(unknown)}")
        return {
            name: _parser(inner)(value[name]) if name in value else default_value(inner)
            for name, inner in field.message.items()
        }

    return parse


_PARSERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.ID: _id,
    Kind.SHA256: _sha256,
    Kind.TIME: _time,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.LONG: _long,
    Kind.MAP: _map,
}


def _single_parser(field: Field) -> Callable[[Any], Any]:
    if field.kind is Kind.ENUM:
        return _enum(field)
    if field.kind is Kind.MESSAGE:
        return _message(field)
    return _PARSERS[field.kind]


#: Kinds whose absence is "", which means nothing as one of several.
_NEVER_EMPTY = {Kind.ID, Kind.DECIMAL, Kind.DATE, Kind.SHA256}


def _repeated(field: Field) -> Callable[[Any], list[Any]]:
    single = _single_parser(field)

    def parse(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _Wrong("WRONG_TYPE", "a list is expected")
        if len(value) > 1000:
            raise _Wrong("TOO_MANY", "at most 1000 values")
        parsed = [single(item) for item in value]
        if field.kind in _NEVER_EMPTY and "" in parsed:
            raise _Wrong("REQUIRED", "an empty value has no place in a list")
        return sorted(set(parsed)) if field.is_set else parsed

    return parse


_parsers: dict[int, Callable[[Any], Any]] = {}


def _parser(field: Field) -> Callable[[Any], Any]:
    key = id(field)
    parser = _parsers.get(key)
    if parser is None:
        parser = _repeated(field) if field.repeated else _single_parser(field)
        _parsers[key] = parser
    return parser


def parse_value(field: Field, value: Any) -> Any:
    """Return the canonical value of what a client sent for `field`.

    Raises:
        Invalid: the value does not fit, with one violation that names the field.
    """
    try:
        return _parser(field)(value)
    except _Wrong as wrong:
        reason, detail = wrong.args
        raise Invalid("INVALID_FIELDS", violations=[Violation(field.name, reason, detail)]) from wrong


def default_value(field: Field) -> Any:
    """Return the canonical value of a field that nobody set."""
    if field.repeated:
        return []
    return {
        Kind.BOOLEAN: False,
        Kind.INTEGER: 0,
        Kind.LONG: "0",
        Kind.ENUM: "unspecified",
        Kind.TIME: None,
        Kind.MAP: {},
        Kind.MESSAGE: None,
    }.get(field.kind, "")


def default_values(entity: Entity) -> Values:
    """Return a record of `entity` in which nothing is set."""
    return copied(_defaults(entity.name), entity)


@cache
def _defaults(entity_name: str) -> Values:
    from services.kit.entities.model import entity

    values = {name: default_value(field) for name, field in entity(entity_name).fields.items()}
    values["version"] = 0
    return values


@cache
def _containers(entity_name: str) -> tuple[str, ...]:
    """Return the fields whose values are lists, maps or messages."""
    from services.kit.entities.model import entity

    found = entity(entity_name).fields.items()
    return tuple(name for name, field in found if field.repeated or field.kind in (Kind.MAP, Kind.MESSAGE))


@cache
def _facet_fields(entity_name: str, facet: str) -> tuple[tuple[str, bool], ...]:
    from services.kit.entities.model import entity

    return tuple(
        (name, field.kind in (Kind.TIME, Kind.MESSAGE) and not field.repeated)
        for name, field in entity(entity_name).fields.items()
        if field.facet == facet
    )


def fragments(
    entity: Entity, values: Values, hidden: Mapping[str, str] = _NOTHING, gone: Iterable[str] = ()
) -> dict[str, str]:
    """Return the canonical JSON of each facet; `base` is always there.

    `hidden` maps keys of custom fields to their facets; each facet's fragment has its own part of `custom`.
    `gone` are keys that the record had: the facet of such a one has a part too, if an empty one.
    """
    parts = _parts_of_custom(values, hidden, gone) if hidden else {}
    found = {}
    for facet in (*entity.facets, *(each for each in parts if each not in entity.facets)):
        fields = {
            name: values[name]
            for name, optional in _facet_fields(entity.name, facet)
            if not (optional and values[name] is None)
        }
        if facet in parts:
            fields["custom"] = parts[facet]
        found[facet] = orjson.dumps(fields).decode()
    return found


def _parts_of_custom(
    values: Values, hidden: Mapping[str, str], gone: Iterable[str]
) -> dict[str, dict[str, str]]:
    parts: dict[str, dict[str, str]] = {BASE: {}}
    for key in gone:
        if key in hidden:
            parts.setdefault(hidden[key], {})
    for key, text in values["custom"].items():
        parts.setdefault(hidden.get(key, BASE), {})[key] = text
    return parts


def copied(values: Values, entity: Entity) -> Values:
    """Return a copy of a record whose lists and maps are its own; messages inside them are shared, and never
    changed in place."""
    own = values.copy()
    for name in _containers(entity.name):
        if values[name] is not None:
            own[name] = values[name].copy()
    return own


def values_of(entity: Entity, base_json: str, facets_json: Mapping[str, str]) -> Values:
    """Return the record that these fragments hold."""
    values = default_values(entity)
    values |= orjson.loads(base_json)
    for facet, text in facets_json.items():
        if facet != BASE:
            joined(values, orjson.loads(text))
    return values


def joined(values: Values, facet: Values) -> Values:
    """Put the fields of a facet to those of others, in place; each has its own part of `custom`."""
    custom = values.get("custom")
    values.update(facet)
    if custom and "custom" in facet:
        values["custom"] = dict(sorted({**custom, **facet["custom"]}.items()))
    return values


def as_message(entity: Entity, values: Values) -> Message:
    """Return the typed message of a record, for validation and for callers that want types."""
    return typed(entity.message_class, entity.fields, values)


def typed(cls: type[Message], fields: Mapping[str, Field], values: Values) -> Message:
    """Return the typed message of canonical values, such as those of a command's request."""
    arguments = {}
    for name, field in fields.items():
        value = values.get(name)
        if value:
            if field.kind in _TRANSLATED:
                value = [_plain(field, v) for v in value] if field.repeated else _plain(field, value)
            arguments[name] = value
    return cls(**arguments)


#: Kinds that are something else in a message than in canonical JSON.
_TRANSLATED = frozenset({Kind.ENUM, Kind.LONG, Kind.TIME, Kind.MESSAGE})


def _plain(field: Field, value: Any) -> Any:
    if field.kind is Kind.ENUM:
        return field.enum_values[value]
    if field.kind is Kind.LONG:
        return int(value)
    if field.kind is Kind.TIME:
        return datetime.fromisoformat(value)
    return typed(_message_class(field), field.message, value)


def _message_class(field: Field) -> type[Message]:
    descriptor = field.descriptor.message_type
    if descriptor is None:
        raise TypeError(f"{field.name} is no message")
    return GetMessageClass(descriptor)
