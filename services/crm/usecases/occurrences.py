"""Series of activities and appointments: what holds whenever one is written, one occurrence made a record of
its own, and a series cut in two.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.crm.domain import calendar
from services.kit.company_time import company_zone
from services.kit.database import Row, UnitOfWork
from services.kit.entities import COMMON_FIELDS
from services.kit.entities.canonical import copied, time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.kit.recurrence import Series, Start, instant

#: Ids of records that follow from others, so that a device knows them before the server does.
NAMESPACE: Final = UUID("5a4d0f7a-8f1c-5c43-9a55-2f6f0c7e9b10")
#: Whether one of these changed decides what reminders and overrides have to follow.
WHEN: Final = (
    "starts_at", "ends_at", "due_at", "starts_on", "ends_on", "time_zone", "recurrence", "excluded",
    "deleted", "state",
)  # fmt: skip
_OF_ONE: Final[dict[str, Any]] = {"recurrence": "", "excluded": [], "last_ends_at": None}


def detached_id(series_id: str, recurrence_id: str) -> str:
    """Return the id of the record that an occurrence becomes, the same whoever makes it."""
    return str(uuid5(NAMESPACE, f"{series_id}/{recurrence_id}"))


def related(
    uow: UnitOfWork, entity_name: str, field: str, record_id: str, *, lock: bool = False
) -> list[Row]:
    """Return the undeleted records that name this one in a field, those of this transaction included."""
    table = uow.tables[entity_name]
    query = sa.select(table.c.id).where(table.c[field] == UUID(record_id), table.c.deleted.is_(False))
    uow.get_many(entity_name, [str(found) for found in uow.connection.execute(query).scalars()], lock=lock)
    found = [
        row
        for row in uow.rows()
        if row.entity.name == entity_name and row.values[field] == record_id and not row.values["deleted"]
    ]
    return sorted(found, key=lambda row: row.id)


def overrides_of(uow: UnitOfWork, row: Row, *, lock: bool = False) -> list[Row]:
    """Return the records that occurrences of a series became; none for what is no series."""
    if not row.values["recurrence"] and (row.is_new or not row.stored.get("recurrence")):
        return []
    return related(uow, row.entity.name, "series_id", row.id, lock=lock)


def prepare_times(uow: UnitOfWork, row: Row) -> None:
    """Check and complete when a record takes place; what was said of occurrences moves with their series.

    Raises:
        Invalid: INVALID_FIELDS with ENDS_BEFORE_START, TIMES_MIXED, OUT_OF_RANGE, UNKNOWN_TIME_ZONE,
            INVALID_RECURRENCE, RECURRENCE_TOO_FREQUENT, RECURRENCE_UNSUPPORTED, RECURRENCE_WITHOUT_START,
            RECURRENCE_OF_OCCURRENCE, RECURRENCE_TOO_LONG, START_OUTSIDE_RECURRENCE, INVALID_RECURRENCE_ID.
    """
    values, company = row.values, company_zone()
    violations = [*calendar.check_times(values, company), *_check_occurrence(uow, row)]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    if values["recurrence"] or values["starts_on"]:
        values["time_zone"] = values["time_zone"] or company.key
    if values["recurrence_id"]:
        values["recurrence_id"] = _canonical(values["recurrence_id"])
    series = calendar.series_of(values, company)
    if series is None:
        values |= _OF_ONE
        return
    values["recurrence"] = series.rule.text
    values["excluded"] = sorted({_canonical(each) for each in values["excluded"]})
    _follow(uow, row, company)
    last = calendar.last_end(values, company)
    values["last_ends_at"] = time_text(last) if last is not None else None


def _canonical(text: str) -> str:
    return calendar.name_of(calendar.start_named(text, "recurrence_id"))


def _check_occurrence(uow: UnitOfWork, row: Row) -> list[Violation]:
    """Check that what calls itself an occurrence is one of a series."""
    values = row.values
    if bool(values["series_id"]) is not bool(values["recurrence_id"]):
        missing = "recurrence_id" if values["series_id"] else "series_id"
        return [Violation(missing, "REQUIRED", "series_id and recurrence_id go together")]
    if not values["series_id"] or not row.is_new:
        return []
    try:
        calendar.start_named(values["recurrence_id"], "recurrence_id")
    except Invalid as error:
        return list(error.violations)
    series = uow.get(row.entity.name, values["series_id"])
    if series is None or not series.values["recurrence"]:
        return [Violation("series_id", "SERIES_EXPECTED", "it does not repeat")]
    return []


def _follow(uow: UnitOfWork, row: Row, company: ZoneInfo) -> None:
    """Let exclusions and overrides go with a series whose first start moved while its rule stayed."""
    if row.is_new or row.stored["recurrence"] != row.values["recurrence"]:
        return
    before, after = (calendar.series_of(each, company) for each in (row.stored, row.values))
    if before is None or after is None or (before.start, before.zone) == (after.start, after.zone):
        return
    known = set(row.stored["excluded"])
    row.values["excluded"] = sorted(
        calendar.shifted(each, before, after) if each in known else each for each in row.values["excluded"]
    )
    for override in overrides_of(uow, row, lock=True):
        name = calendar.shifted(override.values["recurrence_id"], before, after)
        override.values["recurrence_id"] = name


def detach(uow: UnitOfWork, series: Row, recurrence_id: str) -> Row:
    """Return the record that an occurrence is from now on, made if it is none yet.

    Raises:
        Invalid: NOT_AN_OCCURRENCE, INVALID_FIELDS with INVALID_RECURRENCE_ID.
        NotAllowedNow: NOT_A_SERIES, WRONG_STATE (the series was cancelled).
    """
    found, start = _series_of(series), calendar.start_named(recurrence_id, "request.recurrence_id")
    name = calendar.name_of(start)
    known = [each for each in overrides_of(uow, series) if each.values["recurrence_id"] == name]
    if known:
        return known[0]
    if not found.contains(start) or name in series.values["excluded"]:
        raise Invalid("NOT_AN_OCCURRENCE", params={"start": name})
    occurrence = calendar.occurrence_at(series.values, start, found.zone)
    values = _copy(series) | _OF_ONE
    values |= {
        "id": detached_id(series.id, name),
        "series_id": series.id,
        "recurrence_id": name,
        **{key: time_text(moment) for key, moment in occurrence.times.items() if series.values[key]},
        **occurrence.days(found.zone),
    }
    deleted = uow.get(series.entity.name, values["id"])
    if deleted is None:
        return uow.create(series.entity.name, values)
    deleted.values.update(values | {"deleted": False})
    return deleted


def detach_occurrence(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Make a record of its own of one occurrence; an occurrence that is one already is answered as it is.

    Raises:
        Invalid, NotAllowedNow: as `detach`.
    """
    return detach(uow, row, call.request["recurrence_id"])


