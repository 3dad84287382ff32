"""Prices and totals of a draft: what the kernel computes, written back to the records."""

from __future__ import annotations

from collections.abc import Sequence

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, Violation
from services.offers.domain.costing import Costs
from services.offers.domain.documents import figures_of, in_order, revision_of
from services.offers.domain.lines import ITEM, NOTE, SECTION, STANDARD, TRADE_IN
from services.offers.domain.listing import manual_trail
from services.offers.domain.margins import NET, margins
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.revision import Revision
from services.offers.usecases.list_prices import find_missing_prices


def prepare_line(uow: UnitOfWork, row: Row) -> None:
    """Fill from the article what the author left open: code, description, unit, VAT, cost, weight. A price
    that is left open is found when the revision is priced.

    Raises:
        Invalid: INVALID_FIELDS, REQUIRED: a line with a price needs quantity and VAT, without an article also
            the price.
    """
    line = row.values
    for name, otherwise in (("kind", ITEM), ("presence", STANDARD)):
        line[name] = otherwise if line[name] == "unspecified" else line[name]
    if line["kind"] in (SECTION, NOTE):
        return
    if line["article_id"]:
        _fill_from_article(uow, line)
    needed = ["quantity"] if line["kind"] == TRADE_IN else ["quantity", "vat_rate"]
    if not line["article_id"]:
        needed.append("unit_price")
    _require(line, needed)
    if line["unit_price"] and line["unit_price"] != row.stored.get("unit_price"):
        line["price_trail"] = manual_trail(line["unit_price"], str(uow.actor.user_id or ""))


def _fill_from_article(uow: UnitOfWork, line: Values) -> None:
    article = uow.require("offers.article", line["article_id"]).values
    for name in ("code", "description", "unit", "natura", "vat_rate", "weight_kg", "unit_cost"):
        line[name] = line[name] or article[name]


_CHARGE_DEFAULTS = {"mode": "shown", "formula": "fixed", "base": "net", "vat": "accessory"}


def prepare_charge(uow: UnitOfWork, row: Row) -> None:
    """A charge is a fixed amount, shown, under the rates of the lines, unless its author says otherwise.

    Raises:
        Invalid: INVALID_FIELDS, REQUIRED (`amount`, `rate`).
    """
    charge = row.values
    for name, otherwise in _CHARGE_DEFAULTS.items():
        charge[name] = otherwise if charge[name] == "unspecified" else charge[name]
    _require(charge, ["amount" if charge["formula"] == "fixed" else "rate"])


def _require(values: Values, names: Sequence[str]) -> None:
    missing = [Violation(name, "REQUIRED", "this field must be given") for name in names if not values[name]]
    if missing:
        raise Invalid("INVALID_FIELDS", violations=missing)


def settle_revision(uow: UnitOfWork, row: Row) -> None:
    """Price a revision once all items of a group are in; frozen ones keep their figures.

    Raises:
        Invalid: INVALID_FIELDS with the place: `lines[2].discounts`.
    """
    if row.values["state"] == "draft":
        price(uow, row)


def price(uow: UnitOfWork, row: Row) -> tuple[Revision, RevisionTotals]:
    """Find the prices that lines lack, compute all figures of a revision and write them into the records."""
    lines, charges = parts_of(uow, row)
    find_missing_prices(uow, row, lines)
    inputs = revision_of(row.values, [line.values for line in lines], [charge.values for charge in charges])
    totals = inputs.totals()
    figures = figures_of(inputs, totals)
    row.values.update(figures.revision)
    for part, fields in zip([*lines, *charges], [*figures.lines, *figures.charges], strict=True):
        part.values.update(fields)
    row.values["cost_total"], row.values["margin_percent"] = _margin(lines, totals)
    return inputs, totals


def parts_of(uow: UnitOfWork, row: Row) -> tuple[list[Row], list[Row]]:
    """Return the lines and charges of a revision in the order of the document."""
    return _in_order(uow.children("offers.line", row.id)), _in_order(uow.children("offers.charge", row.id))


def _in_order(rows: Sequence[Row]) -> list[Row]:
    by_id = {row.id: row for row in rows}
    return [by_id[record["id"]] for record in in_order([row.values for row in rows])]


def unit_costs(lines: Sequence[Row]) -> dict[str, str]:
    """Return line id -> cost of one unit, of the lines that have one."""
    return {line.id: line.values["unit_cost"] for line in lines if line.values["unit_cost"]}


def _margin(lines: Sequence[Row], totals: RevisionTotals) -> tuple[str, str]:
    """Return cost and margin of the counted lines in money and percent, empty where a cost is missing or net
    is 0.
    """
    costs = unit_costs(lines)
    counted = [line.id for line in totals.lines if line.counted]
    if not counted or any(line_id not in costs for line_id in counted):
        return "", ""
    offer = margins(totals, Costs(units=costs)).offer[NET]
    cost = "" if offer.cost is None else format(offer.cost, "f")
    percent = "" if offer.percent is None else format(offer.percent, "f")
    return cost, percent
