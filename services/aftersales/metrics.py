"""What after-sales tells Prometheus about its business."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

deliveries = Counter("sales_aftersales_deliveries", "Deliveries that were turned into machines and parts.")
open_requests = Gauge("sales_aftersales_open_requests", "Requests that are not over, by state.", ["state"])
overdue_requests = Gauge(
    "sales_aftersales_overdue_requests", "Open requests past a deadline, by clock.", ["clock"]
)
