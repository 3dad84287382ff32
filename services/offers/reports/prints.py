"""The print of a revision: of the frozen snapshot, or of a draft as it stands, marked as such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.actor import SYSTEM
from services.kit.company_time import company_date
from services.kit.database import Database, UnitOfWork
from services.kit.entities import entity
from services.kit.errors import Invalid, Violation
from services.kit.permissions import Access
from services.kit.prints.typesetting import typeset
from services.kit.records.places import foreign_root
from services.kit.records.reading import Reader
from services.offers.domain.canonical import decode
from services.offers.domain.documents import document_label, draft_content
from services.offers.reports.layout import Printable, page_data
from services.offers.reports.wording import LANGUAGES
from services.offers.storage.tables import snapshot
from services.offers.usecases.addresses import printed_address

#: Where the company is: its own country is not written under an address.
_HOME = "IT"
_TEMPLATE = Path(__file__).parent / "offer.typ"


@dataclass(frozen=True, slots=True)
class Print:
    """A file ready to be sent."""

    file_name: str
    content: bytes


def print_revision(
    database: Database, reader: Reader, access: Access, *, revision_id: str, language: str
) -> Print:
    """Return the PDF of a revision, in its own language if none is asked for. The same revision, number and
    customer give the same bytes.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
        Invalid: INVALID_REQUEST (`language`, `revision_id`); those of pricing, for a draft.
    """
    if language and language not in LANGUAGES:
        raise _wrong("language", "UNKNOWN_VALUE", f"one of these is expected: {', '.join(LANGUAGES)}")
    try:
        wanted = str(UUID(revision_id))
    except ValueError as error:
        raise _wrong("revision_id", "INVALID_ID", "a UUID is expected") from error
    wanted = reader.get(access, entity("offers.revision"), wanted).id
    with database.unit_of_work(SYSTEM) as uow:
        printable = _gather(uow, wanted)
    chosen = language or printable.revision["language"]
    chosen = chosen if chosen in LANGUAGES else "en"
    data = page_data(printable, chosen)
    made_at = printable.revision["frozen_at"] or printable.revision["updated_at"]
    label = document_label(printable.offer, printable.revision)
    file_name = f"{label.replace('/', '-').replace('. ', '').replace(' ', '-')}.pdf"
    source = _TEMPLATE.read_text(encoding="utf-8")
    return Print(file_name, typeset(source, data, made_at=datetime.fromisoformat(made_at)))


def _gather(uow: UnitOfWork, revision_id: str) -> Printable:
    revision = uow.require("offers.revision", revision_id).values
    offer = uow.require("offers.offer", revision["offer_id"]).values
    party = foreign_root(uow, "crm.party", offer["party_id"])
    frozen_at = revision["frozen_at"] or revision["updated_at"]
    return Printable(
        content=_content(uow, revision, offer),
        offer=offer,
        revision=revision,
        customer=party["body"] if party is not None else {},
        company=_company(uow),
        day=_day(frozen_at),
        address=printed_address(uow, offer["party_id"], home=_HOME),
    )


def _content(uow: UnitOfWork, revision: dict[str, Any], offer: dict[str, Any]) -> dict[str, Any]:
    if not revision["sha256"]:
        lines = [row.values for row in uow.children("offers.line", revision["id"])]
        charges = [row.values for row in uow.children("offers.charge", revision["id"])]
        return dict(draft_content(revision, offer, lines, charges))
    query = sa.select(snapshot.c.public).where(snapshot.c.revision_id == UUID(revision["id"]))
    content = decode(uow.connection.execute(query).scalar_one().encode())
    if not isinstance(content, dict):
        raise TypeError("a snapshot is an object")
    return content


def _company(uow: UnitOfWork) -> dict[str, Any]:
    table = uow.tables["offers.company"]
    query = sa.select(table.c.id).where(table.c.deleted.is_(False)).order_by(table.c.created_at, table.c.id)
    found = uow.connection.execute(query.limit(1)).scalar()
    return uow.require("offers.company", str(found)).values if found else {}


def _day(moment: str) -> date:
    return company_date(datetime.fromisoformat(moment))


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_REQUEST", violations=[Violation(name, reason, detail)])
