"""What offers tells Prometheus about its business."""

from __future__ import annotations

from prometheus_client import Gauge

offers = Gauge("sales_offers_offers", "Offers by state.", ["state"])
orders = Gauge("sales_offers_orders", "Customer orders by state.", ["state"])
oldest_unanswered_order = Gauge(
    "sales_offers_oldest_unanswered_order_seconds", "Age of the oldest order that the ERP has not answered."
)
