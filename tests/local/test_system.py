"""The real list of processes, started as `make up` does."""

import re
from collections import Counter

import httpx
import pytest

from tests.support.installation import Installation

pytestmark = pytest.mark.e2e


def test_the_web_address_answers(system: Installation) -> None:
    assert httpx.get(f"{system.address}/healthz").status_code == 200
    assert httpx.get(f"{system.address}/readyz").status_code == 200


def test_every_process_shows_its_metrics(system: Installation) -> None:
    ports = {name: status["ports"].get("metrics") for name, status in system.status.items()}
    lasting = {name: port for name, port in ports.items() if port}
    assert {"crm-api", "offers-worker", "identity-api", "relay", "gateway"} <= lasting.keys()
    for name, port in lasting.items():
        assert httpx.get(f"http://127.0.0.1:{port}/metrics").status_code == 200, name


def test_nothing_had_to_be_started_again(system: Installation) -> None:
    restarted = Counter(re.findall(r"^ *(\S+) +ended .*starting it again", system.output, re.MULTILINE))
    assert restarted == Counter(system.killed), system.output
