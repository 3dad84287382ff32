"""Our own copies of what filing needs of other services: addresses of parties, numbers of their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.database import UnitOfWork
from services.kit.records.copies import copy_records
from services.mail.domain.addresses import domain_of, folded
from services.mail.storage.tables import known_address, known_number

_MAIL_KINDS: Final = ("email", "pec")


def copy_parties(uow: UnitOfWork, changed: Mapping[str, Any]) -> None:
    """Keep parties and their e-mail addresses from a records_changed of the CRM."""
    newer = set(copy_records(uow, changed, ("crm.party", "crm.contact_point")))
    for record in changed["records"]:
        if record["id"] not in newer:
            continue
        body = orjson.loads(record["fragments"]["base"])
        if record["entity"] == "crm.contact_point":
            party_id = body["party_id"]
            address = body["value"] if body["kind"] in _MAIL_KINDS else ""
        else:
            party_id, address = record["id"], body.get("pec", "")
            _keep_site(uow.connection, party_id, "" if _is_gone(record, body) else body.get("website", ""))
        _keep_address(uow.connection, record, party_id, "" if _is_gone(record, body) else address)


def copy_numbers(uow: UnitOfWork, changed: Mapping[str, Any], entity: str) -> None:
    """Keep the records of this entity with their numbers: offers, requests."""
    newer = set(copy_records(uow, changed, (entity,)))
    for record in changed["records"]:
        if record["entity"] != entity or record["id"] not in newer:
            continue
        body = orjson.loads(record["fragments"]["base"])
        key = {"entity": entity, "record_id": UUID(record["id"])}
        uow.connection.execute(
            sa.delete(known_number).where(*(known_number.c[n] == v for n, v in key.items()))
        )
        if body.get("number") and body.get("party_id") and not record["deleted"]:
            values = {**key, "number": body["number"].upper(), "party_id": UUID(body["party_id"])}
            uow.connection.execute(sa.insert(known_number).values(values))


def _is_gone(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return bool(record["deleted"]) or body.get("state") == "erased"


def _keep_site(connection: sa.Connection, party_id: str, website: str) -> None:
    """The domain of a party's web site is usually that of its mail."""
    host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    values = {
        "entity": "crm.party/website",
        "record_id": UUID(party_id),
        "party_id": UUID(party_id),
        "address": "",
        "domain": host.removeprefix("www."),
    }
    _put(connection, values, keep=bool(host))


def _keep_address(connection: sa.Connection, record: Mapping[str, Any], party_id: str, address: str) -> None:
    values = {
        "entity": record["entity"],
        "record_id": UUID(record["id"]),
        "party_id": UUID(party_id),
        "address": folded(address),
        "domain": domain_of(address),
    }
    _put(connection, values, keep="@" in address)


def _put(connection: sa.Connection, values: Mapping[str, Any], *, keep: bool) -> None:
    table = known_address
    key = (table.c.entity == values["entity"], table.c.record_id == values["record_id"])
    if not keep:
        connection.execute(sa.delete(table).where(*key))
        return
    insert = pg.insert(table).values(dict(values))
    changing = {name: insert.excluded[name] for name in ("party_id", "address", "domain")}
    connection.execute(
        insert.on_conflict_do_update(index_elements=[table.c.entity, table.c.record_id], set_=changing)
    )
