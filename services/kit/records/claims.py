"""Ids of changes: claimed once, answered for ever.

The claim is the first statement of a group's transaction. A second caller with the same id waits for the
first one's commit and then gets the stored outcome; a rollback lets it go on as if the first had never
been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.kit import schema
from services.kit.actor import Actor
from services.kit.arrays import ids_array
from services.kit.database.batch import Part
from services.kit.database.unit_of_work import UnitOfWork
from services.kit.errors import KINDS, Invalid, SalesError, Violation
from services.kit.records.items import Item, id_in
from services.kit.records.reading import ReadRecord

# The claim, and what every group asks first, as one statement. Merged records and copies are read as they
# were when it began; for a caller that waited here that is before the other one's commit, but then the items
# are known.
_CLAIM = """
    with claimed as (
        insert into change_claim (change_id, author_id, device_id, request_sha256, entity, record_id)
        select change_id, %(author)s::uuid, %(device)s::uuid, decode(sha256, 'hex'), entity, record_id
        from jsonb_to_recordset(%(items)s::jsonb)
            as item (change_id uuid, sha256 text, entity text, record_id uuid)
        order by change_id
        on conflict (change_id) do nothing
        returning change_id
    )
    select
        (select coalesce(array_agg(change_id), '{}') from claimed),
        (select jsonb_object_agg(id, survivor_id) from record_alias where id = any(%(named)s::uuid[])),
        (select jsonb_agg(jsonb_build_array(asked.entity, asked.id, to_jsonb(survivor)))
         from unnest(%(entities)s::text[], %(ids)s::uuid[]) as asked (entity, id)
         join root_scope named on named.entity = asked.entity and named.id = asked.id
         join root_scope survivor
           on survivor.entity = named.entity and survivor.id = coalesce(named.alias_of, named.id)),
        (select version from defined)
"""

_STORE = """
    update change_claim set outcome = o.outcome, reason = o.reason, problem = o.problem,
        conflicts = o.conflicts, changed = o.changed, version = o.version, roots = o.roots
    from jsonb_to_recordset(%(outcomes)s::jsonb)
        as o(change_id uuid, outcome text, reason text, problem jsonb, conflicts text[], changed boolean,
             version bigint, roots jsonb)
    where change_claim.change_id = o.change_id
"""

_RAISED = sa.text(
    """
    select (roots -> cast(:record as text) ->> 0)::bigint, (roots -> cast(:record as text) ->> 1)::bigint
    from change_claim
    where device_id = :device and roots ? cast(:record as text) and change_id <> all(:current)
    """
)


@dataclass(slots=True)
class Decision:
    """What became of one item."""

    item: Item
    outcome: str
    changed: bool = False
    version: int = 0
    error: SalesError | None = None
    conflicts: dict[str, Any] = field(default_factory=dict)
    #: Root id -> (version before, version after), of every root that the group touched.
    roots: dict[str, tuple[int, int]] = field(default_factory=dict)
    duplicate: bool = False
    #: Entity and id of the record to answer with, aliases resolved.
    record_id: str = ""
    #: The record as far as its author may see it now; None: read it, or nothing to see.
    record: ReadRecord | None = None


@dataclass(slots=True)
class Claimed:
    """What the first statement of a group's transaction found out."""

    #: Items whose ids are new.
    fresh: list[Item]
    #: The stored decisions about the others.
    decisions: list[Decision]
    #: Merged record's id -> survivor's id, of the ids that the items name.
    survivors: dict[str, str]


