"""Questions about relationships that follow them further than one step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

#: Writers of relationships share it, a merge of parties has it alone: a relationship with a party that is
#: just being merged would name the merged one for ever.
_SHARED = sa.text("select pg_advisory_xact_lock_shared(hashtextextended('crm.relationship', 0))")
_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended('crm.relationship', 0))")

#: Taken by every transaction that changes who is whose subsidiary: two of them that look at the same time
#: would both find no circle, and make one together.
_ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(hashtextextended('crm.hierarchy', 0))")

#: A circle stands if on some day each company is the next one's subsidiary: so the days that all have in
#: common go along. No circle outlives the lock, so the way up ends; the depth guards data that came some
#: other way.
_CIRCLE = sa.text(
    """
    with recursive up (start, id, days, depth) as (
        select party_id, other_id, daterange(since, until, '[]'), 1 from relationship
        where kind = 'subsidiary_of' and not deleted and party_id = any(cast(:ids as uuid[]))
        union all
        select up.start, r.other_id, up.days * daterange(r.since, r.until, '[]'), up.depth + 1
        from up join relationship r on r.party_id = up.id
        where r.kind = 'subsidiary_of' and not r.deleted and up.id <> up.start and up.depth < 100
            and up.days && daterange(r.since, r.until, '[]')
    )
    select start from up where id = start or depth = 100 limit 1
    """
)

#: From the party up to the top, then everything below.
_GROUP = sa.text(
    """
    with recursive up (id, depth) as (
        select cast(:id as uuid), 0
        union
        select r.other_id, up.depth + 1 from up join relationship r on r.party_id = up.id
        where r.kind = 'subsidiary_of' and not r.deleted and up.depth < 100
            and daterange(r.since, r.until, '[]') @> cast(:day as date)
    ), top as (
        select id from up order by depth desc limit 1
    ), down (id, parent, depth) as (
        select id, cast(null as uuid), 0 from top
        union all
        select r.party_id, down.id, down.depth + 1 from down join relationship r on r.other_id = down.id
        where r.kind = 'subsidiary_of' and not r.deleted and down.depth < 100
            and daterange(r.since, r.until, '[]') @> cast(:day as date)
    )
    select id, parent from down order by depth, id limit :most
    """
)

#: People who belong to one company only.
_PEOPLE = sa.text(
    """
    select mine.party_id, min(cast(mine.other_id as text)) as company_id from relationship mine
    where mine.kind in ('works_at', 'contact_person_of') and not mine.deleted
        and (mine.until is null or mine.until >= cast(:day as date))
        and mine.party_id in (
            select party_id from relationship
            where other_id = any(cast(:ids as uuid[])) and not deleted
        )
    group by mine.party_id having count(distinct mine.other_id) = 1
    """
)


@dataclass(frozen=True, slots=True)
class Member:
    """A company of a group."""

    party_id: str
    parent_id: str


def share_relationships(connection: sa.Connection) -> None:
    """Let no merge of parties begin until this transaction ends."""
    connection.execute(_SHARED)


def hold_relationships(connection: sa.Connection) -> None:
    """Let no other transaction write a relationship until this one ends."""
    connection.execute(_ALONE)


def hold_hierarchy(connection: sa.Connection) -> None:
    """Let no other transaction change who is whose subsidiary until this one ends."""
    connection.execute(_ONE_AT_A_TIME)


def is_circular(connection: sa.Connection, company_ids: Collection[str]) -> bool:
    """True if one of the companies is, over however many steps, its own subsidiary on some day."""
    return connection.execute(_CIRCLE, {"ids": sorted(company_ids)}).first() is not None


def group_of(connection: sa.Connection, party_id: str, *, day: date, most: int) -> list[Member]:
    """Return the group that a party belongs to on a day, each company after its parent; itself if it has
    none.
    """
    rows = connection.execute(_GROUP, {"id": party_id, "day": day, "most": most})
    return [Member(str(row.id), str(row.parent or "")) for row in rows]


def people_of(connection: sa.Connection, company_ids: Collection[str], *, day: date) -> dict[str, str]:
    """Return person -> company, for those who belong to one of the companies and, on that day, to no
    other.
    """
    rows: Any = connection.execute(_PEOPLE, {"ids": sorted(company_ids), "day": day})
    return {str(row.party_id): row.company_id for row in rows if row.company_id in set(company_ids)}
