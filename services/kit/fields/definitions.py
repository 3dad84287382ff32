"""What administrators have defined, as one value: fields, forms, record types of one owner.

Made from the records' values, in the owner's process from its tables and on a device from its replica; from
there on both do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Final

from services.kit.entities import BASE, Entity, Kind, all_entities
from services.kit.errors import Invalid
from services.kit.fields import expressions
from services.kit.fields.computing import Type
from services.kit.fields.expressions import Expression
from services.kit.fields.values import TYPES, Choice, FieldKind, Limits

FIELD: Final = "field_definition"
FORM: Final = "form_layout"
RECORD_TYPE: Final = "record_type"
RECORD: Final = "custom_record"

#: How records are printed; `services.kit.prints` has what it means.
PRINT: Final = "print_template"

#: Entities whose records define what others hold.
DEFINING: Final = frozenset({FIELD, FORM, RECORD_TYPE})

CUSTOM: Final = "custom."

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """One custom field."""

    id: str
    entity: str
    record_type: str
    key: str
    kind: FieldKind
    facet: str
    required: bool
    default_value: str
    limits: Limits
    links_to: str
    formula: str
    #: What a formula gives.
    result: FieldKind | None
    labels: Mapping[str, str]
    help: Mapping[str, str]
    position: int
    inactive: bool
    #: When it was defined or changed: what was made before could not know.
    changed_at: str

    @property
    def name(self) -> str:
        """Return its name among the fields of the record."""
        return f"{CUSTOM}{self.key}"

    @property
    def value_kind(self) -> FieldKind:
        """Return the kind of its values; of a formula what it gives."""
        return self.result or self.kind

    def label(self, language: str) -> str:
        """Return its label in a language, else in any, else its key."""
        return self.labels.get(language) or next(iter(self.labels.values()), "") or self.key


@dataclass(frozen=True, slots=True)
class FormField:
    """A field in a form, with its conditions as they are written."""

    name: str
    labels: Mapping[str, str]
    visible: str
    required: str
    read_only: str


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together."""

    key: str
    labels: Mapping[str, str]
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One form."""

    id: str
    entity: str
    record_type: str
    role_ids: frozenset[str]
    sections: tuple[Section, ...]
    position: int
    inactive: bool
    changed_at: str

    @property
    def fields(self) -> Iterator[FormField]:
        """Yield every field of the form."""
        for section in self.sections:
            yield from section.fields


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of record of the company's own."""

    key: str
    parent_entity: str
    labels: Mapping[str, str]
    inactive: bool


