"""Values that questions carry as text, read at the border."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.kit.errors import Invalid, Violation

#: Beyond these no company has figures, and days cannot be counted on from them without care.
_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(2199, 12, 31)


def asked_id(text: str, name: str) -> str:
    """Return an id in its one form.

    Raises:
        Invalid: INVALID_REQUEST with INVALID_ID at `name`.
    """
    try:
        return str(UUID(text))
    except ValueError as error:
        raise wrong(name, "INVALID_ID", "a UUID is expected") from error


def asked_day(text: str, name: str) -> date | None:
    """Return a day, None where none is named.

    Raises:
        Invalid: INVALID_REQUEST with INVALID_DATE or OUT_OF_RANGE at `name`.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise wrong(name, "INVALID_DATE", "a date such as 2026-03-27 is expected") from error
    if not _FIRST <= day <= _LAST:
        raise wrong(name, "OUT_OF_RANGE", f"a day from {_FIRST} to {_LAST} is expected")
    return day


def wrong(name: str, reason: str, detail: str) -> Invalid:
    """Return the error of a question with one wrong value."""
    return Invalid("INVALID_REQUEST", violations=[Violation(name, reason, detail)])
