"""What a worker tells Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

handled = Counter("sales_worker_events", "Messages by what became of them.", ["handler", "outcome"])
duration = Histogram("sales_worker_handler_seconds", "Time of one transaction of a handler.", ["handler"])
together = Histogram(
    "sales_worker_together",
    "Events that one transaction of a handler held.",
    ["handler"],
    buckets=(1, 2, 5, 10, 20, 50),
)
parted = Counter(
    "sales_worker_parted", "Transactions of many events that failed; each was tried alone then.", ["handler"]
)
lag = Histogram(
    "sales_worker_lag_seconds",
    "From the event's commit at its owner to the handler's commit here.",
    ["handler"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600),
)
database_away = Gauge("sales_worker_database_away", "1 while the service's own database does not answer.")
timer_failures = Counter("sales_worker_timer_failures", "Runs of a timer that failed.", ["timer"])
queue_messages = Gauge("sales_queue_messages", "Messages ready in a queue of this service.", ["queue"])
dead_letters = Gauge(
    "sales_dead_letters", "Messages set aside because nobody could handle them.", ["subscriber"]
)
