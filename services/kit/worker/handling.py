"""What becomes of messages: done, tried again later, or set aside. Knows nothing of nameko or the broker."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from services.kit.telemetry.logs import get_logger
from services.kit.worker import metrics
from services.kit.worker.attempts import ERROR, FAILED_AT, QUEUE, Attempts
from services.kit.worker.away import Gate, is_away
from services.kit.worker.declared import Handler, NotYet
from services.kit.worker.delivery import deliver_to

if TYPE_CHECKING:
    from services.kit.database import Database
    from services.kit.envelope import Event

_log = get_logger(__name__)


class Fate(Enum):
    """What to do with the message now."""

    ACK = "ack"
    LATER = "later"
    SET_ASIDE = "set_aside"
    #: The process stops: leave it unacknowledged, the broker gives it to another worker.
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of a message, with what it needs for it."""

    fate: Fate
    delay_s: float = 0.0
    headers: Mapping[str, Any] | None = None


class Handling:
    """Gives events to handlers and judges what they raise."""

    def __init__(
        self,
        database: Database,
        *,
        gate: Gate,
        delays_s: Sequence[float],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._gate = gate
        self._delays_s = delays_s
        self._now = now

    def handle(self, handler: Handler, event: Event, *, queue: str, headers: Mapping[str, Any]) -> Verdict:
        """Let the handler have the event, as often as its database fails it; never raises."""
        while True:
            try:
                is_new = bool(deliver_to(self._database, handler, [event]))
            except Exception as error:  # noqa: BLE001 (judged below: every message ends somewhere)
                if not is_away(error):
                    return self._failed(handler, event, error, queue=queue, headers=headers)
                if not self._gate.wait():
                    return Verdict(Fate.LEAVE)
            else:
                metrics.handled.labels(handler.name, "done" if is_new else "duplicate").inc()
                return Verdict(Fate.ACK)

    def handle_together(self, handler: Handler, events: Sequence[Event]) -> bool:
        """Let the handler have all events at once; False if each must be tried alone, whatever the cause.

        Alone each is judged for itself, so none is late, counted or set aside for another one's sake.
        """
        # A restored publisher's events mean other things before and after.
        if len({event.epoch for event in events}) > 1:
            return False
        try:
            unseen = deliver_to(self._database, handler, events)
        except Exception as error:  # noqa: BLE001 (whose mistake it is shows when each is alone)
            _log.info("events are tried alone", handler=handler.name, count=len(events), exc_info=error)
            metrics.parted.labels(handler.name).inc()
            return False
        metrics.handled.labels(handler.name, "done").inc(len(unseen))
        metrics.handled.labels(handler.name, "duplicate").inc(len(events) - len(unseen))
        return True

    def _failed(
        self, handler: Handler, event: Event, error: Exception, *, queue: str, headers: Mapping[str, Any]
    ) -> Verdict:
        now = self._now()
        attempts = Attempts.read(headers).failed(now)
        early = error if isinstance(error, NotYet) else None
        delay_s = attempts.next_delay_s(self._delays_s, now, is_not_yet=early is not None)
        known = {
            "handler": handler.name,
            "event_id": event.id,
            "event_type": event.type,
            "attempt": attempts.count,
        }
        if delay_s is None:
            metrics.handled.labels(handler.name, "set_aside").inc()
            _log.error("event set aside", **known, exc_info=error)
            reason = getattr(error, "reason", "") or type(error).__name__
            causes = {QUEUE: queue, ERROR: str(reason)[:200], FAILED_AT: str(now)}
            return Verdict(Fate.SET_ASIDE, headers={**attempts.headers(), **causes})
        metrics.handled.labels(handler.name, "not_yet" if early else "later").inc()
        if early:
            _log.info("event is early", **known, delay_s=delay_s, reason=early.reason)
        else:
            _log.warning("event failed", **known, delay_s=delay_s, exc_info=error)
        return Verdict(Fate.LATER, delay_s=delay_s, headers=attempts.headers())
