"""Reports and dashboards of the web client on the real stack: built, opened to the records behind a figure,
changed, put on a dashboard, sent, deleted and brought back.
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


def test_a_mark_opens_its_records_and_a_kept_report_is_renamed_and_duplicated(
    page: Page, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    report, name = _kept(north)
    page.goto("/dashboards/saved")
    region = page.get_by_role("region", name=name, exact=True)
    # One row for each country: the first mark is the first row.
    bars = region.locator(".mark-rect path")
    expect(bars).to_have_count(2)
    bars.first.click()
    behind = page.get_by_role("dialog")
    expect(behind.get_by_role("link")).to_have_count(1)
    told = behind.get_by_role("region", name="Come si calcola")
    expect(told).to_contain_text(f"contiene «{name}»")
    expect(told).not_to_contain_text("name :")
    behind.get_by_role("button", name="Chiudi").click()
    expect(behind).to_be_hidden()

    _choose(page, name, "Rinomina")
    renamed = f"{name} bis"
    page.get_by_label("Nome del rapporto").fill(renamed)
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_role("region", name=renamed, exact=True)).to_be_visible()
    _choose(page, renamed, "Duplica")
    expect(page.get_by_role("region", name=f"Copia di {renamed}", exact=True)).to_be_visible()
    original, copy = _named(north, renamed), _named(north, f"Copia di {renamed}")
    assert original is not None and copy is not None
    assert (original["id"], copy["definition"]) == (report["id"], report["definition"])


def test_a_dashboard_is_made_renamed_deleted_and_brought_back(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    _, name = _kept(north)
    page.goto("/dashboards/saved")
    expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    _choose(page, name, "Metti su un nuovo cruscotto")
    chooser = page.get_by_label("Cruscotto", exact=True)
    chooser.select_option(label=name)
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()

    _act(page, "Rinomina")
    renamed = f"{name} del lunedì"
    page.get_by_label("Nome del cruscotto").fill(renamed)
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=renamed, exact=True)).to_be_visible()
    assert _boards(north, renamed)

    _act(page, "Elimina")
    option = chooser.get_by_role("option", name=renamed, exact=True)
    expect(page.get_by_text(f"Cruscotto eliminato: {renamed}", exact=True)).to_be_visible()
    undo = page.get_by_role("button", name="Annulla", exact=True)
    undo.hover()
    expect(option).to_have_count(0)
    assert not _boards(north, renamed)
    undo.click()
    expect(option).to_have_count(1)
    assert _boards(north, renamed)

    # The ready-made ones stay, and say why.
    chooser.select_option(label="Clienti")
    expect(page.get_by_role("heading", level=1, name="Clienti", exact=True)).to_be_visible()
    page.get_by_role("button", name="Azioni sul cruscotto").click()
    expect(page.get_by_text("cruscotto pronto, uguale per tutti")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Elimina", exact=True)).to_be_disabled()


def test_a_report_is_to_be_sent_to_who_has_an_address(page: Page, sign_in: SignIn) -> None:
    admin, north = sign_in("admin"), sign_in("sales.north")
    wanted = {"filter": "user_name = sales.north"}
    user = north.get("/v1/identity/users", params=wanted).raise_for_status().json()["records"][0]
    who = f"/v1/identity/users/{user['id']}"
    admin.patch(who, json={"email": ""}).raise_for_status()
    report, name = _kept(north)

    page.goto("/dashboards/saved")
    _choose(page, name, "Invio periodico")
    form = page.get_by_role("dialog")
    recipients = form.get_by_label("Aggiungi un destinatario")
    own = recipients.locator(f"option[value='{user['id']}']")
    expect(own).to_be_disabled()
    expect(own).to_contain_text("senza indirizzo e-mail")
    save = form.get_by_role("button", name="Salva", exact=True)
    expect(save).to_be_disabled()

    address = f"nora-{secrets.token_hex(3)}@macchine.example"
    admin.patch(who, json={"email": address}).raise_for_status()
    expect(own).to_be_enabled()
    _wait_until_sent_to(north, user["id"])
    recipients.select_option(user["id"])
    form.get_by_label("Formato").select_option("csv")
    expect(save).to_be_enabled()
    save.click()
    expect(form).to_be_hidden()
    region = page.get_by_role("region", name=name, exact=True)
    expect(region).to_contain_text("Prossimo invio")
    stored = north.get(f"/v1/crm/reports/{report['id']}").raise_for_status().json()
    assert (stored["schedule"]["recipient_ids"], stored["schedule"]["format"]) == ([user["id"]], "csv")


def _kept(north: httpx.Client) -> tuple[dict[str, Any], str]:
    """Keep a report of two customers, one in each of two countries; return it with its name."""
    name = f"Marca {secrets.token_hex(4)}"
    for number, country in enumerate(("IT", "DE")):
        party = {"name": f"{name} {number}", "country": country}
        north.post("/v1/crm/parties", json=party).raise_for_status()
    definition = {
        "source": "crm.party",
        "filter": f'name : "{name}"',
        "groups": [{"field": "country"}],
        "measures": [{"kind": "count"}],
        "chart": {"kind": "bar"},
    }
    made = north.post("/v1/crm/reports", json={"names": {"it": name}, "definition": definition})
    return made.raise_for_status().json(), name


def _boards(north: httpx.Client, name: str) -> list[dict[str, Any]]:
    found = north.get("/v1/crm/dashboards", params={"page_size": 200}).raise_for_status().json()["records"]
    return [each for each in found if each["names"].get("it") == name]


def _act(page: Page, action: str) -> None:
    page.get_by_role("button", name="Azioni sul cruscotto").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def _wait_until_sent_to(north: httpx.Client, user_id: str) -> None:
    """Wait until the owner of reports, too, has heard of a user's address: a schedule of theirs is taken."""
    schedule = {"recurrence": "FREQ=DAILY", "starts": "2026-03-30T07:00", "recipient_ids": [user_id]}
    body = {
        "names": {"it": "Prova di un indirizzo"},
        "definition": {"source": "crm.party"},
        "schedule": {**schedule, "format": "csv", "paused": True},
    }
    made: list[httpx.Response] = []

    def is_taken() -> bool:
        made.append(north.post("/v1/crm/reports", json=body))
        return made[-1].status_code == 201

    eventually(is_taken)
    north.delete(f"/v1/crm/reports/{made[-1].json()['id']}").raise_for_status()
