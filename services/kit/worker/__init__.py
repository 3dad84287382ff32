"""Event handlers and timers of a service.

A module per publisher, in the service's `worker/`:

    from services.kit.worker import Context, Event, NotYet, every, on

    @on("identity", "records_changed")
    def copy_access(context: Context, event: Event) -> None:
        ...                     # one transaction, the inbox already checked in it

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

Tests call `deliver(database, copy_access, event)`: the same path without a broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.kit.envelope import Event
from services.kit.worker.declared import Context, Handler, NotYet, Timer, every, handlers_of, on, timers_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.kit.database import Database

__all__ = [
    "Context",
    "Event",
    "Handler",
    "NotYet",
    "Timer",
    "deliver",
    "every",
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


def deliver(database: Database, function: Callable[[Context, Event], None], event: Event) -> bool:
    """Let a handler have an event as the worker would; False if it had it before.

    Raises:
        Whatever the handler raises; nothing is stored then.
    """
    from services.kit.worker.delivery import deliver_to

    return deliver_to(database, Handler.of(function), event)
