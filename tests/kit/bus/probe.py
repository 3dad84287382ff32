"""A worker for tests, as a process: `python -m tests.kit.bus.probe`. What its handlers do is in the
events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.kit.subscriptions import Subscription, queue_name
from services.kit.worker import Context, Event, NotYet, every, on

if TYPE_CHECKING:
    from services.kit.database import Database

SERVICE = "probe"


def subscription(event: str, handler: str) -> Subscription:
    queue = queue_name(publisher="offers", event=event, subscriber=SERVICE, handler=handler)
    return Subscription(SERVICE, "offers", event, queue, handler)


SUBSCRIPTIONS = (
    subscription("counted", "count"),
    subscription("fails", "fail"),
    subscription("fails_twice", "fail_twice"),
    subscription("early", "wait_for_count"),
    subscription("slow", "sleep"),
)


def note(context: Context, what: str, event: Event | None = None) -> None:
    context.connection.exec_driver_sql(
        "insert into probe (what, event_id, number) values (%s, %s, %s)",
        (what, event.id if event else None, event.data.get("number", 0) if event else 0),
    )


def noted(context: Context, what: str) -> int:
    query = "select count(*) from probe where what = %s"
    return int(context.connection.exec_driver_sql(query, (what,)).scalar_one())


@on("offers", "counted")
def count(context: Context, event: Event) -> None:
    note(context, "counted", event)


@on("offers", "fails")
def fail(context: Context, event: Event) -> None:
    note(context, "failed", event)
    raise ValueError("Rossi Mario owes 12.000")


tries: dict[str, int] = {}


@on("offers", "fails_twice")
def fail_twice(context: Context, event: Event) -> None:
    tries[str(event.id)] = tries.get(str(event.id), 0) + 1
    note(context, "done at last", event)
    if tries[str(event.id)] <= 2:
        raise ValueError


@on("offers", "early")
def wait_for_count(context: Context, event: Event) -> None:
    if not noted(context, "counted"):
        raise NotYet("NOTHING_COUNTED")
    note(context, "no longer early", event)


@on("offers", "slow")
def sleep(context: Context, event: Event) -> None:
    note(context, "slept", event)
    context.connection.exec_driver_sql("select pg_sleep(1)")


@every(0.2)
def tick(context: Context) -> None:
    note(context, "ticked")


def connect(service: str, url: str) -> Database:
    from services.kit.database import Database  # not before the worker has patched

    return Database(service, url, tables={})


if __name__ == "__main__":
    from services.kit.worker.process import run_worker

    run_worker(SERVICE, ["tests.kit.bus.probe"], connect=connect, subscriptions=SUBSCRIPTIONS)
