"""Series for tests of calendars: another program as the oracle, and random rules."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import strategies as st

from services.kit.recurrence import WEEKDAYS, Rule, Start, parse_rule

ROME = ZoneInfo("Europe/Rome")
ZONES = ("Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def starts_of(rule: Rule, start: Start, zone: ZoneInfo, until: datetime) -> list[Start]:
    """Every start of a series before `until`, as another program (dateutil) finds them.

    It has no notion of a zone here: wall times go in and come out.
    """
    is_timed = isinstance(start, datetime)
    wall = start.astimezone(zone).replace(tzinfo=None) if isinstance(start, datetime) else start
    naive = datetime.combine(wall, time()) if not isinstance(wall, datetime) else wall
    limit = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=2)
    unlimited = ";".join(part for part in rule.text.split(";") if not part.startswith(("COUNT", "UNTIL")))
    found: list[Start] = []
    for number, each in enumerate(rrulestr(unlimited, dtstart=naive)):
        if each > limit or (rule.count and number >= rule.count):
            break
        moment: Start = each.replace(tzinfo=zone).astimezone(UTC) if is_timed else each.date()
        if rule.until is None or moment <= rule.until:
            found.append(moment)
    return [each for each in found if _instant(each, zone) < until]


def _instant(start: Start, zone: ZoneInfo) -> datetime:
    return start if isinstance(start, datetime) else datetime.combine(start, time(), zone)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Rules of every kind that is accepted, without an end."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 4))}")
    if draw(st.integers(0, 3)) == 0:
        chosen = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))
        parts.append(f"BYMONTH={','.join(map(str, chosen))}")
    if frequency != "WEEKLY" and draw(st.integers(0, 3)) == 0:
        days = draw(
            st.lists(st.sampled_from([1, 2, 13, 15, 29, 30, 31, -1, -2, -15]), min_size=1, unique=True)
        )
        parts.append(f"BYMONTHDAY={','.join(map(str, days))}")
    if draw(st.booleans()):
        names = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True))
        if frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
            names = [f"{draw(st.sampled_from([1, 2, 4, 5, -1, -2]))}{name}" for name in names]
        parts.append(f"BYDAY={','.join(names)}")
    has_days = any(part.startswith(("BYDAY", "BYMONTHDAY", "BYMONTH")) for part in parts)
    if has_days and draw(st.integers(0, 4)) == 0:
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '1,-1', '2']))}")
    if draw(st.integers(0, 4)) == 0:
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    return parse_rule(";".join(parts))
