"""Records of an offer (the JSON of `/v1/offers/...`) as the kernel's values: the same reading on every
machine.

The offers service, the desktop replica and the browser hold a revision, its lines and its charges as
records. All of them price, spread and freeze through this module, so a hash computed in the customer's
factory is the server's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

from services.kit.values import canonical
from services.offers.domain.canonical import Plain, decode, encode
from services.offers.domain.charges import ABSORBED, ACCESSORY, FIXED, NET, SHOWN, SPREAD, Charge
from services.offers.domain.contents import freeze_revision, public_content
from services.offers.domain.costing import Costs
from services.offers.domain.lines import ITEM, NO_LOCK, PRICED_KINDS, STANDARD, Line
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.revision import Revision
from services.offers.domain.snapshot import Snapshot
from services.offers.domain.spreading import Allocation, SpreadRun, spread, stale_charges
from services.offers.domain.totals import price_revision

Record: TypeAlias = Mapping[str, Any]

#: Texts and dates of the revision that the customer agrees to. The number stays outside, ids inside.
_DOCUMENT: Final = ("ordinal", "alternative", "language", "valid_until")
_TEXTS: Final = ("payment_terms", "delivery_terms", "introduction")
_UNSPECIFIED: Final = "unspecified"


@dataclass(frozen=True, slots=True)
class Figures:
    """What pricing writes into the records, under the names of their fields; lines and charges in the order
    of the document.
    """

    revision: dict[str, Any]
    lines: list[dict[str, Any]]
    charges: list[dict[str, Any]]


def document_label(offer: Record, revision: Record) -> str:
    """How a document calls a revision: OFF-2026-00123/B rev. 2; "" stands for a number not given yet."""
    alternative = f"/{revision['alternative']}" if revision["alternative"] else ""
    return f"{offer['number']}{alternative} rev. {revision['ordinal']}".strip()


def in_order(records: Sequence[Record]) -> list[Record]:
    """Lines or charges in the order of the document."""
    return sorted(records, key=lambda record: (record["position"], record["id"]))


def is_ordered(line: Record) -> bool:
    """Whether a line becomes part of the customer order: it has a price and counts."""
    chosen = _word(line["presence"], STANDARD) == STANDARD or line["selected"]
    return chosen and _word(line["kind"], ITEM) in PRICED_KINDS


def is_billed(charge: Record) -> bool:
    """Whether the customer pays a charge, shown or spread."""
    return _word(charge["mode"], SHOWN) != ABSORBED


def line_worth(record: Record, currency: str) -> str:
    """What a line alone is worth after its discounts, as text.

    Raises:
        Invalid: those of `totals.price_revision`.
    """
    (amount,) = price_revision([_line(record)], currency=currency).line_amounts
    return format(amount, "f")


def revision_of(revision: Record, lines: Sequence[Record], charges: Sequence[Record]) -> Revision:
    """The kernel's revision, with the spread runs that the charges hold."""
    ordered = in_order(charges)
    return Revision(
        lines=tuple(_line(record) for record in in_order(lines)),
        header_discounts=revision["header_discounts"],
        charges=tuple(_charge(record) for record in ordered),
        currency=revision["currency"],
        split_payment=revision["split_payment"],
        spreads=tuple(_run(record) for record in ordered if record["spread_inputs"]),
        texts={name: revision[name] for name in _TEXTS if revision[name]},
    )


def figures_of(revision: Revision, totals: RevisionTotals) -> Figures:
    """The figures of a priced revision as its records show them."""
    plain = totals.as_plain()
    return Figures(
        revision={
            "lines_net": plain["lines_net"],
            "header_discount": plain["header_discount"],
            "taxable": plain["taxable"],
            "vat_groups": [dict(group) for group in plain["vat_groups"]],
            "total": plain["total"],
            "payable": format(totals.payable, "f"),
            "trade_in": format(totals.trade_in, "f"),
            "balance": format(totals.balance, "f"),
            "stale_charge_ids": list(stale_charges(totals, revision.spreads)),
        },
        lines=[{"amount": amount} for amount in plain["line_amounts"]],
        charges=[{"net": format(charge.amount, "f")} for charge in totals.charges],
    )


