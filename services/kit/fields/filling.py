"""What the definitions ask of one record: values, formulas, what is required, what may not be written.

The same at the owner and on a device. Nothing here reads or writes a database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.kit.entities import BASE, Field, Kind, all_entities
from services.kit.errors import Invalid, Violation
from services.kit.fields.definitions import CUSTOM, Definition, Definitions, Layout, type_of
from services.kit.fields.values import (
    FieldKind,
    WrongValue,
    canonical,
    converted,
    operand,
    result_text,
)

Values = Mapping[str, Any]


def written_values(
    definitions: Mapping[str, Definition],
    given: Mapping[str, str | None],
    stored: Mapping[str, str],
    *,
    lenient: bool,
) -> dict[str, str | None]:
    """Return the canonical texts of what is to be written; None takes a value away.

    `lenient` takes what a device sends, which was right by the definitions that it held: a value of an
    earlier kind is converted, one of a retired field or choice is kept.

    Raises:
        Invalid: INVALID_FIELDS with a violation at `custom.<key>` for each value that is wrong.
    """
    found: dict[str, str | None] = {}
    violations = []
    for key, text in given.items():
        try:
            found[key] = _written(definitions.get(key), text, stored.get(key), lenient=lenient)
        except WrongValue as wrong:
            reason, detail = wrong.args
            violations.append(Violation(f"{CUSTOM}{key}", reason, detail))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    return found


def _written(
    definition: Definition | None, text: str | None, now: str | None, *, lenient: bool
) -> str | None:
    if text == now:
        return now
    if definition is None:
        if text is None:
            return None  # what nobody defined may be taken away
        raise WrongValue("UNKNOWN_FIELD", "no such field is defined")
    if definition.kind is FieldKind.FORMULA:
        raise WrongValue("OUTPUT_ONLY", "a formula computes this field")
    if definition.inactive and not lenient:
        raise WrongValue("FIELD_RETIRED", "the field is retired; make it active again to write it")
    if text is None:
        return None
    read = converted if lenient else canonical
    written = read(definition.kind, definition.limits, text)
    if not lenient and written is not None:
        _not_retired(definition, written, now)
    return written


def _not_retired(definition: Definition, text: str, now: str | None) -> None:
    retired = {choice.key for choice in definition.limits.choices if choice.retired}
    if retired and (_keys(definition, text) - _keys(definition, now)) & retired:
        raise WrongValue("CHOICE_RETIRED", "the choice is not offered any more")


def _keys(definition: Definition, text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    value = operand(definition.kind, text)
    return value if isinstance(value, frozenset) else frozenset({value})


def base_values(definitions: Mapping[str, Definition], seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an author saw as it would stand today: by an earlier kind it was written otherwise."""
    found = dict(seen)
    for key, text in seen.items():
        definition = definitions.get(key)
        if definition is not None and isinstance(text, str) and definition.kind is not FieldKind.FORMULA:
            try:
                found[key] = converted(definition.kind, definition.limits, text)
            except WrongValue:
                continue  # it says what it said
    return found


def with_defaults(definitions: Mapping[str, Definition], given: Mapping[str, str]) -> dict[str, str]:
    """Return a new record's values with the defaults of what it does not say."""
    defaults = {
        key: each.default_value
        for key, each in definitions.items()
        if each.default_value and not each.inactive and key not in given
    }
    return dict(sorted({**defaults, **given}.items()))


def record_for_expressions(definitions: Definitions, entity_name: str, values: Values) -> dict[str, Any]:
    """Return a record as formulas and conditions read it."""
    fields = all_entities()[entity_name].fields
    found = {
        name: _operand(fields[name], values.get(name))
        for name in definitions.scope(entity_name, type_of(entity_name, values))
        if name in fields
    }
    custom = values.get("custom") or {}
    for key, definition in definitions.of_record(entity_name, values).items():
        if key in custom:
            found[definition.name] = operand(definition.value_kind, custom[key])
    return found


