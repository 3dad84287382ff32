"""The demonstration company comes in through the public doors, whole, and once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.importing.server import Server
from services.local.demonstration import activities, offers, opportunities, requests, sources
from tests.support.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_the_company_is_seeded_without_a_refusal_and_a_second_run_changes_nothing(
    system: Installation,
) -> None:
    state = system.local / "demonstration.json"
    first = _seed(system)
    assert "refused" not in first, first
    counts = _counts(system)

    assert counts["articles"] >= 299
    assert counts["parties"] >= len(sources.customers()) + sources.lines(sources.PEOPLE)
    related = sources.lines(sources.PEOPLE) + sources.lines(sources.RELATIONSHIPS)
    assert counts["relationships"] >= related
    assert counts["addresses"] >= len(sources.customers()) + sources.lines(sources.SITES)
    assert counts["machines"] >= len(sources.machines())
    assert counts["companies"] == 1, "the letterhead of the prints"
    assert counts["activities"] >= activities.PAST + activities.PLANNED
    assert counts["expenses"] > activities.PAST // 10
    assert counts["requests"] >= requests.COUNT
    assert counts["opportunities"] >= sum(opportunities.STATES.values())
    for each in opportunities.STATES:
        assert counts[f"opportunities {each}"], each
    assert counts["offers"] >= sum(offers.STATES.values())
    for fate in offers.STATES:
        # An accepted offer is ordered once its customer has a code: that may take a moment.
        assert counts[f"offers {fate}"] or (fate == "ordered" and counts["offers accepted"]), fate

    # As after an interruption in the last step: everything is sent again, and answered as before.
    state.write_text(json.dumps(json.loads(state.read_text()) | {"done": False}))
    assert "refused" not in _seed(system)
    again = _counts(system)
    assert {k: v for k, v in again.items() if " " not in k} == {
        k: v for k, v in counts.items() if " " not in k
    }
    assert "seeded before" in _seed(system)


def _seed(system: Installation) -> str:
    erp_folder: Path = system.local / "erp"
    settings = {
        "SALES_LOCAL": str(system.local),
        "SALES_DEMO_PASSWORD": system.password,
        "SALES_ERP_FOLDER": str(erp_folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "services.local.demonstration", system.address],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _counts(system: Installation) -> Counter[str]:
    server = Server(system.address, "sales.manager", system.password)
    server.sign_in()
    try:
        counts = Counter({"offers": 0})
        for offer in server.records("offers/offers"):
            counts.update(["offers", f"offers {offer['state']}"])
        for each in server.records("crm/opportunities"):
            counts.update(["opportunities", f"opportunities {each['state']}"])
        for name, collection in (
            ("articles", "offers/articles"),
            ("parties", "crm/parties"),
            ("activities", "crm/activities"),
            ("expenses", "crm/expenses"),
            ("relationships", "crm/relationships"),
            ("addresses", "crm/addresses"),
            ("requests", "aftersales/requests"),
            ("companies", "offers/companies"),
        ):
            counts[name] = sum(1 for _ in server.records(collection))
        serials = {row["matricola"] for row in sources.machines()}
        installed = server.records("aftersales/installed-products")
        counts["machines"] = sum(1 for machine in installed if machine["serial_number"] in serials)
        return counts
    finally:
        server.close()
