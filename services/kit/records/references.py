"""Ids of other records: they must exist, and their author must be allowed to see them.

A record of this service is looked up in its table. A record of another owner is looked up in our copy
(`root_scope`), and on a miss fetched by `Get` and kept. If that owner cannot be reached nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.dml import ReturningInsert

from services.kit import schema
from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import Field, entity
from services.kit.errors import Invalid, Violation
from services.kit.permissions import Access, matches
from services.kit.records.places import chain_of, foreign_root, place_of

#: (entity, id) -> the record in the form of records_changed, None if there is none; Unavailable if its
#: owner is away.
Fetch = Callable[[str, str], dict[str, Any] | None]


def check_references(
    uow: UnitOfWork,
    access: Access,
    row: Row,
    names: list[str],
    *,
    fetch: Fetch,
    survivors: Mapping[str, str],
) -> None:
    """Check the ids in these fields, and replace ids of merged records by their survivors'.

    Raises:
        Invalid: INVALID_FIELDS with REFERENCE_NOT_FOUND for each id that names nothing the author may see.
        Unavailable: the owner of the other record cannot be reached.
    """
    violations = []
    for name in names:
        field = row.entity.fields[name]
        values = row.values[name] if field.repeated else [row.values[name]]
        resolved = [
            _resolve(uow, access, field, survivors.get(value, value), fetch) for value in values if value
        ]
        if any(value is None for value in resolved):
            violations.append(Violation(name, "REFERENCE_NOT_FOUND", f"no such {field.references}"))
        elif resolved:
            row.values[name] = resolved if field.repeated else resolved[0]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _resolve(uow: UnitOfWork, access: Access, field: Field, record_id: str, fetch: Fetch) -> str | None:
    """Return the id that the reference stands for, None if it names nothing that the author may see."""
    target = entity(field.references)
    if target.name == "identity.user" and record_id == str(uow.actor.user_id):
        return record_id  # the gateway vouches for who calls
    if target.name in uow.tables:
        found = uow.get(target.name, record_id)
        if found is None or found.values["deleted"]:
            return None
        visible = matches(access, target.grant_group, "read", chain_of(uow, found))
        return found.id if visible or target.service == "identity" else None
    copy = foreign_root(uow, target.name, record_id)
    if copy is None:
        fetched = fetch(target.name, record_id)
        if fetched is None:
            return None
        store_foreign(uow.connection, fetched)
        uow.foreign.pop((target.name, record_id), None)
        copy = foreign_root(uow, target.name, record_id)
    if copy is None or copy["deleted"]:
        return None
    if target.foreign_root and not matches(access, target.grant_group, "read", [place_of(copy)]):
        return None
    return str(copy["id"])


def store_foreign(connection: sa.Connection, changed: dict[str, Any]) -> bool:
    """Keep a copy of another owner's record (the form of records_changed) if it is newer; True if it was."""
    row = {
        "id": UUID(changed["id"]),
        "entity": changed["entity"],
        "version": changed["version"],
        "owner_id": _uuid(changed["owner_id"]),
        "team_id": _uuid(changed["team_id"]),
        "territory_id": _uuid(changed["territory_id"]),
        "product_line": changed["product_line"],
        "shared_with": [UUID(i) for i in changed["shared_with"]],
        "alias_of": _uuid(changed["alias_of"]),
        "deleted": changed["deleted"],
        "body": orjson.loads(changed["fragments"]["base"]),
    }
    return connection.execute(_STORE_FOREIGN, row).first() is not None


def _store_foreign() -> ReturningInsert[Any]:
    table = schema.root_scope
    insert = pg.insert(table)
    insert = insert.values({column.name: sa.bindparam(column.name) for column in table.columns})
    changing = [column.name for column in table.columns if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=[table.c.entity, table.c.id],
        set_={name: insert.excluded[name] for name in changing},
        where=table.c.version < insert.excluded.version,
    ).returning(table.c.id)


_STORE_FOREIGN = _store_foreign()


def _uuid(value: str) -> UUID | None:
    return UUID(value) if value else None
