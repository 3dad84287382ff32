"""What we know of customers, from the copies of the CRM's parties."""

from __future__ import annotations

from services.kit.database import UnitOfWork
from services.kit.records.places import foreign_root


def customer_code(uow: UnitOfWork, party_id: str) -> str:
    """Return the party's code in the ERP as far as our copy knows it, else ""."""
    party = foreign_root(uow, "crm.party", party_id)
    return str(party["body"].get("erp_code", "")) if party is not None else ""
