"""Offers: their number and state from the first write on."""

from __future__ import annotations

from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.errors import NotAllowedNow
from services.offers.domain.numbering import OFFERS
from services.offers.usecases.number_blocks import check_brought_number
from services.offers.usecases.numbers import next_offer_number
from services.offers.usecases.opportunities import check_opportunity
from services.offers.usecases.outcomes import check_status

_CLOSED = ("accepted", "ordered", "changed", "cancelled")


def prepare_offer(uow: UnitOfWork, row: Row) -> None:
    """Give a new offer its date and state, and check the number that a device gave it.

    Raises:
        Invalid: those of `check_brought_number`, `check_opportunity` and `check_status`.
    """
    offer = row.values
    offer["offer_date"] = offer["offer_date"] or company_date(uow.now).isoformat()
    if row.is_new:
        offer["state"] = "draft"
        if offer["number"]:
            check_brought_number(uow, row, series=OFFERS, date=offer["offer_date"])
    check_opportunity(uow, row)
    check_status(uow, row)


def settle_offer(uow: UnitOfWork, row: Row) -> None:
    """Give a new offer its number, last of all: the series is locked from here to the commit."""
    offer = row.values
    if not offer["number"]:
        offer["number"] = next_offer_number(uow, int(offer["offer_date"][:4]))


def guard_offer(uow: UnitOfWork, row: Row) -> None:
    """Refuse to rewrite an offer that became an order.

    Raises:
        NotAllowedNow: OFFER_CLOSED.
    """
    if row.values["state"] in _CLOSED:
        raise NotAllowedNow("OFFER_CLOSED", params={"state": row.values["state"]})
