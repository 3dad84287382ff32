"""Dates and times as people write them in Italy and as machines do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

_ITALIAN_DATE: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def day(text: str) -> date:
    """Return a date: 27/03/2026 or 2026-03-27.

    Raises:
        ValueError: it is none.
    """
    if found := _ITALIAN_DATE.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    if len(text) != 10:
        raise ValueError(text)
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """Return a time in UTC: 27/03/2026 16:30 (in this computer's zone) or 2026-03-27T16:30:00Z.

    Raises:
        ValueError: it is none.
    """
    dated, _, timed = text.replace("T", " ", 1).partition(" ")
    found = datetime.fromisoformat(f"{day(dated).isoformat()}T{timed.strip() or '00:00'}")
    return found.astimezone(UTC)
