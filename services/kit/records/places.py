"""Where a record stands: its own scope fields and those of its ancestors, up to a root of another service."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit import schema
from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import Entity, entities_of
from services.kit.permissions import Place


def place_of(values: Mapping[str, Any]) -> Place:
    """Return the scope fields of one record."""
    return _place(
        values.get("owner_id"),
        values.get("team_id"),
        values.get("territory_id"),
        values.get("product_line"),
        tuple(values.get("shared_with") or ()),
    )


# The lines of an offer stand in the same few places; reading ids was a tenth of writing it (2026-11-23).
@lru_cache(maxsize=4096)
def _place(owner: Any, team: Any, territory: Any, product_line: str | None, shared: tuple[Any, ...]) -> Place:
    return Place(
        owner_id=_uuid(owner),
        team_id=_uuid(team),
        territory_id=_uuid(territory),
        product_line=product_line or "",
        shared_with=frozenset(UUID(str(i)) for i in shared),
    )


def chain_of(uow: UnitOfWork, row: Row) -> list[Place]:
    """Return the places of a record as it is stored (of a new one: as it will be), nearest first, root
    last.
    """
    chain: list[Place] = []
    current: Row | None = row
    while current is not None:
        values = current.values if current.is_new else current.stored
        chain.append(place_of(values))
        parent_id = values[current.entity.parent_field] if current.entity.parent_field else ""
        if not parent_id:
            break
        if current.entity.parent not in uow.tables:
            chain.extend(foreign_chain(uow, current.entity.parent, parent_id))
            break
        current = uow.get(current.entity.parent, parent_id)
    return chain


def foreign_chain(uow: UnitOfWork, entity_name: str, root_id: str) -> list[Place]:
    """Return the place of a root of another service, of its survivor if it was merged; empty if unknown."""
    found = foreign_root(uow, entity_name, root_id)
    return [place_of(found)] if found is not None else []


def foreign_root(uow: UnitOfWork, entity_name: str, root_id: str) -> Mapping[str, Any] | None:
    """Return the copy of another service's record, of its survivor if it was merged."""
    key = (entity_name, root_id)
    if key not in uow.foreign:
        parameters = {"entity": entity_name, "root": root_id}
        row = uow.connection.execute(_FOREIGN_ROOT, parameters).mappings().first()
        uow.foreign[key] = dict(row) if row is not None else None
    return uow.foreign[key]


def _foreign_root() -> sa.Select[Any]:
    named, survivor = schema.root_scope.alias(), schema.root_scope.alias()
    survives = sa.and_(
        survivor.c.entity == named.c.entity, survivor.c.id == sa.func.coalesce(named.c.alias_of, named.c.id)
    )
    root = sa.bindparam("root", type_=sa.Uuid(as_uuid=False))
    return (
        sa.select(survivor)
        .select_from(named.join(survivor, survives))
        .where(named.c.entity == sa.bindparam("entity"), named.c.id == root)
    )


#: Built once: building it costs more than running it.
_FOREIGN_ROOT = _foreign_root()


def ancestor(uow: UnitOfWork, row: Row, wanted: Entity) -> Row:
    """Return the record's ancestor of that entity in this service, or the record itself."""
    current = row
    while current.entity.name != wanted.name:
        parent = uow.get(current.entity.parent, current.values[current.entity.parent_field])
        if parent is None:
            raise LookupError(f"{current.entity.name} {current.id} has no {wanted.name} above it")
        current = parent
    return current


def children_entities(parent: Entity) -> list[Entity]:
    """Return the entities of the same service that are children of `parent`."""
    return [each for each in entities_of(parent.service) if each.parent == parent.name]


def _uuid(value: Any) -> UUID | None:
    if not value:
        return None
    return value if isinstance(value, UUID) else UUID(value)
