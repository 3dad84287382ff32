"""Prices and totals of a draft: what the kernel computes, written back to the records."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.offers.domain.costing import Costs
from services.offers.domain.documents import in_order, totals_of
from services.offers.domain.margins import NET, margins
from services.offers.domain.priced import RevisionTotals
from services.offers.usecases.numbers import company_date


def prepare_line(uow: UnitOfWork, row: Row) -> None:
    """Fill from the article what the author left open: code, description, unit, VAT, cost, list price.

    Raises:
        Invalid: LIST_PRICE_MISSING.
    """
    line = row.values
    if not line["article_id"]:
        return
    article = uow.require("offers.article", line["article_id"]).values
    for name in ("code", "description", "unit", "natura"):
        line[name] = line[name] or article[name]
    if not line["vat_rate"]:
        line["vat_rate"] = article["vat_rate"]
    line["unit_cost"] = line["unit_cost"] or article["unit_cost"]
    if not line["unit_price"]:
        line["unit_price"] = _list_price(uow, row)


def _list_price(uow: UnitOfWork, row: Row) -> str:
    """Return the article's price in the revision's list, or in the standard one: greatest quantity break
    reached,
    then the latest start, then the id.
    """
    revision = uow.require("offers.revision", row.values["revision_id"]).values
    tables = uow.tables
    price, price_list = tables["offers.price"], tables["offers.price_list"]
    today = company_date(uow.now)
    wanted = (
        price_list.c.id == UUID(revision["price_list_id"])
        if revision["price_list_id"]
        else price_list.c.standard.is_(True)
    )
    in_force = [
        sa.and_(
            sa.or_(table.c.valid_from.is_(None), table.c.valid_from <= today),
            sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= today),
        )
        for table in (price, price_list)
    ]
    query = (
        sa.select(price.c.unit_price)
        .join(price_list, price_list.c.id == price.c.price_list_id)
        .where(
            price.c.article_id == UUID(row.values["article_id"]),
            price.c.deleted.is_(False),
            price_list.c.currency == revision["currency"],
            sa.func.coalesce(price.c.min_quantity, 0) <= Decimal(row.values["quantity"] or "1"),
            wanted,
            *in_force,
        )
        .order_by(
            sa.func.coalesce(price.c.min_quantity, 0).desc(),
            price.c.valid_from.desc().nulls_last(),
            price.c.id,
        )
        .limit(1)
    )
    found = uow.connection.execute(query).scalar()
    if found is None:
        violation = Violation("unit_price", "LIST_PRICE_MISSING", "no price in the list; type one")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    return format(found, "f")


def prepare_charge(uow: UnitOfWork, row: Row) -> None:
    """A charge is shown unless its author says otherwise."""
    if row.values["mode"] == "unspecified":
        row.values["mode"] = "shown"


def settle_revision(uow: UnitOfWork, row: Row) -> None:
    """Price a revision once all items of a group are in; frozen ones keep their figures.

    Raises:
        Invalid: INVALID_FIELDS with the place: `lines[2].discounts`.
    """
    if row.values["state"] == "draft":
        price(uow, row)


def price(uow: UnitOfWork, row: Row) -> RevisionTotals:
    """Compute line amounts and totals of a revision and write them into the records."""
    revision = row.values
    lines, charges = parts_of(uow, row)
    totals = totals_of(revision, [line.values for line in lines], [charge.values for charge in charges])
    plain = totals.as_plain()
    for line, amount in zip(lines, plain["line_amounts"], strict=True):
        line.values["amount"] = amount
    revision["lines_net"] = plain["lines_net"]
    revision["header_discount"] = plain["header_discount"]
    revision["taxable"] = plain["taxable"]
    revision["vat_groups"] = [dict(group) for group in plain["vat_groups"]]
    revision["total"] = plain["total"]
    revision["cost_total"], revision["margin_percent"] = _margin(lines, totals)
    return totals


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
    """Return cost and margin of the lines in money and percent, empty where a cost is missing or net is 0."""
    costs = unit_costs(lines)
    if not lines or len(costs) < len(lines):
        return "", ""
    offer = margins(totals, Costs(units=costs)).offer[NET]
    cost = "" if offer.cost is None else format(offer.cost, "f")
    percent = "" if offer.percent is None else format(offer.percent, "f")
    return cost, percent
