"""A worker for tests, as a process: `python -m tests.kit.bus.probe`. What its handlers do is in the
events.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from services.kit.subscriptions import Subscription, queue_name
from services.kit.worker import Context, Event, NotYet, Records, every, follow, on

if TYPE_CHECKING:
    from services.kit.database import Database

SERVICE = "probe"


def subscription(event: str, handler: str, *entities: str) -> Subscription:
    queue = queue_name(publisher="offers", event=event, subscriber=SERVICE, handler=handler)
    return Subscription(SERVICE, "offers", event, queue, handler, entities=entities)


SUBSCRIPTIONS = (
    subscription("counted", "count"),
    subscription("fails", "fail"),
    subscription("fails_twice", "fail_twice"),
    subscription("early", "wait_for_count"),
    subscription("slow", "sleep"),
    subscription("records_changed", "keep", "offers.offer"),
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


@follow("offers.offer")
def keep(context: Context, records: Records) -> None:
    """Keep the number of each, in a time that lets others arrive; what some of them ask for is done after."""
    for record in records:
        query = "insert into probe (what, number, together) values (%s, %s, %s)"
        context.connection.exec_driver_sql(query, ("kept", record["version"], len(records)))
    context.connection.exec_driver_sql("select pg_sleep(0.2)")
    asked = {record["ask"] for record in records}
    if "poison" in asked:
        raise ValueError("Rossi Mario owes 12.000")
    if "early" in asked and not noted(context, "counted"):
        raise NotYet("NOTHING_COUNTED")
    if "kill" in asked:
        while len(records) == 1 and noted(context, "kept") < 5:  # alone: those beside it come first
            context.connection.exec_driver_sql("select pg_sleep(0.1)")
        os.kill(os.getpid(), signal.SIGKILL)


@every(0.2)
def tick(context: Context) -> None:
    note(context, "ticked")


def connect(service: str, url: str) -> Database:
    from services.kit.database import Database  # not before the worker has patched

    return Database(service, url, tables={})


def die_after_commit() -> None:
    """Have this process killed once it has committed five records together, before the broker hears of it."""
    from services.kit.worker.edge import Subscribed

    judge = Subscribed._judge_all

    def die(self: Subscribed, context: object, result: object = None, exc_info: object = None) -> object:
        if len(self._taken) >= 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(self, context, result, exc_info)

    setattr(Subscribed, "_judge_all", die)  # noqa: B010


def keep_pace(interval_s: float) -> None:
    """Let the transactions of a handler begin this far from each other."""
    from services.kit.worker import edge

    setattr(edge, "PACE_S", interval_s)  # noqa: B010


if __name__ == "__main__":
    from services.kit.worker.process import run_worker

    if pace := os.environ.get("SALES_PROBE_PACE_S"):
        keep_pace(float(pace))

    if os.environ.get("SALES_PROBE_DIES_AFTER_COMMIT"):
        die_after_commit()
    run_worker(SERVICE, ["tests.kit.bus.probe"], connect=connect, subscriptions=SUBSCRIPTIONS)
