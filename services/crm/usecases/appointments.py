"""Appointments: their owner's own business, with the times and series of activities."""

from __future__ import annotations

from services.crm.usecases import occurrences
from services.crm.usecases.reminders import copied_to, follow_subject, own_violations
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.rules import CommandCall


def prepare_appointment(uow: UnitOfWork, row: Row) -> None:
    """Check when it takes place.

    Raises:
        Invalid: INVALID_FIELDS, as `occurrences.prepare_times`, REQUIRED (`starts_at`), IMMUTABLE
            (`owner_id`).
    """
    values, violations = row.values, list(own_violations(row))
    if not values["starts_at"] and not values["starts_on"]:
        violations.append(Violation("starts_at", "REQUIRED", "a time or a day"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    occurrences.prepare_times(uow, row)
    follow_subject(uow, row)


def delete_appointment(uow: UnitOfWork, row: Row) -> None:
    """Silence its reminders; a series takes what its occurrences became with it."""
    delete_times(uow, row)


def delete_times(uow: UnitOfWork, row: Row) -> None:
    """Let what belongs to a record that is deleted know that it is."""
    overrides = occurrences.overrides_of(uow, row, lock=True)
    row.values["deleted"] = True
    for each in (row, *overrides):
        each.values["deleted"] = True
        follow_subject(uow, each)


def split(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Cut a series in two, reminders included; return the second.

    Raises:
        Invalid, NotAllowedNow: as `occurrences.split_series`.
    """
    new = occurrences.split_series(uow, row, call)
    copied_to(uow, row, new)
    follow_subject(uow, row)
    # So that a change of the new series in the same group is seen as one: exceptions follow it.
    uow.stamp()
    return new


def detach(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Make a record of its own of one occurrence.

    Raises:
        Invalid, NotAllowedNow: as `occurrences.detach`.
    """
    found = occurrences.detach_occurrence(uow, row, call)
    follow_subject(uow, found)
    return found
