"""Our copies of the addresses of parties, for the head of a print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.database import UnitOfWork
from services.offers.storage.tables import party_address

#: An offer goes to the seat; failing that, to where invoices or goods go.
_PREFERENCE = ("legal", "billing", "delivery")
_SHOWN = ("kind", "street", "postal_code", "city", "province", "country")


def keep_addresses(uow: UnitOfWork, changed: Mapping[str, Any]) -> None:
    """Keep the newer ones of the addresses in a records_changed of the CRM."""
    for record in changed["records"]:
        if record["entity"] == "crm.address":
            _keep(uow, record, orjson.loads(record["fragments"]["base"]))


def _keep(uow: UnitOfWork, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    insert = pg.insert(party_address).values(
        id=UUID(record["id"]),
        party_id=UUID(body["party_id"]),
        version=record["version"],
        deleted=record["deleted"],
        body={name: body.get(name, "") for name in _SHOWN},
    )
    changing = ("party_id", "version", "deleted", "body")
    uow.connection.execute(
        insert.on_conflict_do_update(
            index_elements=[party_address.c.id],
            set_={name: insert.excluded[name] for name in changing},
            where=party_address.c.version < insert.excluded.version,
        )
    )


def printed_address(uow: UnitOfWork, party_id: str, *, home: str) -> str:
    """Return the lines of a party's address, "" if we know none; the country only if it is not `home`."""
    query = sa.select(party_address.c.body).where(
        party_address.c.party_id == UUID(party_id), party_address.c.deleted.is_(False)
    )
    found = list(uow.connection.execute(query.order_by(party_address.c.id)).scalars())
    if not found:
        return ""
    found.sort(key=lambda body: _PREFERENCE.index(body["kind"]) if body["kind"] in _PREFERENCE else 9)
    return address_text(found[0], home=home)


def address_text(body: Mapping[str, str], *, home: str) -> str:
    """An address as it is written on a letter."""
    province = f"({body['province']})" if body["province"] else ""
    place = " ".join(part for part in (body["postal_code"], body["city"], province) if part)
    country = body["country"] if body["country"] not in ("", home) else ""
    return "\n".join(part for part in (body["street"], place, country) if part)
