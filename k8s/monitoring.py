"""Alerts and the dashboard, as values. Every alert says what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """`expression` holds for `minutes`: somebody must do something."""

    name: str
    expression: str
    minutes: int
    severity: str
    summary: str
    remedy: str


ALERTS: Final[Sequence[Alert]] = (
    Alert(
        "OutboxOld",
        "max by (service) (sales_outbox_age_seconds) > 60",
        2,
        "critical",
        "Events of {{ $labels.service }} have waited for {{ $value | humanizeDuration }}.",
        "Look whether a relay leads (sales_relay_leader), the broker is up, every subscriber has its queue.",
    ),
    Alert(
        "NobodyRelays",
        "max by (service) (sales_relay_leader) < 1",
        2,
        "critical",
        "No relay leads for {{ $labels.service }}.",
        "Look at the relay's log: database or broker away. Nothing is lost, it waits in the outbox.",
    ),
    Alert(
        "EventWaitsForSubscriber",
        "max by (service) (sales_relay_waiting) > 0",
        5,
        "warning",
        "Events of {{ $labels.service }} wait for a subscriber's queue.",
        "Run the migrate role of the subscriber: it declares its queues.",
    ),
    Alert(
        "QueueLong",
        "max by (queue) (sales_queue_messages) > 5000",
        10,
        "warning",
        "{{ $labels.queue }} holds {{ $value }} messages.",
        "Start more workers of that service; look for a handler that has become slow.",
    ),
    Alert(
        "DeadLetters",
        "max by (subscriber) (sales_dead_letters) > 0",
        1,
        "critical",
        "{{ $value }} messages of {{ $labels.subscriber }} could not be handled.",
        "`sales admin dead-letters list`, correct the cause, then `sales admin dead-letters replay`.",
    ),
    Alert(
        "WorkerWithoutDatabase",
        "max by (app) (sales_worker_database_away) > 0",
        2,
        "critical",
        "Workers of {{ $labels.app }} cannot reach their database and consume nothing.",
        "Bring the database back; nothing is lost meanwhile.",
    ),
    Alert(
        "Quarantine",
        "max(sales_sync_quarantined) > 0",
        2,
        "critical",
        "{{ $value }} records cannot be given to devices.",
        "The cause stands in the table quarantine of sync; each record is fetched again every minute.",
    ),
    Alert(
        "NobodySequences",
        "max(sales_sync_leads) < 1",
        2,
        "critical",
        "No sequencer leads: devices get nothing new.",
        "Look at the sequencer's log; it needs its database and the broker.",
    ),
    Alert(
        "ChecksumMismatch",
        "sum(increase(sales_sync_mismatches_total[30m])) > 0",
        0,
        "critical",
        "A device's copy differed from the server's. It heals by itself, but must never happen.",
        "Find the buckets in the log of sync's api and keep the store as it is for whoever looks into it.",
    ),
    Alert(
        "OrdersUnregistered",
        "max(sales_offers_oldest_unanswered_order_seconds) > 1800",
        5,
        "critical",
        "The ERP has not answered an order for {{ $value | humanizeDuration }}.",
        "See that the ERP consumes erp.orders. Orders are asked again every ten minutes.",
    ),
    Alert(
        "OrdersRefused",
        'max(sales_offers_orders{state="refused"}) > 0',
        10,
        "warning",
        "{{ $value }} orders were refused by the ERP.",
        "The reason stands on the order; correct the customer or the articles, then retry.",
    ),
    Alert(
        "MailStuck",
        "max(sales_mail_oldest_queued_seconds) > 900",
        5,
        "warning",
        "A message has waited {{ $value | humanizeDuration }} to be sent.",
        "Look at the mailboxes' problems: a password, or a server that cannot be reached.",
    ),
    Alert(
        "RequestsOverdue",
        "max by (clock) (sales_aftersales_overdue_requests) > 0",
        15,
        "info",
        "{{ $value }} requests have missed their {{ $labels.clock }}.",
        "Assign them, or tell the customers.",
    ),
    Alert(
        "CallsFail",
        'sum by (app) (rate(sales_grpc_server_seconds_count{status=~"INTERNAL|UNKNOWN"}[5m])) > 0.05',
        5,
        "critical",
        "{{ $labels.app }} answers with unexpected errors.",
        "The request ids stand in its log.",
    ),
    Alert(
        "SlowAnswers",
        "histogram_quantile(0.95, sum by (le) (rate(sales_http_seconds_bucket[10m]))) > 1",
        10,
        "warning",
        "One answer of twenty takes more than a second.",
        "The dashboard shows which route, and which service behind it.",
    ),
    Alert(
        "GatewayBlind",
        "min(sales_gateway_watch_connected) < 1",
        1,
        "critical",
        "A gateway does not follow identity: after 30 s it lets nobody in.",
        "See that identity's api is up and can be reached from the gateway.",
    ),
)


def rules() -> Value:
    """Return the alerts as Prometheus reads them."""
    return {"groups": [{"name": "project-sales", "rules": [_rule(alert) for alert in ALERTS]}]}


def _rule(alert: Alert) -> Value:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": f"{alert.minutes}m",
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.summary, "remedy": alert.remedy},
    }


def prometheus_rule() -> Value:
    """Return the alerts as the operator's object."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "project-sales", "labels": {"app.kubernetes.io/part-of": "project-sales"}},
        "spec": rules(),
    }


