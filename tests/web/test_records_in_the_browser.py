"""Records of the web client on the real stack: an offer that is lost, one that is printed, a charge changed
without a network, a field that is added while somebody looks, a customer whom only the server has, a view
of a list on two devices.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.installation import Installation
from tests.support.watching import eventually
from tests.web.browser import context_in, open_record, running_browser, signed_in, wait_for_pill
from tests.web.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SignIn = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def line(system: Installation) -> Iterator[Line]:
    made = Line(system.http_port)
    yield made
    made.cut()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def page(system: Installation, line: Line, browser: Browser) -> Iterator[Page]:
    """One salesperson's page: signing in and the first copy cost more than all that is done with it."""
    context = context_in(browser, line.address)
    yield signed_in(context, "sales.north", system.password)
    context.close()


def _made(client: httpx.Client, path: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(path, json=fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _offer(north: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """An offer with one line, and its draft."""
    party = _made(north, "/v1/crm/parties", name="Officine Trattativa S.r.l.", country="IT")
    offer = _made(north, "/v1/offers/offers", party_id=party["id"], title="Pressa e impianto")
    draft = _made(north, "/v1/offers/revisions", offer_id=offer["id"])
    priced = {"quantity": "1", "unit_price": "1000", "vat_rate": "22", "description": "Pressa"}
    _made(north, "/v1/offers/lines", revision_id=draft["id"], kind="item", **priced)
    return offer, draft


def _got(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(path).raise_for_status().json())


def test_an_offer_is_lost_with_reason_competitor_and_price(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    offer, draft = _offer(north)
    north.post(f"/v1/offers/revisions/{draft['id']}:freeze", json={}).raise_for_status()
    open_record(page, f"/offers/{offer['id']}", offer["title"])
    page.get_by_role("button", name="Altre azioni").click()
    page.get_by_role("menuitem", name="Persa", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Motivo").click()
    page.get_by_role("option", name="Prezzo", exact=True).click()
    dialog.get_by_label("Concorrente", exact=True).fill("Norlam")
    dialog.get_by_label("Prezzo del concorrente").fill("950,50")
    dialog.get_by_role("button", name="Persa", exact=True).click()
    expect(page.get_by_text("Offerta persa")).to_be_visible()
    expect(page.get_by_role("region", name="Esito")).to_contain_text("Norlam")

    eventually(lambda: _got(north, f"/v1/offers/offers/{offer['id']}")["state"] == "lost", within_s=120)
    stored = _got(north, f"/v1/offers/offers/{offer['id']}")
    assert (stored["competitor"], stored["competitor_price"]) == ("Norlam", "950.50")
    assert stored["outcome_reason_id"]


def _printed(page: Page, button: str, kept: Path) -> str:
    """Print by the button of this name; return what the PDF that is downloaded says."""
    with page.expect_download() as downloaded:
        page.get_by_role("button", name=button, exact=True).click()
    downloaded.value.save_as(kept)
    assert kept.read_bytes().startswith(b"%PDF")
    return "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(kept).pages)


def test_a_draft_and_a_frozen_offer_are_printed_by_the_button(
    page: Page, sign_in: SignIn, tmp_path: Path
) -> None:
    north = sign_in("sales.north")
    offer, draft = _offer(north)
    number = offer["number"]
    assert number
    open_record(page, f"/offers/{offer['id']}", offer["title"])
    of_draft = _printed(page, "Stampa la bozza in PDF", tmp_path / "draft.pdf")
    assert number in of_draft
    assert "Pressa" in of_draft

    north.post(f"/v1/offers/revisions/{draft['id']}:freeze", json={}).raise_for_status()
    assert number in _printed(page, "Stampa in PDF", tmp_path / "frozen.pdf")


def test_a_charge_changed_without_a_network_is_merged_with_what_others_wrote(
    page: Page, line: Line, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    offer, draft = _offer(north)
    plain = {"description": "Trasporto", "amount": "50", "mode": "shown"}
    charge = _made(north, "/v1/offers/charges", revision_id=draft["id"], **plain)
    open_record(page, f"/offers/{offer['id']}", offer["title"])
    edit = page.get_by_role("button", name="Modifica Trasporto")
    expect(edit).to_be_visible()

    line.cut()
    edit.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Importo").fill("80")
    dialog.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("region", name="Voci di piede")).to_contain_text("80,00")
    wait_for_pill(page, "offline")

    # Meanwhile somebody else says it better.
    address = f"/v1/offers/charges/{charge['id']}"
    north.patch(address, json={"description": "Trasporto e scarico"}).raise_for_status()

    line.restore()
    eventually(lambda: _got(north, address)["amount"] == "80", within_s=120)
    assert _got(north, address)["description"] == "Trasporto e scarico"
    expect(page.get_by_role("button", name="Modifica Trasporto e scarico")).to_be_visible()
    wait_for_pill(page, "synced")
    # 1000.00 and 80.00 at 22 %.
    eventually(lambda: _got(north, f"/v1/offers/revisions/{draft['id']}")["total"] == "1317.60", within_s=120)


def test_a_field_that_is_added_while_a_record_is_open_is_there_and_can_be_written(
    page: Page, sign_in: SignIn
) -> None:
    admin, north = sign_in("admin"), sign_in("sales.north")
    party = _made(north, "/v1/crm/parties", name="Officine Aperte S.r.l.", country="IT")
    open_record(page, f"/customers/{party['id']}", party["name"])

    key = f"bending_{secrets.token_hex(3)}"
    _made(
        admin,
        "/v1/crm/field-definitions",
        entity="crm.party",
        key=key,
        kind="number",
        labels={"it": f"Ore {key}"},
        maximum="5000",
    )
    field = page.get_by_role("button", name=f"Ore {key}")
    expect(field).to_be_visible()

    field.click()
    page.get_by_label(f"Ore {key}").fill("6000")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Ore {key}: al massimo 5000")).to_be_visible()
    field.click()
    page.get_by_label(f"Ore {key}").fill("480,5")
    page.keyboard.press("Enter")
    eventually(
        lambda: _got(north, f"/v1/crm/parties/{party['id']}")["custom"].get(key) == "480.5", within_s=120
    )


@pytest.fixture
def reading_everywhere(sign_in: SignIn) -> Iterator[None]:
    """The technician may read every customer, and carries away those of his territory only."""
    admin = sign_in("admin")
    wanted = {"filter": "user_name = service.tech"}
    tech = admin.get("/v1/identity/users", params=wanted).raise_for_status().json()["records"][0]
    grant = {"group": "crm", "actions": ["read"], "scopes": [{"kinds": ["all"]}]}
    role = _made(admin, "/v1/identity/roles", name=f"Reader {secrets.token_hex(3)}", grants=[grant])
    who = f"/v1/identity/users/{tech['id']}"
    admin.patch(who, json={"role_ids": [*tech["role_ids"], role["id"]]}).raise_for_status()
    yield
    admin.patch(who, json={"role_ids": tech["role_ids"]}).raise_for_status()


@pytest.mark.usefixtures("reading_everywhere")
def test_a_customer_beyond_the_copy_is_found_opened_and_only_looked_at(
    system: Installation, browser: Browser, sign_in: SignIn
) -> None:
    word = f"Lontana{secrets.token_hex(3)}"
    party = _made(sign_in("sales.south"), "/v1/crm/parties", name=f"Officine {word} S.r.l.", country="IT")
    tech = sign_in("service.tech")
    eventually(lambda: tech.get(f"/v1/crm/parties/{party['id']}").status_code == 200, within_s=120)
    context = context_in(browser, system.address)
    page = signed_in(context, "service.tech", system.password)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Cerca").fill(word)
    found = page.get_by_role("group", name="Solo online").get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=party["name"])).to_be_visible()
    expect(page.get_by_text("Solo online", exact=True)).to_be_visible()
    facts = page.get_by_role("region", name="Dati", exact=True)
    expect(facts).to_contain_text(party["name"])
    expect(page.get_by_role("button", name="Nuova attività")).to_have_count(0)
    expect(facts.get_by_role("button")).to_have_count(0)
    context.close()


def test_a_view_of_a_list_is_on_every_device_of_its_user(
    system: Installation, browser: Browser, page: Page, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    word = f"Vista{secrets.token_hex(3)}"
    party = _made(north, "/v1/crm/parties", name=f"Officine {word} S.r.l.", country="IT")
    open_record(page, f"/customers/{party['id']}", party["name"])
    page.goto("/customers")
    page.get_by_role("searchbox").fill(word)
    expect(page.get_by_text("1 voce", exact=True)).to_be_visible()
    page.get_by_role("button", name="Viste").click()
    page.get_by_role("menuitem", name="Salva come vista…").click()
    form = page.get_by_role("dialog", name="Salva come vista")
    form.get_by_label("Nome della vista").fill(word)
    form.get_by_role("button", name="Salva").click()
    expect(page.get_by_text(f"Vista «{word}» salvata")).to_be_visible()
    wanted = {"filter": f'name = "{word}"'}

    def stored() -> list[dict[str, Any]]:
        found = north.get("/v1/crm/list-views", params=wanted).raise_for_status().json()["records"]
        return [dict(each) for each in found]

    eventually(stored, within_s=120)
    (view,) = stored()
    assert (view["entity"], view["search"], view["visibility"]) == ("crm.party", word, "mine")

    context = context_in(browser, system.address)
    other = signed_in(context, "sales.north", system.password)
    other.goto("/customers")
    other.get_by_role("button", name="Viste").click()
    other.get_by_role("menuitem", name=word, exact=True).click()
    expect(other.get_by_role("searchbox")).to_have_value(word)
    expect(other.get_by_text("1 voce", exact=True)).to_be_visible()
    other.get_by_role("button", name="Viste").click()
    other.get_by_role("menuitem", name=f"Elimina la vista {word}").click()
    expect(other.get_by_text(f"Vista «{word}» eliminata")).to_be_visible()
    undo = other.get_by_role("button", name="Annulla", exact=True)
    # It stays as long as it is pointed at.
    undo.hover()
    eventually(lambda: not stored(), within_s=120)
    undo.click()
    eventually(stored, within_s=120)
    assert not sign_in("sales.south").get("/v1/crm/list-views", params=wanted).json()["records"]
    context.close()
