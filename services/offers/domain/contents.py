"""What a frozen revision contains, and proof that it prices to the same for ever.

The public content holds the inputs of the arithmetic, their results and the printed view side by side, so
that whoever holds the bytes can price them again, with this kernel or with pencil and paper, and must find
the same. It is equal byte for byte wherever it is made: numbers in canonical form whatever the database
returns, and nothing of the `cost` facet, which only some of its makers can see.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.errors import Invalid, NotAllowedNow
from services.kit.values import Number, canonical, minor_units, parse_decimal, round_half_up
from services.offers.domain.canonical import Plain
from services.offers.domain.charges import SPREAD, Charge
from services.offers.domain.codec import from_plain, to_plain
from services.offers.domain.costing import Costs
from services.offers.domain.lines import Line
from services.offers.domain.margins import margins
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.printing import Printed, printed
from services.offers.domain.revision import Revision
from services.offers.domain.snapshot import Snapshot, freeze, verify
from services.offers.domain.spreading import SpreadRun, stale_charges
from services.offers.domain.transitions import COMPLETE, FRESH

DOCUMENT, REVISION, TOTALS, PRINTED, FOLD = "document", "revision", "totals", "printed", "fold_header"


def public_content(
    revision: Revision, document: Mapping[str, object], *, fold_header: bool = False
) -> dict[str, object]:
    """The public content of a revision.

    `document` is whatever the offers service keeps about it (ids, digests of the customer's data, dates,
    terms), without its number. Locks are not part of what is agreed and stay out.

    Raises:
        Invalid: those of pricing.
    """
    totals = revision.totals()
    return _content(
        revision, document, totals, printed(totals, revision.spreads, fold_header=fold_header), fold_header
    )


def _content(
    revision: Revision,
    document: Mapping[str, object],
    totals: RevisionTotals,
    view: Printed,
    fold_header: bool,
) -> dict[str, object]:
    return {
        DOCUMENT: dict(document),
        REVISION: _inputs(revision),
        TOTALS: totals_content(totals),
        PRINTED: to_plain(view),
        FOLD: fold_header,
    }


def internal_content(revision: Revision, costs: Costs) -> dict[str, object]:
    """The internal content, for those who see cost: costs, commissions, margins at every level, spreads by
    cost.
    """
    found = margins(revision.totals(), costs, runs=revision.spreads)
    places = minor_units(revision.currency)
    return {
        "units": {name: _number(cost) for name, cost in costs.units.items()},
        "charges": {name: _number(cost) for name, cost in costs.charges.items()},
        "commissions": {name: _number(percent) for name, percent in costs.commissions.items()},
        "commission": _number(costs.commission),
        "offer": {
            level: [to_plain(margin.value), to_plain(margin.cost), to_plain(margin.percent)]
            for level, margin in found.offer.items()
        },
        "missing": list(found.missing),
        "spreads": [_run(run, places) for run in revision.spreads],
    }


def freeze_revision(
    revision: Revision,
    document: Mapping[str, object],
    *,
    previous_sha256: str = "",
    costs: Costs | None = None,
    fold_header: bool = False,
) -> Snapshot:
    """The snapshot of a revision that may be frozen.

    Raises:
        NotAllowedNow: CHARGE_WITHOUT_LINES, SPREAD_STALE.
        Invalid: those of pricing and of `snapshot.freeze`.
    """
    totals = revision.totals()
    view = printed(totals, revision.spreads, fold_header=fold_header)
    if totals.waiting:
        raise NotAllowedNow(COMPLETE)
    if _stale_in(view, totals):
        raise NotAllowedNow(FRESH)
    public = _content(revision, document, totals, view, fold_header)
    internal = None if costs is None else internal_content(revision, costs)
    return freeze(public, internal, previous_sha256=previous_sha256)


def _stale_in(view: Printed, totals: RevisionTotals) -> tuple[str, ...]:
    """Ids of the charges that a view shows although they are to be spread."""
    shown = {name for name, _ in view.charges}
    return tuple(charge.id for charge in totals.charges if charge.mode == SPREAD and charge.id in shown)


def missing_for_freezing(totals: RevisionTotals, revision: Revision) -> tuple[str, ...]:
    """What stands against freezing: the `missing` of `transitions.move("revision", state, "freeze")`."""
    stale = stale_charges(totals, revision.spreads)
    return tuple(fact for holds, fact in ((totals.waiting, COMPLETE), (stale, FRESH)) if holds)


def reprice(snapshot: Snapshot) -> RevisionTotals:
    """The totals of a verified snapshot, priced and printed again from the inputs that it holds.

    Raises:
        Invalid: those of `snapshot.verify`; SNAPSHOT_PRICES_DIFFER when totals or printed view are not those
        stated.
    """
    content = verify(snapshot)
    if not isinstance(content, dict):
        raise Invalid("SNAPSHOT_MALFORMED")
    revision = from_plain(Revision, content.get(REVISION), REVISION)
    totals = revision.totals()
    view = printed(totals, revision.spreads, fold_header=content.get(FOLD) is True)
    if totals_content(totals) != content.get(TOTALS) or to_plain(view) != content.get(PRINTED):
        raise Invalid("SNAPSHOT_PRICES_DIFFER", params={"value": snapshot.sha256})
    return totals


def totals_content(totals: RevisionTotals) -> dict[str, Plain]:
    """All figures of a priced revision as plain text."""
    plain = totals.as_plain()
    return {
        "line_amounts": list(plain["line_amounts"]),
        "line_nets": [to_plain(line.net) for line in totals.lines],
        "lines_net": plain["lines_net"],
        "header_discount": plain["header_discount"],
        "charge_amounts": [to_plain(charge.amount) for charge in totals.charges],
        "taxable": plain["taxable"],
        "vat_groups": [to_plain(group) for group in plain["vat_groups"]],
        "vat": to_plain(totals.vat),
        "total": plain["total"],
        "payable": to_plain(totals.payable),
        "trade_in": to_plain(totals.trade_in),
        "balance": to_plain(totals.balance),
    }


def _inputs(revision: Revision) -> dict[str, Plain]:
    """What prices the revision, in canonical form, as `codec` reads it."""
    places = minor_units(revision.currency)
    return {
        "lines": [_line(line) for line in revision.lines],
        "header_discounts": revision.header_discounts,
        "charges": [_charge(charge) for charge in revision.charges],
        "currency": revision.currency,
        "split_payment": revision.split_payment,
        "spreads": [_run(run.without_cost(), places) for run in revision.spreads],
        "texts": to_plain(revision.texts),
        "configuration": to_plain(revision.configuration),
    }


def _line(line: Line) -> Plain:
    return {
        "id": line.id,
        "kind": line.kind,
        "presence": line.presence,
        "selected": line.selected,
        "group": line.group,
        "code": line.code,
        "description": line.description,
        "origin": line.origin,
        "quantity": _number(line.quantity),
        "unit_price": _number(line.unit_price),
        "list_price": _number(line.list_price),
        "discounts": line.discounts,
        "vat_rate": _number(line.vat_rate),
        "natura": line.natura,
        "weight_kg": _number(line.weight_kg),
    }


def _charge(charge: Charge) -> Plain:
    return {
        "id": charge.id,
        "formula": charge.formula,
        "amount": _number(charge.amount),
        "rate": _number(charge.rate),
        "units": _number(charge.units),
        "base": charge.base,
        "serves": list(charge.serves),
        "mode": charge.mode,
        "vat": charge.vat,
        "vat_rate": _number(charge.vat_rate),
        "natura": charge.natura,
    }


def _run(run: SpreadRun, places: int) -> Plain:
    return {
        "charge_id": run.charge_id,
        "method": run.method,
        "amount": to_plain(round_half_up(run.amount, places)),
        "inputs": run.inputs,
        "allocations": [
            {
                "line_id": share.line_id,
                "weight": canonical(share.weight),
                "amount": to_plain(round_half_up(share.amount, places)),
            }
            for share in run.allocations
        ],
    }


def _number(value: Number) -> str:
    """A number in canonical form; unread ones (of sections and notes) as they are."""
    try:
        return canonical(parse_decimal(value))
    except Invalid:
        return str(value)
