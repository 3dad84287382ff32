"""Changes as the queue holds them: made from what the user sees, checked as far as the contracts tell.

Each change carries what its author saw (`base`, own unsent changes included) and the version of the server's
row under it, so that the owner can merge it field by field whenever it arrives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.device import outgoing
from gateway.device.errors import Unusable
from gateway.device.numbers import Numbers
from gateway.device.overlay import changed_value
from gateway.device.shaping import Shapes
from gateway.device.store import Store
from gateway.device.view import View
from services.kit.entities import Entity, Field, all_entities, command, entity, parse_value
from services.kit.errors import Invalid

LARGEST_GROUP: Final = 1000

Item = dict[str, Any]
Expected = Mapping[str, dict[str, dict[str, Any]]]


class Author:
    """Writes the user's changes into the queue. Ids, times and numbers come from outside."""

    def __init__(
        self, store: Store, *, new_id: Callable[[], str], clock: Callable[[], datetime], numbers: Numbers
    ) -> None:
        self._store = store
        self._numbers = numbers
        self._view = View(store)
        self._shapes = Shapes(store, self._view)
        self._new_id = new_id
        self._clock = clock

    def save(self, items: Sequence[Item], expected: Expected | None = None) -> None:
        """Put items that belong together at the end of the queue: one transaction of their owner.

        Raises:
            Unusable: GROUP_TOO_LARGE.
        """
        if len(items) > LARGEST_GROUP:
            raise Unusable("GROUP_TOO_LARGE", str(len(items)))
        if len(items) > 1:
            group = self._new_id()
            items = [{**item, "group": group} for item in items]
        with self._store.transaction():
            outgoing.add(self._store, items, expected=expected)

    def create(
        self,
        entity_name: str,
        fields: Mapping[str, Any],
        children: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> str:
        """Make a record and its first children in one group; return the record's id.

        Raises:
            Unusable: unknown or unwritable entity or field.
        """
        parent = self.new(entity_name, fields)
        items = [parent]
        for child_name, child_fields in children:
            definition = _writable(child_name)
            above = {definition.parent_field: parent["record_id"]} if definition.parent == entity_name else {}
            items.append(self.new(child_name, {**above, **child_fields}))
        self.save(items)
        return str(parent["record_id"])

    def edit(self, entity_name: str, record_id: str, fields: Mapping[str, Any]) -> str:
        """Change fields of a record; return the id of the change.

        Raises:
            Unusable: RECORD_NOT_HERE, unknown or unwritable entity or field.
        """
        item = self.update(entity_name, record_id, fields)
        self.save([item])
        return str(item["id"])

    def delete(self, entity_name: str, record_id: str) -> str:
        """Delete a record; return the id of the change.

        Raises:
            Unusable: RECORD_NOT_HERE.
        """
        item = self.removal(entity_name, record_id)
        self.save([item])
        return str(item["id"])

    def removal(self, entity_name: str, record_id: str) -> Item:
        """Return a delete, not yet in the queue."""
        _writable(entity_name)
        record_id = self._view.survivor(entity_name, record_id)
        self._seen(entity_name, record_id)
        return self._item(entity_name, record_id) | {"op": "delete", **self._base(entity_name, record_id)}

    def nothing(self, entity_name: str, record_id: str) -> Item:
        """Return an item that changes nothing: the place of a decision without a change."""
        return self._item(entity_name, record_id)

    def new(self, entity_name: str, fields: Mapping[str, Any]) -> Item:
        """Return a create, not yet in the queue."""
        parsed = self._linked(_parsed(_writable(entity_name), fields, creating=True), entity_name)
        parsed = self._numbers.complete(entity_name, parsed, self.today())
        parsed = self._shapes.new(entity(entity_name), parsed)
        return self._item(entity_name, self._new_id()) | {"op": "create", "fields": parsed}

    def update(
        self,
        entity_name: str,
        record_id: str,
        fields: Mapping[str, Any],
        *,
        known: Mapping[str, Any] | None = None,
    ) -> Item:
        """Return an update with what its author saw, not yet in the queue.

        `known`: values with their version that the author saw in the server's answer, before any bundle.
        """
        definition = _writable(entity_name)
        record_id = self._view.survivor(entity_name, record_id)
        seen = self._seen(entity_name, record_id)
        base = self._base(entity_name, record_id)
        if known and known["version"] > base["base_version"]:
            seen, base = {**seen, **known}, {"base_version": int(known["version"])}
        wanted = self._linked(_parsed(definition, fields, creating=False), entity_name)
        after = {
            name: changed_value(definition, name, seen.get(name), value) for name, value in wanted.items()
        }
        wanted = self._shapes.update(definition, wanted, seen, {**seen, **after})
        for name, value in wanted.items():
            if definition.fields[name].is_set and isinstance(value, list):
                wanted[name] = _difference(seen.get(name) or [], value)
        return (
            self._item(entity_name, record_id)
            | {"op": "update", "fields": wanted, "base": _base_of(wanted, seen)}
            | base
        )

    def call(self, entity_name: str, record_id: str, name: str, request: Mapping[str, Any]) -> Item:
        """Return a command, not yet in the queue.

        Raises:
            Unusable: ONLINE_ONLY, COMMAND_UNKNOWN.
        """
        try:
            found = command(entity_name, name)
        except KeyError as error:
            raise Unusable("COMMAND_UNKNOWN", f"{entity_name}:{name}") from error
        if found.online_only:
            raise Unusable("ONLINE_ONLY", f"{entity_name}:{name}")
        return (
            self._item(entity_name, record_id)
            | {"command": name, "request": dict(request)}
            | self._base(entity_name, record_id)
        )

    def _linked(self, fields: dict[str, Any], entity_name: str) -> dict[str, Any]:
        """Return the fields with links to merged records leading to the survivors."""
        links = entity(entity_name).references
        return {
            name: self._view.survivor(links[name].references, value)
            if name in links and isinstance(value, str)
            else value
            for name, value in fields.items()
        }

    def today(self) -> date:
        """Return today's date where the company is (SALES_COMPANY_TIME_ZONE), as the server does."""
        return self._clock().astimezone(company_zone()).date()

    def _item(self, entity_name: str, record_id: str) -> Item:
        made_at = self._clock().isoformat().replace("+00:00", "Z")
        return {"id": self._new_id(), "entity": entity_name, "record_id": record_id, "made_at": made_at}

    def _base(self, entity_name: str, record_id: str) -> Item:
        server = self._view.server_record(entity_name, record_id)
        return {"base_version": int(server["version"]) if server else 0}

    def _seen(self, entity_name: str, record_id: str) -> dict[str, Any]:
        values = self._view.record(entity_name, record_id)
        if values is None:
            raise Unusable("RECORD_NOT_HERE", f"{entity_name} {record_id}")
        return values


def company_zone() -> ZoneInfo:
    """Return the zone in which the company's days end (SALES_COMPANY_TIME_ZONE), as the server does."""
    return ZoneInfo(os.environ.get("SALES_COMPANY_TIME_ZONE", "Europe/Rome"))


def _writable(entity_name: str) -> Entity:
    if entity_name not in all_entities():
        raise Unusable("ENTITY_UNKNOWN", entity_name)
    definition = entity(entity_name)
    if not definition.writable_offline:
        raise Unusable("NOT_OFFLINE", entity_name)
    return definition


def _parsed(definition: Entity, fields: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    return {name: _parsed_field(definition, name, value, creating) for name, value in fields.items()}


def _parsed_field(definition: Entity, name: str, value: Any, creating: bool) -> Any:
    field = definition.fields.get(name)
    if field is None:
        raise Unusable("FIELD_UNKNOWN", f"{definition.name}.{name}")
    if field.output_only or name == "id" or (field.immutable and not creating):
        raise Unusable("FIELD_NOT_WRITABLE", f"{definition.name}.{name}")
    if not creating and isinstance(value, dict) and (field.is_set or name == "custom"):
        return value
    return _canonical(definition, field, value)


def _canonical(definition: Entity, field: Field, value: Any) -> Any:
    try:
        return parse_value(field, value)
    except Invalid as error:
        detail = error.violations[0].detail if error.violations else ""
        raise Unusable("FIELD_INVALID", f"{definition.name}.{field.name}: {detail}") from error


def _difference(seen: Sequence[str], wanted: Sequence[str]) -> dict[str, list[str]]:
    return {"add": sorted(set(wanted) - set(seen)), "remove": sorted(set(seen) - set(wanted))}


def _base_of(wanted: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    base = {name: seen.get(name) for name in wanted if name in seen}
    if "custom" in base and isinstance(wanted["custom"], dict):
        seen_keys = base["custom"] or {}
        base["custom"] = {key: text for key, text in seen_keys.items() if key in wanted["custom"]}
    return base


def mine_again(definition: Entity, sent: Item, seen: Mapping[str, Any], conflicts: Sequence[str]) -> Item:
    """Return the fields that a parked update still wants, against what stands there now."""
    wanted = sent.get("fields", {})
    names = {name.partition(".")[0] for name in conflicts} or set(wanted)
    return {
        name: changed_value(definition, name, seen.get(name), wanted[name])
        for name in wanted
        if name in names
    }
