"""What the CRM tells Prometheus about its business."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

parties = Gauge("sales_crm_parties", "Parties by state.", ["state"])
overdue_activities = Gauge(
    "sales_crm_overdue_activities", "Activities past their time that nobody has closed."
)
fired_reminders = Counter("sales_crm_fired_reminders", "Reminders whose time has come.")
