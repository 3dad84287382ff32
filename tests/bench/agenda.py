"""Calendars and reminders: a week of a team among 200,000 activities, the popup at opening, a feed, a tick.

In a database of its own on the installation's server; the data are generated, the same for every run. One
activity in a hundred repeats, and all of these are two users': who asks has a thousand series over two years,
190 of them in each week.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
import psycopg

from services.crm.usecases import calendars, feeds, reminders
from services.crm.usecases.calendars import Reading
from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.entities import default_values, entity
from services.kit.entities.canonical import time_text
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal
from tests.support.owners import NORTH

POSITION = 65

_DATABASE: Final = "bench_agenda"
_ACTIVITIES, _SMALL = 200_000, 5_000
_USERS: Final = 40
_TEAM: Final = 8
_ASKED: Final = 30
_NOW: Final = datetime(2026, 3, 25, 10, tzinfo=UTC)
_IDS: Final = UUID("2b7f6f2a-50a8-5c0e-9d35-0f8b5b0c8a11")
_COLUMNS: Final = (
    "id, version, created_at, updated_at, owner_id, party_id, kind, subject, starts_at, ends_at, state, "
    "recurrence, last_ends_at, territory_id, base_json"
)


def measure(bench: Bench) -> Iterator[Figure]:
    """Fill, then ask as a seller with a territory does."""
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    count = _SMALL if bench.options.small else _ACTIVITIES
    _fill(url, count)
    database = Database("crm", url, pool_size=2)
    try:
        reading = Reading(database, _seller(), str(_user(0)), _NOW)
        team = ",".join(str(_user(number)) for number in range(_TEAM))
        _know(url)
        own = partial(calendars.calendar_of, reading, view="week", on="2026-03-25", time_zone="", users="")
        month = partial(own, view="month", users=team)
        goals = (Goal("cpu_ms", 25),)
        yield Figure(f"own week among {count:,} activities", _times(own), goals=goals)
        yield Figure(f"month of {_TEAM} colleagues", _times(month))
        yield Figure("everything due, in one call", _times(lambda: calendars.due_of(reading)), goals=goals)
        yield Figure("calendar feed", _times(lambda: feeds.calendar_file(reading)))
        yield Figure("a tick with nothing due", _times(lambda: _tick(database)))
    finally:
        database.close()


def _times(ask: Callable[[], Any]) -> dict[str, float]:
    ask()
    taken, worked = [], []
    for _ in range(_ASKED):
        begun, cpu = time.perf_counter(), time.process_time()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
    return {"p50_ms": median(taken), "p95_ms": sorted(taken)[-2], "cpu_ms": median(worked)}


def _tick(database: Database) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        uow.now = _NOW
        reminders.fire_reminders(uow)


def _user(number: int) -> UUID:
    return uuid5(_IDS, f"user {number}")


def _seller() -> Access:
    scope = Scope((Term(Kind.TERRITORY, frozenset({NORTH})),))
    everyone = Scope((Term(Kind.ALL),))
    grants = (
        Grant("crm", frozenset({"read"}), (scope,)),
        Grant("directory", frozenset({"read"}), (everyone,)),
    )
    return Access(user_id=_user(0), epoch=1, grants=grants)


def _know(url: str) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into root_scope (entity, id, version, body) values ('identity.user', %s, 1, '{}')",
            [(_user(number),) for number in range(_USERS)],
        )


def _fill(url: str, count: int) -> None:
    """Store activities over two years around now, and reminders of which a few are due."""
    party = uuid5(_IDS, "party")
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        with cursor.copy(f"copy activity ({_COLUMNS}) from stdin") as copy:
            for number in range(count):
                copy.write_row(_activity(number, party))
        with cursor.copy(
            "copy reminder (id, version, created_at, updated_at, owner_id, text, trigger, at, due_at, "
            "next_at, base_json) from stdin"
        ) as copy:
            for number in range(count // 10):
                copy.write_row(_reminder(number))
        cursor.execute("analyze")


def _activity(number: int, party: UUID) -> tuple[Any, ...]:
    starts = _NOW + timedelta(minutes=15 * ((number * 7919) % 70_080) - 525_600)
    is_series = number % 100 == 0
    values = default_values(entity("crm.activity")) | {
        "id": str(uuid5(_IDS, f"activity {number}")),
        "version": 1,
        "updated_at": time_text(_NOW),
        "owner_id": str(_user(number % _USERS)),
        "kind": "visit",
        "subject": f"Visita {number}",
        "starts_at": time_text(starts),
        "ends_at": time_text(starts + timedelta(hours=1)),
        "state": "planned" if starts > _NOW else "done",
        "recurrence": "FREQ=WEEKLY;COUNT=20" if is_series else "",
        "last_ends_at": time_text(starts + timedelta(weeks=19, hours=1)) if is_series else None,
        "territory_id": str(NORTH),
    }
    body = orjson.dumps({name: value for name, value in values.items() if value is not None}).decode()
    names = ("id", "version", "updated_at", "updated_at", "owner_id")
    head = [values[name] for name in names]
    rest = [
        values[n] for n in ("kind", "subject", "starts_at", "ends_at", "state", "recurrence", "last_ends_at")
    ]
    return (*head, None if number % 2 else party, *rest, NORTH, body)


def _reminder(number: int) -> tuple[Any, ...]:
    at = time_text(_NOW + timedelta(minutes=number % 5000 - 50))
    values = default_values(entity("crm.reminder")) | {
        "id": str(uuid5(_IDS, f"reminder {number}")),
        "version": 1,
        "owner_id": str(_user(number % _USERS)),
        "text": f"Promemoria {number}",
        "trigger": "at",
        "at": at,
    }
    is_due = at <= time_text(_NOW)
    state = {"due_at": at} if is_due else {"next_at": at}
    body = orjson.dumps({k: v for k, v in (values | state).items() if v is not None}).decode()
    now = time_text(_NOW)
    return (
        values["id"], 1, now, now, values["owner_id"], values["text"], "at", at,
        state.get("due_at"), state.get("next_at"), body,
    )  # fmt: skip