def prometheus_config() -> Value:
    """Return the configuration of a Prometheus without its operator: every pod of ours, and the alerts."""
    label = "__meta_kubernetes_pod_label_app_kubernetes_io_"
    job = {
        "job_name": "project-sales",
        "kubernetes_sd_configs": [{"role": "pod"}],
        "relabel_configs": [
            {"source_labels": [f"{label}part_of"], "regex": "project-sales", "action": "keep"},
            {
                "source_labels": ["__meta_kubernetes_pod_container_port_name"],
                "regex": "metrics",
                "action": "keep",
            },
            {"source_labels": [f"{label}name"], "target_label": "app"},
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
    }
    intervals = {"scrape_interval": "15s", "evaluation_interval": "15s"}
    return {"global": intervals, "rule_files": ["rules.yaml"], "scrape_configs": [job]}


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure: its expressions with their legends."""

    title: str
    expressions: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8


_RATE: Final = "[5m]"


def _p95(histogram: str, label: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {label}) (rate({histogram}_bucket{_RATE})))"


ROWS: Final[Sequence[tuple[str, Sequence[Panel]]]] = (
    (
        "The business",
        (
            Panel("Offers by state", [("max by (state) (sales_offers_offers)", "{{state}}")], width=12),
            Panel("Orders by state", [("max by (state) (sales_offers_orders)", "{{state}}")], width=12),
            Panel("Parties by state", [("max by (state) (sales_crm_parties)", "{{state}}")]),
            Panel("Activities overdue", [("max(sales_crm_overdue_activities)", "overdue")], kind="stat"),
            Panel("Requests", [("max by (state) (sales_aftersales_open_requests)", "{{state}}")]),
        ),
    ),
    (
        "People's requests",
        (
            Panel(
                "Requests a second",
                [(f"sum by (route) (rate(sales_http_seconds_count{_RATE}))", "{{route}}")],
                "reqps",
                width=12,
            ),
            Panel(
                "Time to answer",
                [
                    (
                        f"histogram_quantile({q}, sum by (le) (rate(sales_http_seconds_bucket{_RATE})))",
                        f"p{q}",
                    )
                    for q in (0.5, 0.95, 0.99)
                ],
                "s",
                width=12,
            ),
        ),
    ),
    (
        "Services",
        (
            Panel(
                "Calls a second",
                [(f"sum by (app) (rate(sales_grpc_server_seconds_count{_RATE}))", "{{app}}")],
                "reqps",
            ),
            Panel(
                "Time of calls, p95",
                [
                    (_p95("sales_grpc_server_seconds", "app"), "{{app}}"),
                ],
                "s",
            ),
            Panel("Calls being served", [("sum by (app) (sales_grpc_server_in_flight)", "{{app}}")]),
        ),
    ),
    (
        "Events",
        (
            Panel("Age of the outbox", [("max by (service) (sales_outbox_age_seconds)", "{{service}}")], "s"),
            Panel(
                "Published", [(f"sum by (service) (rate(sales_relay_published_total{_RATE}))", "{{service}}")]
            ),
            Panel("Queues", [("max by (queue) (sales_queue_messages)", "{{queue}}")]),
            Panel(
                "From event to effect, p95",
                [
                    (_p95("sales_worker_lag_seconds", "handler"), "{{handler}}"),
                ],
                "s",
            ),
            Panel("Handled", [(f"sum by (outcome) (rate(sales_worker_events_total{_RATE}))", "{{outcome}}")]),
            Panel(
                "Dead letters", [("max by (subscriber) (sales_dead_letters)", "{{subscriber}}")], kind="stat"
            ),
        ),
    ),
    (
        "Devices",
        (
            Panel(
                "Events sequenced",
                [(f"sum by (service) (rate(sales_sync_events_total{_RATE}))", "{{service}}")],
            ),
            Panel("Head", [("max(sales_sync_head)", "head")]),
            Panel(
                "Must be 0",
                [
                    ("max(sales_sync_quarantined)", "quarantine"),
                    ("sum(increase(sales_sync_mismatches_total[1d]))", "mismatches in a day"),
                ],
                kind="stat",
            ),
        ),
    ),
    (
        "Mail",
        (
            Panel("Waiting to be sent", [("max(sales_mail_queued)", "messages")], width=6),
            Panel("Oldest", [("max(sales_mail_oldest_queued_seconds)", "age")], "s", width=6),
            Panel(
                "To be filed by a person",
                [("max(sales_mail_review_items)", "messages")],
                kind="stat",
                width=6,
            ),
            Panel(
                "Attempts",
                [(f"sum by (outcome) (rate(sales_mail_attempts_total{_RATE}))", "{{outcome}}")],
                width=6,
            ),
        ),
    ),
)


def dashboard() -> Value:
    """Return the dashboard in Grafana's form; its data source is chosen when it is opened."""
    panels: list[Value] = []
    y = 0
    for title, row in ROWS:
        panels.append(_row(len(panels) + 1, title, y))
        y += 1
        x = 0
        for panel in row:
            if x + panel.width > 24:
                x, y = 0, y + 8
            panels.append(_panel(len(panels) + 1, panel, x, y))
            x += panel.width
        y += 8
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {
        "uid": "project-sales",
        "title": "Project Sales",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [source]},
        "panels": panels,
    }


def _row(number: int, title: str, y: int) -> Value:
    place = {"h": 1, "w": 24, "x": 0, "y": y}
    return {"id": number, "type": "row", "title": title, "gridPos": place, "collapsed": False, "panels": []}


def _panel(number: int, panel: Panel, x: int, y: int) -> Value:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": source,
        "gridPos": {"h": 8, "w": panel.width, "x": x, "y": y},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(65 + i), "datasource": source, "expr": expression, "legendFormat": legend}
            for i, (expression, legend) in enumerate(panel.expressions)
        ],
    }


def dashboard_text() -> str:
    """Return the dashboard as its file."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"
