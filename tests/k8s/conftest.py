"""The overlays as kubectl renders them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
OVERLAYS = ("small", "production")


@cache
def rendered(overlay: str) -> list[dict[str, Any]]:
    """Return every object of an overlay."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not here: overlays are not rendered")
    done = subprocess.run(
        [kubectl, "kustomize", str(ROOT / "k8s" / "overlays" / overlay)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.fixture(params=OVERLAYS)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Every object of each overlay in turn."""
    return rendered(request.param)


def of_kind(objects: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [each for each in objects if each["kind"] in kinds]


def containers(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return name of the object and container, of everything that runs."""
    return [
        (each["metadata"]["name"], container)
        for each in of_kind(objects, "Deployment", "Job")
        for container in each["spec"]["template"]["spec"]["containers"]
    ]
