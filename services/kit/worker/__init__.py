"""Event handlers and timers of a service.

A module per publisher, in the service's `worker/`:

    from services.kit.worker import Context, Event, NotYet, Records, every, follow, on

    @on("offers", "customer_needed")
    def request_registration(context: Context, event: Event) -> None:
        ...                     # one transaction, the inbox already checked in it

    @follow("crm.party", "crm.address")
    def copy_parties(context: Context, records: Records) -> None:
        ...                     # one transaction for all events that wait: one statement per table

    @every(60)
    def request_unanswered_orders(context: Context) -> None:
        ...

and in its `__main__.py`, for `python -m services.crm worker`:

    run("crm", ["services.crm.worker.identity", "services.crm.worker.offers", "services.crm.worker.timers"])

Modules are named, not passed: they must be imported after eventlet has patched the standard library, and this
package imports nothing of weight for the same reason. Import it first in `__main__`.

What a handler raises decides what happens to the message. `NotYet`: something it builds on has not arrived;
it is tried again for a day. Anything else: it is tried again after each of `SALES_RETRY_DELAYS_S`, then set
aside in the dead letters. While the service's own database is away nothing is consumed and nothing counts.

`on` takes one event at a time. Records are followed in any number: while one transaction runs, more events
arrive, and the next takes them all. If it fails each of them is tried alone, so what a handler raises counts
for the event that caused it. To move a handler of `records_changed` from `@on` to `@follow`: name the
entities, here and in `protos/subscriptions.json`, and go over `records` instead of `event.data["records"]`.

Tests call `deliver(database, copy_parties, event)`: the same path without a broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.kit.envelope import Event
from services.kit.worker.declared import (
    Context,
    Handler,
    NotYet,
    Records,
    Timer,
    every,
    follow,
    handlers_of,
    on,
    timers_of,
)

if TYPE_CHECKING:
    from services.kit.database import Database
    from services.kit.worker.declared import Following, Handling

__all__ = [
    "Context",
    "Event",
    "Handler",
    "NotYet",
    "Records",
    "Timer",
    "deliver",
    "every",
    "follow",
    "handlers_of",
    "on",
    "run",
    "timers_of",
]


def run(service: str, modules: Sequence[str]) -> None:
    """Consume and keep time until SIGTERM. This process becomes an eventlet process: nothing of gRPC in
    it.
    """
    # Importing it patches the standard library.
    from services.kit.worker.process import run_worker

    run_worker(service, modules)


def deliver(database: Database, function: Handling | Following, *events: Event) -> int:
    """Let a handler have events as the worker would, together; return how many it had not had before.

    Raises:
        Whatever the handler raises; nothing is stored then.
    """
    from services.kit.worker.delivery import deliver_to

    return len(deliver_to(database, Handler.of(function), events))
