"""Protobuf values in the project's JSON form (protos/README.md), for the small requests of commands."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

_WIDE = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
}


def json_value(field: FieldDescriptor, value: Any) -> Any:
    """Return one field's value: enums by lower-case name, 64-bit integers as strings, times in RFC 3339."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        of_values = field.message_type.fields_by_name["value"]
        return {str(key): _single(of_values, each) for key, each in value.items()}
    if field.is_repeated:
        return [_single(field, each) for each in value]
    return _single(field, value)


def _single(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        return enum_name(field.enum_type, value)
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    if isinstance(value, Message):
        return {inner.name: json_value(inner, each) for inner, each in value.ListFields()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if field.type in _WIDE:
        return str(value)
    return value


def enum_prefix(enum: EnumDescriptor) -> str:
    """Return what every name of the enum begins with: PARTY_KIND_ for PartyKind."""
    return enum.values_by_number[0].name.removesuffix("UNSPECIFIED")


def enum_name(enum: EnumDescriptor, number: int) -> str:
    """Return `company` for PARTY_KIND_COMPANY."""
    return enum.values_by_number[number].name.removeprefix(enum_prefix(enum)).lower()