def _operand(field: Field, value: Any) -> Any:
    if value in (None, "", []) or (field.kind is Kind.ENUM and value == "unspecified"):
        return None
    if field.repeated:
        return frozenset(value) if field.kind in (Kind.TEXT, Kind.ENUM, Kind.ID) else tuple(value)
    match field.kind:
        case Kind.DECIMAL | Kind.LONG | Kind.INTEGER:
            return Decimal(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.TIME:
            return datetime.fromisoformat(value)
        case _:
            return value


def computed(definitions: Definitions, entity_name: str, values: Values) -> dict[str, str]:
    """Return the record's custom values with its formulas computed."""
    custom = dict(values["custom"])
    formulas = definitions.formulas(entity_name, type_of(entity_name, values))
    if not formulas:
        return custom
    record = record_for_expressions(definitions, entity_name, values)
    for definition, formula in formulas:
        text = result_text(formula.value(record))
        if text is None:
            custom.pop(definition.key, None)
        else:
            custom[definition.key] = text
    return dict(sorted(custom.items()))


def missing(
    definitions: Definitions,
    layout: Layout | None,
    entity_name: str,
    values: Values,
    *,
    seen: Collection[str] | None = None,
) -> set[str]:
    """Return the names of fields that a record must have and has not.

    `seen` are the facets that the author sees, None for all: what they cannot fill in is not asked of them.
    """
    found = set()
    for key, each in definitions.of_record(entity_name, values).items():
        is_asked = each.required and not each.inactive and each.kind is not FieldKind.FORMULA
        if is_asked and key not in values["custom"] and _sees(each.facet, seen):
            found.add(each.name)
    for name in _where(definitions, layout, entity_name, values, "required"):
        if _is_empty(entity_name, values, name) and _sees(
            facet_of(definitions, entity_name, values, name), seen
        ):
            found.add(name)
    return found


def read_only(definitions: Definitions, layout: Layout | None, entity_name: str, values: Values) -> set[str]:
    """Return the names of fields that a form does not let its users write in this record."""
    return set(_where(definitions, layout, entity_name, values, "read_only"))


def _where(
    definitions: Definitions, layout: Layout | None, entity_name: str, values: Values, rule: str
) -> Iterator[str]:
    """Yield the fields of a form for which a condition holds; one that is not shown is not required."""
    if layout is None:
        return
    record: dict[str, Any] | None = None
    for each in layout.fields:
        text = getattr(each, rule)
        if not text:
            continue
        if record is None:
            record = record_for_expressions(definitions, entity_name, values)
        if not _holds(definitions, layout, text, record):
            continue
        if rule == "required" and each.visible and not _holds(definitions, layout, each.visible, record):
            continue
        yield each.name


def _holds(definitions: Definitions, layout: Layout, text: str, record: Mapping[str, Any]) -> bool:
    condition = definitions.read(text, layout.entity, layout.record_type)
    return condition is not None and condition.holds(record)


def facet_of(definitions: Definitions, entity_name: str, values: Values, name: str) -> str:
    """Return the facet of a built-in field or of custom.<key>."""
    if name.startswith(CUSTOM):
        return definitions.hidden(entity_name, values).get(name.removeprefix(CUSTOM), BASE)
    field = all_entities()[entity_name].fields.get(name)
    return field.facet if field is not None else BASE


def _sees(facet: str, seen: Collection[str] | None) -> bool:
    return facet == BASE or seen is None or facet in seen


def _is_empty(entity_name: str, values: Values, name: str) -> bool:
    if name.startswith(CUSTOM):
        return name.removeprefix(CUSTOM) not in values["custom"]
    field = all_entities()[entity_name].fields.get(name)
    # No is an answer.
    if field is None or (field.kind is Kind.BOOLEAN and not field.repeated):
        return False
    return values.get(name) in (None, "", [], {}, "unspecified")
