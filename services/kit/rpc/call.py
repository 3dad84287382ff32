"""The call that this thread or task is serving: who calls, and until when.

A context variable, so that use cases and storage need not hand it through every signature; the server sets it
around each handler, the gateway around each request.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Unavailable

#: Of a call whose author set no deadline, and of calls that we make outside any other.
DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls; `deadline` is on the clock of `time.monotonic`, None while nothing limits it."""

    actor: Actor
    deadline: float | None = None


CURRENT: ContextVar[Call | None] = ContextVar("sales_call", default=None)


def current_call() -> Call:
    """Return the call being served; outside any, the system's own without a limit."""
    return CURRENT.get() or Call(SYSTEM)


def current_actor() -> Actor:
    """Return who calls: the actor of the call being served, the system outside any."""
    return current_call().actor


def remaining_s() -> float:
    """Return the seconds left to answer, for statement timeouts and own waits.

    Raises:
        Unavailable: DEADLINE_EXCEEDED, nothing is left.
    """
    deadline = current_call().deadline
    if deadline is None:
        return DEFAULT_TIMEOUT_S
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unavailable("DEADLINE_EXCEEDED", "the caller's time is over")
    return left


def timeout_for(wanted_s: float | None) -> float:
    """Return the timeout of an outgoing call: what is wanted, within what the present call has left."""
    wanted = DEFAULT_TIMEOUT_S if wanted_s is None else wanted_s
    if current_call().deadline is None:
        return wanted
    return min(wanted, remaining_s())


@contextmanager
def acting(actor: Actor, *, timeout_s: float | None = None) -> Iterator[None]:
    """Make calls inside the block as `actor`, all together within `timeout_s` (or the present deadline)."""
    deadline = current_call().deadline
    if timeout_s is not None:
        own = time.monotonic() + timeout_s
        deadline = own if deadline is None else min(deadline, own)
    token = CURRENT.set(Call(actor, deadline))
    try:
        yield
    finally:
        CURRENT.reset(token)
