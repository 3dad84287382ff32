"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from services.local.install.browser import chromium

BUILD = Path(__file__).parents[2] / "gateway" / "web" / "dist"
#: On a busy machine everything takes many times as long; none of this is measured.
PATIENCE_MS = 120_000


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
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
