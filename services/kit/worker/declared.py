"""What a service's worker modules declare: handlers of events, and timers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from services.kit.envelope import RECORDS_CHANGED, Event

if TYPE_CHECKING:
    import sqlalchemy as sa
    from prometheus_client import Gauge

    from services.kit.database import UnitOfWork


class NotYet(Exception):
    """What the event builds on has not arrived here. `reason` is an upper-snake code for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler or timer works with: one open transaction, committed when it returns."""

    uow: UnitOfWork

    @property
    def connection(self) -> sa.Connection:
        """The transaction's connection."""
        return self.uow.connection


#: Records as `records_changed` carries them: entity, id, version, deleted, fragments, scope fields of each.
Records = Sequence[Mapping[str, Any]]
Handling = Callable[[Context, Event], None]
Following = Callable[[Context, Records], None]
Ticking = Callable[[Context], None]
_F = TypeVar("_F", bound=Handling)
_R = TypeVar("_R", bound=Following)
_T = TypeVar("_T", bound=Ticking)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that receives one event of one publisher, or the records of many."""

    publisher: str
    routing_key: str
    function: Handling | Following
    #: What it follows; empty: it receives single events.
    entities: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Names the queue and the inbox entries, so it is for ever; unique in a service."""
        return self.function.__name__

    @property
    def takes_many(self) -> bool:
        """True if events that wait may be handled in one transaction, by one call."""
        return bool(self.entities)

    def handle(self, context: Context, events: Sequence[Event]) -> None:
        """Give the events to the function."""
        if self.entities:
            followed = [
                record
                for event in events
                for record in event.data["records"]
                if record["entity"] in self.entities
            ]
            if followed:
                cast(Following, self.function)(context, followed)
            return
        for event in events:
            cast(Handling, self.function)(context, event)

    @classmethod
    def of(cls, function: Handling | Following) -> Handler:
        """The declaration of a decorated function."""
        for handler in _handlers:
            if handler.function is function:
                return handler
        raise TypeError(f"{function.__name__} is no handler: it has no @on(…)")


@dataclass(frozen=True, slots=True)
class Timer:
    """A function that runs every so many seconds, in one process of the service at a time."""

    interval_s: float
    function: Ticking
    #: Gauges that it sets; they show nothing where it did not run last.
    shows: tuple[Gauge, ...] = ()

    @property
    def name(self) -> str:
        """Names its lock and its log lines."""
        return self.function.__name__


_handlers: list[Handler] = []
_timers: list[Timer] = []


def on(publisher: str, routing_key: str) -> Callable[[_F], _F]:
    """Declare the handler of an event: `@on("offers", "customer_needed")`.

    The subscription must be in `protos/subscriptions.json` too: queues are declared from there. For
    `records_changed` there is `follow`.
    """

    def declare(function: _F) -> _F:
        _handlers.append(Handler(publisher, routing_key, function))
        return function

    return declare


def follow(*entities: str) -> Callable[[_R], _R]:
    """Declare the handler of changes to records of one owner: `@follow("crm.party", "crm.address")`.

    It receives every version that came, in the order of their arrival, of one or of many events at once:
    records of other entities are left out, versions that are known already are not, and nothing says that the
    last is the newest. What it writes is one transaction. If that fails, each event is tried again alone: so
    it must not remember anything outside of the transaction.

    The line in `protos/subscriptions.json` names the same entities.
    """
    owners = {entity.partition(".")[0] for entity in entities}
    if len(owners) != 1:
        raise TypeError(f"a handler follows records of one owner, not of {len(owners)}")

    def declare(function: _R) -> _R:
        _handlers.append(Handler(owners.pop(), RECORDS_CHANGED, function, entities))
        return function

    return declare


def every(seconds: float, *, shows: Iterable[Gauge] = ()) -> Callable[[_T], _T]:
    """Declare a timer. It must do no harm if it runs once too often: it goes by what it finds in the
    database.

    `shows` names the gauges that it sets: a process in which it did not run this time, because another one
    was at it or because it failed, shows none, instead of what was true once.
    """

    def declare(function: _T) -> _T:
        _timers.append(Timer(seconds, function, tuple(shows)))
        return function

    return declare


def handlers_of(modules: Iterable[str]) -> list[Handler]:
    """The handlers that these (imported) modules declare.

    Raises:
        TypeError: two of one name.
    """
    found = [handler for handler in _handlers if handler.function.__module__ in set(modules)]
    names = [handler.name for handler in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise TypeError(f"two handlers of one name: {', '.join(sorted(twice))}")
    return found


def timers_of(modules: Iterable[str]) -> list[Timer]:
    """The timers that these (imported) modules declare."""
    return [timer for timer in _timers if timer.function.__module__ in set(modules)]