def claim(uow: UnitOfWork, items: Sequence[Item]) -> Claimed:
    """Claim the items' ids; also read what of other owners' records they name, into `uow.foreign`."""
    payload = [
        {
            "change_id": item.id,
            "sha256": item.sha256.hex(),
            "entity": item.entity.name if item.entity else "",
            "record_id": item.record_id or None,
        }
        for item in items
    ]
    foreign = sorted({pair for item in items for pair in _foreign(uow, item)} | _author(uow.actor))
    parameters = {
        "author": uow.actor.user_id,
        "device": uow.actor.device_id,
        "items": orjson.dumps(payload).decode(),
        "named": ids_array(sorted({named for item in items for named in item.named_ids})),
        "entities": [entity for entity, _ in foreign],
        "ids": ids_array([record_id for _, record_id in foreign]),
    }
    claimed, survivors, copies, version = uow.connection.exec_driver_sql(_CLAIM, parameters).one()
    uow.defined_version = version
    uow.foreign |= dict.fromkeys(foreign)  # what we have no copy of
    uow.foreign |= {(entity, record_id): copy for entity, record_id, copy in copies or ()}
    new = set(claimed)
    return Claimed(
        fresh=[item for item in items if item.id in new],
        decisions=_stored(uow.connection, uow.actor, [item for item in items if item.id not in new]),
        survivors=survivors or {},
    )


def _foreign(uow: UnitOfWork, item: Item) -> Iterator[tuple[str, str]]:
    """Entity and id of every record of another owner that the item's fields name."""
    if item.entity is None:
        return
    for name, reference in item.entity.references.items():
        target = reference.references
        if target not in uow.tables:
            value = item.fields.get(name)
            for named in value if isinstance(value, list) else [value]:
                if record_id := id_in(named):
                    yield target, record_id


def _author(actor: Actor) -> set[tuple[str, str]]:
    return {("identity.user", str(actor.user_id))} if actor.user_id else set()


def _stored(connection: sa.Connection, actor: Actor, items: Sequence[Item]) -> list[Decision]:
    if not items:
        return []
    table = schema.change_claim
    rows = connection.execute(sa.select(table).where(table.c.change_id.in_([item.id for item in items])))
    by_id = {row.change_id: row for row in rows}
    return [_decision(item, by_id[item.id], actor) for item in items]


def _decision(item: Item, row: sa.Row[Any], actor: Actor) -> Decision:
    if row.author_id != actor.user_id or bytes(row.request_sha256) != item.sha256:
        return Decision(item, "refused", error=Invalid("ID_REUSED", "this id belongs to another change"))
    return Decision(
        item,
        row.outcome,
        changed=row.changed,
        version=row.version,
        error=error_from(row.problem) if row.problem else None,
        conflicts=dict.fromkeys(row.conflicts),
        duplicate=True,
        record_id=item.record_id,
    )


def store(uow: UnitOfWork, decisions: Sequence[Decision]) -> None:
    """Have what was decided stored with the last write of the transaction."""
    payload = [
        {
            "change_id": decision.item.id,
            "outcome": decision.outcome,
            "reason": decision.error.reason if decision.error else "",
            "problem": problem_of(decision.error) if decision.error else None,
            "conflicts": list(decision.conflicts),
            "changed": decision.changed,
            "version": decision.version,
            # Only a device is asked which steps of a record were its own.
            "roots": decision.roots if uow.actor.device_id is not None else {},
        }
        for decision in decisions
    ]
    uow.write_last(Part("claims", _STORE, {"outcomes": orjson.dumps(payload).decode()}))


def raised_only_by(
    connection: sa.Connection,
    device_id: UUID,
    record_id: str,
    *,
    base: int,
    version: int,
    current: Sequence[UUID],
) -> bool:
    """True if every step of the record from version `base` to `version` was made by earlier items of the
    device.
    """
    steps = connection.execute(_RAISED, {"device": device_id, "record": record_id, "current": list(current)})
    covered = {step for before, after in steps for step in range(before + 1, after + 1)}
    return covered.issuperset(range(base + 1, version + 1))


def problem_of(error: SalesError) -> dict[str, Any]:
    """Return an error as JSON, for the claim and the parked change."""
    return {
        "kind": error.kind,
        "reason": error.reason,
        "detail": error.detail,
        "params": error.params,
        "violations": [{"field": v.field, "reason": v.reason, "detail": v.detail} for v in error.violations],
    }


def error_from(problem: Mapping[str, Any]) -> SalesError:
    """Return the error that `problem_of` stored."""
    cls = KINDS.get(problem["kind"], SalesError)
    violations = [Violation(**violation) for violation in problem["violations"]]
    return cls(problem["reason"], problem["detail"], params=problem["params"], violations=violations)
