"""Dates, times and numbers as people write them in Italy and as machines do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from services.kit.values import canonical, parse_decimal

#: A comma is a decimal comma, and dots before it stand between thousands; else a dot is the decimal point.
_ITALIAN_NUMBER: Final = re.compile(r"(\d{1,3}(\.\d{3})+|\d+),\d+")
_PLAIN_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
#: 31.850 may be thirty-one and a bit, or thirty-one thousand: nobody guesses.
_UNCLEAR_NUMBER: Final = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
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


def number(text: str) -> str:
    """Return a number that is not negative as a plain decimal.

    Raises:
        ValueError: it is none, or it is not clear which.
        Invalid: it is too large or too fine.
    """
    compact = re.sub(r"[\s€]", "", text)
    if _ITALIAN_NUMBER.fullmatch(compact):
        compact = compact.replace(".", "").replace(",", ".")
    elif _UNCLEAR_NUMBER.fullmatch(compact) or not _PLAIN_NUMBER.fullmatch(compact):
        raise ValueError(text)
    return canonical(parse_decimal(re.sub(r"^0+(?=\d)", "", compact)))


def clear(decimal: str) -> str:
    """Return a plain decimal so that it is read again as the same: 31.850 would be unclear, 31,850 is not."""
    return decimal.replace(".", ",") if _UNCLEAR_NUMBER.fullmatch(decimal.removeprefix("-")) else decimal
