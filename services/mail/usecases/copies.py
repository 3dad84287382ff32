"""Our own copies of what filing needs of other services: addresses of parties, numbers of their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from services.kit.database import UnitOfWork
from services.kit.database.derived import derive
from services.kit.records.copies import Copy, copy_records
from services.mail.domain.addresses import domain_of, folded
from services.mail.storage.tables import known_address, known_number

_MAIL_KINDS: Final = ("email", "pec")
_WEBSITE: Final = "crm.party/website"


def copy_parties(uow: UnitOfWork, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep parties and their e-mail addresses."""
    rows = [row for copy in copy_records(uow, records) for row in _addresses(copy)]
    known = [row for row in rows if row["address"] or row["domain"]]
    derive(uow.connection, known_address, known, gone=[row for row in rows if row not in known])


def copy_numbers(uow: UnitOfWork, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep offers or requests with their numbers."""
    known, gone = [], []
    for copy in copy_records(uow, records):
        key = {"entity": copy.entity, "record_id": copy.id}
        number, party_id = copy.body.get("number"), copy.body.get("party_id")
        if number and party_id and not copy.is_deleted:
            known.append({**key, "number": number.upper(), "party_id": party_id})
        else:
            gone.append(key)
    derive(uow.connection, known_number, known, gone=gone)


def _addresses(copy: Copy) -> Iterator[dict[str, str]]:
    """Return what a record says about addresses, also that it names none."""
    body, is_gone = copy.body, copy.is_deleted or copy.body.get("state") == "erased"
    if copy.entity == "crm.contact_point":
        party_id, address = body["party_id"], body["value"] if body["kind"] in _MAIL_KINDS else ""
    else:
        party_id, address = copy.id, body.get("pec", "")
        # The domain of a party's web site is usually that of its mail.
        site = "" if is_gone else _domain_of_site(body.get("website", ""))
        yield {"entity": _WEBSITE, "record_id": copy.id, "party_id": party_id, "address": "", "domain": site}
    if is_gone or "@" not in address:
        address = ""
    yield {
        "entity": copy.entity,
        "record_id": copy.id,
        "party_id": party_id,
        "address": folded(address),
        "domain": domain_of(address),
    }


def _domain_of_site(website: str) -> str:
    host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    return host.removeprefix("www.")
