"""Records as people read them: every value a text in the language of print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from services.kit import schema
from services.kit.database import Database
from services.kit.entities import BASE, COMMON_FIELDS, SCOPE_FIELDS, Entity, Field, Kind, entity
from services.kit.entities.canonical import values_of
from services.kit.fields.definitions import CUSTOM, Definition, Definitions, Layout
from services.kit.fields.values import FieldKind
from services.kit.permissions import Access, matches
from services.kit.prints.words import Words
from services.kit.records.places import place_of
from services.kit.records.reading import Reader, ReadRecord

#: (entity, id) -> what the record is called.
Names = Mapping[tuple[str, str], str]
#: The first of these that a record has is what it is called.
_NAMES: Final = ("name", "title", "subject", "number", "code", "label", "serial_number", "description")
_NUMBERS: Final = (FieldKind.NUMBER, FieldKind.MONEY)
#: On no page unless a form asks for them.
_NEEDLESS: Final = frozenset({*COMMON_FIELDS, *SCOPE_FIELDS, "type", "parent_id", "root_id"}) - {"owner_id"}


@dataclass(frozen=True)
class Sight:
    """What somebody sees of the records of one entity, in one language."""

    entity: Entity
    record_type: str
    definitions: Definitions
    facets: frozenset[str]
    words: Words

    def field(self, name: str) -> Field | Definition | None:
        """Return a field that may be shown, by its name; None for any other."""
        if name.startswith(CUSTOM):
            found = self._own.get(name.removeprefix(CUSTOM))
            return found if found and not found.inactive and found.facet in self.facets else None
        field = self.entity.fields.get(name)
        return field if field and field.facet in self.facets and name != "custom" else None

    @property
    def _own(self) -> Mapping[str, Definition]:
        return self.definitions.of(self.entity.name, self.record_type)

    def label(self, name: str) -> str:
        """Return the label of a field."""
        own = self._own.get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
        return own.label(self.words.language) if own else self.words.field(self.entity.name, name)

    def is_numeric(self, name: str) -> bool:
        """Return whether a column stands to the right."""
        field = self.field(name)
        if isinstance(field, Definition):
            return field.value_kind in _NUMBERS
        return (
            field is not None and field.kind in (Kind.DECIMAL, Kind.INTEGER, Kind.LONG) and not field.repeated
        )

    def names(self, layout: Layout | None = None) -> list[tuple[str, list[str]]]:
        """Return sections with their fields: of a form, else of all that people write."""
        if layout is None:
            return [("", [name for name in self._all() if self.field(name) is not None])]
        return [
            (
                each.labels.get(self.words.language) or next(iter(each.labels.values()), ""),
                [one.name for one in each.fields if self.field(one.name) is not None],
            )
            for each in layout.sections
        ]

    def _all(self) -> Iterator[str]:
        for name, field in self.entity.fields.items():
            is_written = not field.output_only or field.kind in (Kind.ENUM, Kind.DECIMAL)
            if is_written and name not in _NEEDLESS and field.kind is not Kind.MESSAGE:
                yield name
        yield from (each.name for each in self._own.values())

    def text(self, name: str, values: Mapping[str, Any], names: Names) -> str:
        """Return a value as people read it, "" for none."""
        field = self.field(name)
        if field is None:
            return ""
        if isinstance(field, Definition):
            return custom_text(field, values["custom"].get(field.key), self.words, names)
        return _text(self, field, values[name], names)

    def links(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield entity and id of every record that the values name."""
        for name, field in self.entity.references.items():
            found = values[name] if field.repeated else [values[name]]
            yield from ((field.references, each) for each in found if each and field.facet in self.facets)
        for key, text in values["custom"].items():
            definition = self._own.get(key)
            if definition is not None and definition.kind is FieldKind.LINK:
                yield definition.links_to, json.loads(text)


