"""The web client on the real stack: what a day without a network looks like, in a real browser.

Records are written by a second tab that speaks the protocol of `replica/protocol.ts`: the built worker, the
real database, the real server, whatever screens there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.installation import Installation
from tests.support.watching import eventually
from tests.web.browser import BUILD, context_in, new_page, running_browser, signed_in, wait_for_pill
from tests.web.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SignIn = Callable[[str], httpx.Client]

#: A tab without screens: `__tab.call(name, …)`, `__tab.watch({…})` until the answer fits.
_TAB = """worker => {
  const port = new Worker(worker, { type: 'module' });
  const calls = new Map(), answers = new Map();
  let next = 1;
  port.onmessage = ({ data }) => {
    if (data.kind === 'returned') calls.get(data.call)?.resolve(data.value);
    if (data.kind === 'failed') calls.get(data.call)?.reject(new Error(data.error.reason));
    if (data.kind === 'answer') answers.set(data.watch, data.answer);
  };
  window.__tab = {
    call: (name, ...args) => new Promise((resolve, reject) => {
      calls.set(next, { resolve, reject });
      port.postMessage({ kind: 'call', call: next++, name, args });
    }),
    watch: (watched) => { port.postMessage({ kind: 'watch', watch: next, watched }); return next++; },
    answer: (watch) => answers.get(watch) ?? null,
    end: () => port.terminate(),
  };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture
def line(system: Installation) -> Iterator[Line]:
    made = Line(system.http_port)
    yield made
    made.cut()


@pytest.fixture
def context(browser: Browser, line: Line) -> Iterator[BrowserContext]:
    made = context_in(browser, line.address)
    yield made
    made.close()


def _signed_in(context: BrowserContext, system: Installation, user_name: str) -> Page:
    violations: list[str] = []
    context.on(
        "console", lambda message: violations.append(message.text) if "Policy" in message.text else None
    )
    page = signed_in(context, user_name, system.password)
    assert violations == []
    return page


def _second_tab(page: Page) -> None:
    (worker,) = [
        f"/assets/{path.name}"
        for path in (BUILD / "assets").glob("worker-*.js")
        if "price_records" not in path.read_text()
    ]
    page.evaluate(_TAB, worker)


def _write(page: Page, *wishes: dict[str, Any]) -> list[str]:
    return list(page.evaluate("wishes => __tab.call('write', wishes)", list(wishes)))


def _shown(page: Page, entity: str, record_id: str) -> Callable[[], dict[str, Any]]:
    watched = {"kind": "record", "entity": entity, "id": record_id}
    watch = page.evaluate("watched => __tab.watch(watched)", watched)
    return lambda: page.evaluate("watch => __tab.answer(watch)", watch) or {}


def _party(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.post("/v1/crm/parties", json={"name": name, "country": "IT"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _edit(record_id: str, **fields: Any) -> dict[str, Any]:
    return {"op": "edit", "entity": "crm.party", "id": record_id, "fields": fields}


def test_a_day_without_a_server(
    context: BrowserContext, line: Line, system: Installation, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    party = _party(north, "Officine Offline S.r.l.")
    page = _signed_in(context, system, "sales.north")
    page.evaluate("navigator.serviceWorker.ready")
    _second_tab(page)
    shown = _shown(page, "crm.party", party["id"])
    eventually(lambda: shown().get("name") == party["name"], within_s=120)

    # Online: an edit of this tab arrives, an edit of somebody else is shown.
    _write(page, _edit(party["id"], website="https://uno.example"))
    eventually(lambda: _stored(north, party["id"])["website"] == "https://uno.example", within_s=120)
    north.patch(f"/v1/crm/parties/{party['id']}", json={"pec": "uno@pec.example"}).raise_for_status()
    eventually(lambda: shown().get("pec") == "uno@pec.example", within_s=120)

    # The server goes. Edits are shown and wait; a deep link opens without a server.
    line.cut()
    _write(page, _edit(party["id"], website="https://due.example", notes="Visita fatta senza rete"))
    eventually(lambda: shown().get("website") == "https://due.example", within_s=120)
    page.goto("/settings")
    expect(page.get_by_role("heading", name="Impostazioni")).to_be_visible()
    page.goto("/sync")
    wait_for_pill(page, "offline")
    expect(page.get_by_text("Sito web, Note")).to_be_visible()

    # Meanwhile somebody else changes the same field, and another one.
    others = {"website": "https://altri.example", "tax_code": ""}
    north.patch(f"/v1/crm/parties/{party['id']}", json=others).raise_for_status()

    # The server is back: what nobody else touched is merged, what both changed is asked.
    line.restore()
    wait_for_pill(page, "conflicts")
    eventually(lambda: _stored(north, party["id"])["notes"] == "Visita fatta senza rete", within_s=120)
    assert _stored(north, party["id"])["website"] == "https://altri.example"
    page.get_by_role("radio", name="https://due.example").check()
    page.get_by_role("button", name="Salva la scelta").click()
    eventually(lambda: _stored(north, party["id"])["website"] == "https://due.example", within_s=120)
    wait_for_pill(page, "synced")


def test_two_tabs_are_one_copy(context: BrowserContext, system: Installation, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    party = _party(north, "Due Schede S.p.A.")
    first = _signed_in(context, system, "sales.north")
    second = new_page(context)
    second.goto("/sync")
    wait_for_pill(second, "synced")
    _second_tab(second)
    shown = _shown(second, "crm.party", party["id"])
    eventually(lambda: shown().get("name") == party["name"], within_s=120)

    # The one that leads closes: the other takes over.
    first.close()
    _write(second, _edit(party["id"], website="https://due-schede.example"))
    eventually(lambda: _stored(north, party["id"])["website"] == "https://due-schede.example", within_s=120)
    north.patch(f"/v1/crm/parties/{party['id']}", json={"pec": "due@pec.example"}).raise_for_status()
    eventually(lambda: shown().get("pec") == "due@pec.example", within_s=120)


def test_a_revoked_device_loses_its_copy_while_it_is_open(
    context: BrowserContext, system: Installation, sign_in: SignIn
) -> None:
    page = _signed_in(context, system, "sales.south")
    assert _kept(page)["pages"] > 0
    admin = sign_in("admin")
    admin.post(f"/v1/sync/devices/{_kept(page)['device']}:revoke").raise_for_status()
    expect(page.get_by_text("Accesso revocato")).to_be_visible()
    assert _kept(page) == {"pages": 0, "items": 0, "key": False, "device": ""}


def test_signing_out_removes_the_copy_and_asks_about_unsent_changes(
    context: BrowserContext, line: Line, system: Installation, sign_in: SignIn
) -> None:
    party = _party(sign_in("sales.north"), "Uscita S.r.l.")
    page = _signed_in(context, system, "sales.north")
    _second_tab(page)
    shown = _shown(page, "crm.party", party["id"])
    eventually(lambda: shown().get("name") == party["name"], within_s=120)
    line.cut()
    _write(page, _edit(party["id"], website="https://mai-inviato.example"))
    page.evaluate("__tab.end()")
    for button in ("Esci", "Esci e perdi le modifiche"):
        if button == "Esci":
            page.get_by_role("button", name="Utente").click()
            page.get_by_role("menuitem", name="Esci").click()
        page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_label("Nome utente")).to_be_visible()
    assert _kept(page) == {"pages": 0, "items": 0, "key": False, "device": ""}


def _stored(client: httpx.Client, party_id: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/crm/parties/{party_id}").raise_for_status().json())


def _kept(page: Page) -> dict[str, Any]:
    """What the browser has on disk."""
    return dict(
        page.evaluate(
            """() => new Promise((resolve) => {
              const opening = indexedDB.open('project-sales');
              opening.onsuccess = () => {
                const db = opening.result;
                const reading = db.transaction(['pages', 'items', 'settings']);
                const kept = { pages: 0, items: 0, key: false, device: '' };
                for (const name of ['pages', 'items']) {
                  const counting = reading.objectStore(name).count();
                  counting.onsuccess = () => { kept[name] = counting.result; };
                }
                reading.objectStore('settings').getAll().onsuccess = ({ target }) => {
                  for (const { key, value } of target.result) {
                    if (key === 'key') kept.key = true;
                    if (key === 'device_id') kept.device = value;
                  }
                };
                reading.oncomplete = () => { db.close(); resolve(kept); };
              };
            })"""
        )
    )
