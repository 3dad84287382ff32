"""A record as its owner sent it, checked: what cannot be read goes to quarantine, not into the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from uuid_utils import UUID

from services.kit.bundle import BASE
from services.kit.entities import SCOPE_FIELDS, Entity, all_entities
from services.sync.storage.nodes import Key, Scope


class Unreadable(ValueError):
    """The record is not one of the contracts; the text says why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A version of a record."""

    key: Key
    entity: Entity
    #: The grant group that it belongs to: its entity's, or the one that the record itself names.
    group: str
    version: int
    parent_id: str
    scope: Scope
    deleted: bool
    alias_of: str
    #: Facet -> body, exactly as its owner encoded it.
    bodies: Mapping[str, bytes]


def read_record(record: Mapping[str, Any]) -> Incoming:
    """Read a record in the form of records_changed.

    Raises:
        Unreadable: an entity that the contracts do not name, no base fragment, or an id that is none.
    """
    try:
        entity = all_entities().get(record["entity"])
        if entity is None:
            raise Unreadable(f"no such entity: {str(record['entity'])[:100]}")
        bodies = {facet: body.encode() for facet, body in record["fragments"].items()}
        if BASE not in bodies:
            raise Unreadable("no base fragment")
        return Incoming(
            key=Key(entity.name, str(UUID(record["id"]))),
            entity=entity,
            group=_group(entity, bodies[BASE]),
            version=int(record["version"]),
            parent_id=_id(record["parent_id"]),
            scope=_scope(record),
            deleted=bool(record["deleted"]),
            alias_of=_id(record.get("alias_of", "")),
            bodies=bodies,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"{type(error).__name__}: {str(error)[:200]}") from error


def _group(entity: Entity, base: bytes) -> str:
    if not entity.group_field:
        return entity.grant_group
    group = orjson.loads(base)[entity.group_field]
    if not isinstance(group, str) or not group:
        raise Unreadable("names no grant group")
    return group


def _id(text: str) -> str:
    return str(UUID(text)) if text else ""


def _scope(record: Mapping[str, Any]) -> Scope:
    owner, team, territory, line, shared = (record.get(name) or "" for name in SCOPE_FIELDS)
    return [_id(owner), _id(team), _id(territory), str(line), sorted(_id(each) for each in shared or ())]
