"""When a report is sent: read, checked, and from one time to the next.

A schedule is a rule of RFC 5545 with a first day and a time of day, where the company is. `next_at` in the
record is its next time; the worker sends what is due and moves it on. Times that passed while nobody was at
work are made good by one sending: figures are of the moment in which they are asked, so the older ones would
be its doubles.

Mail tells what became of each message. What failed stands in the record (`sending_problem`) with what to do,
until its owner changes the schedule or everybody who missed it got a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sales.mail.v1 import events_pb2 as mail_events_pb2
from sales.reports.v1 import events_pb2

from services.kit.company_time import company_date, company_zone
from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, Violation
from services.kit.records.places import foreign_root
from services.kit.recurrence import HORIZON, Series, parse_rule
from services.kit.reports import naming
from services.kit.reports.tables import REPORT

#: Reports that one turn of the timer sends.
_AT_ONCE: Final = 20
#: A yearly schedule has its last time within this.
_LONGEST_BACK: Final = timedelta(days=5 * 366)
_TEXTS: Final[Mapping[str, str]] = {
    "it": "In allegato il report «{name}», con i dati visibili al destinatario. {description}",
    "en": "Attached is the report “{name}”, with what its recipient may see. {description}",
}


def series_of(schedule: Mapping[str, Any]) -> Series:
    """Return the times of a schedule.

    Raises:
        Invalid: the rule or its beginning cannot be read.
    """
    try:
        wall = datetime.fromisoformat(schedule["starts"])
    except ValueError as error:
        violation = Violation("starts", "INVALID_TIME", "a time such as 2026-03-30T07:00 is expected")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error
    zone = company_zone()
    return Series(wall.replace(tzinfo=zone), zone, parse_rule(schedule["recurrence"]))


def prepare_schedule(uow: UnitOfWork, row: Row) -> Iterator[Violation]:
    """Check a report's schedule, and set its next time unless that waits to be sent."""
    schedule = row.values["schedule"]
    changed = row.is_new or schedule != row.stored.get("schedule") or row.stored.get("deleted")
    if schedule is None or schedule["paused"]:
        row.values["next_at"] = None
    if changed:
        row.values["sending_problem"] = None
    if schedule is None:
        return
    if not schedule["recipient_ids"]:
        yield Violation("schedule.recipient_ids", "REQUIRED", "at least one user is expected")
    for number, user_id in enumerate(schedule["recipient_ids"]):
        place = f"schedule.recipient_ids[{number}]"
        copy = foreign_root(uow, "identity.user", user_id)
        if copy is None or copy["deleted"]:
            yield Violation(place, "REFERENCE_NOT_FOUND", "no such user")
        elif not copy["body"].get("email"):
            yield Violation(place, "ADDRESS_MISSING", "this user has no e-mail address")
    try:
        series = series_of(schedule)
    except Invalid as error:
        for each in error.violations:
            yield Violation(f"schedule.{each.field}", each.reason, each.detail)
        return
    if changed and not schedule["paused"]:
        row.values["next_at"] = _text(next_time(series, uow.now))


def next_time(series: Series, after: datetime) -> datetime | None:
    """Return the first time later than a moment, None if there is none any more."""
    since, step = after + timedelta(seconds=1), timedelta(days=400)
    while company_date(since) < HORIZON:
        found = next(iter(series.between(since, since + step)), None)
        if found is not None:
            assert isinstance(found, datetime)
            return found
        since += step
    return None


def last_time(series: Series, until: datetime, first: datetime) -> datetime:
    """Return the last time up to a moment, `first` if there is none since then."""
    since = max(first, until - _LONGEST_BACK)
    times = list(series.between(since, until + timedelta(seconds=1)))
    last = times[-1] if times else first
    assert isinstance(last, datetime)
    return last


def _text(moment: datetime | None) -> str | None:
    return time_text(moment) if moment is not None else None


def send_due(uow: UnitOfWork) -> int:
    """Ask mail to send the reports whose time has come, to each recipient; return how many messages."""
    table = uow.tables[f"{uow.service}.{REPORT}"]
    due = sa.select(table.c.id).where(table.c.next_at <= uow.now, table.c.deleted.is_(False))
    ids: Sequence[UUID] = (
        uow.connection.execute(due.order_by(table.c.next_at).limit(_AT_ONCE)).scalars().all()
    )
    return sum(_send(uow, row) for row in uow.find(f"{uow.service}.{REPORT}", table.c.id.in_(ids), lock=True))


def record_sending(uow: UnitOfWork, told: mail_events_pb2.ReportSendingEnded) -> None:
    """Keep what became of a report for one recipient; what is told of an earlier time changes nothing.

    Raises:
        Invalid: INVALID_EVENT.
    """
    if told.service != uow.service:
        return
    row = uow.get(f"{uow.service}.{REPORT}", _id(told.report_id), lock=True)
    if row is None or row.values["deleted"]:
        return
    if not told.reason:
        row.values["sent_at"] = time_text(uow.now)
    row.values["sending_problem"] = _problem_after(row.values["sending_problem"], told)


def _problem_after(
    known: Mapping[str, Any] | None, told: mail_events_pb2.ReportSendingEnded
) -> Mapping[str, Any] | None:
    """Return what is wrong with the last time that failed, after one recipient's message."""
    if known is not None and known["due_at"] > told.due_at:
        return known
    if not told.reason:
        missing = [each for each in (known or {}).get("recipient_ids", ()) if each != told.recipient_id]
        return {**known, "recipient_ids": missing} if known is not None and missing else None
    others = known["recipient_ids"] if known is not None and known["due_at"] == told.due_at else ()
    return {
        "reason": told.reason,
        "texts": dict(sorted(told.texts.items())),
        "due_at": told.due_at,
        "recipient_ids": sorted({*others, told.recipient_id}),
    }


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        violation = Violation("report_id", "INVALID_ID", "a UUID is expected")
        raise Invalid("INVALID_EVENT", violations=[violation]) from error


def _send(uow: UnitOfWork, row: Row) -> int:
    schedule, was_due = row.values["schedule"], datetime.fromisoformat(row.values["next_at"])
    if was_due > uow.now:
        return 0
    series = series_of(schedule)
    slot = last_time(series, uow.now, was_due)
    row.values["next_at"] = _text(next_time(series, uow.now))
    sent = [_ask(uow, row, user_id, slot) for user_id in schedule["recipient_ids"]]
    return sum(sent)


def _ask(uow: UnitOfWork, row: Row, user_id: str, slot: datetime) -> bool:
    copy = foreign_root(uow, "identity.user", user_id)
    if copy is None or copy["deleted"] or copy["body"].get("inactive"):
        return False
    language = "it" if copy["body"].get("language", "it") == "it" else "en"
    name = naming.text_in(row.values["names"], language)
    description = naming.text_in(row.values["descriptions"], language)
    message_id = uuid5(NAMESPACE_URL, f"projectsales:report-due:{row.id}:{time_text(slot)}:{user_id}")
    uow.emit(
        events_pb2.ReportDue(
            message_id=str(message_id),
            report_id=row.id,
            recipient_id=user_id,
            requested_by=row.values["owner_id"],
            subject=f"{name} · {slot.astimezone(company_zone()):%d/%m/%Y}",
            text=_TEXTS[language].format(name=name, description=description).strip(),
            format=row.values["schedule"]["format"] or "pdf",
            language=language,
            due_at=time_text(slot),
        ),
        subject=row.id,
    )
    return True
