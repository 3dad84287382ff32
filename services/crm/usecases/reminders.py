"""Reminders: what is checked when one is written, answers to them, and the clock that fires them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid5

import sqlalchemy as sa
from sales.crm.v1 import events_pb2

from services.crm.domain import calendar, reminders
from services.crm.domain.reminders import AT, END, START, TIMED, State, Triggers
from services.crm.usecases.occurrences import NAMESPACE, WHEN, overrides_of, related
from services.kit.company_time import company_zone
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, Violation
from services.kit.records.rules import CommandCall
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)

#: Fired in one transaction; the rest waits for the next tick.
_AT_ONCE: Final = 500


def prepare_reminder(uow: UnitOfWork, row: Row) -> None:
    """Say when it fires. One about a series speaks of the occurrences from now on.

    Raises:
        Invalid: INVALID_FIELDS with REQUIRED (`at`; `text` where there is no subject), REMINDER_WITHOUT_TIME,
            OUT_OF_RANGE, IMMUTABLE (`owner_id`).
    """
    values, is_new = row.values, row.is_new
    if values["trigger"] == "unspecified":
        values["trigger"] = AT if values["at"] else START
    violations = _violations(row)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    # Locked, so that whoever moves it meanwhile finds this reminder.
    subject = _subject(uow, row, lock=is_new)
    if is_new and subject is not None and subject.values["recurrence"]:
        values["acknowledged_at"] = time_text(uow.made_at)
    _evaluate(uow, row, subject)


def _violations(row: Row) -> list[Violation]:
    values, found = row.values, list(own_violations(row))
    if values["trigger"] == AT and not values["at"]:
        found.append(Violation("at", "REQUIRED", "a trigger at a time has one"))
    if values["trigger"] in (START, END) and values["subject_entity"] not in TIMED:
        found.append(Violation("trigger", "REMINDER_WITHOUT_TIME", f"of {' or '.join(TIMED)} only"))
    if not values["text"].strip() and not values["subject_id"]:
        found.append(Violation("text", "REQUIRED", "a text or a record to be reminded of"))
    return [*found, *calendar.check_range(values, ("at",))]


def own_violations(row: Row) -> Sequence[Violation]:
    """Check that what is personal stays its owner's: nobody puts anything into another's calendar."""
    if not row.is_new and row.values["owner_id"] != row.stored["owner_id"]:
        return [Violation("owner_id", "IMMUTABLE", "personal records stay their owner's")]
    return []


def dismiss_reminder(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Deal with every trigger up to now. An answer older than the last one changes nothing."""
    at = reminders.answered_at(uow.made_at, calendar.moment(call.request, "due_at"), uow.now)
    _answer(uow, row, reminders.dismissed(_state(row.values), at))


