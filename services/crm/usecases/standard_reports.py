"""The CRM's reports that a company begins with, and the dashboards that it opens on Monday morning."""

from __future__ import annotations

from typing import Final

from services.kit.reports.standard import (
    Place,
    StandardDashboard,
    StandardReport,
    by,
    measure,
)

_TODO: Final = "state != done AND state != cancelled"
_ACTIVITY: Final = "crm.activity"
_OPPORTUNITY: Final = "crm.opportunity"
_PARTY: Final = "crm.party"
_KIND: Final = by("kind", texts=("Tipo", "Kind"))
_HOW_MANY: Final = measure("count", texts=("Quante", "How many"))
_VALUE: Final = measure("sum", "value", ("Valore", "Value"))
_CUSTOMER: Final = by("party_id", texts=("Cliente", "Customer"))
_OWNER: Final = by("owner_id", texts=("Venditore", "Salesperson"))
_TERRITORY: Final = by("territory_id", texts=("Zona", "Territory"))

REPORTS: Final = (
    StandardReport(
        "my-overdue",
        ("Le mie attività in ritardo", "My overdue activities"),
        (
            "Mie attività da fare con scadenza prima di oggi.",
            "My activities that are to be done and were due before today.",
        ),
        {
            "source": _ACTIVITY,
            "filter": f"owner_id = me AND {_TODO} AND due_at < today",
            "groups": [_KIND],
            "measures": [_HOW_MANY],
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "my-week",
        ("I miei appuntamenti della settimana", "My appointments of the week"),
        (
            "Mie attività che iniziano da lunedì a domenica, per giorno e tipo; non quelle annullate.",
            "My activities that begin from Monday to Sunday, by day and kind; not the cancelled ones.",
        ),
        {
            "source": _ACTIVITY,
            "filter": "owner_id = me AND state != cancelled AND starts_at >= week AND starts_at < week+1w",
            "groups": [by("starts_at", "day", ("Giorno", "Day")), _KIND],
            "measures": [_HOW_MANY],
            "chart": {"kind": "stacked_bar"},
        },
    ),
    StandardReport(
        "my-due",
        ("Le mie scadenze della settimana", "What is due to me this week"),
        (
            "Mie attività da fare con scadenza da oggi a domenica, per giorno.",
            "My activities to be done that are due from today to Sunday, by day.",
        ),
        {
            "source": _ACTIVITY,
            "filter": f"owner_id = me AND {_TODO} AND due_at >= today AND due_at < week+1w",
            "groups": [by("due_at", "day", ("Giorno", "Day"))],
            "measures": [_HOW_MANY],
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "my-without-next-step",
        ("Le mie trattative senza prossimo passo", "My opportunities without a next step"),
        (
            "Mie trattative aperte a cui nessuna attività da fare fa riferimento.",
            "My open opportunities that no activity to be done is about.",
        ),
        {
            "source": _OPPORTUNITY,
            "filter": 'owner_id = me AND closed_at = ""',
            "related": [{"entity": _ACTIVITY, "field": "subject_id", "filter": _TODO, "absent": True}],
            "groups": [_CUSTOMER],
            "measures": [_HOW_MANY, _VALUE],
            "order_by": "measure_2 desc",
            "limit": 20,
            "chart": {"kind": "table"},
        },
    ),
    StandardReport(
        "pipeline",
        ("Trattative aperte per fase", "Open opportunities by stage"),
        (
            "Trattative aperte o in offerta; valore atteso senza IVA, per valuta.",
            "Opportunities that are open or quoted; expected value without VAT, by currency.",
        ),
        {
            "source": _OPPORTUNITY,
            "filter": 'closed_at = ""',
            "groups": [by("stage_id", texts=("Fase", "Stage"))],
            "measures": [_VALUE, _HOW_MANY],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "forecast",
        ("Previsione per mese", "Forecast by month"),
        (
            "Trattative aperte con chiusura attesa da questo mese a un anno; valore pieno, non ponderato.",
            "Open opportunities expected to close within a year from this month; value in full, not weighed.",
        ),
        {
            "source": _OPPORTUNITY,
            "filter": 'closed_at = "" AND expected_close >= month AND expected_close < month+12m',
            "groups": [by("expected_close", "month", ("Mese", "Month"))],
            "measures": [_VALUE, _HOW_MANY],
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "pipeline-by-owner",
        ("Trattative aperte per venditore", "Open opportunities by salesperson"),
        (
            "Trattative aperte; quante, valore, e quante avrebbero dovuto chiudersi prima di oggi.",
            "Open opportunities; how many, value, and how many should have closed before today.",
        ),
        {
            "source": _OPPORTUNITY,
            "filter": 'closed_at = ""',
            "groups": [_OWNER],
            "measures": [
                _VALUE,
                _HOW_MANY,
                measure("count", texts=("In ritardo", "Late"), filter="expected_close < today"),
            ],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "won",
        ("Trattative vinte per mese", "Opportunities won by month"),
        (
            "Trattative vinte negli ultimi dodici mesi, per mese di chiusura.",
            "Opportunities won in the last twelve months, by the month in which they closed.",
        ),
        {
            "source": _OPPORTUNITY,
            "filter": "state = won AND closed_at >= month-11m",
            "groups": [by("closed_at", "month", ("Mese", "Month"))],
            "measures": [_VALUE, _HOW_MANY],
            "chart": {"kind": "line"},
        },
    ),
    StandardReport(
        "not-visited",
        ("Clienti non visitati da 90 giorni", "Customers not visited for 90 days"),
        (
            "Clienti senza una visita iniziata negli ultimi 90 giorni, né una futura; non quelle annullate.",
            "Customers without a visit that began within 90 days or is to come; cancelled ones do not count.",
        ),
        {
            "source": _PARTY,
            "filter": "state = customer",
            "related": [
                {
                    "entity": _ACTIVITY,
                    "field": "party_id",
                    "filter": "kind = visit AND state != cancelled AND starts_at >= today-90d",
                    "absent": True,
                }
            ],
            "groups": [_OWNER],
            "measures": [measure("count", texts=("Clienti", "Customers"))],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "new-parties",
        ("Nuove anagrafiche per mese", "New parties by month"),
        (
            "Prospect e clienti registrati negli ultimi dodici mesi, per mese e stato di oggi.",
            "Prospects and customers entered in the last twelve months, by month and their state today.",
        ),
        {
            "source": _PARTY,
            "filter": "created_at >= month-11m AND state != merged AND state != erased",
            "groups": [by("created_at", "month", ("Mese", "Month")), by("state", texts=("Stato", "State"))],
            "measures": [measure("count", texts=("Anagrafiche", "Parties"))],
            "chart": {"kind": "stacked_bar"},
        },
    ),
    StandardReport(
        "customers-by-territory",
        ("Clienti per zona", "Customers by territory"),
        ("Clienti di oggi, per zona.", "Customers as of today, by territory."),
        {
            "source": _PARTY,
            "filter": "state = customer",
            "groups": [_TERRITORY],
            "measures": [measure("count", texts=("Clienti", "Customers"))],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "credit",
        ("Clienti per credito", "Customers by credit"),
        (
            "Clienti di oggi, per stato del fido nell'ERP.",
            "Customers as of today, by their credit in the ERP.",
        ),
        {
            "source": _PARTY,
            "filter": "state = customer",
            "groups": [by("credit_state", texts=("Credito", "Credit"))],
            "measures": [measure("count", texts=("Clienti", "Customers"))],
            "chart": {"kind": "pie"},
        },
    ),
)

DASHBOARDS: Final = (
    StandardDashboard(
        "my-week",
        ("La mia settimana", "My week"),
        (
            "Che cosa è in ritardo, che cosa viene, e che cosa si è fermato.",
            "What is late, what comes, and what has come to a halt.",
        ),
        (
            Place("crm", "my-overdue", 0, 0, 4, 4),
            Place("crm", "my-due", 4, 0, 4, 4),
            Place("crm", "my-week", 8, 0, 4, 4),
            Place("crm", "my-without-next-step", 0, 4, 6, 5),
            Place("offers", "my-expiring", 6, 4, 6, 5),
        ),
        10,
    ),
    StandardDashboard(
        "pipeline",
        ("Trattative e previsioni", "Pipeline and forecast"),
        (
            "Quanto vale ciò che è aperto, quando si chiude e di chi è.",
            "What is open is worth, when it closes, and whose it is.",
        ),
        (
            Place("crm", "pipeline", 0, 0, 6, 4),
            Place("crm", "forecast", 6, 0, 6, 4),
            Place("crm", "pipeline-by-owner", 0, 4, 6, 4),
            Place("crm", "won", 6, 4, 6, 4),
        ),
        20,
        {"owner_id": ("Venditore", "Salesperson"), "product_line": ("Linea di prodotto", "Product line")},
    ),
    StandardDashboard(
        "customers",
        ("Clienti", "Customers"),
        (
            "Chi non vediamo da tempo, chi è nuovo, e dove sono.",
            "Whom we have not seen for long, who is new, and where they are.",
        ),
        (
            Place("crm", "not-visited", 0, 0, 6, 4),
            Place("crm", "new-parties", 6, 0, 6, 4),
            Place("crm", "customers-by-territory", 0, 4, 6, 4),
            Place("crm", "credit", 6, 4, 6, 4),
        ),
        40,
        {"owner_id": ("Venditore", "Salesperson"), "territory_id": ("Zona", "Territory")},
    ),
)
