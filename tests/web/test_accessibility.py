"""Each screen in a real browser, wide and light, on a phone and dark: axe finds nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.web.browser import require_browser_and_build

pytestmark = pytest.mark.e2e
CLIENT = Path(__file__).parents[2] / "gateway" / "web"


def test_axe_finds_nothing_wrong_on_any_screen_in_light_and_dark() -> None:
    program = require_browser_and_build()
    done = subprocess.run(
        ("node", "gallery/shots.mjs", "--judge"),
        cwd=CLIENT,
        env=os.environ | {"CHROMIUM": program},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") >= 30, done.stdout
