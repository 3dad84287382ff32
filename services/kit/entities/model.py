"""What the contracts say about records, fields and commands, as plain values.

Everything generic (writing, permissions, gateway routes, OpenAPI, synchronisation) reads this and nothing
else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import sales
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sales.sync.v1 import options_pb2

BASE = "base"

#: Fields that every record has, at the same numbers.
COMMON_FIELDS = (
    "id",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted",
    "owner_id",
    "custom",
)

#: Fields that place a record in scopes; a message declares those that it has.
SCOPE_FIELDS = ("owner_id", "team_id", "territory_id", "product_line", "shared_with")


class Kind(StrEnum):
    """How a field's value looks in canonical JSON."""

    TEXT = "text"  # string, "" when absent
    DECIMAL = "decimal"  # "12.50", "" when absent
    DATE = "date"  # "2026-03-27", "" when absent
    ID = "id"  # lower-case UUID, "" when absent
    SHA256 = "sha256"  # 64 lower-case hexadecimal digits, "" when absent
    TIME = "time"  # "2026-03-27T16:00:00Z", left out when absent
    INTEGER = "integer"  # number
    LONG = "long"  # string of digits; `version` is a number all the same
    BOOLEAN = "boolean"
    ENUM = "enum"  # lower-case name without the enum's prefix
    MAP = "map"  # object of strings, sorted by key
    MESSAGE = "message"  # object


_FORMATS = {
    options_pb2.FORMAT_ID: Kind.ID,
    options_pb2.FORMAT_DECIMAL: Kind.DECIMAL,
    options_pb2.FORMAT_DATE: Kind.DATE,
    options_pb2.FORMAT_SHA256: Kind.SHA256,
}

