"""The README's walk-through does what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here: the walk-through is not tried")
def test_the_walk_through_ends_with_the_story_on_the_timeline(
    system: Installation, catalogue: dict[str, Any]
) -> None:
    (script,) = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    own = {
        "SALES_URL": system.address,
        "SALES_DEMO_PASSWORD": system.password,
        "SALES_LOCAL": str(system.local),
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^order: [A-Z0-9/-]*\d+$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^customer: C\d+$", done.stdout, re.MULTILINE), done.stdout
    assert "filed by: reply_address" in done.stdout
    assert "La partita IVA non è corretta" in done.stdout
    for what in ("offer_created", "mail_received", "order_registered", "product_delivered", "request_opened"):
        assert what in done.stdout
