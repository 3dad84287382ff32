"""JSON bodies into typed requests and plain responses into JSON, by the contracts' descriptors.

Strict on the way in: unknown fields, wrong types and unknown enum values are refused, each with its field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kit.entities import Field, Kind, parse_value
from services.kit.entities.model import fields_of
from services.kit.errors import Invalid, Violation

_Request = TypeVar("_Request", bound=Message)


@lru_cache(maxsize=1024)
def fields(descriptor: Descriptor) -> Mapping[str, Field]:
    """Return the fields of a message by name."""
    return fields_of(descriptor)


def request(
    cls: type[_Request], body: Mapping[str, Any], *, allowed: Collection[str] | None = None
) -> _Request:
    """Return the typed request that a JSON object describes; null is the same as absent. `allowed` are the
    fields that it may have here.

    Raises:
        Invalid: INVALID_FIELDS with every field that is unknown or does not fit.
    """
    known = fields(cls.DESCRIPTOR)
    values: dict[str, Any] = {}
    violations: list[Violation] = []
    for name, value in body.items():
        field = known.get(name)
        if field is None or (allowed is not None and name not in allowed):
            violations.append(Violation(name[:100], "UNKNOWN_FIELD"))
        elif value is not None:
            try:
                values[name] = _typed(field, parse_value(field, value))
            except Invalid as error:
                violations.extend(error.violations)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    return cls(**values)


def _typed(field: Field, value: Any) -> Any:
    """Return what protobuf's constructor takes for a canonical value."""
    if field.repeated:
        return [_typed_single(field, each) for each in value]
    return _typed_single(field, value)


def _typed_single(field: Field, value: Any) -> Any:
    if field.kind is Kind.ENUM:
        return field.enum_values[value]
    if field.kind is Kind.LONG:
        return int(value)
    if field.kind is Kind.TIME:
        return datetime.fromisoformat(value)
    if field.kind is Kind.MESSAGE:
        return {name: _typed(field.message[name], each) for name, each in value.items() if each is not None}
    return value


def response(message: Message) -> dict[str, Any]:
    """Return a message as JSON values; fields without presence are always there."""
    return {
        name: _json(field, getattr(message, name))
        for name, field in fields(message.DESCRIPTOR).items()
        if not field.descriptor.has_presence or message.HasField(name)
    }


def _json(field: Field, value: Any) -> Any:
    if field.kind is Kind.MAP:
        return dict(value)
    if field.repeated:
        return [_json_single(field, each) for each in value]
    return _json_single(field, value)


def _json_single(field: Field, value: Any) -> Any:
    if field.kind is Kind.ENUM:
        return next((name for name, number in field.enum_values.items() if number == value), "unspecified")
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    if isinstance(value, Message):
        return response(value)
    if field.kind is Kind.LONG:
        return value if field.name in ("version", "base_version") else str(value)
    return value
