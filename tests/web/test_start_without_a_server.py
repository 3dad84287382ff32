"""The client starts with the server dead, after a restart of the browser, at any address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.installation import Installation
from tests.web.browser import new_page, open_record, profile_opened, signed_in, wait_for_pill
from tests.web.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SignIn = Callable[[str], httpx.Client]

#: Files of the build that did not come from the cache directly; none where the browser does not tell.
_WOKE_THE_SERVICE_WORKER = """() => performance.getEntriesByType('resource')
  .filter((entry) => entry.name.includes('/assets/'))
  .filter((entry) => !['cache', undefined].includes(entry.workerFinalSourceType))
  .map((entry) => [entry.name, entry.workerFinalSourceType])"""


@pytest.fixture
def line(system: Installation) -> Iterator[Line]:
    made = Line(system.http_port)
    yield made
    made.cut()


def test_a_restarted_browser_opens_a_deep_link_with_the_server_dead_and_writes(
    tmp_path: Path, line: Line, system: Installation, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    made = north.post("/v1/crm/parties", json={"name": "Riavvio Meccanica S.r.l.", "country": "IT"})
    party = made.raise_for_status().json()
    with profile_opened(tmp_path, line.address) as context:
        page = signed_in(context, "sales.north", system.password)
        open_record(page, f"/customers/{party['id']}", party["name"])

    # The browser is closed, the server dies, the browser is opened again: at a record, not at the start.
    line.cut()
    with profile_opened(tmp_path, line.address) as context:
        page = new_page(context)
        page.goto(f"/customers/{party['id']}")
        expect(page.get_by_role("heading", name=party["name"])).to_be_visible()
        assert page.evaluate(_WOKE_THE_SERVICE_WORKER) == []
        page.keyboard.press("n")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Oggetto").fill("Telefonata senza server")
        dialog.get_by_label("Esito").fill("Richiamano loro")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Attività registrata: Telefonata senza server")).to_be_visible()
        wait_for_pill(page, "offline")

    # Closed once more; with the server back what was written arrives by itself.
    line.restore()
    with profile_opened(tmp_path, line.address) as context:
        page = new_page(context)
        page.goto("/today")
        wait_for_pill(page, "synced")
        found = north.get("/v1/crm/activities", params={"filter": f"party_id = {party['id']}"}).json()
        assert [(each["subject"], each["state"]) for each in found["records"]] == [
            ("Telefonata senza server", "done")
        ]
