"""The print of a revision: of the frozen snapshot, or of a draft as it stands, marked as such."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.actor import SYSTEM, Actor
from services.kit.company_time import company_date
from services.kit.database import Database, UnitOfWork
from services.kit.entities import entity
from services.kit.errors import Invalid, Violation
from services.kit.prints import rendering
from services.kit.prints.contents import TYPST, Page, pin
from services.kit.prints.pages import Company
from services.kit.prints.printing import Printer, printer_of
from services.kit.prints.subjects import Subject
from services.kit.prints.typesetting import typeset
from services.kit.prints.words import Words, languages, words_for
from services.kit.records.owner import Owner
from services.kit.records.places import foreign_root
from services.kit.records.reading import Reader
from services.offers.domain.canonical import decode
from services.offers.domain.documents import document_label, draft_content
from services.offers.reports.layout import Printable, page_data
from services.offers.storage.tables import snapshot
from services.offers.usecases.addresses import printed_address

#: Where the company is: its own country is not written under an address.
_HOME = "IT"
_REVISION = "offers.revision"
OFFER_PAGE = Path(__file__).parent / "offer.typ"
_EXAMPLE = Path(__file__).parent / "example.json"


@dataclass(frozen=True, slots=True)
class Print:
    """A file ready to be sent."""

    file_name: str
    content: bytes


def print_revision(owner: Owner, actor: Actor, *, revision_id: str, language: str) -> Print:
    """Return the PDF of a revision, in its own language if none is asked for. The same revision, number and
    customer give the same bytes; a frozen one keeps the page that it was printed with first.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
        Invalid: INVALID_REQUEST (`language`, `revision_id`); those of pricing, for a draft; TEMPLATE_REFUSED.
        Unavailable: PRESS_UNAVAILABLE.
    """
    try:
        asked = str(UUID(revision_id))
    except ValueError as error:
        raise _wrong("revision_id", "INVALID_ID", "a UUID is expected") from error
    target, printer, database = entity(_REVISION), printer_of(owner), owner.database
    wanted = Reader(database).get(owner.access_book.get(actor), target, asked).id
    with database.unit_of_work(SYSTEM) as uow:
        printable = _gather(uow, wanted)
    page = _page(database, printer, printable)
    words = words_for(_language(printable, page, language), database.service, page.texts)
    company = Company(printable.company)
    data = page_data(printable, words)
    if page.source != rendering.built_in(OFFER_PAGE).source:
        data = {**printer.record_data(actor, target, wanted, words, company), **data}
    made_at = printable.revision["frozen_at"] or printable.revision["updated_at"]
    label = document_label(printable.offer, printable.revision)
    content = typeset(
        page.source,
        data,
        made_at=datetime.fromisoformat(made_at),
        files=rendering.files_of(page, company),
    )
    return Print(f"{label.replace('/', '-').replace('. ', '').replace(' ', '-')}.pdf", content)


def _page(database: Database, printer: Printer, printable: Printable) -> Page:
    """Return the page that prints: of a frozen revision for ever the first."""
    usual = printer.usual_page(entity(_REVISION))
    # A Word file is no document to be signed.
    chosen = usual if usual is not None and usual.kind == TYPST else rendering.built_in(OFFER_PAGE)
    if not printable.revision["sha256"]:
        return chosen
    with database.engine.begin() as connection:
        return pin(connection, printable.revision["id"], rendering.whole(chosen))


def _language(printable: Printable, page: Page, asked: str) -> str:
    own = printable.revision["language"]
    return asked or (own if own in languages(page.texts) else "en")


def _more(database: Database, revision_id: str, words: Words) -> dict[str, Any]:
    with database.unit_of_work(SYSTEM) as uow:
        return page_data(_gather(uow, revision_id), words)


def _example(words: Words) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_EXAMPLE.read_text(encoding="utf-8"))
    return {**told, "words": words.all, "language": words.language}


#: A revision's page has the offer on it, as it was frozen.
REVISION = Subject(more=_more, example=_example)


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
