"""Parties that pass to another owner, team or territory: each passage is kept, and people go with their
company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.crm.storage.relationships import people_of
from services.crm.storage.tables import party_passage
from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text

#: What says to whom a party belongs.
PLACE: Final = ("owner_id", "team_id", "territory_id")
_MOST: Final = 200


def settle_places(uow: UnitOfWork, parties: Sequence[Row]) -> None:
    """Take people along with a company that passes on, and keep every passage."""
    moved = [row for row in parties if not row.is_new and _changed(row)]
    if moved:
        note_passages(uow, [*moved, *take_people_along(uow, moved)])


def take_people_along(uow: UnitOfWork, companies: Sequence[Row]) -> list[Row]:
    """Give the people of these companies the companies' new place; return those who went.

    Who belongs to one company and stood where it stood goes with it: whoever visits the customer next needs
    them. A person with a place of their own, or of several companies, stays.
    """
    by_id = {row.id: row for row in companies}
    people = people_of(uow.connection, list(by_id), day=company_date(uow.now))
    went = []
    for person in uow.get_many("crm.party", people.keys() - by_id.keys(), lock=True).values():
        company = by_id[people[person.id]]
        if not person.values["deleted"] and _place(person.values) == _place(company.stored):
            person.values.update(dict(zip(PLACE, _place(company.values), strict=True)))
            went.append(person)
    return went


def note_passages(uow: UnitOfWork, rows: Iterable[Row], *, handover_id: str = "") -> None:
    """Keep from where to where these parties have passed, as they stand now against what is stored."""
    passages = [
        {
            "party_id": UUID(row.id),
            "field": name,
            "from_id": _id(row.stored[name]),
            "to_id": _id(row.values[name]),
            "by_id": uow.actor.user_id,
            "made_at": uow.made_at,
            "arrived_at": uow.now,
            "handover_id": _id(handover_id),
        }
        for row in rows
        for name in _changed(row)
    ]
    if passages:
        uow.connection.execute(sa.insert(party_passage), passages)


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of a party."""

    field: str
    from_id: str
    to_id: str
    by_id: str
    made_at: str
    handover_id: str


def passages_of(connection: sa.Connection, party_id: str) -> list[Passage]:
    """Return the last passages of a party, the latest first."""
    query = (
        sa.select(party_passage)
        .where(party_passage.c.party_id == UUID(party_id))
        .order_by(party_passage.c.id.desc())
        .limit(_MOST)
    )
    return [_passage(row) for row in connection.execute(query)]


def _passage(row: Any) -> Passage:
    ids = {name: str(getattr(row, name) or "") for name in ("from_id", "to_id", "by_id", "handover_id")}
    return Passage(field=row.field, made_at=time_text(row.made_at), **ids)


def _changed(row: Row) -> list[str]:
    return [name for name in PLACE if row.values[name] != row.stored[name]]


def _place(values: Any) -> tuple[str, ...]:
    return tuple(values[name] for name in PLACE)


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None