def spread_fields(
    revision: Record,
    lines: Sequence[Record],
    charges: Sequence[Record],
    charge_id: str,
    method: str,
    *,
    weights: Mapping[str, str] | None = None,
    unit_costs: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What spreading a charge writes into its record: the mode and the run, without the weights of a cost.

    The same lines and charges give the same run.

    Raises:
        Invalid: those of `spreading.spread` and of pricing.
    """
    wanted = [{**record, "mode": SPREAD} if record["id"] == charge_id else record for record in charges]
    totals = revision_of(revision, lines, wanted).totals()
    run = spread(totals, charge_id, method, weights=weights, costs=unit_costs).without_cost()
    return {
        "mode": SPREAD,
        "spread_method": run.method,
        "spread_inputs": run.inputs,
        "spread_shares": [
            {
                "line_id": share.line_id,
                "weight": canonical(share.weight),
                "amount": format(share.amount, "f"),
            }
            for share in run.allocations
        ],
    }


def unspread_fields() -> dict[str, Any]:
    """What undoing a spread writes into the charge's record: it is shown again, as before."""
    return {"mode": SHOWN, "spread_method": _UNSPECIFIED, "spread_inputs": "", "spread_shares": []}


def draft_content(
    revision: Record, offer: Record, lines: Sequence[Record], charges: Sequence[Record]
) -> dict[str, Plain]:
    """The public content of a revision as it is now, in the values that a snapshot holds; for prints.

    Raises:
        Invalid: those of pricing.
    """
    whole = revision_of(revision, lines, charges)
    document = _document(revision, offer, lines, charges)
    found = decode(encode(public_content(whole, document, fold_header=revision["fold_header"])))
    if not isinstance(found, dict):
        raise TypeError("content is an object")
    return found


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
        NotAllowedNow: CHARGE_WITHOUT_LINES, SPREAD_STALE.
        Invalid: those of pricing.
    """
    whole = revision_of(revision, lines, charges)
    costs = None if unit_costs is None else Costs(units=unit_costs)
    return freeze_revision(
        whole,
        _document(revision, offer, lines, charges),
        previous_sha256=previous_sha256,
        costs=costs,
        fold_header=revision["fold_header"],
    )


def _word(value: str, otherwise: str) -> str:
    return otherwise if value == _UNSPECIFIED else value


_LINE: Final = itemgetter(
    "id",
    "kind",
    "presence",
    "selected",
    "choice",
    "code",
    "description",
    "origin_id",
    "quantity",
    "unit_price",
    "list_price",
    "discounts",
    "vat_rate",
    "natura",
    "weight_kg",
    "lock",
)


def _line(record: Record) -> Line:
    values = _LINE(record)
    try:
        return _known_line(*values)
    except TypeError:
        # What has no hash is no value of a line; pricing says so.
        return _line_of(*values)


def _line_of(
    line_id: str,
    kind: str,
    presence: str,
    selected: bool,
    choice: str,
    code: str,
    description: str,
    origin_id: str,
    quantity: str,
    unit_price: str,
    list_price: str,
    discounts: str,
    vat_rate: str,
    natura: str,
    weight_kg: str,
    lock: str,
) -> Line:
    return Line(
        id=line_id,
        kind=_word(kind, ITEM),
        presence=_word(presence, STANDARD),
        selected=selected,
        group=choice,
        code=code,
        description=description,
        origin=origin_id,
        quantity=quantity,
        unit_price=unit_price,
        list_price=list_price,
        discounts=discounts,
        vat_rate=vat_rate,
        natura=natura,
        weight_kg=weight_kg or "0",
        lock=_word(lock, NO_LOCK),
    )


# Most lines of an offer are those that were priced a moment ago.
_known_line = lru_cache(maxsize=4096, typed=True)(_line_of)


def _charge(record: Record) -> Charge:
    return Charge(
        id=record["id"],
        amount=record["amount"] or "0",
        formula=_word(record["formula"], FIXED),
        rate=record["rate"] or "0",
        units=record["units"],
        base=_word(record["base"], NET),
        serves=tuple(sorted(record["serves"])),
        mode=_word(record["mode"], SHOWN),
        vat=_word(record["vat"], ACCESSORY),
        vat_rate=record["vat_rate"],
        natura=record["natura"],
    )


def _run(record: Record) -> SpreadRun:
    allocations = tuple(
        Allocation(share["line_id"], Decimal(share["weight"]), Decimal(share["amount"]))
        for share in record["spread_shares"]
    )
    return SpreadRun(
        charge_id=record["id"],
        method=record["spread_method"],
        amount=sum((share.amount for share in allocations), Decimal(0)),
        inputs=record["spread_inputs"],
        allocations=allocations,
    )


def _document(
    revision: Record, offer: Record, lines: Sequence[Record], charges: Sequence[Record]
) -> dict[str, object]:
    """What identifies the agreement, and the words that its figures do not have. Personal data stays outside
    the hash: the party enters by its id.
    """
    return {
        "revision_id": revision["id"],
        "offer_id": offer["id"],
        "party_id": offer["party_id"],
        "title": offer["title"],
        "reference": offer["reference"],
        **{name: str(revision[name]) for name in _DOCUMENT},
        "units": {record["id"]: record["unit"] for record in lines if record["unit"]},
        "charges": {record["id"]: record["description"] for record in charges if record["description"]},
    }
