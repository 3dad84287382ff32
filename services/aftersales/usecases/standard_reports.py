"""The reports of after-sales that a company begins with, and their dashboard."""

from __future__ import annotations

from typing import Final

from services.kit.reports.standard import (
    Place,
    StandardDashboard,
    StandardReport,
    by,
    measure,
)

_REQUEST: Final = "aftersales.request"
_OPEN: Final = "state != resolved AND state != closed"
_HOW_MANY: Final = measure("count", texts=("Richieste", "Requests"))
_MONTH: Final = by("reported_at", "month", ("Mese", "Month"))
_NINE_OF_TEN: Final = ("90° percentile", "90th percentile")

REPORTS: Final = (
    StandardReport(
        "open",
        ("Richieste aperte", "Open requests"),
        ("Richieste non risolte, per stato e priorità.", "Requests not resolved, by state and priority."),
        {
            "source": _REQUEST,
            "filter": _OPEN,
            "groups": [by("state", texts=("Stato", "State")), by("priority", texts=("Priorità", "Priority"))],
            "measures": [_HOW_MANY],
            "chart": {"kind": "stacked_bar"},
        },
    ),
    StandardReport(
        "late",
        ("Richieste oltre il termine", "Requests beyond their deadline"),
        (
            "Richieste non risolte il cui termine di risoluzione è passato, per tecnico.",
            "Requests not resolved whose deadline for it has passed, by technician.",
        ),
        {
            "source": _REQUEST,
            "filter": f"{_OPEN} AND resolution_due_at < now",
            "groups": [by("assignee_id", texts=("Tecnico", "Technician"))],
            "measures": [_HOW_MANY],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "response-time",
        ("Ore fino alla risposta", "Hours to respond"),
        (
            "Ore di calendario dalla segnalazione alla prima risposta, per mese; ultimi dodici mesi.",
            "Hours by the clock from report to first response, by month; the last twelve months.",
        ),
        {
            "source": _REQUEST,
            "filter": 'reported_at >= month-11m AND responded_at != ""',
            "groups": [_MONTH],
            "measures": [
                measure("median", "responded_at", ("Mediana", "Median"), since="reported_at"),
                measure("p90", "responded_at", _NINE_OF_TEN, since="reported_at"),
                _HOW_MANY,
            ],
            "chart": {"kind": "line"},
        },
    ),
    StandardReport(
        "repair-time",
        ("Ore fino alla risoluzione", "Hours to resolve"),
        (
            "Ore di calendario dalla segnalazione alla risoluzione, attese comprese; ultimi dodici mesi.",
            "Hours by the clock from report to resolution, waits included; the last twelve months.",
        ),
        {
            "source": _REQUEST,
            "filter": 'reported_at >= month-11m AND resolved_at != ""',
            "groups": [_MONTH],
            "measures": [
                measure("median", "resolved_at", ("Mediana", "Median"), since="reported_at"),
                measure("p90", "resolved_at", _NINE_OF_TEN, since="reported_at"),
                _HOW_MANY,
            ],
            "chart": {"kind": "line"},
        },
    ),
    StandardReport(
        "anomalies",
        ("Anomalie per prodotto", "Anomalies by product"),
        (
            "Richieste degli ultimi dodici mesi, per modello e sintomo; le venti più frequenti.",
            "Requests of the last twelve months, by model and symptom; the twenty most frequent.",
        ),
        {
            "source": _REQUEST,
            "filter": "reported_at >= month-11m",
            "groups": [
                by("installed_product_id.model", texts=("Modello", "Model")),
                by("symptom_id", texts=("Sintomo", "Symptom")),
            ],
            "measures": [_HOW_MANY, measure("distinct", "installed_product_id", ("Macchine", "Machines"))],
            "order_by": "measure_1 desc",
            "limit": 20,
            "chart": {"kind": "stacked_bar"},
        },
    ),
)

DASHBOARDS: Final = (
    StandardDashboard(
        "service",
        ("Assistenza", "After-sales"),
        (
            "Che cosa è aperto, quanto aspettano i clienti, e che cosa si guasta.",
            "What is open, how long customers wait, and what breaks.",
        ),
        (
            Place("aftersales", "open", 0, 0, 6, 4),
            Place("aftersales", "late", 6, 0, 6, 4),
            Place("aftersales", "response-time", 0, 4, 4, 4),
            Place("aftersales", "repair-time", 4, 4, 4, 4),
            Place("aftersales", "anomalies", 8, 4, 4, 4),
        ),
        50,
        {"assignee_id": ("Tecnico", "Technician"), "priority": ("Priorità", "Priority")},
    ),
)
