"""What sync's api tells Prometheus."""

from __future__ import annotations

from prometheus_client import Counter

mismatches = Counter(
    "sales_sync_mismatches_total", "Buckets of a device that differed from the store's. Must stay 0."
)
