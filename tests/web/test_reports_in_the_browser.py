"""Reports of the web client on the real stack: built, opened to the records behind a figure, changed, deleted
and brought back.
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
from tests.web.browser import context_in, running_browser, signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SignIn = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def page(system: Installation) -> Iterator[Page]:
    with running_browser() as browser:
        context = context_in(browser, system.address)
        yield signed_in(context, "sales.north", system.password)
        context.close()


def _named(north: httpx.Client, name: str) -> dict[str, Any] | None:
    found = north.get("/v1/crm/reports", params={"page_size": 200}).raise_for_status().json()["records"]
    return next((each for each in found if each["names"].get("it") == name), None)


def _choose(page: Page, report: str, action: str) -> None:
    page.get_by_role("button", name=f"Azioni: {report}", exact=True).click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def test_a_report_is_built_opened_changed_deleted_and_brought_back(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    party = north.post("/v1/crm/parties", json={"name": "Officine Contate S.r.l.", "country": "IT"})
    assert party.status_code == 201, party.text
    name = f"Clienti per Paese {secrets.token_hex(3)}"

    page.goto("/dashboards/new")
    source = page.get_by_label("Che cosa si conta")
    expect(source.locator("option[value='crm.party']")).to_be_attached()
    source.select_option("crm.party")
    page.get_by_role("button", name="Aggiungi un gruppo").click()
    page.get_by_role("group", name="Raggruppa per").get_by_label("Campo").select_option("country")
    total = page.get_by_role("button", name="Apri i dati: Totale", exact=True)
    total.click()
    behind = page.get_by_role("dialog")
    expect(behind.get_by_role("region", name="Come si calcola")).to_contain_text("Clienti")
    expect(behind.get_by_role("link").first).to_be_visible()
    behind.get_by_role("button", name="Chiudi").click()
    expect(behind).to_be_hidden()
    page.get_by_label("Nome del rapporto").fill(name)
    page.get_by_role("button", name="Salva", exact=True).click()

    expect(page.get_by_role("heading", name="Rapporti salvati")).to_be_visible()
    _choose(page, name, "Invio periodico")
    form = page.get_by_role("dialog")
    form.get_by_label("Ora", exact=False).first.fill("06:30")
    form.get_by_label("Formato").select_option("xlsx")
    form.get_by_role("button", name="Salva", exact=True).click()
    # Nobody of the demonstration has an address: the form stays, and it is told where and why.
    expect(page.get_by_text("schedule.recipient_ids[0]")).to_be_visible()
    form.get_by_role("button", name="Chiudi").click()
    expect(form).to_be_hidden()
    stored = _named(north, name)
    assert stored is not None

    _choose(page, name, "Modifica rapporto")
    expect(page.get_by_role("group", name="Raggruppa per").get_by_label("Campo")).to_have_value("country")
    page.get_by_label("Grafico").select_option("bar")
    # Meanwhile it is written elsewhere: what is edited is not what is there.
    north.patch(
        f"/v1/crm/reports/{stored['id']}", json={"descriptions": {"it": "Altrove"}}
    ).raise_for_status()
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="cambiato nel frattempo")).to_contain_text(
        "riapri il rapporto"
    )

    page.goto("/dashboards/saved")
    expect(page.get_by_role("region", name=name)).to_contain_text("Altrove")
    _choose(page, name, "Modifica rapporto")
    page.get_by_label("Grafico").select_option("bar")
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_role("heading", name="Rapporti salvati")).to_be_visible()
    eventually(lambda: (_named(north, name) or stored)["definition"]["chart"]["kind"] == "bar")

    _choose(page, name, "Elimina")
    undo = page.get_by_role("button", name="Annulla", exact=True)
    # What can be taken back is told for as long as the mouse is on it.
    undo.hover()
    expect(page.get_by_role("region", name=name)).to_have_count(0)
    assert _named(north, name) is None
    undo.click()
    expect(page.get_by_role("region", name=name)).to_be_visible()
    assert _named(north, name) is not None
