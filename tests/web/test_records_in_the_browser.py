"""Records of the web client on the real stack: an offer that is lost, a charge changed without a network, a
field that is added while somebody looks.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

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
def page(system: Installation, line: Line) -> Iterator[Page]:
    """One salesperson's page: signing in and the first copy cost more than all that is done with it."""
    with running_browser() as browser:
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
