"""What could not be applied as its author typed it: kept, shown, resolved; never dropped."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.kit import schema
from services.kit.actor import Actor
from services.kit.entities import BASE, all_entities
from services.kit.errors import Invalid
from services.kit.fields.tables import field_definition
from services.kit.permissions import Access
from services.kit.records.claims import Decision, problem_of
from services.kit.records.items import Item

#: Reason with which owners refuse to change an erased record.
ERASED = "RECORD_ERASED"

_PARK = sa.text(
    """
    insert into parked_change (change_id, author_id, device_id, entity, record_id, outcome, problem, sent,
    theirs,
        conflicts, holds)
    select change_id, :author, :device, entity, record_id, outcome, problem, sent, theirs, conflicts, holds
    from jsonb_to_recordset(cast(:rows as jsonb))
        as row(change_id uuid, entity text, record_id uuid, outcome text, problem jsonb, sent jsonb, theirs
        jsonb,
               conflicts text[], holds uuid[])
    on conflict (change_id) do nothing
    """
)


def held_ids(
    connection: sa.Connection, actor: Actor, items: Sequence[Item], *, resolving: UUID | None = None
) -> set[str]:
    """Return the ids, among those that the items name, that an open refusal of the same device holds."""
    if actor.device_id is None:
        return set()
    named = {UUID(i) for item in items for i in item.named_ids}
    table = schema.parked_change
    query = sa.select(table.c.holds).where(
        table.c.device_id == actor.device_id,
        table.c.resolution.is_(None),
        table.c.holds.bool_op("&&")(sa.literal(sorted(named), sa.ARRAY(sa.Uuid))),
    )
    if resolving is not None:
        query = query.where(table.c.change_id != resolving)
    return {str(i) for holds in connection.execute(query).scalars() for i in holds if i in named}


def park(connection: sa.Connection, actor: Actor, decisions: Sequence[Decision], *, group_size: int) -> None:
    """Keep the refused items and the conflicting fields of a device's group; without a device nothing is
    kept.
    """
    if actor.device_id is None:
        return
    rows = [
        {
            "change_id": str(decision.item.id),
            "entity": decision.item.entity.name if decision.item.entity else "",
            "record_id": decision.item.record_id or None,
            "outcome": decision.outcome,
            "problem": problem_of(decision.error) if decision.error else None,
            "sent": _kept(decision),
            "theirs": decision.conflicts,
            "conflicts": list(decision.conflicts),
            "holds": _holds(decision, group_size),
        }
        for decision in decisions
        if decision.outcome in ("refused", "conflict")
    ]
    if rows:
        parameters = {"author": actor.user_id, "device": actor.device_id, "rows": orjson.dumps(rows).decode()}
        connection.execute(_PARK, parameters)


def _kept(decision: Decision) -> dict[str, Any]:
    """Return what is kept of an item: all of it, but no values for a person who asked to be erased.

    Nor the parameters of a command that needs the network: its author sees the refusal at once, and what such
    commands carry (a password) must not lie about.
    """
    sent = decision.item.sent
    command = decision.item.command
    if (decision.error is not None and decision.error.reason == ERASED) or (command and command.online_only):
        return {name: value for name, value in sent.items() if name not in ("fields", "base", "request")}
    return sent


def _holds(decision: Decision, group_size: int) -> list[str]:
    item = decision.item
    is_single_edit = group_size == 1 and item.op in ("update", "delete")
    if decision.outcome != "refused" or is_single_edit or not item.record_id:
        return []
    return [item.record_id]


def parked_page(
    connection: sa.Connection, actor: Actor, access: Access, *, page_size: int, page_token: str
) -> tuple[list[dict[str, Any]], str]:
    """Return open parked changes, oldest first: the actor's own, and all of groups that the actor may
    approve.

    Facets that the reader may not see are taken out of `sent` and `theirs`.
    """
    table = schema.parked_change
    supervised = [e.name for e in all_entities().values() if access.allows(e.grant_group, "approve")]
    query = (
        sa.select(table)
        .where(
            table.c.resolution.is_(None),
            sa.or_(table.c.author_id == actor.user_id, table.c.entity.in_(supervised)),
        )
        .order_by(table.c.parked_at, table.c.change_id)
        .limit(page_size + 1)
    )
    if page_token:
        moment, change_id = _read_token(page_token)
        query = query.where(sa.tuple_(table.c.parked_at, table.c.change_id) > sa.tuple_(moment, change_id))
    rows = [dict(row) for row in connection.execute(query).mappings()]
    more, rows = rows[page_size:], rows[:page_size]
    next_token = _token(rows[-1]) if more else ""
    keys = _facets_of_keys(connection, {row["entity"] for row in rows})
    return [_without_hidden(row, access, keys) for row in rows], next_token


def _facets_of_keys(
    connection: sa.Connection, entities: Collection[str]
) -> Mapping[tuple[str, str], set[str]]:
    """Return the facets of custom fields that not everybody sees; of all record types, to be sure."""
    table = field_definition
    query = sa.select(table.c.entity, table.c.key, table.c.facet).where(
        table.c.entity.in_(entities), table.c.facet.not_in(("", BASE))
    )
    found: dict[tuple[str, str], set[str]] = {}
    for entity_name, key, facet in connection.execute(query):
        found.setdefault((entity_name, key), set()).add(facet)
    return found


def _token(row: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{row['parked_at'].isoformat()} {row['change_id']}".encode()).decode()


def _read_token(token: str) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    try:
        moment, change_id = base64.urlsafe_b64decode(token).decode().rsplit(" ", 1)
        return (
            sa.literal(datetime.fromisoformat(moment), sa.DateTime(timezone=True)),
            sa.literal(UUID(change_id), sa.Uuid),
        )
    except (ValueError, binascii.Error) as error:
        raise Invalid("INVALID_PAGE_TOKEN", "this page token was not given by the server") from error


def _without_hidden(
    row: dict[str, Any], access: Access, keys: Mapping[tuple[str, str], set[str]]
) -> dict[str, Any]:
    """Take out fields of facets that no grant of the reader shows."""
    found = all_entities().get(row["entity"])
    if found is None:
        return row
    seen = {BASE, *access.facets(found.grant_group, "read")}
    hidden = {name for name, field in found.fields.items() if field.facet not in seen}
    custom = {key for (name, key), facets in keys.items() if name == found.name and facets - seen}
    hidden |= {f"custom.{key}" for key in custom}
    sent = dict(row["sent"])
    for member in ("fields", "base"):
        if isinstance(sent.get(member), dict):
            sent[member] = _without(sent[member], hidden)
            if custom and isinstance(sent[member].get("custom"), dict):
                sent[member]["custom"] = _without(sent[member]["custom"], custom)
    return row | {"sent": sent, "theirs": _without(row["theirs"], hidden)}


def _without(values: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in hidden}


def lock_parked(connection: sa.Connection, change_id: UUID) -> dict[str, Any] | None:
    """Return a parked change, its row locked."""
    table = schema.parked_change
    query = sa.select(table).where(table.c.change_id == change_id).with_for_update()
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def mark_resolved(
    connection: sa.Connection, change_id: UUID, *, resolution: str, actor: Actor, now: datetime
) -> None:
    """Close a parked change; what it held may be sent again."""
    table = schema.parked_change
    connection.execute(
        sa.update(table)
        .where(table.c.change_id == change_id)
        .values(resolution=resolution, resolved_by=actor.user_id, resolved_at=now)
    )
