"""What a new company begins with: working hours, a service promise and a warranty, all to be changed by it.

Ids are fixed, so that providing them again changes nothing, and what was deleted stays deleted.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from services.aftersales.domain.holidays import national_holidays
from services.aftersales.usecases import calendars, clocks, warranties
from services.aftersales.usecases.standard_reports import DASHBOARDS, REPORTS
from services.kit.company_time import company_date
from services.kit.config import settings
from services.kit.database import Row, UnitOfWork
from services.kit.errors import NotAllowedNow
from services.kit.reports import standard

NAMESPACE = UUID("6b0f2a3e-6f0c-5c0a-9f4e-2f6d1b9c7a10")
CALENDAR = str(uuid5(NAMESPACE, "calendar"))
SLA = str(uuid5(NAMESPACE, "sla"))
WARRANTY = str(uuid5(NAMESPACE, "warranty"))
_YEARS_BACK, _YEARS_AHEAD = 3, 12
_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday"]
#: Priority -> minutes of business time to respond, to resolve.
_TARGETS = {"critical": (60, 480), "high": (120, 960), "normal": (240, 2400), "low": (480, 4800)}


def provide(uow: UnitOfWork) -> bool:
    """Make what a company begins with, unless it had it before; True if something but reports was made."""
    standard.provide(uow, REPORTS, DASHBOARDS)
    made = [
        _once(uow, "aftersales.business_calendar", CALENDAR, _calendar(uow)),
        _once(uow, "aftersales.sla_policy", SLA, _policy()),
        _once(uow, warranties.POLICY, WARRANTY, _warranty()),
    ]
    return any(made)


def _once(uow: UnitOfWork, entity: str, record_id: str, values: dict[str, object]) -> bool:
    if uow.get(entity, record_id) is not None:
        return False
    uow.create(entity, values | {"id": record_id})
    return True


def _calendar(uow: UnitOfWork) -> dict[str, object]:
    this_year = company_date(uow.now).year
    years = range(this_year - _YEARS_BACK, this_year + _YEARS_AHEAD + 1)
    holidays = sorted(holiday for year in years for holiday in national_holidays(year))
    return {
        "name": "Italia",
        "time_zone": settings().company_time_zone,
        "windows": [
            {"days": _WEEK, "opens": "08:30", "closes": "12:30"},
            {"days": _WEEK, "opens": "14:00", "closes": "18:00"},
        ],
        "holidays": [{"on": day.isoformat(), "name": name} for day, name in holidays],
    }


def _policy() -> dict[str, object]:
    return {
        "name": "Standard",
        "calendar_id": CALENDAR,
        "standard": True,
        "targets": [
            {"priority": priority, "response_minutes": respond, "resolution_minutes": resolve}
            for priority, (respond, resolve) in _TARGETS.items()
        ],
    }


def _warranty() -> dict[str, object]:
    """12 months from commissioning, at most 18 from delivery: the usual one for machinery."""
    return {
        "name": "Garanzia standard",
        "terms": [
            {"basis": "commissioning", "months": 12, "fixed_on": ""},
            {"basis": "delivery", "months": 18, "fixed_on": ""},
        ],
        "covers_parts": True,
        "covers_labour": True,
    }


def settle_calendar(uow: UnitOfWork, row: Row) -> None:
    """Deadlines of open requests follow the calendar that they run in."""
    if not row.is_new:
        clocks.refresh_requests(uow, row)


def delete_sla_policy(uow: UnitOfWork, row: Row) -> None:
    """Requests keep what they were promised; a policy that is the only standard stays.

    Raises:
        NotAllowedNow: STANDARD_NEEDED.
    """
    if row.values["standard"] and calendars.standard_policy(uow) == row.id:
        others = uow.find("aftersales.sla_policy", uow.tables["aftersales.sla_policy"].c.standard.is_(True))
        if len(others) == 1:
            raise NotAllowedNow("STANDARD_NEEDED")
