"""Twenty thousand customers in a real browser: the list scrolls, is filtered and sorted, and nothing jumps.

The server is a stage that sends the copy as one bundle of the protocol: the real one would need minutes to
make so many customers. The client is the built one, with its worker and its database.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.browser import context_in, running_browser, wait_for_pill
from tests.web.stage import Stage, party_name, party_state

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PARTIES = 20_000
NAMES = sorted(party_name(number) for number in range(PARTIES))
PROSPECTS = sum(party_state(number) == "prospect" for number in range(PARTIES))

_SHIFTS = """(() => {
  window.__shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      const nodes = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName);
      window.__shifts.push([entry.value, nodes]);
    }
  }).observe({ type: 'layout-shift', buffered: true });
})()"""


@pytest.fixture
def page() -> Iterator[Page]:
    stage = Stage(PARTIES)
    try:
        with running_browser() as browser:
            context = context_in(browser, stage.address)
            context.add_init_script(_SHIFTS)
            made = context.new_page()
            made.goto("/customers")
            made.get_by_label("Nome utente").fill("sales")
            made.get_by_label("Password", exact=True).fill("secret")
            made.get_by_role("button", name="Accedi").click()
            wait_for_pill(made, "synced")
            yield made
            context.close()
    finally:
        stage.stop()


def test_the_list_of_twenty_thousand_scrolls_is_filtered_and_sorted_and_nothing_jumps(page: Page) -> None:
    # Opened anew: a start belongs to what must not jump.
    page.goto("/customers")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(PARTIES + 1))
    expect(_row(page, 1)).to_contain_text(NAMES[0])

    # By the wheel, then to the end and back.
    grid.hover()
    for _ in range(10):
        page.mouse.wheel(0, 3_000)
    page.wait_for_function("document.querySelector('[role=grid]').scrollTop > 10_000")
    grid.focus()
    page.keyboard.press("End")
    expect(_row(page, PARTIES)).to_contain_text(NAMES[-1])
    page.keyboard.press("Home")
    expect(_row(page, 1)).to_contain_text(NAMES[0])

    # Searched, and all of them again.
    page.get_by_role("searchbox").fill("19999")
    expect(grid).to_have_attribute("aria-rowcount", "2")
    expect(_row(page, 1)).to_contain_text(party_name(19_999))
    page.get_by_role("searchbox").fill("")
    expect(grid).to_have_attribute("aria-rowcount", str(PARTIES + 1))
    assert page.evaluate("__shifts") == []

    # Filtered by a chip; sorted the other way.
    page.locator("button[aria-haspopup=dialog]", has_text="Stato").click()
    page.get_by_role("checkbox", name="Potenziali").check()
    expect(grid).to_have_attribute("aria-rowcount", str(PROSPECTS + 1))
    page.keyboard.press("Escape")
    grid.get_by_role("button", name="Nome", exact=True).click()
    prospects = [party_name(number) for number in range(PARTIES) if party_state(number) == "prospect"]
    expect(_row(page, 1)).to_contain_text(max(prospects))


def _row(page: Page, place: int) -> Locator:
    return page.locator(f"[role=row][aria-rowindex='{place + 1}']")
