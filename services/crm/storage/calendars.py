"""What stands in the calendars of users at some time: records that take place then, series that may."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.crm.domain.calendar import OPEN
from services.crm.storage.tables import TABLES
from services.kit.entities import entity
from services.kit.entities.canonical import values_of
from services.kit.schema import root_scope

ACTIVITY: Final = "crm.activity"
APPOINTMENT: Final = "crm.appointment"
#: A day begins and ends within this of its date in UTC, wherever it is.
_ZONES: Final = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Stored:
    """A record of a calendar, and whether its reader may read it."""

    entity: str
    values: dict[str, Any]
    is_visible: bool


def within(
    connection: sa.Connection,
    entity_name: str,
    users: Collection[str],
    *,
    since: datetime,
    until: datetime,
    visible: sa.ColumnElement[bool],
    most: int,
) -> list[Stored]:
    """Return at most so many records of these users that overlap the time or may repeat in it.

    Of activities also those in which they take part; cancelled ones stand in no calendar.
    """
    table = TABLES[entity_name]
    queries = [
        sa.select(table.c.base_json, sa.func.coalesce(visible, sa.false()).label("is_visible"))
        .where(mine, table.c.deleted.is_(False), _takes_place(table, since, until), *_not_cancelled(table))
        .limit(most)
        for mine in _of(table, users)
    ]
    found: dict[str, Stored] = {}
    for query in queries:
        for body, is_visible in connection.execute(query):
            values = values_of(entity(entity_name), body, {})
            found[values["id"]] = Stored(entity_name, values, is_visible)
    return [stored for _, stored in sorted(found.items())]


def _of(table: sa.Table, users: Collection[str]) -> Iterator[sa.ColumnElement[bool]]:
    """Each condition alone is served by an index."""
    ids = sa.literal([UUID(user) for user in users], pg.ARRAY(sa.Uuid))
    yield table.c.owner_id == sa.any_(ids)
    if "participant_ids" in table.c:
        yield sa.and_(table.c.participant_ids.bool_op("&&")(ids), table.c.participant_ids != sa.text("'{}'"))


def _takes_place(table: sa.Table, since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    begins, ends = table.c.starts_at, sa.func.coalesce(table.c.ends_at, table.c.starts_at)
    first, last = table.c.starts_on, sa.func.coalesce(table.c.ends_on, table.c.starts_on)
    once = table.c.recurrence == ""
    to_on, from_on = (until + _ZONES).date(), (since - _ZONES).date()
    ways = [
        sa.and_(once, begins < until, ends >= since),
        sa.and_(once, first <= to_on, last >= from_on),
        sa.and_(
            sa.not_(once),
            sa.or_(begins < until, first <= to_on),
            sa.or_(table.c.last_ends_at.is_(None), table.c.last_ends_at >= since),
        ),
    ]
    if "due_at" in table.c:
        only_due = sa.and_(begins.is_(None), first.is_(None))
        ways.append(sa.and_(only_due, table.c.due_at >= since, table.c.due_at < until))
    return sa.or_(*ways)


def _not_cancelled(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    return [table.c.state != "cancelled"] if "state" in table.c else []


def overrides(
    connection: sa.Connection, entity_name: str, series_ids: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the records that occurrences of these series became, cancelled ones too, by series."""
    wanted = sorted(set(series_ids))
    found: dict[str, list[dict[str, Any]]] = {}
    if wanted:
        table = TABLES[entity_name]
        query = sa.select(table.c.base_json).where(
            table.c.series_id == sa.any_(sa.literal([UUID(each) for each in wanted], pg.ARRAY(sa.Uuid))),
            table.c.deleted.is_(False),
        )
        for body in connection.execute(query).scalars():
            values = values_of(entity(entity_name), body, {})
            found.setdefault(values["series_id"], []).append(values)
    return found


def overdue(
    connection: sa.Connection, user_id: str, *, now: datetime, company: str, most: int
) -> tuple[list[dict[str, Any]], int]:
    """Return a user's own open activities whose time is over, the latest first, and how many there are."""
    table = TABLES[ACTIVITY]
    ends = ends_expression(table, company)
    where = [
        table.c.owner_id == user_id,
        table.c.deleted.is_(False),
        table.c.state.in_(OPEN),
        table.c.recurrence == "",
        ends < now,
    ]
    query = sa.select(table.c.base_json).where(*where).order_by(ends.desc(), table.c.id).limit(most)
    records = [values_of(entity(ACTIVITY), body, {}) for body in connection.execute(query).scalars()]
    counted = connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()
    return records, counted


def ends_expression(table: sa.Table, company: str) -> sa.ColumnElement[Any]:
    """Return when an activity is over: the time by which it is due, its end or start, the end of its last day
    in its zone.
    """
    zone = sa.func.coalesce(sa.func.nullif(table.c.time_zone, ""), company)
    days_end = sa.cast(sa.func.coalesce(table.c.ends_on, table.c.starts_on) + 1, sa.DateTime)
    times = (table.c.due_at, table.c.ends_at, table.c.starts_at)
    return sa.func.coalesce(*times, sa.func.timezone(zone, days_end))


def due_reminders(connection: sa.Connection, user_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """Return a user's reminders that are due, fired already or about to, the earliest first."""
    table = TABLES["crm.reminder"]
    shown = sa.func.coalesce(table.c.due_at, table.c.next_at)
    query = (
        sa.select(table.c.base_json)
        .where(
            table.c.owner_id == user_id,
            table.c.deleted.is_(False),
            sa.or_(table.c.due_at.is_not(None), table.c.next_at <= now),
        )
        .order_by(shown, table.c.id)
    )
    return [values_of(entity("crm.reminder"), body, {}) for body in connection.execute(query).scalars()]


def records(
    connection: sa.Connection, entity_name: str, ids: Collection[str], visible: sa.ColumnElement[bool]
) -> dict[str, Stored]:
    """Return undeleted records by id, and whether their reader may read them."""
    if not ids:
        return {}
    table = TABLES[entity_name]
    query = sa.select(table.c.base_json, sa.func.coalesce(visible, sa.false()).label("is_visible")).where(
        table.c.id == sa.any_(sa.literal([UUID(each) for each in sorted(ids)], pg.ARRAY(sa.Uuid))),
        table.c.deleted.is_(False),
    )
    found = [
        Stored(entity_name, values_of(entity(entity_name), row.base_json, {}), row.is_visible)
        for row in connection.execute(query)
    ]
    return {each.values["id"]: each for each in found}


def party_names(
    connection: sa.Connection, ids: Collection[str], visible: sa.ColumnElement[bool]
) -> dict[str, str]:
    """Return the names of those of the parties that their reader may see."""
    if not ids:
        return {}
    table = TABLES["crm.party"]
    query = sa.select(table.c.id, table.c.name).where(
        table.c.id == sa.any_(sa.literal([UUID(each) for each in sorted(ids)], pg.ARRAY(sa.Uuid))), visible
    )
    return {str(row.id): row.name for row in connection.execute(query)}


def user_bodies(connection: sa.Connection, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return our copies of users, by id; those that have not arrived are not there."""
    query = sa.select(root_scope).where(
        root_scope.c.entity == "identity.user",
        root_scope.c.id == sa.any_(sa.literal([UUID(each) for each in sorted(ids)], pg.ARRAY(sa.Uuid))),
    )
    return {str(row["id"]): dict(row) for row in connection.execute(query).mappings()}
