"""The user's own changes, laid over what the server sent.

An edit is shown from the moment it is made until a bundle brings it back, so it never vanishes in between.
Fields in conflict are shown as the server has them; what the user wanted waits among the conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.device.outgoing import QueuedItem
from services.kit.entities import Entity, default_values, entity

Values = dict[str, Any]


def overlaid(values: Values | None, items: Iterable[QueuedItem], key: str) -> Values | None:
    """Return a record as its user sees it, None if there is none.

    `values` is the server's row (None: none), `items` the changes to show, in order, `key` is `entity/id`.
    """
    for item in items:
        if f"{item.entity}/{item.record_id}" == key and "op" in item.body:
            values = _changed(values, item)
        if values is not None and key in item.expected:
            values = {**values, **item.expected[key]}
    return values


def _changed(values: Values | None, item: QueuedItem) -> Values | None:
    op, fields = item.body["op"], item.body.get("fields", {})
    if op == "delete":
        return None if "deleted" not in item.conflicts else values
    definition = entity(item.entity)
    if op == "create":
        # Once the replica has the record, what was created stands under later changes of others.
        values = values if values is not None else {**default_values(definition), "id": item.record_id}
    if values is None:
        return None
    return {**values, **_written(definition, values, fields, item.conflicts)}


def _written(definition: Entity, values: Values, fields: Values, conflicts: tuple[str, ...]) -> Values:
    return {
        name: changed_value(definition, name, values.get(name), value, conflicts)
        for name, value in fields.items()
        if name not in conflicts
    }


def changed_value(
    definition: Entity, name: str, now: Any, wanted: Any, conflicts: tuple[str, ...] = ()
) -> Any:
    """Return a field's value after a change: sets by {add, remove}, custom fields by key."""
    if name == "custom" and isinstance(wanted, dict):
        clean = {key: text for key, text in wanted.items() if f"custom.{key}" not in conflicts}
        merged = {**(now or {}), **clean}
        return {key: text for key, text in sorted(merged.items()) if text is not None}
    if definition.fields[name].is_set and isinstance(wanted, dict):
        return sorted((set(now or ()) | set(wanted.get("add", ()))) - set(wanted.get("remove", ())))
    return wanted
