"""What may be defined: every definition is checked whole before it is stored, and errors name the place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import BASE, Entity, all_entities
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.fields import conversion, expressions, patterns
from services.kit.fields.computing import Type
from services.kit.fields.definitions import (
    CUSTOM,
    DEFINING,
    FIELD,
    RECORD,
    RECORD_TYPE,
    Definition,
    Definitions,
    RecordType,
    definition_from,
    is_shaped,
    limits_from,
)
from services.kit.fields.expressions import Expression
from services.kit.fields.values import FieldKind, WrongValue, bound, canonical, kind_of_result

#: More than a form can show; `custom` holds 500 keys.
MAX_FIELDS: Final = 200
_MAX_LABEL: Final = 200
_CHOOSING: Final = (FieldKind.CHOICE, FieldKind.MULTIPLE_CHOICE)

Values = Mapping[str, Any]


def present(uow: UnitOfWork) -> Definitions:
    """Return the definitions with those that this transaction is about to store."""
    found = uow.definitions
    fields = {each.id: each for each in found.fields}
    types = dict(found.types)
    for row in uow.rows():
        if row.entity.template == FIELD and row.values["kind"] != "unspecified":
            fields[row.id] = definition_from(row.values)
        elif row.entity.template == RECORD_TYPE:
            values = row.values
            types[values["key"]] = RecordType(
                values["key"], values["parent_entity"], values["labels"], values["inactive"]
            )
    return replace(found, fields=tuple(fields.values()), types=types)


# Fields


def prepare_field(uow: UnitOfWork, row: Row) -> None:
    """Check a field, and have the records follow what it changes.

    Raises:
        Invalid: INVALID_FIELDS with every violation.
        NotAllowedNow: FIELD_BUSY, the records still follow the last change.
    """
    definitions, values = present(uow), row.values
    violations = [*_wrong_place(uow, definitions, values), *_wrong_labels(values["labels"], "labels")]
    violations += _wrong_labels(values["help"], "help", needed=False, longest=2000)
    if values["facet"] not in ("", BASE, *_facets()):
        known = ", ".join(sorted(_facets()))
        violations.append(Violation("facet", "UNKNOWN_VALUE", f"one of these is expected: {known}"))
    if values["kind"] != "unspecified" and not violations:
        violations += _wrong_kind(row, definitions)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    if not row.is_new and values["kind"] != row.stored["kind"]:
        conversion.begin_change(uow, row)
    elif values["formula"] and (row.is_new or _computes_anew(row)):
        conversion.begin_computing(uow, row)


def settle_field(uow: UnitOfWork, row: Row) -> None:
    """Let the first records follow at once, so that a small company sees it before the answer is there."""
    uow.define()
    conversion.continue_task(uow, row.id)


def _computes_anew(row: Row) -> bool:
    return any(row.values[name] != row.stored[name] for name in ("formula", "inactive"))


def _wrong_place(uow: UnitOfWork, definitions: Definitions, values: Values) -> Iterator[Violation]:
    found = all_entities().get(values["entity"])
    if found is None or found.service != uow.service or not is_shaped(found.name):
        yield Violation("entity", "UNKNOWN_VALUE", f"an entity of {uow.service} is expected")
    elif found.template == RECORD and values["record_type"] not in definitions.types:
        yield Violation("record_type", "UNKNOWN_VALUE", "the key of a record type is expected")
    elif found.template != RECORD and values["record_type"]:
        yield Violation("record_type", "UNKNOWN_VALUE", f"{found.name} has no record types")


def _wrong_labels(
    labels: Mapping[str, str], name: str, *, needed: bool = True, longest: int = _MAX_LABEL
) -> Iterator[Violation]:
    if needed and not any(text.strip() for text in labels.values()):
        yield Violation(name, "REQUIRED", "a text in at least one language is expected")
    for language, text in labels.items():
        if not re.fullmatch("[a-z]{2}", language):
            yield Violation(name, "UNKNOWN_VALUE", "languages are two small letters, such as it")
        elif len(text) > longest:
            yield Violation(name, "TOO_LONG", f"at most {longest} characters")


@lru_cache(maxsize=1)
def _facets() -> frozenset[str]:
    return frozenset(facet for each in all_entities().values() for facet in each.facets) - {BASE}


def _wrong_kind(row: Row, definitions: Definitions) -> Iterator[Violation]:
    values = row.values
    kind = FieldKind(values["kind"])
    siblings = definitions.of(values["entity"], values["record_type"])
    if row.is_new and len(siblings) > MAX_FIELDS:
        yield Violation("key", "TOO_MANY", f"at most {MAX_FIELDS} fields for one kind of record")
    yield from _wrong_choices(row, kind)
    yield from _wrong_limits(values, kind)
    yield from _wrong_formula(row, kind, definitions)
    target = all_entities().get(values["links_to"])
    if kind is FieldKind.LINK and (target is None or target.template in DEFINING):
        yield Violation("links_to", "UNKNOWN_VALUE", "an entity is expected, such as crm.party")
    if not row.is_new and values["kind"] != row.stored["kind"]:
        yield from _wrong_change(row, kind, definitions)


def _wrong_choices(row: Row, kind: FieldKind) -> Iterator[Violation]:
    choices = row.values["choices"]
    keys = [each["key"] for each in choices]
    if kind in _CHOOSING and not keys:
        yield Violation("choices", "REQUIRED", "at least one choice is expected")
    if len(set(keys)) < len(keys):
        yield Violation("choices", "NOT_UNIQUE", "each key stands once")
    for number, each in enumerate(choices):
        yield from _wrong_labels(each["labels"], f"choices[{number}].labels", needed=False)
    gone = {each["key"] for each in row.stored.get("choices", ())} - set(keys)
    if gone:
        detail = f"records may have {', '.join(sorted(gone)[:5])}: retire it instead of taking it away"
        yield Violation("choices", "CHOICE_GONE", detail)


def _wrong_limits(values: dict[str, Any], kind: FieldKind) -> Iterator[Violation]:
    wrong = False
    for name in ("minimum", "maximum"):
        try:
            if values[name]:
                bound(kind, values[name])
        except WrongValue as error:
            wrong = True
            yield Violation(name, "INVALID_BOUND", str(error.args[1]))
    if not wrong and values["minimum"] and values["maximum"]:
        low, high = bound(kind, values["minimum"]), bound(kind, values["maximum"])
        if high < low:
            yield Violation("maximum", "INVALID_BOUND", "the greatest value is less than the least")
            wrong = True
    if values["pattern"]:
        if kind is not FieldKind.TEXT:
            yield Violation("pattern", "PATTERN_SYNTAX", "only texts look like a pattern")
            wrong = True
        try:
            patterns.check(values["pattern"])
        except Invalid as error:
            wrong = True
            yield Violation("pattern", error.violations[0].reason, error.violations[0].detail)
    if values["default_value"] and not wrong:
        yield from _wrong_default(values, kind)


def _wrong_default(values: dict[str, Any], kind: FieldKind) -> Iterator[Violation]:
    if values["facet"] not in ("", BASE):
        # Everybody reads definitions.
        yield Violation("default_value", "FACET_LEAKS", "a field that not everybody sees has no default")
        return
    if kind is FieldKind.LINK:
        yield Violation("default_value", "DEFAULT_NOT_POSSIBLE", "a link has no default")
        return
    try:
        values["default_value"] = canonical(kind, limits_from(values), values["default_value"]) or ""
    except WrongValue as error:
        yield Violation("default_value", *error.args)


def _wrong_formula(row: Row, kind: FieldKind, definitions: Definitions) -> Iterator[Violation]:
    values = row.values
    if kind is not FieldKind.FORMULA:
        values["result"] = "unspecified"
        if values["formula"]:
            yield Violation("formula", "FORMULA_NOT_EXPECTED", "only a field of kind formula has one")
        return
    if values["required"] or values["default_value"]:
        name = "required" if values["required"] else "default_value"
        yield Violation(name, "OUTPUT_ONLY", "a formula computes this field")
    place = values["entity"], values["record_type"]
    others = definitions.of(*place)
    scope = definitions.scope(*place)
    for other in others.values():
        if other.kind is FieldKind.FORMULA:
            scope.pop(other.name, None)  # no circles, no order of computing
    try:
        read = expressions.read(values["formula"], scope)
    except Invalid as error:
        yield Violation("formula", error.violations[0].reason, error.violations[0].detail)
        return
    result = kind_of_result(read.type)
    if result is None:
        yield Violation("formula", "EXPRESSION_TYPE", "column 1: a number, text, date or yes/no is expected")
        return
    values["result"] = result.value
    facet = values["facet"] or BASE
    for name in sorted(_names_of_other_facets(read, place[0], others, facet)):
        detail = f"{name} is not seen by everybody who would see the result; give this field its facet"
        yield Violation("formula", "FACET_LEAKS", detail)


def _names_of_other_facets(
    read: Expression, entity_name: str, definitions: Mapping[str, Definition], facet: str
) -> set[str]:
    fields = all_entities()[entity_name].fields
    found = set()
    for name in read.names:
        custom = definitions.get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
        own = custom.facet if custom is not None else fields[name].facet
        if own not in (BASE, facet):
            found.add(name)
    return found


def _wrong_change(row: Row, kind: FieldKind, definitions: Definitions) -> Iterator[Violation]:
    if FieldKind.FORMULA in (kind, FieldKind(row.stored["kind"])):
        detail = "a formula's values are nobody's: retire the field and define another one"
        yield Violation("kind", "KIND_FIXED", detail)
    name = f"{CUSTOM}{row.values['key']}"
    users = sorted(_users_of(name, row.values, definitions))
    if users:
        yield Violation("kind", "FIELD_IN_USE", f"named by {', '.join(users[:5])}: change these first")


def _users_of(name: str, values: Values, definitions: Definitions) -> Iterator[str]:
    """Yield what names a field in a formula or condition."""
    place = values["entity"], values["record_type"]
    mention = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for each in definitions.of(*place).values():
        if mention.search(each.formula):
            yield each.name
    for layout in definitions.layouts:
        texts = (text for one in layout.fields for text in (one.visible, one.required, one.read_only))
        if (layout.entity, layout.record_type) == place and any(mention.search(text) for text in texts):
            yield f"form {layout.id}"


# Forms


def prepare_form(uow: UnitOfWork, row: Row) -> None:
    """Check a form.

    Raises:
        Invalid: INVALID_FIELDS with every violation, each at its place: sections[0].fields[2].required.
    """
    definitions, values = present(uow), row.values
    violations = list(_wrong_place(uow, definitions, values))
    if not violations:
        violations = list(_wrong_sections(definitions, values))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _wrong_sections(definitions: Definitions, values: Values) -> Iterator[Violation]:
    seen: set[str] = set()
    keys = [section["key"] for section in values["sections"]]
    if len(set(keys)) < len(keys):
        yield Violation("sections", "NOT_UNIQUE", "each key stands once")
    for number, section in enumerate(values["sections"]):
        yield from _wrong_labels(section["labels"], f"sections[{number}].labels", needed=False)
        for count, one in enumerate(section["fields"]):
            place = f"sections[{number}].fields[{count}]"
            if one["name"] in seen:
                yield Violation(f"{place}.name", "NOT_UNIQUE", "a field stands once in a form")
            seen.add(one["name"])
            yield from _wrong_field(definitions, values, one, place)


def _wrong_field(definitions: Definitions, values: Values, one: Values, place: str) -> Iterator[Violation]:
    entity_name, record_type = values["entity"], values["record_type"]
    own = definitions.of(entity_name, record_type)
    name = one["name"]
    field = all_entities()[entity_name].fields.get(name)
    custom = own.get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
    if name == "custom" or (field is None and custom is None):
        yield Violation(f"{place}.name", "UNKNOWN_FIELD", "a field of the entity or custom.<key> is expected")
        return
    yield from _wrong_labels(one["labels"], f"{place}.labels", needed=False)
    is_computed = field.output_only if field is not None else custom is not None and custom.formula != ""
    if is_computed and one["required"]:
        yield Violation(f"{place}.required", "OUTPUT_ONLY", "nobody writes this field")
    scope = definitions.scope(entity_name, record_type)
    for rule in ("visible", "required", "read_only"):
        if not one[rule]:
            continue
        try:
            read = expressions.read(one[rule], scope, wanted=Type.BOOLEAN)
        except Invalid as error:
            yield Violation(f"{place}.{rule}", error.violations[0].reason, error.violations[0].detail)
            continue
        for named in sorted(_names_of_other_facets(read, entity_name, own, BASE)):
            detail = f"{named} is not seen by everybody who sees the form"
            yield Violation(f"{place}.{rule}", "FACET_LEAKS", detail)


# Record types


def prepare_type(uow: UnitOfWork, row: Row) -> None:
    """Check a record type: its parent must be placed by what places records of own types here.

    Raises:
        Invalid: INVALID_FIELDS with every violation.
    """
    values = row.values
    violations = [
        *_wrong_labels(values["labels"], "labels"),
        *_wrong_labels(values["plural_labels"], "plural_labels", needed=False),
    ]
    record = all_entities()[f"{uow.service}.{RECORD}"]
    parent = all_entities().get(values["parent_entity"])
    if parent is None or not may_be_parent(parent, record):
        known = ", ".join(
            sorted(each.name for each in all_entities().values() if may_be_parent(each, record))
        )
        violations.append(Violation("parent_entity", "UNKNOWN_VALUE", f"one of these is expected: {known}"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def may_be_parent(parent: Entity, record: Entity) -> bool:
    """Return whether records of own types may stand under records of an entity: who sees those sees these."""
    if parent.name == record.parent:
        return True
    if parent.service != record.service or parent.template or parent.group_field:
        return False
    return parent.grant_group == record.grant_group and record.parent in _above(parent)


def _above(entity: Entity) -> Iterable[str]:
    while entity.parent:
        yield entity.parent
        entity = all_entities()[entity.parent]


def settle_definitions(uow: UnitOfWork, row: Row) -> None:
    """What comes later in the same transaction sees what was defined."""
    uow.define()


def refuse_while_busy(uow: UnitOfWork, row: Row) -> None:
    """Check that no records still follow the field's last change.

    Raises:
        NotAllowedNow: FIELD_BUSY.
    """
    if not row.is_new and conversion.is_busy(uow.connection, row.id):
        raise NotAllowedNow("FIELD_BUSY", "the records still follow its last change", params={"id": row.id})
