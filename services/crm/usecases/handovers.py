"""Customers of a user pass to another, in groups that are a transaction each.

The parties are noted at the start. Then the CRM tells itself to go on (`handover_continued`) until none
waits: an event that is delivered again finds its group done, and a process that dies leaves the event to the
next one. Permissions are those of whoever started it, as they are when a party's turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sales.crm.v1 import events_pb2

from services.crm.domain.states import HANDOVER, target_of
from services.crm.storage import handovers as store
from services.crm.storage.handovers import Decided
from services.crm.storage.tables import TABLES
from services.crm.usecases.passages import note_passages, take_people_along
from services.kit.database import Row, UnitOfWork
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound, Violation
from services.kit.permissions import Access, condition, matches
from services.kit.records.copies import user_of
from services.kit.records.places import chain_of
from services.kit.records.rules import CommandCall
from services.kit.schema import access_copy

HANDOVER_ENTITY: Final = "crm.handover"
#: Parties in one transaction: some hundred records, far below what one event may carry.
GROUP: Final = 100
_PAGE: Final = 500


def prepare_handover(uow: UnitOfWork, row: Row) -> None:
    """Begin as planned, seen where it takes place.

    Raises:
        Invalid: INVALID_FIELDS with SAME_OWNER, USER_LEFT.
    """
    values = row.values
    values["state"] = "planned"
    own = user_of(uow, uow.actor.user_id).get("territory_ids") or [""]
    values["territory_id"] = values["only_territory_id"] or str(own[0])
    if values["from_owner_id"] and values["from_owner_id"] == values["to_owner_id"]:
        raise Invalid("INVALID_FIELDS", violations=[Violation("to_owner_id", "SAME_OWNER")])
    if values["to_owner_id"] and _has_left(uow, values["to_owner_id"]):
        raise Invalid("INVALID_FIELDS", violations=[Violation("to_owner_id", "USER_LEFT")])


def start_handover(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Note the parties that are to pass, and begin.

    Raises:
        NotAllowedNow: WRONG_STATE, NOTHING_TO_HAND_OVER, USER_LEFT.
    """
    target = target_of(HANDOVER, "start", row.values["state"])
    if _has_left(uow, row.values["to_owner_id"]):
        raise NotAllowedNow("USER_LEFT")
    total = store.stage(uow.connection, row.id, _chosen(uow, call.access, row.values))
    if not total:
        raise NotAllowedNow("NOTHING_TO_HAND_OVER")
    row.values["total"] = total
    uow.move(row, target, command="start")
    _go_on(uow, row)


