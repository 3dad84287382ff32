"""One box over parties, their contact points and activities, within what the caller may see.

Every word must be found, in any part of any word, accents and case aside: codes, numbers and names alike.
What begins with the question comes first, then what is shorter: it is nearer to what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from services.kit.database import Database
from services.kit.database.rows import folded
from services.kit.entities import entity
from services.kit.errors import Forbidden
from services.kit.permissions import Access, condition
from services.kit.records.filters import escape_like, search_condition

_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A record that answers the question."""

    entity: str
    id: str
    party_id: str
    title: str
    detail: str


#: Entity -> columns of the party's id, the title and the detail.
_SHOWN: Final = {
    "crm.party": ("id", "name", "vat_number"),
    "crm.contact_point": ("party_id", "person_name", "value"),
    "crm.activity": ("party_id", "subject", "kind"),
}


def search(database: Database, access: Access, question: str) -> list[Found]:
    """Return at most twenty records, the best first.

    Raises:
        Forbidden: NOT_GRANTED, the caller may see no party at all.
        Invalid: INVALID_QUERY.
    """
    if not access.allows("crm", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "read"})
    parts = sa.union_all(*(_part(database, access, name, question) for name in _SHOWN)).subquery()
    query = (
        sa.select(parts.c.entity, parts.c.id, parts.c.party_id, parts.c.title, parts.c.detail)
        .order_by(parts.c.begins.desc(), parts.c.length, parts.c.id)
        .limit(_MOST)
    )
    with database.read() as connection:
        return list(_found(connection.execute(query)))


def _part(database: Database, access: Access, name: str, question: str) -> sa.Select[Any]:
    """Return the best of one entity; each is limited, so that no entity crowds out the others' reading."""
    table = database.tables[name]
    party_id, title, detail = (table.c[column] for column in _SHOWN[name])
    begins = table.c.search_text.like(f"{escape_like(folded(question.strip()))}%", escape="\\")
    length = sa.func.length(table.c.search_text)
    part = (
        sa.select(
            sa.literal(name).label("entity"),
            table.c.id,
            party_id.label("party_id"),
            title.label("title"),
            detail.label("detail"),
            begins.label("begins"),
            length.label("length"),
        )
        .where(
            table.c.deleted.is_(False),
            condition(access, entity(name), "read", database.tables),
            *search_condition(question, table),
        )
        .order_by(begins.desc(), length, table.c.id)
        .limit(_MOST)
        .subquery()
    )
    return sa.select(part)


def _found(rows: Iterable[sa.Row[Any]]) -> Iterator[Found]:
    for row in rows:
        yield Found(row.entity, str(row.id), str(row.party_id), row.title or row.detail, row.detail)
