"""Days and moments as records carry them, and what a change touched."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.aftersales.domain.life import is_plausible
from services.kit.database import Row
from services.kit.errors import Invalid, Violation


def day(text: str) -> date | None:
    """A date field's value; None when absent."""
    return date.fromisoformat(text) if text else None


def moment(text: str | None) -> datetime | None:
    """A time field's value; None when absent."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def plausible(text: str, *, today: date, field: str) -> list[Violation]:
    """What is wrong with a date of a machine's life, if anything."""
    value = day(text)
    if value is None or is_plausible(value, today=today):
        return []
    return [Violation(field, "DATE_IMPLAUSIBLE")]


def changed_fields(row: Row) -> frozenset[str]:
    """The fields that a change has touched, all of a new record.

    To be asked before anything is looked for: a search writes the record as it stands by then.
    """
    return frozenset(name for name, value in row.values.items() if row.is_new or value != row.stored[name])


def refuse(violations: list[Violation]) -> None:
    """Raise what was found.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
