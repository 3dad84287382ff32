"""What the CRM tells Prometheus about its business."""

from __future__ import annotations

from prometheus_client import Gauge

parties = Gauge("sales_crm_parties", "Parties by state.", ["state"])
overdue_activities = Gauge(
    "sales_crm_overdue_activities", "Activities past their time that nobody has closed."
)
