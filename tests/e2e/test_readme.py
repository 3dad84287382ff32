"""The README's walk-through does what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_the_walk_through_ends_with_a_number_from_the_erp(
    system: Installation, catalogue: dict[str, Any]
) -> None:
    (script,) = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    environment = os.environ | {"SALES_URL": system.address, "SALES_DEMO_PASSWORD": system.password}
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    number, code = done.stdout.split()[-2:]
    assert re.fullmatch(r"[A-Z0-9/-]*\d+", number), done.stdout
    assert re.fullmatch(r"C\d+", code), done.stdout
    assert "La partita IVA non è corretta" in done.stdout
