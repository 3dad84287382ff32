"""Ids of other records: they must exist, and their author must be allowed to see them.

A record of this service is looked up in its table. A record of another owner is looked up in our copy
(`root_scope`), and on a miss fetched by `Get` and kept. If that owner cannot be reached nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import Entity, all_entities, entity
from services.kit.errors import Invalid, Violation
from services.kit.permissions import Access, Place, matches
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
        target = entity(field.references)
        values = row.values[name] if field.repeated else [row.values[name]]
        resolved = [
            _resolve(uow, access, target, survivors.get(value, value), fetch) for value in values if value
        ]
        if any(value is None for value in resolved):
            violations.append(Violation(name, "REFERENCE_NOT_FOUND", f"no such {field.references}"))
        elif resolved:
            row.values[name] = resolved if field.repeated else resolved[0]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def found_reference(
    uow: UnitOfWork, access: Access, entity_name: str, record_id: str, fetch: Fetch
) -> str | None:
    """Return the id that a reference stands for, None if it names nothing that the author may see.

    Raises:
        Unavailable: the owner of the other record cannot be reached.
    """
    target = entity(entity_name)
    # Names of users, teams and territories are nobody's secret.
    found = _resolve if target.service == "identity" else _resolve_open
    return found(uow, access, target, record_id, fetch)


def check_open_references(
    uow: UnitOfWork,
    access: Access,
    row: Row,
    names: list[str],
    *,
    fetch: Fetch,
    survivors: Mapping[str, str],
) -> None:
    """Check ids whose entity another field names; both are there or neither.

    Raises:
        Invalid: INVALID_FIELDS with REQUIRED, UNKNOWN_VALUE (no such entity) or REFERENCE_NOT_FOUND.
        Unavailable: the owner of the other record cannot be reached.
    """
    violations = []
    for name in names:
        entity_field = row.entity.fields[name].entity_field
        named, record_id = row.values[entity_field], row.values[name]
        if not named and not record_id:
            continue
        if not named or not record_id:
            missing = name if named else entity_field
            violations.append(Violation(missing, "REQUIRED", f"{name} and {entity_field} go together"))
        elif named not in all_entities():
            violations.append(Violation(entity_field, "UNKNOWN_VALUE", "no such entity"))
        else:
            found = _resolve_open(uow, access, entity(named), survivors.get(record_id, record_id), fetch)
            if found is None:
                violations.append(Violation(name, "REFERENCE_NOT_FOUND", f"no such {named}"))
            else:
                row.values[name] = found
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _resolve_open(
    uow: UnitOfWork, access: Access, target: Entity, record_id: str, fetch: Fetch
) -> str | None:
    """Return the id that stands for a record, None if the author may not see it: by its place and by those
    of the records above it.
    """
    if target.name in uow.tables:
        return _resolve(uow, access, target, record_id, fetch)
    chain: list[Place] = []
    found_id, current, current_id = "", target, record_id
    while current_id and current.name not in uow.tables:
        copy = _foreign_copy(uow, current, current_id, fetch)
        if copy is None or copy["deleted"]:
            return None
        found_id = found_id or str(copy["id"])
        chain.append(place_of(copy))
        if not current.parent_field:
            current_id = ""
            break
        current_id, current = copy["body"].get(current.parent_field, ""), entity(current.parent)
    if current_id:
        above = uow.get(current.name, current_id)
        chain += chain_of(uow, above) if above is not None else []
    return found_id if matches(access, target.grant_group, "read", chain) else None


def _resolve(uow: UnitOfWork, access: Access, target: Entity, record_id: str, fetch: Fetch) -> str | None:
    """Return the id that the reference stands for, None if it names nothing that the author may see."""
    if target.name == "identity.user" and record_id == uow.user_id:
        return record_id  # the gateway vouches for who calls
    if target.name in uow.tables:
        found = uow.get(target.name, record_id)
        if found is None or found.values["deleted"]:
            return None
        visible = matches(access, target.grant_group, "read", chain_of(uow, found))
        return found.id if visible or target.service == "identity" else None
    copy = _foreign_copy(uow, target, record_id, fetch)
    if copy is None or copy["deleted"]:
        return None
    if target.foreign_root and not matches(access, target.grant_group, "read", [place_of(copy)]):
        return None
    return str(copy["id"])


def _foreign_copy(uow: UnitOfWork, target: Entity, record_id: str, fetch: Fetch) -> Mapping[str, Any] | None:
    """Return our copy of another owner's record, fetched if there is none yet."""
    copy = foreign_root(uow, target.name, record_id)
    if copy is None or copy["version"] == 0:  # unknown, or from before its owner was restored
        fetched = fetch(target.name, record_id)
        if fetched is None:
            return None
        # A merged record is placed by its survivor, which may be as unknown here.
        survivor = fetch(target.name, fetched["alias_of"]) if fetched["alias_of"] else None
        store_foreign_many(uow.connection, filter(None, (fetched, survivor)))
        uow.foreign.pop((target.name, record_id), None)
        copy = foreign_root(uow, target.name, record_id)
    return copy


def store_foreign(connection: sa.Connection, changed: Mapping[str, Any]) -> bool:
    """Keep a copy of another owner's record (the form of records_changed) if it is newer; True if it was."""
    return bool(store_foreign_many(connection, [changed]))


def newest_of(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the newest version of each record (the form of records_changed), by entity and id."""
    newest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in records:
        key = record["entity"], record["id"]
        if key not in newest or newest[key]["version"] < record["version"]:
            newest[key] = record
    return [newest[key] for key in sorted(newest)]


def store_foreign_many(
    connection: sa.Connection, changed: Iterable[Mapping[str, Any]]
) -> set[tuple[str, str]]:
    """Keep copies of other owners' records, in one statement; return entity and id of what was newer."""
    # In one order: two handlers never wait for each other.
    newest = newest_of(changed)
    if not newest:
        return set()
    rows = [
        {name: record[name] or None for name in _IDS}
        | {name: record[name] for name in _VALUES}
        # Spliced in as it came: a body is not read to be written again.
        | {"body": orjson.Fragment(record["fragments"]["base"])}
        for record in newest
    ]
    stored = connection.execute(_STORE_FOREIGN, {"rows": orjson.dumps(rows).decode()})
    return {(entity_name, str(record_id)) for entity_name, record_id in stored}


_IDS = ("id", "owner_id", "team_id", "territory_id", "alias_of")
_VALUES = ("entity", "version", "product_line", "shared_with", "deleted")
_STORE_FOREIGN = sa.text(
    """
    insert into root_scope as known (entity, id, version, owner_id, team_id, territory_id, product_line,
        shared_with, alias_of, deleted, body)
    select entity, id, version, owner_id, team_id, territory_id, product_line, shared_with, alias_of, deleted,
        body
    from jsonb_to_recordset(cast(:rows as jsonb)) as r (entity text, id uuid, version bigint, owner_id uuid,
        team_id uuid, territory_id uuid, product_line text, shared_with uuid[], alias_of uuid,
        deleted boolean, body jsonb)
    on conflict (entity, id) do update set version = excluded.version, owner_id = excluded.owner_id,
        team_id = excluded.team_id, territory_id = excluded.territory_id,
        product_line = excluded.product_line, shared_with = excluded.shared_with,
        alias_of = excluded.alias_of, deleted = excluded.deleted, body = excluded.body
    where known.version < excluded.version
    returning entity, id
    """
)