def cancel_handover(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """End a handover; parties that have passed stay where they are.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    uow.move(row, target_of(HANDOVER, "cancel", row.values["state"]), command="cancel")


def continue_handover(uow: UnitOfWork, handover_id: str) -> None:
    """Do the next group of a handover and say that it goes on, or that it is done."""
    row = uow.require(HANDOVER_ENTITY, handover_id, lock=True)
    if row.values["state"] != "running":
        return
    started_by = _started_by(uow, handover_id)
    uow.act_as(replace(uow.actor, user_id=started_by))
    group = store.waiting(uow.connection, handover_id, most=GROUP)
    if group:
        decided, count = _hand_over(uow, row, group, access_of(uow, started_by))
        store.decide(uow.connection, handover_id, decided)
        refused = sum(1 for why in decided.values() if why)
        row.values["refused"] += refused
        row.values["handed_over"] += len(decided) - refused
        row.values["records"] += count
        _go_on(uow, row)
    else:
        uow.move(row, target_of(HANDOVER, "finish", "running"), command="finish")


def _go_on(uow: UnitOfWork, row: Row) -> None:
    uow.emit(events_pb2.HandoverContinued(handover_id=row.id), subject=row.id)


def _hand_over(uow: UnitOfWork, row: Row, group: Sequence[str], access: Access) -> tuple[dict[str, str], int]:
    """Hand these parties over; return why which was refused ("" for none), and how many records went
    along.
    """
    values = row.values
    found = uow.get_many("crm.party", group, lock=True)
    decided = {each: _why_not(uow, found.get(each), values, access) for each in group}
    passing = [found[each] for each, why in decided.items() if not why and _is_of(found[each], values)]
    for party in passing:
        party.values["owner_id"] = values["to_owner_id"]
        party.values["territory_id"] = values["to_territory_id"] or party.values["territory_id"]
    people = take_people_along(uow, passing)
    note_passages(uow, [*passing, *people], handover_id=row.id)
    went = list(_below(uow, [*passing, *people], values["from_owner_id"]))
    for each in went:
        each.values["owner_id"] = values["to_owner_id"]
    return decided, len(went)


def _why_not(uow: UnitOfWork, party: Row | None, values: Mapping[str, Any], access: Access) -> str:
    """Return why a party does not pass. One that has gone along with its company is there already."""
    if party is None or party.values["deleted"]:
        return "RECORD_NOT_FOUND"
    if party.values["owner_id"] == values["to_owner_id"]:
        return ""
    if not _is_of(party, values):
        return "OWNER_CHANGED"
    if party.values["state"] == "erased":
        return "RECORD_ERASED"
    return "" if matches(access, "crm", "write", chain_of(uow, party)) else "NOT_GRANTED"


def _is_of(party: Row, values: Mapping[str, Any]) -> bool:
    return bool(party.values["owner_id"] == values["from_owner_id"])


def _below(uow: UnitOfWork, parties: Sequence[Row], owner_id: str) -> Iterator[Row]:
    ids = [UUID(each.id) for each in parties]
    for name, is_open in store.OPEN.items():
        table, above = store.under(name)
        mine = sa.and_(above == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid))), is_open)
        yield from uow.find(name, sa.and_(mine, table.c.owner_id == UUID(owner_id)), lock=True)


def _started_by(uow: UnitOfWork, handover_id: str) -> UUID:
    query = sa.text(
        "select by_id from transition where entity = :entity and record_id = :id and command = 'start'"
        " order by id desc limit 1"
    )
    by: UUID = uow.connection.execute(query, {"entity": HANDOVER_ENTITY, "id": handover_id}).scalar_one()
    return by


def access_of(uow: UnitOfWork, user_id: UUID) -> Access:
    """Return what a user may do now, by our copy; nothing if it is not here or the user is no longer
    active.
    """
    query = sa.select(access_copy.c.body).where(access_copy.c.user_id == user_id)
    body: str | None = uow.connection.execute(query).scalar()
    return Access.from_json(body) if body is not None else Access(user_id=user_id)


def _has_left(uow: UnitOfWork, user_id: str) -> bool:
    query = sa.select(access_copy.c.body).where(access_copy.c.user_id == UUID(user_id))
    body: str | None = uow.connection.execute(query).scalar()
    return body is not None and Access.from_json(body).inactive


def _chosen(uow: UnitOfWork, access: Access, values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    """Return which parties a handover is about; nobody learns of one that they may not see."""
    names = ("from_owner_id", "only_territory_id", "only_party_ids")
    visible: sa.ColumnElement[bool] = condition(access, entity("crm.party"), "read", uow.tables)
    return sa.and_(store.chosen(**{name: values[name] for name in names}), visible)


# Questions


def visible_handover(uow: UnitOfWork, access: Access, handover_id: str) -> Row:
    """Return a handover that the user may see.

    Raises:
        NotFound: RECORD_NOT_FOUND.
    """
    found = uow.get(HANDOVER_ENTITY, handover_id)
    if found is None or not matches(access, "crm", "read", chain_of(uow, found)):
        raise NotFound("RECORD_NOT_FOUND", params={"entity": HANDOVER_ENTITY, "id": handover_id})
    return found


def preview(uow: UnitOfWork, access: Access, row: Row) -> tuple[dict[str, int], dict[str, int]]:
    """Return what would pass, by entity, and how many parties would not, by reason.

    Raises:
        Forbidden: NOT_GRANTED, the reader may write no party at all.
    """
    if not access.allows("crm", "write"):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "write"})
    chosen = _chosen(uow, access, row.values)
    table = TABLES["crm.party"]
    writable: sa.ColumnElement[bool] = condition(access, entity("crm.party"), "write", uow.tables)
    passing = sa.and_(chosen, sa.func.coalesce(writable, sa.false()), table.c.state != "erased")
    counts = store.count(uow.connection, row.values["from_owner_id"], passing)
    all_of_them = sa.select(
        sa.func.count(),
        sa.func.count().filter(table.c.state == "erased"),
    ).where(chosen)
    total, erased = uow.connection.execute(all_of_them).one()
    refused = {"RECORD_ERASED": erased, "NOT_GRANTED": total - erased - counts["crm.party"]}
    return counts, {reason: number for reason, number in refused.items() if number}


def result(
    uow: UnitOfWork, access: Access, handover_id: str, *, outcome: str, after: str
) -> tuple[list[Decided], str]:
    """Return what became of the parties, a page by id, and where the next page begins, "" at the end."""
    visible: sa.ColumnElement[bool] = condition(access, entity("crm.party"), "read", uow.tables)
    found = store.result(
        uow.connection, handover_id, outcome=outcome, after=after, most=_PAGE + 1, visible=visible
    )
    page = found[:_PAGE]
    return page, page[-1].party_id if len(found) > _PAGE else ""
