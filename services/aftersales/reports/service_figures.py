"""How fast and how well requests were answered and resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.aftersales.domain import clocks
from services.aftersales.domain.clocks import ClockEvent, Kind, Promise
from services.aftersales.domain.figures import (
    MeanTime,
    attainment,
    time_between_failures,
)
from services.aftersales.reports.faults import require_reading
from services.aftersales.reports.history import REQUEST
from services.aftersales.storage.tables import (
    business_calendar,
    clock_event,
    installed_product,
    request,
)
from services.aftersales.usecases.calendars import always, calendar_from
from services.kit.company_time import company_date, company_zone
from services.kit.database import Database
from services.kit.durations import Spread, spread
from services.kit.entities import entity
from services.kit.entities.canonical import values_of
from services.kit.permissions import Access, condition
from services.kit.records.passages import Stay, array_of, stays_of

_DEFAULT_DAYS: Final = 365
_RESOLVED: Final = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises kept and missed; `percent` None without any."""

    met: int
    missed: int

    @property
    def percent(self) -> Decimal | None:
        """Kept ones of all."""
        return attainment(self.met, self.missed)


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """See the contract."""

    since: date
    until: date
    requests: int
    resolved: int
    reopened: int
    response: Kept
    resolution: Kept
    time_to_respond: Spread
    time_to_resolve: Spread
    time_to_repair: Spread
    time_between_failures: MeanTime | None


def service_figures(
    database: Database, access: Access, *, since: date | None, until: date | None, now: datetime
) -> ServiceFigures:
    """Return the figures of the requests told on these days that the caller may see.

    Raises:
        Forbidden: NOT_GRANTED, for who may read nothing of the service.
    """
    require_reading(access)
    until = until or company_date(now)
    since = since or until - timedelta(days=_DEFAULT_DAYS - 1)
    with database.read() as connection:
        told = _told(connection, database, access, since, until)
        ids = [row["id"] for row in told]
        events = _events(connection, ids)
        stays = stays_of(connection, REQUEST, ids)
        machines = _machines(connection, database, access)
    resolved = [row for row in told if row["state"] in _RESOLVED]
    failures = sum(1 for row in told if row["installed_product_id"])
    return ServiceFigures(
        since=since,
        until=until,
        requests=len(told),
        resolved=len(resolved),
        reopened=sum(any(stay.state == "reopened" for stay in stays[each]) for each in ids),
        response=_kept(events, "response"),
        resolution=_kept(events, "resolution"),
        time_to_respond=spread(
            _seconds(row["reported_at"], row["responded_at"]) for row in told if row["responded_at"]
        ),
        time_to_resolve=spread(_seconds(row["reported_at"], row["resolved_at"]) for row in resolved),
        time_to_repair=spread(_in_progress(stays[row["id"]], now) for row in resolved),
        time_between_failures=time_between_failures(_days_in_use(machines, since, until), failures),
    )


def _told(
    connection: sa.Connection, database: Database, access: Access, since: date, until: date
) -> Sequence[Mapping[str, Any]]:
    zone = company_zone()
    begins = datetime.combine(since, time(), zone)
    ends = datetime.combine(until + timedelta(days=1), time(), zone)
    visible = condition(access, entity("aftersales.request"), "read", database.tables)
    query = sa.select(request).where(
        request.c.deleted.is_(False),
        request.c.reported_at >= begins,
        request.c.reported_at < ends,
        visible,
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _events(connection: sa.Connection, ids: Sequence[UUID]) -> dict[tuple[UUID, str], list[ClockEvent]]:
    """The events of each clock of these requests."""
    calendars = {
        row.id: calendar_from(
            values_of(entity("aftersales.business_calendar"), row.base_json, row.facets_json)
        )
        for row in connection.execute(sa.select(business_calendar))
    }
    rows = connection.execute(
        sa.select(clock_event)
        .where(clock_event.c.request_id == sa.any_(array_of(ids)), clock_event.c.deleted.is_(False))
        .order_by(clock_event.c.request_id, clock_event.c.position)
    )
    fallback = always()
    found: dict[tuple[UUID, str], list[ClockEvent]] = {}
    for row in rows:
        kind = Kind(row.kind)
        promised = None
        if kind in (Kind.START, Kind.POLICY):
            duration = timedelta(minutes=row.minutes) if row.minutes else None
            promised = Promise(calendars.get(row.calendar_id, fallback), duration)
        found.setdefault((row.request_id, row.clock), []).append(ClockEvent(kind, row.at, promised))
    return found


def _kept(events: Mapping[tuple[UUID, str], Sequence[ClockEvent]], clock: str) -> Kept:
    outcomes = [clocks.met(told) for (_, name), told in events.items() if name == clock]
    return Kept(outcomes.count(True), outcomes.count(False))


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds()))


def _in_progress(stays: Sequence[Stay], now: datetime) -> int:
    return sum(stay.seconds(now) for stay in stays if stay.state == "in_progress")


def _machines(
    connection: sa.Connection, database: Database, access: Access
) -> list[tuple[date, date | None]]:
    """Day of delivery, and of retirement if any, of the machines that the caller sees."""
    visible = condition(access, entity("aftersales.installed_product"), "read", database.tables)
    rows = connection.execute(
        sa.select(installed_product.c.delivered_on, installed_product.c.retired_on).where(
            installed_product.c.deleted.is_(False), installed_product.c.delivered_on.is_not(None), visible
        )
    )
    return [(delivered, retired) for delivered, retired in rows]


def _days_in_use(machines: Sequence[tuple[date, date | None]], since: date, until: date) -> int:
    return sum(
        max(0, (min(until, retired or until) - max(since, delivered)).days + 1)
        for delivered, retired in machines
    )
