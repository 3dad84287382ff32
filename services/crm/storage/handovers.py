"""The parties of handovers: who is to pass, what became of each, and what goes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.crm.storage.tables import (
    TABLES,
    handover_party,
    party,
)
from services.kit.entities import entity
from services.kit.fields.tables import tables_of

#: Entities under a party that pass with it where the leaver owns them, and which of their records do: what is
#: over stays with who did it.
OPEN: Final[Mapping[str, sa.ColumnElement[bool]]] = {
    "crm.address": sa.true(),
    "crm.contact_point": sa.true(),
    "crm.relationship": sa.true(),
    "crm.activity": TABLES["crm.activity"].c.state.in_(("planned", "in_progress")),
    "crm.opportunity": TABLES["crm.opportunity"].c.state.in_(("open", "quoting")),
    "crm.custom_record": sa.true(),
}
_TABLES: Final = {**TABLES, **tables_of("crm")}
WAITING, HANDED_OVER, REFUSED = "waiting", "handed_over", "refused"


def chosen(
    *, from_owner_id: str, only_territory_id: str, only_party_ids: Collection[str]
) -> sa.ColumnElement[bool]:
    """Return which parties a handover is about."""
    conditions = [party.c.owner_id == UUID(from_owner_id), party.c.deleted.is_(False)]
    if only_territory_id:
        conditions.append(party.c.territory_id == UUID(only_territory_id))
    if only_party_ids:
        conditions.append(party.c.id.in_([UUID(each) for each in only_party_ids]))
    return sa.and_(*conditions)


def stage(connection: sa.Connection, handover_id: str, which: sa.ColumnElement[bool]) -> int:
    """Note which parties are to pass; return how many they are."""
    parties = sa.select(sa.literal(UUID(handover_id)), party.c.id, sa.literal(WAITING)).where(which)
    columns = ["handover_id", "party_id", "outcome"]
    staged = sa.insert(handover_party).from_select(columns, parties).returning(sa.literal(1)).cte()
    return int(connection.execute(sa.select(sa.func.count()).select_from(staged)).scalar_one())


def waiting(connection: sa.Connection, handover_id: str, *, most: int) -> list[str]:
    """Return the next parties that have not had their turn, by id."""
    query = (
        sa.select(handover_party.c.party_id)
        .where(handover_party.c.handover_id == UUID(handover_id), handover_party.c.outcome == WAITING)
        .order_by(handover_party.c.party_id)
        .limit(most)
    )
    return [str(each) for each in connection.execute(query).scalars()]


def decide(connection: sa.Connection, handover_id: str, decided: Mapping[str, str]) -> None:
    """Keep what became of these parties: id -> why it was refused, "" for one that has passed."""
    connection.execute(
        sa.update(handover_party)
        .where(
            handover_party.c.handover_id == UUID(handover_id),
            handover_party.c.party_id == sa.bindparam("id"),
        )
        .values(outcome=sa.bindparam("to"), reason=sa.bindparam("why")),
        [
            {"id": UUID(party_id), "to": REFUSED if why else HANDED_OVER, "why": why}
            for party_id, why in decided.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one party; its name is empty where the reader may not see it."""

    party_id: str
    name: str
    outcome: str
    reason: str


def result(
    connection: sa.Connection,
    handover_id: str,
    *,
    outcome: str,
    after: str,
    most: int,
    visible: sa.ColumnElement[bool],
) -> list[Decided]:
    """Return what became of the parties of a handover, by id, those after `after`."""
    named = sa.select(party.c.id, party.c.name).where(visible).subquery()
    query = (
        sa.select(handover_party, sa.func.coalesce(named.c.name, "").label("name"))
        .select_from(handover_party.outerjoin(named, named.c.id == handover_party.c.party_id))
        .where(handover_party.c.handover_id == UUID(handover_id))
        .order_by(handover_party.c.party_id)
        .limit(most)
    )
    if outcome:
        query = query.where(handover_party.c.outcome == outcome)
    if after:
        query = query.where(handover_party.c.party_id > UUID(after))
    rows: Any = connection.execute(query)
    return [Decided(str(row.party_id), row.name, row.outcome, row.reason) for row in rows]


def under(entity_name: str) -> tuple[sa.Table, sa.ColumnElement[Any]]:
    """Return the table of an entity under parties, and its column that names the party."""
    table = _TABLES[entity_name]
    return table, table.c[entity(entity_name).parent_field]


def count(connection: sa.Connection, owner_id: str, parties: sa.ColumnElement[bool]) -> dict[str, int]:
    """Return how many parties there are, and how many records of the owner would pass with them, by
    entity.
    """
    found = {"crm.party": sa.select(sa.func.count()).select_from(party).where(parties)}
    for name, is_open in OPEN.items():
        table, above = under(name)
        found[name] = (
            sa.select(sa.func.count())
            .select_from(table.join(party, party.c.id == above))
            .where(parties, table.c.owner_id == UUID(owner_id), table.c.deleted.is_(False), is_open)
        )
    return {name: int(connection.execute(query).scalar_one()) for name, query in found.items()}
