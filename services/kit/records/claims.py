"""Ids of changes: claimed once, answered for ever.

The claim is the first statement of a group's transaction. A second caller with the same id waits for the
first one's commit and then gets the stored outcome; a rollback lets it go on as if the first had never
been.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.kit import schema
from services.kit.actor import Actor
from services.kit.errors import KINDS, Invalid, SalesError, Violation
from services.kit.records.items import Item

_CLAIM = sa.text(
    """
    insert into change_claim (change_id, author_id, device_id, request_sha256, entity, record_id)
    select change_id, cast(:author as uuid), cast(:device as uuid), decode(sha256, 'hex'), entity, record_id
    from jsonb_to_recordset(cast(:items as jsonb))
        as item(change_id uuid, sha256 text, entity text, record_id uuid)
    order by change_id
    on conflict (change_id) do nothing
    returning change_id
    """
)

_STORE = sa.text(
    """
    update change_claim set outcome = o.outcome, reason = o.reason, problem = o.problem, conflicts =
    o.conflicts,
        changed = o.changed, version = o.version, roots = o.roots
    from jsonb_to_recordset(cast(:outcomes as jsonb))
        as o(change_id uuid, outcome text, reason text, problem jsonb, conflicts text[], changed boolean,
             version bigint, roots jsonb)
    where change_claim.change_id = o.change_id
    """
)

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


def claim(
    connection: sa.Connection, actor: Actor, items: Sequence[Item]
) -> tuple[list[Item], list[Decision]]:
    """Claim the items' ids; return those that are new, and the stored decisions about the others."""
    payload = [
        {
            "change_id": str(item.id),
            "sha256": item.sha256.hex(),
            "entity": item.entity.name if item.entity else "",
            "record_id": item.record_id or None,
        }
        for item in items
    ]
    claimed = set(
        connection.execute(
            _CLAIM,
            {"author": actor.user_id, "device": actor.device_id, "items": orjson.dumps(payload).decode()},
        ).scalars()
    )
    fresh = [item for item in items if item.id in claimed]
    known = [item for item in items if item.id not in claimed]
    return fresh, _stored(connection, actor, known)


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


def store(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Store what was decided, in the transaction of the claim."""
    payload = [
        {
            "change_id": str(decision.item.id),
            "outcome": decision.outcome,
            "reason": decision.error.reason if decision.error else "",
            "problem": problem_of(decision.error) if decision.error else None,
            "conflicts": list(decision.conflicts),
            "changed": decision.changed,
            "version": decision.version,
            "roots": decision.roots,
        }
        for decision in decisions
    ]
    connection.execute(_STORE, {"outcomes": orjson.dumps(payload).decode()})


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
