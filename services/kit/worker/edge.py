"""nameko, and nothing else of ours imports it.

Stock nameko with what it lacks for a business: quorum queues with dead letters, an acknowledgement that
survives a broken connection, a refusal of unreadable messages that does not lose them, and a stop that lets
running handlers finish and acknowledge.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import amqp
import eventlet
from nameko.extensions import Entrypoint
from nameko.messaging import QueueConsumer

from services.kit import envelope
from services.kit.pace import Pace
from services.kit.subscriptions import Subscription, event_queue
from services.kit.telemetry.logs import get_logger
from services.kit.worker import metrics
from services.kit.worker.attempts import Attempts
from services.kit.worker.declared import Handler, Timer
from services.kit.worker.handling import Fate, Handling, Verdict
from services.kit.worker.resender import Resender

#: How long running handlers may take to finish once the process is told to stop.
STOP_S: Final = 3.0
#: Events in one transaction, at most.
TOGETHER: Final = 50
#: Of a handler that takes many, unless a whole transaction's events wait. Devices and people read copies; a
#: tenth of a second later is soon enough.
PACE_S: Final = 0.1
_RESEND_PAUSE_S: Final = 1.0
#: What a connection that broke under an acknowledgement raises; the broker then delivers the message again.
_BROKEN = (OSError, amqp.AMQPError, AttributeError)

_log = get_logger(__name__)


@dataclass(slots=True)
class Shared:
    """What the extensions of one worker process have in common."""

    handling: Handling
    resender: Resender
    tick: Callable[[Timer], None]
    stopping: threading.Event = field(default_factory=threading.Event)


class BusConsumer(QueueConsumer):  # type: ignore[misc]
    """All queues of a worker on one channel."""

    def __init__(self) -> None:
        super().__init__()
        self._in_hand = 0
        self._stop_by = 0.0
        # Handlers acknowledge from their own greenthreads, on one socket.
        self._writing = threading.Lock()

    @property
    def prefetch_count(self) -> int:
        """Of each queue: what one transaction may hold, and as much again that comes meanwhile."""
        return 2 * TOGETHER

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        """Consume with raw messages: what cannot be read is ours to judge, not kombu's."""
        self._in_hand = 0
        for provider in self._providers:
            consumer = consumer_cls(queues=[provider.queue], on_message=partial(self._receive, provider))
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def _receive(self, provider: Subscribed, message: Any) -> None:
        self._in_hand += 1
        provider.receive(message)

    def settle(self, message: Any, action: Callable[[], None]) -> None:
        """Acknowledge or reject; a connection that is gone is no error, the broker has taken the message
        back.
        """
        self._in_hand = max(self._in_hand - 1, 0)
        if not message.channel or not message.channel.connection:
            return
        try:
            with self._writing:
                action()
        except _BROKEN as error:
            _log.warning("not acknowledged, it will come again", exc_info=error)

    def leave(self) -> None:
        """A message stays unacknowledged; the broker takes it back when the connection closes."""
        self._in_hand = max(self._in_hand - 1, 0)

    def on_iteration(self) -> None:
        """Cancel consumers when asked to; leave the loop only when the last message in hand is settled."""
        self._cancel_consumers_if_requested()
        if self._consumers:
            return
        self._stop_by = self._stop_by or time.monotonic() + STOP_S
        if self._in_hand == 0 or time.monotonic() > self._stop_by:
            self.should_stop = True

    def consume(self, limit: Any = None, timeout: Any = None, safety_interval: Any = 1, **kwargs: Any) -> Any:
        """Look twenty times a second whether the last handler has finished, instead of once, when
        stopping.
        """
        return super().consume(limit, timeout, 0.05 if self._stop_by else 0.2, **kwargs)

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        """Try again at least every five seconds; kombu's own pauses grow to half a minute."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error, None, interval_start=0.5, interval_step=0.5, interval_max=5
            )
            yield connection

    def on_decode_error(self, message: Any, error: Exception) -> None:
        """Stock kombu acknowledges what it cannot decode, and so loses it."""
        self.settle(message, message.reject)

    def on_connection_error(self, error: Exception, interval: float) -> None:
        """Say that the broker is away; kombu tries again by itself."""
        _log.warning("broker is away", retry_in_s=interval, exc_info=error)


class Subscribed(Entrypoint):  # type: ignore[misc]
    """One handler and its queue.

    Messages of a handler that takes many wait while it is at work, and until its next transaction may begin;
    what has come by then is handled together, and a lone one never waits for company. Whatever might fail, or
    fell already, is handled alone: a message that failed before, one that came back after its worker died,
    and each of those that failed together.
    """

    queue_consumer = BusConsumer()

    def __init__(self, handler: Handler, subscription: Subscription, shared: Shared, **options: Any) -> None:
        super().__init__(**options)
        self.handler = handler
        self.subscription = subscription
        self.shared = shared
        self.queue = event_queue(subscription)
        self._waiting: deque[Any] = deque()
        self._taken: list[Any] = []
        self._is_busy = False
        self._pace = Pace(PACE_S)
        self._is_full = threading.Event()

    def setup(self) -> None:
        """Have the queue consumed once the container starts."""
        self.queue_consumer.register_provider(self)

    def stop(self) -> None:
        """Take no more messages; those in hand are finished."""
        self.shared.stopping.set()
        self.queue_consumer.unregister_provider(self)

    def receive(self, message: Any) -> None:
        """Take a message from the consumer, which goes on at once."""
        if self.handler.takes_many and not _has_fallen(message):
            self._waiting.append(message)
            if len(self._waiting) >= TOGETHER:
                self._is_full.set()
            self._go_on()
        else:
            self._begin(partial(self._handle_alone, message))

    def _begin(self, function: Callable[[], None]) -> None:
        self.container.spawn_managed_thread(function, identifier="message")

    def _read(self, message: Any) -> envelope.Event | None:
        """Return the message's event; None if it has none, and was set aside."""
        try:
            return envelope.decode(message.body)
        except envelope.Malformed as error:
            metrics.handled.labels(self.handler.name, "unreadable").inc()
            _log.error("unreadable message set aside", queue=self.queue.name, reason=str(error))
            self.queue_consumer.settle(message, message.reject)
            return None

    # Together

    def _go_on(self) -> None:
        """Have what waits handled, unless that is being done."""
        if self._waiting and not self._is_busy:
            self._is_busy = True
            self._begin(self._wait_for_worker)

    def _wait_for_worker(self) -> None:
        self._is_full.wait(self._pace.pause_s())
        self._pace.begin()
        self.container.spawn_worker(self, (self._handle_waiting,), {}, handle_result=self._judge_all)

    def _handle_waiting(self) -> Fate:
        """Runs in a worker: what waits now is handled in one transaction. LATER: it failed."""
        self._taken = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        if len(self._waiting) < TOGETHER:
            self._is_full.clear()
        if self.shared.stopping.is_set():
            return Fate.LEAVE
        read = [(message, event) for message in self._taken if (event := self._read(message)) is not None]
        self._taken = [message for message, _ in read]
        events = [event for _, event in read]
        if not events or self.shared.handling.handle_together(self.handler, events):
            return Fate.ACK
        return Fate.LATER

    def _judge_all(self, context: Any, result: Any = None, exc_info: Any = None) -> tuple[Any, Any]:
        fate: Fate = Fate.LEAVE if exc_info is not None else result  # a mistake of ours: keep the messages
        for message in self._taken:
            if fate is Fate.ACK:
                self.queue_consumer.settle(message, message.ack)
            elif fate is Fate.LATER:
                self._begin(partial(self._handle_alone, message))
            else:
                self.queue_consumer.leave()
        self._taken = []
        self._is_busy = False
        self._go_on()
        return result, exc_info

    # Alone

    def _handle_alone(self, message: Any) -> None:
        """Runs in a greenthread of its own; waits for a free worker."""
        if self.shared.stopping.is_set():
            self.queue_consumer.leave()
            return
        event = self._read(message)
        if event is None:
            return
        work = partial(self._handle_one, event, dict(message.headers or {}))
        self.container.spawn_worker(self, (work,), {}, handle_result=partial(self._judge, message))

    def _handle_one(self, event: envelope.Event, headers: dict[str, Any]) -> Verdict:
        if self.shared.stopping.is_set():
            return Verdict(Fate.LEAVE)
        return self.shared.handling.handle(self.handler, event, queue=self.queue.name, headers=headers)

    def _judge(self, message: Any, context: Any, result: Any = None, exc_info: Any = None) -> tuple[Any, Any]:
        if exc_info is not None:  # a mistake of ours outside of every handler: keep the message
            self.queue_consumer.leave()
            return result, exc_info
        verdict: Verdict = result
        if verdict.fate in (Fate.LATER, Fate.SET_ASIDE) and not self._resend(message, verdict):
            verdict = Verdict(Fate.LEAVE)
        if verdict.fate is Fate.LEAVE:
            self.queue_consumer.leave()
        else:
            self.queue_consumer.settle(message, message.ack)
        return result, exc_info

    def _resend(self, message: Any, verdict: Verdict) -> bool:
        """Send a copy on, confirmed; False if the original must stay because the broker takes nothing."""
        while message.channel and message.channel.connection:
            try:
                if verdict.fate is Fate.SET_ASIDE:
                    self.shared.resender.set_aside(message, headers=verdict.headers or {})
                else:
                    self.shared.resender.send_later(
                        message,
                        queue=self.queue.name,
                        delay_s=verdict.delay_s,
                        headers=verdict.headers or {},
                    )
            except _BROKEN as error:
                _log.warning("not sent on, trying again", queue=self.queue.name, exc_info=error)
                if self.shared.stopping.wait(_RESEND_PAUSE_S):
                    return False
            else:
                return True
        return False


