"""The print of a revision: the frozen content, the same bytes each time, in two languages."""

from __future__ import annotations

import io
import re
from typing import Any

import orjson
import pypdf
import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Invalid, NotFound
from services.kit.permissions import system_access
from services.kit.worker import deliver
from services.offers.reports.prints import Print, print_revision
from services.offers.worker.crm import copy_parties
from tests.offers.storage.conftest import PARTY, OfferItems, command, know_party
from tests.offers.storage.steps import done, frozen, made, stored
from tests.support.owners import NORTH, OwnerUnderTest, create, everything, foreign, received, update, within


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")


def printed(offers: OwnerUnderTest, revision_id: str, language: str = "", actor: Actor = SYSTEM) -> Print:
    offers.accesses.known[None] = system_access(frozenset())
    return print_revision(offers.owner, actor, revision_id=revision_id, language=language)


def words(found: Print) -> str:
    """The text of all pages, each run of blanks one space."""
    pages = pypdf.PdfReader(io.BytesIO(found.content)).pages
    return re.sub(r"\s+", " ", "\n".join(page.extract_text() for page in pages))


def rich(offers: OwnerUnderTest, seller: Actor) -> OfferItems:
    """An offer with a bit of everything, frozen."""
    items = OfferItems(valid_until="2026-12-31", header_discounts="2", payment_terms="30 giorni")
    items.line(kind="section", description="A. Macchina", quantity="", unit_price="", vat_rate="", position=1)
    items.line(description="Pressa", unit="pz", unit_price="1250.50", discounts="10+3", position=2)
    items.line(description="Lubrificazione", presence="option", position=3)
    items.line(description="Libro", vat_rate="4", quantity="1", unit_price="42", position=4)
    items.charge("50.00", description="Trasporto", position=1)
    return frozen(offers, seller, items)


def test_the_frozen_revision_is_printed_with_its_hash_on_the_page(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = rich(offers, seller)
    revision = stored(offers, "offers.revision", items.revision_id)
    number = stored(offers, "offers.offer", items.offer_id)["number"]
    found = printed(offers, items.revision_id)

    assert found.file_name == f"{number}-rev1.pdf"
    text = words(found)
    for expected in (
        f"OFFERTA {number} rev. 1",
        "Rossi",
        "31/12/2026",
        "A. Macchina",
        "1.250,50",
        "10+3",
        "Opzione, non compresa nel totale",
        "Trasporto",
        "IVA 22 % su",
        "IVA 4 % su",
        "30 giorni",
        "Pagina 1 di 1",
        "Per accettazione",
    ):
        assert expected in text, expected
    assert revision["sha256"] in text.replace(" ", "")
    assert "BOZZA" not in text


def test_the_same_revision_gives_the_same_bytes(offers: OwnerUnderTest, seller: Actor) -> None:
    items = rich(offers, seller)
    first = printed(offers, items.revision_id)
    done(offers, seller, update("offers.offer", items.offer_id, title="Another title", reference="X"))
    assert printed(offers, items.revision_id) == first


def test_it_is_printed_in_english_too(offers: OwnerUnderTest, seller: Actor) -> None:
    text = words(printed(offers, rich(offers, seller).revision_id, "en"))
    for expected in ("OFFER", "Valid until", "31 December 2026", "1,250.50", "VAT 22 % on", "Page 1 of 1"):
        assert expected in text, expected


@pytest.mark.parametrize(("language", "mark"), [("it", "BOZZA"), ("en", "DRAFT")])
def test_a_draft_is_marked_on_the_page_and_cannot_be_signed(
    offers: OwnerUnderTest, seller: Actor, language: str, mark: str
) -> None:
    text = words(printed(offers, made(offers, seller, OfferItems().line()).revision_id, language))
    assert mark in text
    assert "SHA-256" not in text
    assert "Per accettazione" not in text


def test_a_superseded_revision_says_so(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    draft = done(offers, seller, command("offers.revision", items.revision_id, "revise"))
    done(offers, seller, command("offers.revision", draft.record_id, "freeze"))
    assert "SUPERATA" in words(printed(offers, items.revision_id))
    assert "rev. 2" in words(printed(offers, draft.record_id))


def test_a_spread_charge_is_inside_the_lines(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, OfferItems().line(quantity="1").charge("50.00", description="Trasporto"))
    done(offers, seller, command("offers.charge", items.parts[-1]["record_id"], "spread"))
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))
    text = words(printed(offers, items.revision_id))
    assert "150,00" in text
    assert "Trasporto" not in text


