"""Invented series and when the service says that they take place, for the client's own expansion.

`python -m tests.web.series 200 7` writes 200 cases, the same for the same seed, one JSON object per line.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from services.crm.domain import calendar
from services.crm.usecases.occurrences import detached_id
from services.kit.errors import Invalid
from services.kit.recurrence import WEEKDAYS

_ZONES: Final = ("Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
_COMPANY: Final = ZoneInfo("Europe/Rome")
_SERIES: Final = "01900000-0000-7000-8000-0000000000aa"


def cases(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield so many series that the service accepts, with their occurrences within some weeks."""
    chance = random.Random(seed)
    for _ in range(count):
        values = _accepted(chance, repeats=chance.random() < 0.9)
        since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 365))
        until = since + timedelta(days=chance.choice((1, 7, 42)))
        found = list(calendar.occurrences(values, since=since, until=until, company=_COMPANY))
        yield {
            "values": values,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "expected": [
                [each.begins.timestamp() * 1000, each.ends.timestamp() * 1000, each.recurrence_id]
                for each in found
            ],
            "detached": detached_id(_SERIES, found[0].recurrence_id) if found else "",
        }


def _accepted(chance: random.Random, *, repeats: bool) -> dict[str, Any]:
    while True:
        values = _values(chance)
        if bool(values["recurrence"]) is repeats and not calendar.check_times(values, _COMPANY):
            return values


def _values(chance: random.Random) -> dict[str, Any]:
    days = chance.randrange(700)
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=days, minutes=15 * chance.randrange(96))
    values: dict[str, Any] = {"starts_on": "", "ends_on": "", "due_at": None}
    values |= {"starts_at": None, "ends_at": None, "excluded": [], "series_id": ""}
    values |= {"time_zone": chance.choice(_ZONES), "recurrence": chance.choice(("", *[_rule(chance)] * 5))}
    if chance.random() < 0.3:
        last = start.date() + timedelta(days=chance.randrange(3))
        values |= {"starts_on": f"{start:%Y-%m-%d}", "ends_on": chance.choice(("", last.isoformat()))}
    else:
        ends = start + timedelta(minutes=chance.randrange(0, 600, 15))
        values |= {"starts_at": _text(start), "ends_at": chance.choice((None, _text(ends)))}
    for each in _some_starts(values, start):
        if chance.random() < 0.2:
            values["excluded"].append(each)
    return values


def _some_starts(values: dict[str, Any], start: datetime) -> list[str]:
    """Return names of the first occurrences; none of what is no series or no valid one."""
    try:
        series = calendar.series_of(values, _COMPANY)
        if series is None:
            return []
        return [calendar.name_of(each) for each in series.between(start, start + timedelta(days=60))]
    except Invalid:
        return []


def _rule(chance: random.Random) -> str:
    frequency = chance.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.4:
        parts.append(f"INTERVAL={chance.randrange(1, 4)}")
    if frequency == "WEEKLY" or chance.random() < 0.3:
        ordinal = chance.choice(("", "2", "-1")) if frequency in ("MONTHLY", "YEARLY") else ""
        parts.append("BYDAY=" + ",".join(ordinal + day for day in chance.sample(WEEKDAYS, 3)))
    elif frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.4:
        parts.append(f"BYMONTHDAY={chance.choice((1, 15, 29, 31, -1))}")
    if frequency == "MONTHLY" and len(parts) > 2 and chance.random() < 0.3:
        parts.append("BYSETPOS=1,-1")
    end = chance.random()
    if end < 0.3:
        parts.append(f"COUNT={chance.randrange(1, 40)}")
    elif end < 0.5:
        parts.append(f"UNTIL={date(2026, chance.randrange(1, 13), 15):%Y%m%d}T120000Z")
    if chance.random() < 0.2:
        parts.append("WKST=SU")
    return ";".join(parts)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def main() -> None:
    """Write the cases."""
    count, seed = map(int, sys.argv[1:])
    for each in cases(count, seed):
        sys.stdout.buffer.write(orjson.dumps(each) + b"\n")


if __name__ == "__main__":
    main()
