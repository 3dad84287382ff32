"""The items of a call, cut into groups: what is one transaction, and whose.

Only what routing needs is read here. An item that names an entity goes to that entity's owner however odd
the rest of it is, because the owner keeps what a device's author typed; what cannot be routed is refused
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.api import incoming
from services.kit.entities import all_entities
from services.kit.errors import Invalid, SalesError, Violation

MAX_GROUPS = 200
MAX_GROUP_ITEMS = 1000
_LONGEST_GROUP_NAME = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One change or command: where it goes, and which records it makes or names."""

    index: int
    id: str
    body: bytes
    owner: str
    group: str
    #: Id of the record that it creates, "" for anything but a create.
    creates: str
    names: frozenset[str]
    refusal: SalesError | None = None


@dataclass(slots=True)
class Group:
    """Items of one transaction. `refusals` are final, one for each item, when it must not be sent."""

    items: list[Item] = field(default_factory=list)
    refusals: list[SalesError] | None = None

    @property
    def owner(self) -> str:
        """The service that all its items belong to."""
        return self.items[0].owner


def grouped(sent: Sequence[Any]) -> list[Group]:
    """Return the groups of a call, in order.

    Raises:
        Invalid: TOO_MANY_GROUPS.
    """
    groups: list[Group] = []
    seen: set[str] = set()
    for index, body in enumerate(sent):
        item = _item(index, body, seen)
        if groups and item.group and groups[-1].items[0].group == item.group:
            groups[-1].items.append(item)
        else:
            groups.append(Group([item]))
    if len(groups) > MAX_GROUPS:
        raise Invalid("TOO_MANY_GROUPS", params={"limit": str(MAX_GROUPS)})
    for group in groups:
        group.refusals = _refusals(group)
    return groups


def _refusals(group: Group) -> list[SalesError] | None:
    """Return why a group cannot be sent, for each of its items: all or nothing holds here as well."""
    if len(group.items) > MAX_GROUP_ITEMS:
        too_large = Invalid("TOO_MANY_ITEMS", params={"limit": str(MAX_GROUP_ITEMS)})
        return [too_large] * len(group.items)
    wrong = next((item for item in group.items if item.refusal is not None), None)
    if wrong is not None:
        others = Invalid("GROUP_REFUSED", "another item of the group was refused", params={"id": wrong.id})
        return [item.refusal or others for item in group.items]
    if len({item.owner for item in group.items}) > 1:
        crossing = Invalid("GROUP_CROSSES_OWNERS", "a group belongs to one service")
        return [crossing] * len(group.items)
    return None


def _item(index: int, body: Any, seen: set[str]) -> Item:
    if not isinstance(body, dict):
        return _refused(index, "", "", Invalid("INVALID_ITEM", "an item is a JSON object"))
    group = body.get("group")
    group = group if isinstance(group, str) and len(group) <= _LONGEST_GROUP_NAME else ""
    item_id = incoming.uuid_text(body.get("id"))
    if item_id is None:
        shown = body.get("id")
        return _refused(
            index, shown[:100] if isinstance(shown, str) else "", group, _wrong("id", "INVALID_ID")
        )
    if item_id in seen:
        return _refused(index, item_id, group, _wrong("id", "REPEATED"))
    seen.add(item_id)
    name = body.get("entity")
    entity = all_entities().get(name) if isinstance(name, str) else None
    if entity is None:
        return _refused(index, item_id, group, _wrong("entity", "UNKNOWN_VALUE"))
    record_id = incoming.uuid_text(body.get("record_id")) or ""
    return Item(
        index=index,
        id=item_id,
        body=orjson.dumps(body),
        owner=entity.service,
        group=group,
        creates=record_id if body.get("op") == "create" else "",
        names=frozenset({record_id, *_ids_in(body.get("fields")), *_ids_in(body.get("request"))} - {""}),
    )


def _ids_in(values: Any) -> set[str]:
    """Return every id among the values: of parents, of references, of what a command is given."""
    if not isinstance(values, dict):
        return set()
    return {found for value in values.values() if (found := incoming.uuid_text(value)) is not None}


def _wrong(name: str, reason: str) -> Invalid:
    return Invalid("INVALID_ITEM", violations=[Violation(name, reason)])


def _refused(index: int, item_id: str, group: str, refusal: SalesError) -> Item:
    return Item(index, item_id, b"", "", group, "", frozenset(), refusal)
