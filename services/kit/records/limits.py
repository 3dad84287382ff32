"""Whether a record keeps the limits of its contract, told from its values alone.

Most rules of contracts are how long a text or a list may be and how large a number. To have protovalidate
judge them the record must become a message: 15 of the 150 microseconds that a new record takes (2026-11-30).
So plain limits are compared here, and whoever breaks one, or has another rule, goes to protovalidate, which
knows what to say. A test holds both to the same verdict at both sides of every limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.kit.entities import Entity, entity
from services.kit.entities.canonical import Values
from services.kit.rpc.validation import has_rules

#: Type of a rule -> its parts: the least and the most that are allowed.
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("min_len", "max_len"),
    "repeated": ("min_items", "max_items"),
    "map": ("min_pairs", "max_pairs"),
    "int32": ("gte", "lte"),
}
_LEAST, _MOST = -(2**31), 2**63


@dataclass(frozen=True, slots=True)
class Limit:
    """Of a field: bounds of a number, or of how many characters, values or keys there may be."""

    name: str
    is_number: bool
    least: int
    most: int


class _Another(Exception):
    """The contract has a rule that is no plain limit."""


def keeps_limits(target: Entity, values: Values) -> bool:
    """True if the record breaks no rule of its contract. False: it does, or only protovalidate can tell."""
    limits = limits_of(target.name)
    return limits is not None and all(
        each.least <= (values[each.name] if each.is_number else len(values[each.name])) <= each.most
        for each in limits
    )


@cache
def limits_of(entity_name: str) -> tuple[Limit, ...] | None:
    """Return the limits of an entity's fields; None if its contract has rules of another kind."""
    try:
        return tuple(_limits(cast(Descriptor, entity(entity_name).message_class.DESCRIPTOR)))
    except _Another:
        return None


def _limits(descriptor: Descriptor) -> Iterator[Limit]:
    oneofs = [each for each in descriptor.oneofs if each.GetOptions().HasExtension(validate_pb2.oneof)]
    if oneofs or descriptor.GetOptions().HasExtension(validate_pb2.message):
        raise _Another
    for field in descriptor.fields:
        if field.message_type is not None and has_rules(field.message_type):
            raise _Another
        options = field.GetOptions()
        if options.HasExtension(validate_pb2.field):
            yield _limit(field, options.Extensions[validate_pb2.field])


def _limit(field: FieldDescriptor, rules: Any) -> Limit:
    kind = rules.WhichOneof("type")
    if kind not in _PARTS or field.has_presence or len(rules.ListFields()) != 1:
        raise _Another
    least, most = _PARTS[kind]
    rule = getattr(rules, kind)
    if {part.name for part, _ in rule.ListFields()} - {least, most}:
        raise _Another
    return Limit(
        field.name,
        kind == "int32",
        getattr(rule, least) if rule.HasField(least) else _LEAST,
        getattr(rule, most) if rule.HasField(most) else _MOST,
    )
