"""What a sequencer shows."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

events = Counter("sales_sync_events_total", "Events that the sequencer has committed.", ["service"])
doubles = Counter("sales_sync_doubles_total", "Events that had been committed before.", ["service"])
replays = Counter("sales_sync_replays_total", "Gaps that were fetched from an owner.", ["service"])
exports = Counter("sales_sync_exports_total", "Exports of an owner that were begun.", ["service"])
quarantined = Gauge("sales_sync_quarantined", "Records that cannot be applied. Must be 0.")
head = Gauge("sales_sync_head", "Last number given.")
leads = Gauge("sales_sync_leads", "1 while this process is the sequencer.")
commit_seconds = Histogram(
    "sales_sync_commit_seconds",
    "From the last event of a batch to its commit.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
