"""What the relay tells Prometheus; each by service."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

unpublished = Gauge(
    "sales_outbox_unpublished", "Events not confirmed by the broker (10,000: or more).", ["service"]
)
oldest_age = Gauge("sales_outbox_age_seconds", "Age of the oldest unpublished event.", ["service"])
published = Counter("sales_relay_published", "Events confirmed by the broker.", ["service"])
returned = Counter("sales_relay_returned", "Events that no queue was bound to.", ["service"])
waiting = Gauge(
    "sales_relay_waiting", "1 while a subscriber's queue is missing and publishing waits for it.", ["service"]
)
leader = Gauge("sales_relay_leader", "1 while this process publishes the service's events.", ["service"])
failures = Counter("sales_relay_failures", "Times that the relay lost its database or broker.", ["service"])