def custom_text(definition: Definition, text: str | None, words: Words, names: Names) -> str:
    """Return the value of a custom field as people read it."""
    if text is None:
        return ""
    value, kind = json.loads(text), definition.value_kind
    labels = {each.key: each.labels for each in definition.limits.choices}
    match kind:
        case FieldKind.NUMBER:
            return words.number(text)
        case FieldKind.MONEY:
            return f"{words.number(value['amount'])} {value['currency']}"
        case FieldKind.DATE:
            return words.day(date.fromisoformat(value))
        case FieldKind.TIME:
            return words.moment(datetime.fromisoformat(value))
        case FieldKind.BOOLEAN:
            return words["yes" if value else "no"]
        case FieldKind.CHOICE | FieldKind.MULTIPLE_CHOICE:
            keys = value if isinstance(value, list) else [value]
            return ", ".join(_label(labels.get(key, {}), words.language) or key for key in keys)
        case FieldKind.LINK:
            return names.get((definition.links_to, value), "")
    return str(value)


def _label(labels: Mapping[str, str], language: str) -> str:
    return labels.get(language) or next(iter(labels.values()), "")


def _text(sight: Sight, field: Field, value: Any, names: Names) -> str:
    if field.repeated:
        return ", ".join(filter(None, (_single(sight, field, each, names) for each in value)))
    return _single(sight, field, value, names)


def _single(sight: Sight, field: Field, value: Any, names: Names) -> str:
    words = sight.words
    if value in (None, ""):
        return ""
    match field.kind:
        case Kind.DECIMAL:
            return words.number(value)
        case Kind.DATE:
            return words.day(date.fromisoformat(value))
        case Kind.TIME:
            return words.moment(datetime.fromisoformat(value))
        case Kind.BOOLEAN:
            return words["yes"] if value else ""
        case Kind.ENUM:
            return words.value(sight.entity.name, field.name, value)
        case Kind.ID:
            return names.get((field.references, value), "")
        case Kind.MAP:
            return _label(value, words.language)
        case Kind.MESSAGE:
            return ""
    return str(value)


def values_in(sight: Sight, record: ReadRecord) -> dict[str, Any]:
    """Return the values of a record as far as its reader sees them."""
    rest = {facet: text for facet, text in record.fragments.items() if facet != BASE}
    return dict(values_of(sight.entity, record.fragments[BASE], rest))


def names_of(
    database: Database, reader: Reader, access: Access, links: Iterable[tuple[str, str]], language: str
) -> Names:
    """Return what linked records are called, as far as the reader may see them."""
    wanted: dict[str, set[str]] = {}
    for entity_name, record_id in links:
        wanted.setdefault(entity_name, set()).add(record_id)
    found: dict[tuple[str, str], str] = {}
    for entity_name, ids in wanted.items():
        target = entity(entity_name)
        bodies = (
            _ours(reader, access, target, sorted(ids))
            if target.name in database.tables
            else _foreign(database, access, target, sorted(ids))
        )
        found.update({(entity_name, key): _name(body, language) for key, body in bodies})
    return found


def _ours(
    reader: Reader, access: Access, target: Entity, ids: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for record in reader.get_many(access, target, ids).values():
        yield record.id, json.loads(record.fragments[BASE])


def _foreign(
    database: Database, access: Access, target: Entity, ids: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    table = schema.root_scope
    wanted = sa.select(table).where(
        table.c.entity == target.name,
        table.c.id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.Uuid(as_uuid=False)))),
    )
    with database.read() as connection:
        copies = connection.execute(wanted).mappings().all()
    for copy in copies:
        # Names of users, teams and territories are nobody's secret.
        is_open = target.service == "identity"
        place = [place_of(dict(copy))]
        if is_open or (target.foreign_root and matches(access, target.grant_group, "read", place)):
            yield str(copy["id"]), copy["body"]


def _name(body: Mapping[str, Any], language: str) -> str:
    texts = body.get("texts") or body.get("names") or {}
    if isinstance(texts, Mapping) and texts:
        return _label(texts, language)
    return next((str(body[name]) for name in _NAMES if body.get(name)), "")
