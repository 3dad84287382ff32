"""What a service's worker modules declare: handlers of events, and timers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from services.kit.envelope import Event

if TYPE_CHECKING:
    import sqlalchemy as sa

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


Handling = Callable[[Context, Event], None]
Ticking = Callable[[Context], None]
_F = TypeVar("_F", bound=Handling)
_T = TypeVar("_T", bound=Ticking)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that receives one event of one publisher."""

    publisher: str
    routing_key: str
    function: Handling

    @property
    def name(self) -> str:
        """Names the queue and the inbox entries, so it is for ever; unique in a service."""
        return self.function.__name__

    @classmethod
    def of(cls, function: Handling) -> Handler:
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

    @property
    def name(self) -> str:
        """Names its lock and its log lines."""
        return self.function.__name__


_handlers: list[Handler] = []
_timers: list[Timer] = []


def on(publisher: str, routing_key: str) -> Callable[[_F], _F]:
    """Declare the handler of an event: `@on("offers", "customer_needed")`.

    The subscription must be in `protos/subscriptions.json` too: queues are declared from there.
    """

    def declare(function: _F) -> _F:
        _handlers.append(Handler(publisher, routing_key, function))
        return function

    return declare


def every(seconds: float) -> Callable[[_T], _T]:
    """Declare a timer. It must do no harm if it runs once too often: it goes by what it finds in the
    database.
    """

    def declare(function: _T) -> _T:
        _timers.append(Timer(seconds, function))
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
