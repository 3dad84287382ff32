"""Figures of opportunities: where they stood and how long, the funnel of a day, what is expected to be sold.

All of them count what the caller may see. They read the stored standings, so a figure of a past day is made
of the stages and values of that day. Weighted amounts take the probability that somebody gave an opportunity
by then, else the present one of its stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.crm.domain.opportunities import LIVE, STATES
from services.crm.storage.standings import last_before
from services.crm.storage.tables import opportunity, opportunity_stage, opportunity_standing
from services.kit.company_time import company_date, end_of, start_of
from services.kit.config import settings
from services.kit.database import Database
from services.kit.durations import Spread
from services.kit.entities import entity
from services.kit.errors import Forbidden
from services.kit.permissions import Access, condition
from services.kit.records.passages import Stay
from services.kit.records.reading import Reader
from services.kit.values import minor_units, round_half_up

OVERDUE: Final = "overdue"
_PERCENT: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class StageStay:
    """A time in one stage."""

    stage_id: str
    stay: Stay


@dataclass(frozen=True, slots=True)
class Amount:
    """Worth in one currency, to its minor unit; weighted by probabilities, rounded once."""

    currency: str
    value: Decimal
    weighted: Decimal


@dataclass(frozen=True, slots=True)
class Stage:
    """The opportunities in one stage; those without a value are counted and worth nothing."""

    state: str
    stage_id: str
    opportunities: int
    amounts: list[Amount]


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long stays in a stage lasted."""

    state: str
    stage_id: str
    durations: Spread


@dataclass(frozen=True, slots=True)
class Month:
    """What one owner expects, or has won, in one month."""

    month: str
    owner_id: str
    opportunities: int
    amounts: list[Amount]


def opportunity_history(
    database: Database, reader: Reader, access: Access, opportunity_id: str
) -> list[StageStay]:
    """Return the stages of an opportunity in order.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
    """
    found = reader.get(access, entity("crm.opportunity"), opportunity_id)
    table = opportunity_standing
    query = sa.select(table).where(table.c.opportunity_id == UUID(found.id))
    with database.read() as connection:
        return _stays(connection.execute(query.order_by(table.c.made_at, table.c.id)).mappings())


def _stays(standings: Iterable[Any]) -> list[StageStay]:
    """Return the stays of one opportunity; standings that change its figures alone end none."""
    stays: list[StageStay] = []
    for each in standings:
        stage_id = str(each["stage_id"] or "")
        if stays and (stays[-1].stage_id, stays[-1].stay.state) == (stage_id, each["state"]):
            continue
        since = each["made_at"]
        if stays:
            stays[-1] = replace(stays[-1], stay=replace(stays[-1].stay, until=since))
        told = (each["arrived_at"], each["command"], each["reason"], each["by_id"])
        stays.append(StageStay(stage_id, Stay(each["state"], since, None, *told)))
    return stays


def funnel(database: Database, access: Access, *, day: date | None, now: datetime) -> list[Stage]:
    """Return the stages of the opportunities that the caller may see, as they were at the end of a day where
    the company is; None: as they are now.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no opportunity at all.
    """
    stood = last_before(opportunity.c.id, end_of(day, now))
    rows = _grouped(
        database, access, stood, [stood.c.state, stood.c.stage_id], opportunity.join(stood, sa.true())
    )
    found = [Stage(state, str(stage_id or ""), count, amounts) for (state, stage_id), count, amounts in rows]
    return _in_order(database, found)


def _grouped(
    database: Database,
    access: Access,
    worth: sa.FromClause,
    keys: list[sa.ColumnElement[Any]],
    source: sa.FromClause,
    *where: sa.ColumnElement[bool],
) -> list[tuple[tuple[Any, ...], int, list[Amount]]]:
    """Return (key, count, amounts) of the visible opportunities; `worth` has value, probability, stage."""
    _require_reading(access)
    own = sa.func.coalesce(worth.c.probability, opportunity_stage.c.probability, 0)
    percent = sa.case((worth.c.state == "won", 100), (worth.c.state.in_(LIVE), own), else_=0)
    query = (
        sa.select(
            *keys,
            worth.c.currency,
            sa.func.count(),
            sa.func.sum(worth.c.value),
            sa.func.sum(worth.c.value * percent),
        )
        .select_from(source.outerjoin(opportunity_stage, opportunity_stage.c.id == worth.c.stage_id))
        .where(
            opportunity.c.deleted.is_(False),
            condition(access, entity("crm.opportunity"), "read", database.tables),
            *where,
        )
        .group_by(*keys, worth.c.currency)
        .order_by(worth.c.currency)
    )
    found: dict[tuple[Any, ...], tuple[int, list[Amount]]] = {}
    with database.read() as connection:
        for row in connection.execute(query):
            *key, currency, count, value, weighted = row
            known, amounts = found.get(tuple(key), (0, []))
            if value is not None:
                amounts = [*amounts, _amount(currency, value, weighted)]
            found[tuple(key)] = (known + count, amounts)
    return [(key, count, amounts) for key, (count, amounts) in found.items()]


def _amount(currency: str, value: Decimal, weighted: Decimal) -> Amount:
    places = minor_units(currency)
    return Amount(currency, round_half_up(value, places), round_half_up(weighted / _PERCENT, places))