def snooze_reminder(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Deal with every trigger up to now, and trigger again later. An answer older than the last changes
    nothing.

    Raises:
        Invalid: INVALID_FIELDS with REQUIRED or OUT_OF_RANGE (`request.until`, more than a year from now).
    """
    until = calendar.moment(call.request, "until")
    if until is None:
        raise _wrong("REQUIRED", "until when")
    if until > uow.now + reminders.LONGEST_SNOOZE:
        raise _wrong("OUT_OF_RANGE", f"at most {reminders.LONGEST_SNOOZE.days} days from now")
    at = reminders.answered_at(uow.made_at, calendar.moment(call.request, "due_at"), uow.now)
    _answer(uow, row, reminders.snoozed(_state(row.values), at, until))


def _wrong(reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation("request.until", reason, detail)])


def _answer(uow: UnitOfWork, row: Row, state: State) -> None:
    _put(row, state)
    _evaluate(uow, row, _subject(uow, row))


def follow_subject(uow: UnitOfWork, row: Row) -> None:
    """Let reminders follow what they remind of: moved with it, silent when it is closed or gone."""
    stored, series = row.stored, row.values["series_id"]
    is_as_before = stored and all(stored.get(name) == row.values.get(name) for name in WHEN)
    if is_as_before or (not stored and not series):
        return
    # Reminders of a series speak of those of its occurrences, too, that became records of their own.
    for subject_id in filter(None, (row.id, series)):
        subject = row if subject_id == row.id else uow.get(row.entity.name, subject_id)
        for reminder in related(uow, "crm.reminder", "subject_id", subject_id, lock=True):
            if reminder.values["subject_entity"] == row.entity.name:
                _evaluate(uow, reminder, subject)


def _evaluate(uow: UnitOfWork, row: Row, subject: Row | None) -> None:
    _put(row, reminders.settled(_state(row.values), _triggers(uow, row, subject), uow.now))


def fire_reminders(uow: UnitOfWork) -> int:
    """Fire what is due: once per trigger, however often the clock is looked at. Return how many fired."""
    table = uow.tables["crm.reminder"]
    due = sa.select(table.c.id).where(table.c.next_at <= uow.now, table.c.deleted.is_(False))
    ids = uow.connection.execute(due.order_by(table.c.next_at).limit(_AT_ONCE)).scalars().all()
    if not ids:
        return 0
    rows = uow.get_many("crm.reminder", [str(each) for each in ids], lock=True)
    return sum(_fire_alone(uow, row) for _, row in sorted(rows.items()))


def _fire_alone(uow: UnitOfWork, row: Row) -> bool:
    """Fire a reminder; one that cannot be read (a zone that is no more) keeps no other from firing."""
    try:
        return _fire(uow, row)
    except Invalid as error:
        _log.error("reminder not fired", reminder=row.id, exc_info=error)
        return False


def _fire(uow: UnitOfWork, row: Row) -> bool:
    before = _state(row.values)
    if row.values["deleted"] or before.next_at is None:
        return False
    # From the subject as it is now, not as it was when the reminder was last written.
    state = reminders.fired(before, _triggers(uow, row, _subject(uow, row)), uow.now)
    _put(row, state)
    if state.due_at is None or state.due_at == before.due_at:
        return False
    fired = events_pb2.ReminderFired(
        reminder_id=row.id,
        user_id=row.values["owner_id"],
        subject_entity=row.values["subject_entity"],
        subject_id=row.values["subject_id"],
    )
    fired.due_at.FromDatetime(state.due_at)
    uow.emit(fired, subject=row.id)
    return True


def _subject(uow: UnitOfWork, row: Row, *, lock: bool = False) -> Row | None:
    values = row.values
    if values["subject_entity"] not in TIMED or not values["subject_id"]:
        return None
    return uow.get(values["subject_entity"], values["subject_id"], lock=lock)


def _triggers(uow: UnitOfWork, row: Row, subject: Row | None) -> Triggers:
    overrides = [each.values for each in overrides_of(uow, subject)] if subject is not None else []
    values = subject.values if subject is not None else None
    return reminders.triggers_of(row.values, values, overrides, company_zone())


def _state(values: Mapping[str, Any]) -> State:
    return State(**{name: calendar.moment(values, name) for name in _STATE})


def _put(row: Row, state: State) -> None:
    for name in _STATE:
        moment: datetime | None = getattr(state, name)
        row.values[name] = time_text(moment) if moment is not None else None


_STATE: Final = ("acknowledged_at", "snoozed_until", "due_at", "next_at")


def copied_to(uow: UnitOfWork, series: Row, new: Row) -> None:
    """Give a series that was cut off another the reminders that follow its times."""
    for reminder in related(uow, "crm.reminder", "subject_id", series.id):
        if reminder.values["trigger"] == AT:
            continue
        names = ("owner_id", "subject_entity", "text", "trigger", "minutes_before", "acknowledged_at")
        values = {name: reminder.values[name] for name in names}
        copy = uow.create("crm.reminder", values | {"id": copy_id(reminder.id, new.id), "subject_id": new.id})
        _evaluate(uow, copy, new)


def copy_id(reminder_id: str, subject_id: str) -> str:
    """Return the id of a reminder's copy for another subject."""
    return str(uuid5(NAMESPACE, f"{reminder_id}/{subject_id}"))
