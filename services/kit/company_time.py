"""What day it is where the company is, and when a day of it is over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.kit.config import settings


def company_zone() -> ZoneInfo:
    """Return the zone in which the company's days end."""
    return ZoneInfo(settings().company_time_zone)


def company_date(moment: datetime) -> date:
    """Return the date of a moment where the company is."""
    return moment.astimezone(company_zone()).date()


def start_of(day: date) -> datetime:
    """Return the moment at which a day begins where the company is."""
    return datetime.combine(day, time(), company_zone())


def end_of(day: date | None, now: datetime) -> datetime:
    """Return the first moment that is no longer of the day, at most `now`; of no day: `now`."""
    return now if day is None else min(now, start_of(day + timedelta(days=1)))
