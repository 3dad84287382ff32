"""What the write path asks the definitions: a small hook at each of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.kit import schema
from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import BASE, Entity, entity
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, Violation
from services.kit.fields import filling
from services.kit.fields.definitions import CUSTOM, RECORD, Definition, Layout, is_shaped, type_of
from services.kit.fields.values import FieldKind, operand
from services.kit.permissions import Access, visible_facets
from services.kit.records.places import chain_of, foreign_root
from services.kit.records.references import Fetch, found_reference

Values = dict[str, Any]


class Shaping:
    """The definitions, for the items of one group."""

    def __init__(
        self, uow: UnitOfWork, access: Access, *, fetch: Fetch, survivors: Mapping[str, str]
    ) -> None:
        self._uow = uow
        self._access = access
        self._fetch = fetch
        self._survivors = survivors
        self._roles: frozenset[str] | None = None

    @property
    def _is_from_device(self) -> bool:
        return self._uow.actor.device_id is not None

    def definitions_of(self, target: Entity, values: Mapping[str, Any]) -> Mapping[str, Definition]:
        """Return the fields of a record by key."""
        return self._uow.definitions.of_record(target.name, values) if is_shaped(target.name) else {}

    def canonical(self, target: Entity, wanted: Values, stored: Mapping[str, Any]) -> None:
        """Bring what is to be written into `custom` into its canonical form, in place.

        `stored` is the record as it stands, {} for a new one. What a device sends was right by the
        definitions that it held: it is converted where it can be.

        Raises:
            Invalid: INVALID_FIELDS, each at custom.<key>.
        """
        if "custom" not in wanted or not is_shaped(target.name):
            return
        wanted["custom"] = filling.written_values(
            self.definitions_of(target, stored or wanted),
            wanted["custom"],
            stored.get("custom", {}),
            lenient=self._is_from_device,
        )
        if not stored:
            wanted["custom"] = {key: text for key, text in wanted["custom"].items() if text is not None}

    def base(self, target: Entity, row: Row, base: dict[str, Any]) -> dict[str, Any]:
        """Return what an author saw, with custom values as they would stand today."""
        seen = base.get("custom")
        if not isinstance(seen, dict) or not is_shaped(target.name):
            return base
        return base | {"custom": filling.base_values(self.definitions_of(target, row.values), seen)}

    def permit(self, row: Row, given: Mapping[str, Any]) -> None:
        """Check that no custom field is named of a facet that the author may not write.

        Raises:
            Forbidden: FACET_NOT_GRANTED.
        """
        custom = given.get("custom")
        if not isinstance(custom, dict) or not is_shaped(row.entity.name):
            return
        hidden = self._uow.definitions.hidden(row.entity.name, row.values)
        named = {key: hidden[key] for key in custom if key in hidden}
        if not named:
            return
        shown = self._facets(row)
        violations = [
            Violation(f"{CUSTOM}{key}", "FACET_NOT_GRANTED", "this field is not yours to see")
            for key, facet in named.items()
            if facet not in shown
        ]
        if violations:
            raise Forbidden("FACET_NOT_GRANTED", violations=violations)

    def _facets(self, row: Row) -> frozenset[str]:
        chain = chain_of(self._uow, row)
        return visible_facets(self._access, row.entity.grant_group, "write", chain)

    def place(self, row: Row) -> None:
        """Put a record of a company's own type under the record that its parent stands under.

        Raises:
            Invalid: INVALID_FIELDS, the type or the parent is not there.
        """
        if row.entity.template != RECORD:
            return
        type_ = self._uow.definitions.types.get(row.values["type"])
        if type_ is None or (type_.inactive and row.is_new):
            raise _invalid("type", "UNKNOWN_VALUE", "the key of an active record type is expected")
        if row.values["root_id"] and row.values["parent_id"] == row.stored.get("parent_id"):
            return
        found = self._parent(type_.parent_entity, row.values["parent_id"])
        if found is None:
            raise _invalid("parent_id", "REFERENCE_NOT_FOUND", f"no such {type_.parent_entity}")
        row.values["parent_id"], row.values["root_id"] = found

    def _parent(self, entity_name: str, record_id: str) -> tuple[str, str] | None:
        """Return the ids of a parent and of its root, None for one that the author does not see."""
        record_id = self._survivors.get(record_id) or self._survivor(record_id)
        parent_id = found_reference(self._uow, self._access, entity_name, record_id, self._fetch)
        if parent_id is None:
            return None
        root = entity(f"{self._uow.service}.{RECORD}").parent
        return parent_id, parent_id if entity_name == root else root_of(self._uow, entity_name, parent_id)

    def _survivor(self, record_id: str) -> str:
        if not record_id:
            return record_id
        alias = schema.record_alias
        query = sa.select(alias.c.survivor_id).where(alias.c.id == UUID(record_id))
        return str(self._uow.connection.execute(query).scalar() or record_id)

    def admit(self, row: Row, before: Values | None, given: Iterable[str]) -> None:
        """Complete a record and check it as the definitions and its author's form ask.

        `before` is the record as it was, None for a new one; `given` are the names that the change writes,
        custom ones as custom.<key>. What a record lacked before it may go on to lack.

        Raises:
            Invalid: INVALID_FIELDS with REQUIRED, READ_ONLY, REFERENCE_NOT_FOUND.
        """
        if not is_shaped(row.entity.name):
            return
        definitions, name = self._uow.definitions, row.entity.name
        own = definitions.of_record(name, row.values)
        layout = self._layout(row)
        if not own and layout is None:
            return
        self._check_links(row, before, own)
        if before is None:
            row.values["custom"] = filling.with_defaults(own, row.values["custom"])
        row.values["custom"] = filling.computed(definitions, name, row.values)
        violations = self._read_only(row, before, layout, set(given))
        violations += self._required(row, before, layout)
        if violations:
            raise Invalid("INVALID_FIELDS", violations=violations)

    def _check_links(self, row: Row, before: Values | None, own: Mapping[str, Definition]) -> None:
        stored = before["custom"] if before is not None else {}
        violations = []
        for key, definition in own.items():
            text = row.values["custom"].get(key)
            if definition.kind is not FieldKind.LINK or text is None or text == stored.get(key):
                continue
            record_id = operand(FieldKind.LINK, text)
            found = record_id and found_reference(
                self._uow, self._access, definition.links_to, self._survivor(record_id), self._fetch
            )
            if found:
                row.values["custom"][key] = f'"{found}"'
            else:
                detail = f"no such {definition.links_to}"
                violations.append(Violation(definition.name, "REFERENCE_NOT_FOUND", detail))
        if violations:
            raise Invalid("INVALID_FIELDS", violations=violations)

    def _read_only(
        self, row: Row, before: Values | None, layout: Layout | None, given: set[str]
    ) -> list[Violation]:
        if layout is None or self._was_unknown(layout.changed_at):
            return []
        judged = before if before is not None else row.values
        named = filling.read_only(self._uow.definitions, layout, row.entity.name, judged) & given
        return [
            Violation(name, "READ_ONLY", "your form does not let you write this field")
            for name in sorted(named)
            if before is None or _value(before, name) != _value(row.values, name)
        ]

    def _required(self, row: Row, before: Values | None, layout: Layout | None) -> list[Violation]:
        definitions, name = self._uow.definitions, row.entity.name
        lacking = filling.missing(definitions, layout, name, row.values)
        if lacking and before is not None:
            lacking -= filling.missing(definitions, layout, name, before)
        if not lacking:
            return []
        seen = {*self._facets(row), BASE}
        return [
            Violation(each, "REQUIRED", "this field must be given")
            for each in sorted(lacking)
            if filling.facet_of(definitions, name, row.values, each) in seen
            and not self._was_unknown(self._since(row, each, layout))
        ]

    def _since(self, row: Row, name: str, layout: Layout | None) -> str:
        """Return since when a field has been required, as far as is known."""
        definition = self.definitions_of(row.entity, row.values).get(name.removeprefix(CUSTOM))
        if name.startswith(CUSTOM) and definition is not None and definition.required:
            return definition.changed_at
        return layout.changed_at if layout is not None else ""

    def _was_unknown(self, changed_at: str) -> bool:
        """Whether a device's user wrote before a rule was made; its clock gives leniency, never order."""
        if not changed_at or not self._is_from_device:
            return False
        return self._uow.made_at < datetime.fromisoformat(changed_at)

    def _layout(self, row: Row) -> Layout | None:
        definitions, name = self._uow.definitions, row.entity.name
        if not definitions.has_layouts(name):
            return None
        return definitions.layout(name, type_of(name, row.values), self._role_ids())

    def _role_ids(self) -> frozenset[str]:
        if self._roles is None:
            self._roles = roles_of(self._uow, self._fetch)
        return self._roles

    def follow(self, row: Row, before: Values) -> None:
        """Move the records of own types under a record that went to another root."""
        record = entity(f"{self._uow.service}.{RECORD}") if is_shaped(row.entity.name) else None
        field = row.entity.parent_field
        if record is None or not field or row.values[field] == before[field]:
            return
        if row.entity.template == RECORD or not self._uow.definitions.types:
            return
        old_root = root_of(self._uow, row.entity.name, row.id, values=before)
        table = self._uow.tables[record.name]
        for each in self._uow.find(record.name, table.c.root_id == UUID(old_root), lock=True):
            type_ = self._uow.definitions.types[each.values["type"]]
            if type_.parent_entity != record.parent:
                each.values["root_id"] = root_of(self._uow, type_.parent_entity, each.values["parent_id"])

    def refuse_children(self, row: Row) -> None:
        """Check that no records of own types stand under a record that is to be deleted.

        Raises:
            NotAllowedNow: HAS_CHILDREN.
        """
        if not is_shaped(row.entity.name):
            return
        types = [t.key for t in self._uow.definitions.types.values() if t.parent_entity == row.entity.name]
        if not types:
            return
        name = f"{self._uow.service}.{RECORD}"
        table = self._uow.tables[name]
        if self._uow.find(name, sa.and_(table.c.parent_id == UUID(row.id), table.c.type.in_(types))):
            raise NotAllowedNow("HAS_CHILDREN", params={"entity": row.entity.name, "children": name})