_SCALARS = {
    FieldDescriptor.TYPE_STRING: Kind.TEXT,
    FieldDescriptor.TYPE_BOOL: Kind.BOOLEAN,
    FieldDescriptor.TYPE_INT32: Kind.INTEGER,
    FieldDescriptor.TYPE_INT64: Kind.LONG,
    FieldDescriptor.TYPE_ENUM: Kind.ENUM,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record, or of a message inside a record."""

    name: str
    number: int
    kind: Kind
    repeated: bool
    facet: str
    output_only: bool
    immutable: bool
    required: bool
    searched: bool
    is_set: bool
    references: str
    #: Field that names the entity of this id, where that may be any; else "".
    entity_field: str
    #: Of an amount of money: the field with its currency, here or, after a point, of a record that is named.
    currency_field: str
    #: Name in JSON -> number, for enums.
    enum_values: Mapping[str, int]
    #: Fields of the message, for MESSAGE.
    message: Mapping[str, Field]
    descriptor: FieldDescriptor


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record."""

    name: str
    service: str
    collection: str
    fields: Mapping[str, Field]
    facets: tuple[str, ...]
    parent_field: str
    #: Entity of the parent, "" for roots.
    parent: str
    #: Entity whose row is locked while this one is written; the entity itself where it has no other.
    aggregate: str
    grant_group: str
    #: Field that names the grant group of each record, "" where `grant_group` holds for all of them.
    group_field: str
    merge_whole: bool
    writable_offline: bool
    foreign_root: bool
    closed: frozenset[str]
    message_class: type[Message]
    #: Its name without the service, for an entity that is declared once for several owners; else "".
    template: str = ""
    #: Its records are companies, which head the prints of every service.
    letterhead: bool = False

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of the fields that the text search reads."""
        return tuple(name for name, field in self.fields.items() if field.searched)

    @property
    def references(self) -> Mapping[str, Field]:
        """Fields that hold ids of other records."""
        return _references(self.name)

    @property
    def open_references(self) -> Mapping[str, Field]:
        """Fields that hold ids of records of any entity."""
        return _open_references(self.name)


@cache
def _references(entity_name: str) -> Mapping[str, Field]:
    fields = entity(entity_name).fields
    return MappingProxyType({name: field for name, field in fields.items() if field.references})


@cache
def _open_references(entity_name: str) -> Mapping[str, Field]:
    fields = entity(entity_name).fields
    return MappingProxyType({name: field for name, field in fields.items() if field.entity_field})


@dataclass(frozen=True, slots=True)
class Command:
    """An RPC that changes a record's state."""

    name: str
    entity: str
    action: str
    idempotent: bool
    aggregate: str
    online_only: bool
    method: MethodDescriptor
    request_class: type[Message]
    response_class: type[Message]
    #: Its own parameters: the request's fields from number 10 on.
    fields: Mapping[str, Field]
    #: POST path, with {id}.
    path: str


def enum_values(descriptor: EnumDescriptor) -> Mapping[str, int]:
    """Return the JSON name of each value: PARTY_ROLE_DEALER of PartyRole becomes dealer."""
    prefix = "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(descriptor.name)).upper() + "_"
    return MappingProxyType(
        {value.name.removeprefix(prefix).lower(): value.number for value in descriptor.values}
    )


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _kind(field: FieldDescriptor, options: Any) -> Kind:
    if _is_map(field):
        return Kind.MAP
    if field.message_type is not None:
        is_time = field.message_type.full_name == "google.protobuf.Timestamp"
        return Kind.TIME if is_time else Kind.MESSAGE
    return _FORMATS.get(options.format) or _SCALARS[field.type]


def _field(field: FieldDescriptor) -> Field:
    options = field.GetOptions().Extensions[options_pb2.field]
    kind = _kind(field, options)
    return Field(
        name=field.name,
        number=field.number,
        kind=kind,
        repeated=field.is_repeated and kind is not Kind.MAP,
        facet=options.facet or BASE,
        output_only=options.output_only,
        immutable=options.immutable,
        required=options.required,
        searched=options.searched,
        is_set=options.set,
        references=options.references,
        entity_field=options.entity_field,
        currency_field=options.currency_field,
        enum_values=enum_values(field.enum_type) if field.enum_type else MappingProxyType({}),
        message=fields_of(field.message_type)
        if field.message_type and kind is Kind.MESSAGE
        else MappingProxyType({}),
        descriptor=field,
    )


def fields_of(descriptor: Descriptor) -> Mapping[str, Field]:
    """Return the fields of a message by name, in the order of their numbers."""
    ordered = sorted(descriptor.fields, key=lambda field: field.number)
    return MappingProxyType({field.name: _field(field) for field in ordered})


#: Stands in an entity's options for what the owner's option says.
_EACH_OWNER = "*"


def _entities(descriptor: Descriptor, owners: Mapping[str, Any]) -> list[Entity]:
    """Return the entity, or one for each owner where it is declared for all of them."""
    options = descriptor.GetOptions().Extensions[options_pb2.entity]
    service, _, template = options.name.partition(".")
    if service != _EACH_OWNER:
        return [_entity(descriptor, options)]
    found = []
    for owner, asked in owners.items():
        own = options_pb2.EntityOptions()
        own.CopyFrom(options)
        own.name = f"{owner}.{template}"
        own.grant_group = asked.grant_group if options.grant_group == _EACH_OWNER else options.grant_group
        found.append(_entity(descriptor, own, root=asked.root, template=template))
    return found


def _entity(descriptor: Descriptor, options: Any, *, root: str = "", template: str = "") -> Entity:
    fields = {
        name: replace(field, references=root) if field.references == _EACH_OWNER else field
        for name, field in fields_of(descriptor).items()
    }
    parent = fields[options.parent_field].references if options.parent_field else ""
    return Entity(
        name=options.name,
        service=options.name.split(".")[0],
        collection=options.collection,
        fields=MappingProxyType(fields),
        facets=tuple(dict.fromkeys(field.facet for field in fields.values())),
        parent_field=options.parent_field,
        parent=parent,
        aggregate=options.aggregate or options.name,
        grant_group=options.grant_group,
        group_field=options.group_field,
        merge_whole=options.merge == options_pb2.MERGE_RULE_WHOLE,
        writable_offline=options.writable_offline,
        foreign_root=options.foreign_root,
        closed=frozenset(options.closed),
        message_class=GetMessageClass(descriptor),
        template=template,
        letterhead=options.letterhead,
    )


def _command(method: MethodDescriptor) -> Command:
    options = method.GetOptions().Extensions[options_pb2.command]
    fields = {name: f for name, f in fields_of(method.input_type).items() if f.number >= 10}
    return Command(
        name=options.name,
        entity=options.entity,
        action=options.action or "write",
        idempotent=options.idempotent,
        aggregate=options.aggregate or entity(options.entity).aggregate,
        online_only=options.online_only,
        method=method,
        request_class=GetMessageClass(method.input_type),
        response_class=GetMessageClass(method.output_type),
        fields=MappingProxyType(fields),
        path=method.GetOptions().Extensions[annotations_pb2.http].post,
    )


def _modules(ending: str) -> list[Any]:
    """Import the generated modules `sales.<package>.v1.<ending>`."""
    packages = sorted(module.name for module in pkgutil.iter_modules(sales.__path__))
    found = []
    for package in packages:
        name = f"sales.{package}.v1"
        versions = importlib.import_module(name)
        if ending in {module.name for module in pkgutil.iter_modules(versions.__path__)}:
            found.append(importlib.import_module(f"{name}.{ending}"))
    return found


@lru_cache(maxsize=1)
def all_entities() -> Mapping[str, Entity]:
    """Return every entity of the contracts by name."""
    modules = _modules("records_pb2")
    owners = {
        module.DESCRIPTOR.package.split(".")[1]: module.DESCRIPTOR.GetOptions().Extensions[options_pb2.owner]
        for module in modules
        if module.DESCRIPTOR.GetOptions().HasExtension(options_pb2.owner)
    }
    found = [
        entity
        for module in modules
        for descriptor in module.DESCRIPTOR.message_types_by_name.values()
        if descriptor.GetOptions().HasExtension(options_pb2.entity)
        for entity in _entities(descriptor, owners)
    ]
    return MappingProxyType({entity.name: entity for entity in found})


@lru_cache(maxsize=1)
def all_commands() -> Mapping[tuple[str, str], Command]:
    """Return every command of the contracts by (entity, name)."""
    methods = [
        method
        for module in _modules("service_pb2")
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if method.GetOptions().HasExtension(options_pb2.command)
    ]
    found = [_command(method) for method in methods]
    return MappingProxyType({(command.entity, command.name): command for command in found})


def entity(name: str) -> Entity:
    """Return the entity of that name; KeyError if the contracts have none."""
    return all_entities()[name]


def command(entity_name: str, name: str) -> Command:
    """Return the command of that entity and name; KeyError if the contracts have none."""
    return all_commands()[entity_name, name]


@lru_cache(maxsize=32)
def entities_of(service: str) -> tuple[Entity, ...]:
    """Return the entities that a service owns."""
    return tuple(entity for entity in all_entities().values() if entity.service == service)


def services() -> tuple[str, ...]:
    """Return the names of all owners of records."""
    return tuple(dict.fromkeys(entity.service for entity in all_entities().values()))
