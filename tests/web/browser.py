"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from services.local.install.browser import chromium

BUILD = Path(__file__).parents[2] / "gateway" / "web" / "dist"
#: On a busy machine everything takes many times as long; none of this is measured. Well below the limit of a
#: test, so that what never came is named.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def require_browser_and_build() -> str:
    """Return Chromium's program, or skip in one plain line."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium: install it, then the web client is tested in a browser")
    if not (BUILD / "index.html").exists():
        pytest.skip("the web client is not built: Node 20.19 or newer is needed")
    return program


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start it without anything that reaches out by itself."""
    program = require_browser_and_build()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_arguments())
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def profile_opened(folder: Path, address: str) -> Iterator[BrowserContext]:
    """Start it with a profile that stays on disk, as a salesperson's does."""
    program = require_browser_and_build()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=program, args=_arguments(), base_url=address, locale="it-IT"
        )
        try:
            yield _prepared(context)
        finally:
            context.close()


def context_in(browser: Browser, address: str, *, time_zone: str | None = None) -> BrowserContext:
    """A profile that is gone with its context; in the zone of the machine, or in one that is named."""
    return _prepared(browser.new_context(base_url=address, locale="it-IT", timezone_id=time_zone))


def _prepared(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE_MS)
    # Other tests leave reminders behind: without this their popup would stand before everything.
    context.add_init_script("sessionStorage.setItem('project-sales-reminded', 'yes')")
    return context


def new_page(context: BrowserContext) -> Page:
    """A page on which no reminder stands in the way: one that becomes due meanwhile is looked at later."""
    page = context.new_page()
    popup = page.get_by_role("dialog", name="Promemoria", exact=True)
    page.add_locator_handler(popup, lambda: popup.get_by_role("button", name="Chiudi").last.click())
    return page


def open_record(page: Page, address: str, title: str) -> None:
    """Open a record that was made elsewhere, once the copy has it.

    Until then the page shows what the server answers, read only, and gives way to the copy's when it comes.
    """
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_text("Solo online", exact=True)).to_have_count(0)


def signed_in(context: BrowserContext, user_name: str, password: str) -> Page:
    """A page of somebody whose copy is complete; at the sync centre."""
    page = new_page(context)
    page.goto("/sync")
    page.get_by_label("Nome utente").fill(user_name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Accedi").click()
    wait_for_pill(page, "synced")
    # Its code and the pages are kept by now.
    page.evaluate("navigator.serviceWorker.ready")
    return page


def wait_for_pill(page: Page, state: str) -> None:
    """Wait until the sync pill tells this state."""
    expect(page.locator("[data-state]")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def _arguments() -> list[str]:
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    return [*arguments, "--no-sandbox"] if os.geteuid() == 0 else arguments