def root_of(uow: UnitOfWork, entity_name: str, record_id: str, *, values: Values | None = None) -> str:
    """Return the id of the record that places those under a record of this service."""
    root, current = entity(f"{uow.service}.{RECORD}").parent, entity(entity_name)
    while current.name != root:
        if values is None:
            values = uow.require(current.name, record_id).values
        record_id, values = str(values[current.parent_field]), None
        current = entity(current.parent)
    return record_id


def roles_of(uow: UnitOfWork, fetch: Fetch) -> frozenset[str]:
    """Return the roles of the caller, as far as identity has told; of a new user it is asked.

    Raises:
        Unavailable: identity is away, and has not told us of this user.
    """
    if uow.actor.user_id is None:
        return frozenset()
    user_id = str(uow.actor.user_id)
    copy = foreign_root(uow, "identity.user", user_id)
    if copy is None or copy["version"] == 0:
        fetched = fetch("identity.user", user_id)
        body = orjson.loads(fetched["fragments"]["base"]) if fetched is not None else {}
    else:
        body = copy["body"]
    return frozenset(body.get("role_ids", ()))


def _value(values: Mapping[str, Any], name: str) -> Any:
    if name.startswith(CUSTOM):
        return values["custom"].get(name.removeprefix(CUSTOM))
    return values[name]


def _invalid(field: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(field, reason, detail)])