@dataclass(frozen=True)
class Definitions:
    """Everything defined at an owner, at one version."""

    service: str
    version: int = 0
    fields: tuple[Definition, ...] = ()
    layouts: tuple[Layout, ...] = ()
    types: Mapping[str, RecordType] = field(default_factory=dict)

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], Mapping[str, Definition]]:
        found: dict[tuple[str, str], dict[str, Definition]] = {}
        for each in sorted(self.fields, key=lambda one: (one.position, one.key)):
            found.setdefault((each.entity, each.record_type), {})[each.key] = each
        return found

    def of(self, entity_name: str, record_type: str = "") -> Mapping[str, Definition]:
        """Return the fields of an entity's records by key, retired ones too, in the order of forms."""
        return self._by_place.get((entity_name, record_type), _NO_FIELDS)

    def of_record(self, entity_name: str, values: Values) -> Mapping[str, Definition]:
        """Return the fields of a record by key, retired ones too."""
        return self.of(entity_name, type_of(entity_name, values))

    def everywhere(self, entity_name: str) -> list[Definition]:
        """Return the fields of an entity, of all record types."""
        return [each for each in self.fields if each.entity == entity_name]

    def hidden(self, entity_name: str, values: Values) -> Mapping[str, str]:
        """Return key -> facet of those fields of a record that not everybody sees."""
        return self._hidden.get((entity_name, type_of(entity_name, values)), _NOTHING_HIDDEN)

    @cached_property
    def _hidden(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for each in self.fields:
            if each.facet != BASE:
                found.setdefault((each.entity, each.record_type), {})[each.key] = each.facet
        return found

    def formulas(self, entity_name: str, record_type: str) -> tuple[tuple[Definition, Expression], ...]:
        """Return the active formulas of an entity's records, ready to be computed."""
        place = (entity_name, record_type)
        if place not in self._formulas:
            self._formulas[place] = tuple(self._read_formulas(entity_name, record_type))
        return self._formulas[place]

    @cached_property
    def _formulas(self) -> dict[tuple[str, str], tuple[tuple[Definition, Expression], ...]]:
        return {}

    def _read_formulas(self, entity_name: str, record_type: str) -> Iterator[tuple[Definition, Expression]]:
        for each in self.of(entity_name, record_type).values():
            if each.kind is FieldKind.FORMULA and not each.inactive:
                read = self.read(each.formula, entity_name, record_type)
                if read is not None:
                    yield each, read

    def read(self, text: str, entity_name: str, record_type: str) -> Expression | None:
        """Return an expression that was checked when it was stored; None if it can be read no longer, which
        is no reason to refuse a record: the contracts may have changed under it.
        """
        try:
            return _read(text, self._scope_items(entity_name, record_type))
        except Invalid:
            return None

    def scope(self, entity_name: str, record_type: str = "") -> dict[str, Type]:
        """Return what formulas and conditions of an entity may name."""
        definitions = self.of(entity_name, record_type).values()
        own = {each.name: TYPES.get(each.value_kind, Type.OTHER) for each in definitions}
        return {**_built_in(entity_name), **own}

    def _scope_items(self, entity_name: str, record_type: str) -> tuple[tuple[str, Type], ...]:
        place = (entity_name, record_type)
        if place not in self._scopes:
            self._scopes[place] = tuple(sorted(self.scope(entity_name, record_type).items()))
        return self._scopes[place]

    @cached_property
    def _scopes(self) -> dict[tuple[str, str], tuple[tuple[str, Type], ...]]:
        return {}

    def layout(self, entity_name: str, record_type: str, role_ids: Iterable[str]) -> Layout | None:
        """Return the form of somebody with these roles: of their roles' forms the first, else everybody's."""
        held = frozenset(role_ids)
        mine = [
            each
            for each in self.layouts
            if (each.entity, each.record_type) == (entity_name, record_type)
            and not each.inactive
            and (not each.role_ids or each.role_ids & held)
        ]
        return min(mine, key=lambda each: (not each.role_ids, each.position, each.id), default=None)

    def has_layouts(self, entity_name: str) -> bool:
        """Return whether there are forms for an entity."""
        return any(each.entity == entity_name and not each.inactive for each in self.layouts)


_NO_FIELDS: Final[Mapping[str, Definition]] = MappingProxyType({})
_NOTHING_HIDDEN: Final[Mapping[str, str]] = MappingProxyType({})


@lru_cache(maxsize=1024)
def _read(text: str, scope: tuple[tuple[str, Type], ...]) -> Expression:
    return expressions.read(text, dict(scope))


def entities_of_forms(service: str) -> dict[str, Entity]:
    """Return the entities in which an owner keeps definitions and records of own types, by template; none
    where users shape nothing.
    """
    return {
        each.template: each for each in all_entities().values() if each.template and each.service == service
    }


@lru_cache(maxsize=512)
def is_shaped(entity_name: str) -> bool:
    """Return whether users may add fields to an entity: its owner takes definitions, and it is not itself
    what every owner has, such as a definition or a report.
    """
    found = all_entities().get(entity_name)
    if found is None or found.template not in ("", RECORD):
        return False
    return f"{found.service}.{FIELD}" in all_entities()


def type_of(entity_name: str, values: Values) -> str:
    """Return the record type of a record, "" for records that the contracts describe."""
    return str(values.get("type", "")) if entity_name.endswith(f".{RECORD}") else ""


#: What built-in fields are in formulas; lists and sets of texts are sets.
_OF_KIND: Final[Mapping[Kind, Type]] = {
    Kind.TEXT: Type.TEXT,
    Kind.ENUM: Type.TEXT,
    Kind.DECIMAL: Type.NUMBER,
    Kind.INTEGER: Type.NUMBER,
    Kind.LONG: Type.NUMBER,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.TIME: Type.TIME,
    Kind.ID: Type.OTHER,
}
#: They change with every write, or say nothing about the record.
_NOT_NAMED: Final = frozenset({"version", "updated_at", "updated_by", "deleted", "custom"})


@lru_cache(maxsize=256)
def _built_in(entity_name: str) -> Mapping[str, Type]:
    found = {}
    for name, each in all_entities()[entity_name].fields.items():
        type_ = _OF_KIND.get(each.kind)
        if type_ is None or name in _NOT_NAMED:
            continue
        if each.repeated:
            type_ = Type.SET if each.kind in (Kind.TEXT, Kind.ENUM, Kind.ID) else Type.OTHER
        found[name] = type_
    return MappingProxyType(found)


# From records


def definitions_from(
    service: str, version: int, fields: Iterable[Values], layouts: Iterable[Values], types: Iterable[Values]
) -> Definitions:
    """Return the definitions that these records hold. Deleted ones must be left out."""
    return Definitions(
        service=service,
        version=version,
        fields=tuple(definition_from(each) for each in fields),
        layouts=tuple(_layout(each) for each in layouts),
        types={
            each["key"]: RecordType(
                key=each["key"],
                parent_entity=each["parent_entity"],
                labels=each["labels"],
                inactive=each["inactive"],
            )
            for each in types
        },
    )


def definition_from(values: Values) -> Definition:
    """Return the definition that a record holds."""
    return Definition(
        id=values["id"],
        entity=values["entity"],
        record_type=values["record_type"],
        key=values["key"],
        kind=FieldKind(values["kind"]),
        facet=values["facet"] or BASE,
        required=values["required"],
        default_value=values["default_value"],
        limits=limits_from(values),
        links_to=values["links_to"],
        formula=values["formula"],
        result=FieldKind(values["result"]) if values["result"] != "unspecified" else None,
        labels=values["labels"],
        help=values["help"],
        position=values["position"],
        inactive=values["inactive"],
        changed_at=values.get("updated_at") or "",
    )


def limits_from(values: Values) -> Limits:
    """Return what the values of a field must keep to."""
    return Limits(
        minimum=values["minimum"],
        maximum=values["maximum"],
        pattern=values["pattern"],
        choices=tuple(Choice(each["key"], each["labels"], each["retired"]) for each in values["choices"]),
    )


def _layout(values: Values) -> Layout:
    return Layout(
        id=values["id"],
        entity=values["entity"],
        record_type=values["record_type"],
        role_ids=frozenset(values["role_ids"]),
        sections=tuple(
            Section(
                key=each["key"],
                labels=each["labels"],
                fields=tuple(
                    FormField(
                        name=one["name"],
                        labels=one["labels"],
                        visible=one["visible"],
                        required=one["required"],
                        read_only=one["read_only"],
                    )
                    for one in each["fields"]
                ),
            )
            for each in values["sections"]
        ),
        position=values["position"],
        inactive=values["inactive"],
        changed_at=values.get("updated_at") or "",
    )
