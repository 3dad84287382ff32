"""The reports of offers that a company begins with, and their dashboard."""

from __future__ import annotations

from typing import Final

from services.kit.reports.standard import (
    Place,
    StandardDashboard,
    StandardReport,
    by,
    measure,
)

_OFFER: Final = "offers.offer"
_REVISION: Final = "offers.revision"
_DECIDED: Final = " AND ".join(
    f"state != {state}"
    for state in ("unspecified", "draft", "in_work", "ready", "sent", "negotiation", "suspended")
)
#: Revisions that still stand for their offer.
_STANDING: Final = "state != superseded AND state != withdrawn AND state != not_chosen"
_WON: Final = 'accepted_revision_id != ""'
_HOW_MANY: Final = measure("count", texts=("Quante", "How many"))
_TAXABLE: Final = measure("sum", "taxable", ("Imponibile", "Taxable"))

REPORTS: Final = (
    StandardReport(
        "my-expiring",
        ("Le mie offerte in scadenza", "My offers that expire"),
        (
            "Revisioni inviate di mie offerte, valide ancora al massimo due settimane.",
            "Sent revisions of my offers that are valid for two weeks at most.",
        ),
        {
            "source": _REVISION,
            "filter": (
                "state = sent AND offer_id.owner_id = me AND valid_until >= today AND valid_until < today+14d"
            ),
            "groups": [
                by("valid_until", "day", ("Scadenza", "Valid until")),
                by("offer_id", texts=("Offerta", "Offer")),
                by("offer_id.party_id", texts=("Cliente", "Customer")),
            ],
            "measures": [_TAXABLE],
            "limit": 30,
            "chart": {"kind": "table"},
        },
    ),
    StandardReport(
        "win-rate",
        ("Offerte vinte per mese", "Offers won by month"),
        (
            "Offerte decise degli ultimi dodici mesi, per mese dell'offerta: quante, e la quota accettata.",
            "Decided offers of the last twelve months, by month: how many, and the share accepted.",
        ),
        {
            "source": _OFFER,
            "filter": f"offer_date >= month-11m AND {_DECIDED}",
            "groups": [by("offer_date", "month", ("Mese", "Month"))],
            "measures": [measure("share", texts=("Vinte %", "Won %"), filter=_WON), _HOW_MANY],
            "chart": {"kind": "line"},
        },
    ),
    StandardReport(
        "value-by-state",
        ("Valore delle offerte per stato", "Value of offers by state"),
        (
            "Imponibile delle revisioni valide, per stato dell'offerta; di più alternative contano tutte.",
            "Taxable amount of standing revisions, by state of the offer; all alternatives count.",
        ),
        {
            "source": _REVISION,
            "filter": _STANDING,
            "groups": [by("offer_id.state", texts=("Stato", "State"))],
            "measures": [_TAXABLE, measure("distinct", "offer_id", ("Offerte", "Offers"))],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "discount",
        ("Sconto di testata per mese", "Header discount by month"),
        (
            "Netto delle righe e sconto di testata delle revisioni inviate o accettate negli ultimi 12 mesi.",
            "Net of the lines and header discount of revisions sent or accepted in the last 12 months.",
        ),
        {
            "source": _REVISION,
            "filter": f"{_STANDING} AND state != draft AND frozen_at >= month-11m",
            "groups": [by("frozen_at", "month", ("Mese", "Month"))],
            "measures": [
                measure("sum", "header_discount", ("Sconto", "Discount")),
                measure("sum", "lines_net", ("Netto delle righe", "Net of the lines")),
            ],
            "chart": {"kind": "bar"},
        },
    ),
    StandardReport(
        "time-to-decide",
        ("Giorni dall'offerta all'ordine", "Days from offer to order"),
        (
            "Ordini degli ultimi dodici mesi: giorni dalla data dell'offerta alla richiesta d'ordine.",
            "Orders of the last twelve months: days from the offer's date to the request of the order.",
        ),
        {
            "source": "offers.order",
            "filter": "requested_at >= month-11m",
            "groups": [by("requested_at", "month", ("Mese", "Month"))],
            "measures": [
                measure("median", "requested_at", ("Mediana", "Median"), since="offer_id.offer_date"),
                measure(
                    "p90", "requested_at", ("90° percentile", "90th percentile"), since="offer_id.offer_date"
                ),
                measure("count", texts=("Ordini", "Orders")),
            ],
            "chart": {"kind": "line"},
        },
    ),
    StandardReport(
        "lost-reasons",
        ("Perché perdiamo", "Why we lose"),
        (
            "Offerte perse degli ultimi dodici mesi, per motivo.",
            "Offers lost of the last twelve months, by reason.",
        ),
        {
            "source": _OFFER,
            "filter": "state = lost AND offer_date >= month-11m",
            "groups": [by("outcome_reason_id", texts=("Motivo", "Reason"))],
            "measures": [_HOW_MANY],
            "order_by": "measure_1 desc",
            "chart": {"kind": "bar"},
        },
    ),
)

DASHBOARDS: Final = (
    StandardDashboard(
        "offers",
        ("Offerte", "Offers"),
        (
            "Quante ne vinciamo, quanto valgono, quanto scontiamo e perché perdiamo.",
            "How many we win, what they are worth, how much we discount and why we lose.",
        ),
        (
            Place("offers", "win-rate", 0, 0, 6, 4),
            Place("offers", "value-by-state", 6, 0, 6, 4),
            Place("offers", "discount", 0, 4, 4, 4),
            Place("offers", "time-to-decide", 4, 4, 4, 4),
            Place("offers", "lost-reasons", 8, 4, 4, 4),
        ),
        30,
        {"owner_id": ("Venditore", "Salesperson"), "product_line": ("Linea di prodotto", "Product line")},
    ),
)
