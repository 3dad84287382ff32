"""The opportunity that an offer is part of: the CRM's record, known here by its copy."""

from __future__ import annotations

from typing import Final

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.places import foreign_root

OPPORTUNITY: Final = "crm.opportunity"


def check_opportunity(uow: UnitOfWork, row: Row) -> None:
    """Check that an offer and its opportunity are of the same party; a merged party is its survivor.

    Raises:
        Invalid: INVALID_FIELDS, OPPORTUNITY_OF_OTHER_PARTY.
    """
    offer = row.values
    fields = ("opportunity_id", "party_id")
    if not offer["opportunity_id"] or all(offer[name] == row.stored.get(name) for name in fields):
        return
    copy = foreign_root(uow, OPPORTUNITY, offer["opportunity_id"])
    if copy is None or _party(uow, copy["body"].get("party_id", "")) != _party(uow, offer["party_id"]):
        violation = Violation("opportunity_id", "OPPORTUNITY_OF_OTHER_PARTY", "it is of another party")
        raise Invalid("INVALID_FIELDS", violations=[violation])


def _party(uow: UnitOfWork, party_id: str) -> str:
    found = foreign_root(uow, "crm.party", party_id) if party_id else None
    return str(found["id"]) if found else party_id
