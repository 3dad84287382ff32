"""Alerts fire when they should, and every metric that they and the dashboard name exists."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from k8s import monitoring
from services.local.install.promtool import promtool
from tests.k8s.conftest import ROOT

RULES = ROOT / "k8s" / "components" / "monitoring" / "rules.yaml"
CASES = Path(__file__).parent / "alerts.yaml"
METRIC = re.compile(r"\bsales_[a-z_]+")


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = promtool(ROOT)
    if program is None:
        pytest.skip("promtool is not here: alert rules are not tried")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def expressions() -> list[str]:
    """Return the expressions of all alerts and panels."""
    panels = [e for _, row in monitoring.ROWS for panel in row for e, _ in panel.expressions]
    return [alert.expression for alert in monitoring.ALERTS] + panels


def test_the_rules_are_sound() -> None:
    done = run("check", "rules", str(RULES), folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_of_prometheus_is_sound(tmp_path: Path) -> None:
    config = yaml.safe_load((RULES.parent / "prometheus.yaml").read_text())
    (job,) = config["scrape_configs"]
    # Debian builds Prometheus without Kubernetes: how pods are found is left out of the check.
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod"}]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "rules.yaml").write_text(RULES.read_text())
    done = run("check", "config", "prometheus.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules.yaml" in done.stdout


def test_alerts_fire_and_stay_silent_as_they_should() -> None:
    done = run("test", "rules", str(CASES), folder=CASES.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    tried = [test for case in cases for test in case["alert_rule_test"]]
    names = {alert.name for alert in monitoring.ALERTS}
    assert {test["alertname"] for test in tried if test.get("exp_alerts")} == names
    assert {test["alertname"] for test in tried if not test.get("exp_alerts")} == names


def test_every_alert_says_what_to_do() -> None:
    for alert in monitoring.ALERTS:
        assert alert.remedy.endswith("."), alert.name
        assert alert.severity in {"critical", "warning", "info"}


def test_the_expressions_of_the_dashboard_parse(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{i}", "expr": text} for i, text in enumerate(expressions())]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = run("check", "rules", str(file), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(monitoring.dashboard_text())["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


@pytest.mark.e2e
def test_every_metric_that_is_named_is_in_a_scrape(system: Any) -> None:
    import httpx

    told = set()
    for process in system.status.values():
        port = process["ports"].get("metrics")
        if port is not None:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
            told |= set(re.findall(r"^# TYPE (\S+) ", page, re.M))
    named = {
        re.sub(r"_(bucket|count|sum)$", "", name) for text in expressions() for name in METRIC.findall(text)
    }
    assert named, "no metric is named"
    missing = {name for name in named if name not in told and f"{name}_total" not in told}
    assert not missing
