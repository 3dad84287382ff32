"""What tests of activities, calendars and reminders share: people, questions, commands, the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from services.crm.domain.calendar import name_of
from services.crm.usecases import calendars, reminders
from services.crm.usecases.calendars import Answer, Due, Reading
from services.kit.actor import SYSTEM, Actor
from services.kit.entities import entity
from services.kit.permissions import Grant, Kind, Scope, Term
from services.kit.records.claims import Decision
from services.kit.records.reading import Reader, ReadRecord
from services.kit.records.references import store_foreign
from tests.support.owners import OwnerUnderTest, create, foreign

ACTIVITY = "crm.activity"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def utc(text: str) -> str:
    """A moment in UTC, as records write it."""
    return name_of(at(text))


def personal(user: Actor) -> Grant:
    """What everybody may do with what is their own."""
    assert user.user_id is not None
    scope = Scope((Term(Kind.OWNER, frozenset({user.user_id})),))
    return Grant("personal", frozenset({"read", "write", "replicate"}), (scope,), frozenset())


def person(crm: OwnerUnderTest, *grants: Grant, name: str = "Nora", **body: Any) -> Actor:
    """A user with these grants, with what is personal, and known by name."""
    user = crm.accesses.give(*grants)
    access = crm.accesses.known[user.user_id]
    everyone = Grant("directory", frozenset({"read"}), (Scope((Term(Kind.ALL),)),), frozenset())
    crm.accesses.known[user.user_id] = replace(access, grants=(*grants, personal(user), everyone))
    values = {"display_name": name, "language": "it", "territory_ids": [], "team_id": "", **body}
    record = foreign("identity.user", str(user.user_id)) | {
        "fragments": {"base": orjson.dumps(values).decode()}
    }
    with crm.owner.database.engine.begin() as connection:
        store_foreign(connection, record)
    return user


def made(crm: OwnerUnderTest, author: Actor, entity_name: str, **fields: Any) -> str:
    """The id of a new record."""
    item = create(entity_name, **fields)
    decision = crm.one(author, item)
    assert decision.outcome == "applied", decision.error
    return str(item["record_id"])


def command(entity_name: str, record_id: str, name: str, **request: Any) -> dict[str, Any]:
    """A command as it is sent."""
    item = {"id": str(uuid7()), "entity": entity_name, "record_id": record_id, "command": name}
    return item | ({"request": request} if request else {})


def tell(
    crm: OwnerUnderTest, author: Actor, entity_name: str, record_id: str, name: str, **request: Any
) -> str:
    """The id of the record that a command answers."""
    decision = crm.one(author, command(entity_name, record_id, name, **request))
    assert decision.outcome == "applied", decision.error
    return decision.record_id


def reasons(decision: Decision) -> list[str]:
    """The reasons of a refusal, those of its fields where there are some."""
    assert decision.outcome == "refused"
    assert decision.error is not None
    return [f"{v.field} {v.reason}" for v in decision.error.violations] or [decision.error.reason]


def read(crm: OwnerUnderTest, entity_name: str, record_id: str) -> dict[str, Any]:
    """A record as it is stored."""
    stored = crm.stored(entity_name, record_id)
    assert stored is not None
    values: dict[str, Any] = orjson.loads(stored["base_json"])
    return values


def transitions(crm: OwnerUnderTest, record_id: str) -> list[tuple[str, str, str]]:
    """From, to and command of every passage of a record."""
    with crm.owner.database.read() as connection:
        rows = connection.exec_driver_sql(
            "select from_state, to_state, command from transition where record_id = %s order by id",
            (UUID(record_id),),
        )
        return [tuple(row) for row in rows]


def reading(crm: OwnerUnderTest, user: Actor, now: str = "2026-03-25T10:00") -> Reading:
    """A user who reads, at a time."""
    return Reading(crm.owner.database, crm.accesses.get(user), str(user.user_id), at(now))


def week(
    crm: OwnerUnderTest, user: Actor, on: str, *others: Actor, view: str = "week", **more: str
) -> Answer:
    """The calendar of a week, of a user and of colleagues."""
    users = ",".join(str(each.user_id) for each in (user, *others))
    asked = {"time_zone": "", "now": "2026-03-25T10:00", **more}
    return calendars.calendar_of(
        reading(crm, user, asked["now"]), view=view, on=on, time_zone=asked["time_zone"], users=users
    )


def lines(answer: Answer, number: int = 0) -> list[str]:
    """What stands in a calendar: "Mon 23 09:00 Subject"."""
    found = []
    for item in answer.calendars[number].items:
        start = item.occurrence.begins.astimezone(answer.zone)
        is_timed = isinstance(item.occurrence.start, datetime)
        when = f"{start:%a %d %H:%M}" if is_timed else f"{start:%a %d}"
        found.append(f"{when} {item.values.get('subject', 'busy')}")
    return found


def tick(crm: OwnerUnderTest, now: str) -> int:
    """Look at the clock, as the worker does; return how many reminders fired."""
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        uow.now = at(now)
        return reminders.fire_reminders(uow)


def due(crm: OwnerUnderTest, user: Actor, now: str) -> Due:
    """What waits for a user."""
    return calendars.due_of(reading(crm, user, now))


def seen(crm: OwnerUnderTest, user: Actor, entity_name: str) -> list[ReadRecord]:
    """What a list shows a user."""
    records, _ = Reader(crm.owner.database).page(crm.accesses.get(user), entity(entity_name))
    return records
