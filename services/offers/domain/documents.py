"""Records of an offer (the JSON of `/v1/offers/...`) as the kernel's values: the same reading on every
machine.

The offers service, the desktop replica and the browser hold a revision, its lines and its charges as
records. All of them price and freeze through this module, so a hash computed in the customer's factory is
the server's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from services.offers.domain.charges import SPREAD, Charge
from services.offers.domain.contents import freeze_revision
from services.offers.domain.costing import Costs
from services.offers.domain.lines import Line
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.revision import Revision
from services.offers.domain.snapshot import Snapshot
from services.offers.domain.spreading import spread
from services.offers.domain.totals import price_revision

Record: TypeAlias = Mapping[str, Any]

#: Texts and dates of the revision that the customer agrees to. The number stays outside, ids inside.
_DOCUMENT: Final = ("ordinal", "alternative", "language", "valid_until")
_TEXTS: Final = ("payment_terms", "delivery_terms", "introduction")


def in_order(records: Sequence[Record]) -> list[Record]:
    """Lines or charges in the order of the document."""
    return sorted(records, key=lambda record: (record["position"], record["id"]))


def document_label(offer: Record, revision: Record) -> str:
    """How a document calls a revision: OFF-2026-00123/B rev. 2; "" stands for a number not given yet."""
    alternative = f"/{revision['alternative']}" if revision["alternative"] else ""
    return f"{offer['number']}{alternative} rev. {revision['ordinal']}".strip()


def totals_of(revision: Record, lines: Sequence[Record], charges: Sequence[Record]) -> RevisionTotals:
    """The priced revision; lines and charges are taken in the order of the document.

    Raises:
        Invalid: those of `totals.price_revision`.
    """
    return _inputs(revision, lines, charges).totals()


def line_worth(record: Record, currency: str) -> str:
    """What a line alone is worth after its discounts, as text.

    Raises:
        Invalid: those of `totals.price_revision`.
    """
    (amount,) = price_revision([_line(record)], currency=currency).line_amounts
    return format(amount, "f")


def freeze_records(
    revision: Record,
    offer: Record,
    lines: Sequence[Record],
    charges: Sequence[Record],
    *,
    previous_sha256: str = "",
    unit_costs: Mapping[str, str] | None = None,
) -> Snapshot:
    """The snapshot of a revision. `unit_costs` (line id -> cost of one unit) is for those who see costs;
    without
    it the snapshot has no internal part and the same hash.

    Raises:
        NotAllowedNow: CHARGE_WITHOUT_LINES.
        Invalid: those of pricing and spreading.
    """
    whole = revision_of(revision, lines, charges)
    costs = None if unit_costs is None else Costs(units=unit_costs)
    return freeze_revision(whole, _document(revision, offer), previous_sha256=previous_sha256, costs=costs)


def revision_of(revision: Record, lines: Sequence[Record], charges: Sequence[Record]) -> Revision:
    """The kernel's revision. Charges that are to be spread are spread by net value over the lines."""
    inputs = _inputs(revision, lines, charges)
    spread_ids = [charge.id for charge in inputs.charges if charge.mode == SPREAD]
    if not spread_ids:
        return inputs
    totals = inputs.totals()
    waiting = {inputs.charges[position].id for position in totals.waiting}
    runs = tuple(spread(totals, charge_id) for charge_id in spread_ids if charge_id not in waiting)
    return Revision(
        lines=inputs.lines,
        header_discounts=inputs.header_discounts,
        charges=inputs.charges,
        currency=inputs.currency,
        spreads=runs,
        texts=inputs.texts,
    )


def _inputs(revision: Record, lines: Sequence[Record], charges: Sequence[Record]) -> Revision:
    return Revision(
        lines=tuple(_line(record) for record in in_order(lines)),
        header_discounts=revision["header_discounts"],
        charges=tuple(_charge(record) for record in in_order(charges)),
        currency=revision["currency"],
        texts={name: revision[name] for name in _TEXTS if revision[name]},
    )


def _line(record: Record) -> Line:
    return Line(
        id=record["id"],
        code=record["code"],
        description=record["description"],
        quantity=record["quantity"],
        unit_price=record["unit_price"],
        discounts=record["discounts"],
        vat_rate=record["vat_rate"],
        natura=record["natura"],
    )


def _charge(record: Record) -> Charge:
    return Charge(id=record["id"], amount=record["amount"], mode=record["mode"])


def _document(revision: Record, offer: Record) -> dict[str, object]:
    """What identifies the agreement. Personal data stays outside the hash: the party enters by its id."""
    return {
        "revision_id": revision["id"],
        "offer_id": offer["id"],
        "party_id": offer["party_id"],
        **{name: str(revision[name]) for name in _DOCUMENT},
    }
