"""What the contract says about whole records and about a command's parameters."""

from __future__ import annotations

from functools import cache
from typing import Any

import protovalidate

from services.kit.entities import Entity, as_message, entity, parse_value
from services.kit.entities.canonical import Values, default_value, typed
from services.kit.errors import Invalid, Violation
from services.kit.records.items import Item
from services.kit.records.limits import keeps_limits

#: protovalidate's rules that have a reason of their own; the others keep their name in capitals.
_TOO = {
    "string.min_len": "TOO_SHORT",
    "string.max_len": "TOO_LONG",
    "repeated.min_items": "TOO_FEW",
    "repeated.max_items": "TOO_MANY",
}


def check_record(target: Entity, values: Values) -> None:
    """Check a whole record against the contract.

    Raises:
        Invalid: INVALID_FIELDS with every violation.
    """
    violations = [
        Violation(name, "REQUIRED", "this field must be given")
        for name, default in _required(target.name)
        if values[name] == default
    ]
    found = (
        [] if keeps_limits(target, values) else protovalidate.collect_violations(as_message(target, values))
    )
    violations += [
        Violation(_path(v.proto), _TOO.get(v.proto.rule_id, _upper(v.proto.rule_id)), v.proto.message)
        for v in found
        if _path(v.proto) not in {violation.field for violation in violations}
    ]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


@cache
def _required(entity_name: str) -> tuple[tuple[str, Any], ...]:
    """Return the fields that must be given, each with what it is when nobody has."""
    fields = entity(entity_name).fields.items()
    return tuple((name, default_value(field)) for name, field in fields if field.required)


def _path(violation: Any) -> str:
    parts = []
    for element in violation.field.elements:
        subscript = getattr(element, "subscript", None)
        index = getattr(subscript, "value", None)
        parts.append(element.field_name + (f"[{index}]" if index is not None else ""))
    return ".".join(parts)


def _upper(rule_id: str) -> str:
    return rule_id.replace(".", "_").upper()


def check_immutable(target: Entity, current: Values, values: Values) -> None:
    """Check that no field that is set at creation gets another value.

    Raises:
        Invalid: INVALID_FIELDS with IMMUTABLE.
    """
    fixed = [
        name for name, value in values.items() if target.fields[name].immutable and value != current[name]
    ]
    if fixed:
        violations = [Violation(name, "IMMUTABLE", "set at creation, never after") for name in fixed]
        raise Invalid("INVALID_FIELDS", violations=violations)


def parse_request(item: Item) -> dict[str, Any]:
    """Return a command's parameters in canonical form, those left out with their defaults.

    Raises:
        Invalid: INVALID_FIELDS, each at `request.<name>`.
    """
    command = item.command
    assert command is not None
    sent = item.sent.get("request") or {}
    violations = [
        Violation(f"request.{name}", "UNKNOWN_FIELD", "the command has no such parameter")
        for name in sent
        if name not in command.fields
    ]
    parsed = {}
    for name, field in command.fields.items():
        try:
            parsed[name] = parse_value(field, sent[name]) if name in sent else default_value(field)
        except Invalid as error:
            violations.extend(Violation(f"request.{v.field}", v.reason, v.detail) for v in error.violations)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    found = protovalidate.collect_violations(typed(command.request_class, command.fields, parsed))
    if found:
        raise Invalid(
            "INVALID_FIELDS",
            violations=[
                Violation(
                    f"request.{_path(v.proto)}",
                    _TOO.get(v.proto.rule_id, _upper(v.proto.rule_id)),
                    v.proto.message,
                )
                for v in found
            ],
        )
    return parsed
