"""Every picture of the gallery, in light and dark, judged by axe in Chromium: no violation."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.web.browser import BUILD, require_browser_and_build

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_no_screen_has_a_violation_in_light_or_dark() -> None:
    program = require_browser_and_build()
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node: the gallery cannot be built")
    judged = subprocess.run(
        (node, "gallery/shots.mjs", "--judge"),
        cwd=BUILD.parent,
        env=os.environ | {"CHROMIUM": program},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = judged.stdout.splitlines()
    assert judged.returncode == 0, "\n".join(
        [*(each for each in lines if not each.startswith("ok ")), judged.stderr]
    )
    assert sum(each.startswith("ok ") for each in lines) > 50