def split_series(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """End a series before an occurrence, and begin a new one with it that is like it; return the new one.

    Occurrences from there on that became records of their own belong to the new one.

    Raises:
        Invalid: NOT_AN_OCCURRENCE, FIRST_OCCURRENCE, ALREADY_EXISTS, INVALID_FIELDS with
            INVALID_RECURRENCE_ID.
        NotAllowedNow: NOT_A_SERIES.
    """
    series = _series_of(row)
    start = calendar.start_named(call.request["recurrence_id"], "request.recurrence_id")
    halves = calendar.split(series, start)
    occurrence = calendar.occurrence_at(row.values, start, series.zone)
    new_id = call.request["new_id"] or str(uuid5(NAMESPACE, f"split/{call.change_id}"))
    if uow.get(row.entity.name, new_id) is not None:
        raise Invalid("ALREADY_EXISTS", "a record with this id exists", params={"id": new_id})
    excluded = row.values["excluded"]
    new = uow.create(
        row.entity.name,
        _copy(row)
        | {
            "id": new_id,
            "recurrence": halves.second,
            "excluded": [each for each in excluded if _not_before(each, start, series.zone)],
            **{key: time_text(moment) for key, moment in occurrence.times.items() if row.values[key]},
            **{key: day for key, day in occurrence.days(series.zone).items() if row.values[key]},
        },
    )
    for override in overrides_of(uow, row, lock=True):
        if _not_before(override.values["recurrence_id"], start, series.zone):
            override.values["series_id"] = new_id
    row.values["recurrence"] = halves.first
    row.values["excluded"] = [each for each in excluded if each not in new.values["excluded"]]
    for each in (row, new):
        prepare_times(uow, each)
    return new


def _not_before(name: str, start: Start, zone: ZoneInfo) -> bool:
    found = calendar.start_named(name, "excluded")
    return instant(found, zone) >= instant(start, zone)


def _series_of(row: Row) -> Series:
    found = calendar.series_of(row.values, company_zone())
    if found is None:
        raise NotAllowedNow("NOT_A_SERIES")
    return found


def _copy(row: Row) -> dict[str, Any]:
    """Return what another record takes over: everything but what is a record's own."""
    kept = {"owner_id", "custom"}
    values = copied(row.values, row.entity)
    return {name: value for name, value in values.items() if name in kept or name not in COMMON_FIELDS}