class Ticked(Entrypoint):  # type: ignore[misc]
    """One timer."""

    def __init__(self, timer: Timer, shared: Shared, **options: Any) -> None:
        super().__init__(**options)
        self.timer = timer
        self.shared = shared
        self._thread: Any = None

    def start(self) -> None:
        """Begin to tick; the first run is after one interval."""
        self._thread = self.container.spawn_managed_thread(self._run, identifier=self.timer.name)

    def stop(self) -> None:
        """Return when a run that goes on has finished."""
        self.shared.stopping.set()
        with eventlet.Timeout(STOP_S, False):
            self._thread.wait()

    def _run(self) -> None:
        while not self.shared.stopping.wait(self.timer.interval_s):
            self.shared.tick(self.timer)


def service_class(
    name: str,
    subscribed: Sequence[tuple[Handler, Subscription]],
    timers: Sequence[Timer],
    shared: Shared,
) -> type:
    """The class that nameko runs: one method per handler, one per timer."""
    members: dict[str, Any] = {"name": name}
    for handler, subscription in subscribed:
        members[handler.name] = _method(Subscribed, handler, subscription, shared)
    for timer in timers:
        members[timer.name] = _method(Ticked, timer, shared)
    return type(f"{name.capitalize()}Worker", (), members)


def _method(entrypoint: Any, *arguments: Any) -> Any:
    def method(self: Any, work: Callable[[], Any]) -> Any:
        return work()

    return entrypoint.decorator(*arguments)(method)


def _has_fallen(message: Any) -> bool:
    """True if the message failed here before, or was in hand when a worker died."""
    return bool(message.delivery_info.get("redelivered") or Attempts.read(message.headers or {}).count)