def test_many_lines_fill_pages_and_each_names_the_revision(offers: OwnerUnderTest, seller: Actor) -> None:
    items = OfferItems()
    for position in range(120):
        items.line(description=f"Articolo {position}\nseconda riga", position=position)
    frozen(offers, seller, items)
    pages = pypdf.PdfReader(io.BytesIO(printed(offers, items.revision_id).content)).pages
    assert len(pages) > 3
    for page in pages:
        assert re.search(r"OFF-\d{4}-\d{5} rev\. 1", page.extract_text())


def test_what_people_typed_is_text_and_never_markup(offers: OwnerUnderTest, seller: Actor) -> None:
    hostile = '#read("/etc/passwd") *bold* $x$ \\ <b> «è» 压力机 #panic("no")'
    items = frozen(
        offers, seller, OfferItems(introduction=hostile, payment_terms="#x").line(description=hostile)
    )
    text = words(printed(offers, items.revision_id))
    assert '#read("/etc/passwd")' in text
    assert "root:" not in text


def test_the_head_names_company_and_customer_with_its_address(offers: OwnerUnderTest, seller: Actor) -> None:
    administrator = offers.accesses.give(*everything("offers_setup"))
    company = create("offers.company", name="Officine Orobiche S.p.A.", vat_number="IT01234567890")
    done(offers, administrator, company)
    know_address("delivery", "Via Mare 9", 1, offers)
    legal = know_address("legal", "Via Milano 3", 1, offers)
    items = frozen(offers, seller)
    text = words(printed(offers, items.revision_id))
    for expected in (
        "Officine Orobiche S.p.A.",
        "P. IVA IT01234567890",
        "Via Milano 3",
        "24100 Bergamo (BG)",
    ):
        assert expected in text, expected

    know_address("legal", "Via Roma 5", 2, offers, legal)
    know_address("legal", "Via Vecchia 1", 1, offers, legal)
    text = words(printed(offers, items.revision_id))
    assert "Via Roma 5" in text
    assert "Via Vecchia 1" not in text


def know_address(
    kind: str,
    street: str,
    version: int,
    offers: OwnerUnderTest,
    address_id: str | None = None,
    *,
    deleted: bool = False,
) -> str:
    record = foreign("crm.address", address_id or str(uuid7()), version) | {"deleted": deleted}
    body: dict[str, Any] = {"party_id": PARTY, "kind": kind, "street": street, "postal_code": "24100"}
    body |= {"city": "Bergamo", "province": "BG", "country": "IT"}
    record["fragments"] = {"base": orjson.dumps(body).decode()}
    arrived = received("crm", "crm.records_changed.v1", {"records": [record]})
    assert deliver(offers.owner.database, copy_parties, arrived)
    return str(record["id"])


def test_a_deleted_address_is_printed_no_more(offers: OwnerUnderTest, seller: Actor) -> None:
    address = know_address("legal", "Via Milano 3", 1, offers)
    items = frozen(offers, seller)
    assert "Via Milano 3" in words(printed(offers, items.revision_id))
    know_address("legal", "Via Milano 3", 2, offers, address, deleted=True)
    assert "Via Milano 3" not in words(printed(offers, items.revision_id))


