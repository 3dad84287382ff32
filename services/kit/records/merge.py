"""Three-way merge of a change into a record that moved on since its author saw it.

For each field: what its author saw (`base`), what they want, and what stands there now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from services.kit.entities import Entity, Field, Kind, parse_value
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, Violation


@dataclass(slots=True)
class Merge:
    """What to write, and what could not be."""

    values: Values = field(default_factory=dict)
    #: Field -> the server's value, which stays.
    conflicts: Values = field(default_factory=dict)


def parse_fields(entity: Entity, fields: dict[str, Any], *, creating: bool) -> Values:
    """Return the canonical values of what a client wants to write; sets keep their {add, remove} form.

    Raises:
        Invalid: INVALID_FIELDS with every field that is unknown, not writable or of the wrong form.
    """
    parsed: Values = {}
    violations: list[Violation] = []
    for name, value in fields.items():
        found = entity.fields.get(name)
        if found is None:
            violations.append(Violation(name, "UNKNOWN_FIELD", f"{entity.name} has no such field"))
        elif found.output_only or name == "id":
            violations.append(Violation(name, "OUTPUT_ONLY", "the server sets this field"))
        else:
            try:
                parsed[name] = _parse(found, value, creating=creating)
            except Invalid as error:
                violations.extend(error.violations)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    return parsed


def _parse(field: Field, value: Any, *, creating: bool) -> Any:
    if field.is_set and isinstance(value, dict) and not creating:
        unknown = set(value) - {"add", "remove"}
        if unknown:
            raise Invalid(
                "INVALID_FIELDS",
                violations=[Violation(field.name, "UNKNOWN_FIELD", "a set is changed by add and remove")],
            )
        return {key: parse_value(field, value.get(key, [])) for key in ("add", "remove")}
    if field.name == "custom" and isinstance(value, dict):
        return _parse_custom(field, value, creating=creating)
    return parse_value(field, value)


def _parse_custom(field: Field, value: dict[str, Any], *, creating: bool) -> dict[str, str | None]:
    """Custom values are JSON texts, kept as they were written; on an update null takes a key away."""
    removed = {} if creating else {key: None for key in value if value[key] is None}
    kept: dict[str, str] = parse_value(field, {key: value[key] for key in value if key not in removed})
    wrong = [key for key, text in kept.items() if not _is_json(text)]
    if wrong:
        raise Invalid(
            "INVALID_FIELDS",
            violations=[
                Violation(f"custom.{key}", "INVALID_JSON_TEXT", "a value in JSON, as text, is expected")
                for key in wrong
            ],
        )
    return kept | removed


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def merge(
    entity: Entity,
    current: Values,
    wanted: Values,
    base: dict[str, Any],
    *,
    stale: bool,
    creating: bool = False,
) -> Merge:
    """Decide each field of `wanted` against `current`.

    Not stale: the author's value. Stale: the author's value where only they changed it, nothing where both
    want the same, a conflict where both changed it or where `base` does not say what they saw. Sets and
    custom fields merge by element and by key, so two people adding different ones never meet.
    """
    result = Merge()
    for name, value in wanted.items():
        definition = entity.fields[name]
        if name == "custom":
            _merge_custom(result, current, value, base.get("custom"), stale=stale)
        elif definition.is_set and isinstance(value, dict):
            result.values[name] = sorted((set(current[name]) | set(value["add"])) - set(value["remove"]))
        elif _same(definition, current[name], value):
            if creating:
                result.values[name] = value
        elif not stale or _saw_current(definition, base, current):
            result.values[name] = value
        else:
            result.conflicts[name] = current[name]
    if entity.merge_whole and result.conflicts:
        result.conflicts = {name: current[name] for name in wanted if name != "custom"}
        result.values = {}
    return result


def _merge_custom(
    result: Merge, current: Values, wanted: dict[str, str | None], base: Any, *, stale: bool
) -> None:
    merged = dict(current["custom"])
    seen = base if isinstance(base, dict) else {}
    for key, text in wanted.items():
        now = merged.get(key)
        if now == text:
            continue
        if (
            stale
            and seen.get(key, _MISSING) != now
            and not (now is None and key not in seen and base is not None)
        ):
            result.conflicts[f"custom.{key}"] = now
        elif text is None:
            merged.pop(key, None)
        else:
            merged[key] = text
    if merged != current["custom"]:
        result.values["custom"] = dict(sorted(merged.items()))


_MISSING = object()


def _saw_current(definition: Field, base: dict[str, Any], current: Values) -> bool:
    if definition.name not in base:
        return False
    try:
        return _same(definition, parse_value(definition, base[definition.name]), current[definition.name])
    except Invalid:
        return False


def _same(definition: Field, one: Any, other: Any) -> bool:
    if definition.kind is Kind.DECIMAL and not definition.repeated and one and other:
        return Decimal(one) == Decimal(other)
    return bool(one == other)