def _require_reading(access: Access) -> None:
    if not access.allows("crm", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.opportunity", "action": "read"})


def _in_order(database: Database, found: list[Any]) -> list[Any]:
    """Return stages in the order of the states, then of the administrators' positions."""
    stage = opportunity_stage
    with database.read() as connection:
        rows = connection.execute(sa.select(stage.c.id, stage.c.position, stage.c.code))
        places = {str(stage_id): (position, code) for stage_id, position, code in rows}
    return sorted(
        found,
        key=lambda each: (STATES.index(each.state), places.get(each.stage_id, (0, "")), each.stage_id),
    )


def stage_times(
    database: Database, access: Access, *, since: date | None, until: date | None
) -> list[StageTime]:
    """Return how long the stays lasted that ended on these days, first and last included, where the company
    is; of opportunities that the caller may see.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no opportunity at all.
    """
    _require_reading(access)
    stays = _stays_of_all(database, access)
    seconds = sa.cast(sa.func.floor(sa.extract("epoch", stays.c.until - stays.c.since)), sa.BigInteger)
    query = (
        sa.select(
            stays.c.state,
            stays.c.stage_id,
            sa.func.count(),
            sa.cast(sa.func.round(sa.func.avg(seconds)), sa.BigInteger),
            *(sa.func.percentile_disc(share).within_group(seconds) for share in (0.5, 0.9)),
        )
        .where(stays.c.until.is_not(None), *_within(stays.c.until, since, until))
        .group_by(stays.c.state, stays.c.stage_id)
    )
    with database.read() as connection:
        found = [
            StageTime(state, str(stage_id or ""), Spread(*figures))
            for state, stage_id, *figures in connection.execute(query)
        ]
    return _in_order(database, found)


def _stays_of_all(database: Database, access: Access) -> sa.Subquery:
    """Return the stays of the visible opportunities; standings that change their figures alone end none.

    As `_stays` does for one, in the database: of 100,000 standings times in stages take 0.3 s, read and
    added up here they took 1.9 (`python -m tests.bench selling`, load 6, 2026-11-29).
    """
    table = opportunity_standing
    in_order: Any = {"partition_by": table.c.opportunity_id, "order_by": (table.c.made_at, table.c.id)}
    begins = sa.or_(
        *(
            each.is_distinct_from(sa.func.lag(each).over(**in_order))
            for each in (table.c.state, table.c.stage_id)
        )
    )
    standings = (
        sa.select(table, begins.label("begins"))
        .join(opportunity, opportunity.c.id == table.c.opportunity_id)
        .where(
            opportunity.c.deleted.is_(False),
            condition(access, entity("crm.opportunity"), "read", database.tables),
        )
        .subquery()
    )
    next_one = sa.func.lead(standings.c.made_at).over(
        partition_by=standings.c.opportunity_id, order_by=(standings.c.made_at, standings.c.id)
    )
    return (
        sa.select(
            standings.c.state,
            standings.c.stage_id,
            standings.c.made_at.label("since"),
            next_one.label("until"),
        )
        .where(standings.c.begins)
        .subquery()
    )


def _within(
    moment: sa.ColumnElement[Any], since: date | None, until: date | None
) -> Iterator[sa.ColumnElement[bool]]:
    if since:
        yield moment >= start_of(since)
    if until:
        yield moment < start_of(until + timedelta(days=1))


def forecast(
    database: Database, access: Access, *, first: date | None, months: int, now: datetime
) -> tuple[list[Month], list[Month]]:
    """Return what is expected to be sold and what was won, by month and owner, from the month of `first` on;
    None: from the present one.

    Live opportunities count in the month in which they are expected to close, those of earlier months
    than the present one as `overdue`, those without a date in no month, ""; all as they are now. Won
    ones count in the month in which they were won, where the company is.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no opportunity at all.
    """
    this_month = company_date(now).replace(day=1)
    begins = first.replace(day=1) if first else this_month
    ends = _months_later(begins, months)
    expected = _expected(database, access, begins, ends, this_month)
    return expected, _won(database, access, begins, ends)


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _expected(database: Database, access: Access, begins: date, ends: date, this_month: date) -> list[Month]:
    closes = opportunity.c.expected_close
    month = sa.case(
        (closes.is_(None), ""), (closes < this_month, OVERDUE), else_=sa.func.to_char(closes, "YYYY-MM")
    )
    within = sa.or_(closes.is_(None), closes < this_month, sa.and_(closes >= begins, closes < ends))
    found = _months(database, access, month, within, opportunity.c.state.in_(LIVE))
    order = {OVERDUE: 0, "": 2}
    return sorted(found, key=lambda each: (order.get(each.month, 1), each.month, each.owner_id))


def _won(database: Database, access: Access, begins: date, ends: date) -> list[Month]:
    closed = opportunity.c.closed_at
    local = sa.func.timezone(settings().company_time_zone, closed)
    within = sa.and_(closed >= start_of(begins), closed < start_of(ends))
    found = _months(database, access, sa.func.to_char(local, "YYYY-MM"), within, opportunity.c.state == "won")
    return sorted(found, key=lambda each: (each.month, each.owner_id))


def _months(
    database: Database, access: Access, month: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
) -> list[Month]:
    rows = _grouped(database, access, opportunity, [month, opportunity.c.owner_id], opportunity, *where)
    return [Month(month, str(owner or ""), count, amounts) for (month, owner), count, amounts in rows]