def test_an_offer_is_printed_in_every_language_of_print(offers: OwnerUnderTest, seller: Actor) -> None:
    revision_id = rich(offers, seller).revision_id
    for language, expected in (("de", "ANGEBOT"), ("fr", "OFFRE"), ("es", "OFERTA")):
        assert expected in words(printed(offers, revision_id, language))
    assert "1.250,50" in words(printed(offers, revision_id, "de"))


def template(offers: OwnerUnderTest, source: str) -> str:
    """Let an administrator write the page of revisions; return its id."""
    administrator = offers.accesses.give(*everything("prints"))
    return done(offers, administrator, page_of_revisions(source)).record_id


def page_of_revisions(source: str) -> dict[str, Any]:
    fields = {"entity": "offers.revision", "name": "Offerta", "kind": "typst", "subject": "record"}
    return {**create("offers.print_template"), "fields": {**fields, "source": source}}


def test_a_frozen_revision_keeps_the_page_that_it_was_printed_with(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    """Whatever becomes of the template: its first print stands, byte for byte; a draft follows."""
    before = rich(offers, seller).revision_id
    old = printed(offers, before)
    page = '#import "kit.typ": *\n#show: page-of\n#d.label #d.lines.len() #d.record.currency #d.total.at(1) '
    template_id = template(offers, page + "first page")
    frozen_id, draft_id = (
        rich(offers, seller).revision_id,
        made(offers, seller, OfferItems().line()).revision_id,
    )
    first = printed(offers, frozen_id)
    assert "first page" in words(first)
    assert "first page" in words(printed(offers, draft_id))
    assert printed(offers, before) == old

    administrator = offers.accesses.give(*everything("prints"))
    done(offers, administrator, update("offers.print_template", template_id, source=page + "second page"))
    assert printed(offers, frozen_id) == first
    assert "second page" in words(printed(offers, draft_id))
    done(offers, administrator, update("offers.print_template", template_id, inactive=True))
    assert printed(offers, frozen_id) == first
    assert "BOZZA" in words(printed(offers, draft_id))


def test_a_page_of_revisions_that_asks_for_what_is_not_there_is_refused(offers: OwnerUnderTest) -> None:
    administrator = offers.accesses.give(*everything("prints"))
    decision = offers.one(administrator, page_of_revisions('#import "kit.typ": *\n#d.margin'))
    assert decision.error is not None and decision.error.reason == "TEMPLATE_REFUSED"


def test_what_is_not_within_the_grants_is_not_printed(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    stranger = offers.accesses.give(within(NORTH, "offers"))
    for revision_id in (items.revision_id, str(uuid7())):
        with pytest.raises(NotFound):
            printed(offers, revision_id, actor=stranger)
    assert printed(offers, items.revision_id, actor=seller).content.startswith(b"%PDF")


def test_a_wrong_question_is_refused(offers: OwnerUnderTest, seller: Actor) -> None:
    for revision_id, language in (("nonsense", ""), (frozen(offers, seller).revision_id, "xx")):
        with pytest.raises(Invalid, match="INVALID_REQUEST"):
            printed(offers, revision_id, language)


def test_a_logo_is_printed_and_one_that_cannot_be_is_not_stored(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    administrator = offers.accesses.give(*everything("offers_setup"))
    logo = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10"><rect width="40" height="10"/></svg>'
    )
    for wrong in ("<svg", "GIF89a", logo[:-1], f"{logo}<a>"):
        decision = offers.one(administrator, create("offers.company", name="ACME", logo=wrong))
        assert decision.error is not None and decision.error.reason == "INVALID_FIELDS"
        assert [each.field for each in decision.error.violations] == ["logo"]
    items = frozen(offers, seller)
    plain = printed(offers, items.revision_id)
    done(offers, administrator, create("offers.company", name="ACME", logo=logo))
    assert len(printed(offers, items.revision_id).content) != len(plain.content)
