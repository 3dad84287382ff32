"""Chromium from the system's packages, for the tests of the web client; without it they are skipped."""

import shutil
from pathlib import Path

from services.local.install.system import install_package
from services.local.messages import CannotContinue, say

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return its program."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def install_browser(*, log: Path) -> bool:
    """Install Chromium; False if it is there already, or cannot be had here."""
    if chromium() is not None:
        return False
    try:
        install_package(debian="chromium", brew="chromium", log=log)
    except CannotContinue:
        say("No Chromium, and it cannot be installed here: tests in a browser are skipped.")
        return False
    return chromium() is not None
