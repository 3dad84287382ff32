"""Images are built and begin to run, where podman and a base image are present."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from k8s import system
from tests.k8s.conftest import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

#: Any image with Python 3.11 to 3.13 as python3 that is here already.
BASE_IMAGE = os.environ.get("SALES_TEST_BASE_IMAGE", "python:3.12-slim-bookworm")


def podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def base_image() -> str:
    if shutil.which("podman") is None:
        pytest.skip("podman is not here: images are not built")
    if podman("image", "exists", BASE_IMAGE).returncode:
        pytest.skip(f"{BASE_IMAGE} is not here (SALES_TEST_BASE_IMAGE names another): images are not built")
    return BASE_IMAGE


@pytest.mark.parametrize("service", ["crm", "gateway", "identity"])
def test_an_image_holds_what_its_roles_import(base_image: str, service: str) -> None:
    tag = f"project-sales-test/{service}"
    options = ["--build-arg", f"SERVICE={service}", "--build-arg", f"BASE_IMAGE={base_image}"]
    built = podman("build", "-q", "-f", "k8s/Dockerfile", *options, "-t", tag, ".")
    assert built.returncode == 0, built.stderr
    try:
        package = system.package_of(service)
        modules = ["gateway.api.server"] if service == "gateway" else [f"{package}.api.server"]
        code = "; ".join(f"import {module}" for module in modules)
        limits = ["--read-only", "--cap-drop=ALL", "--tmpfs", "/tmp"]
        done = podman("run", "--rm", *limits, tag, "python", "-c", code)
        assert done.returncode == 0, done.stderr
        nameless = podman("run", "--rm", *limits, tag)
        assert nameless.returncode == 1 and "name a role" in nameless.stderr
    finally:
        podman("rmi", "-f", tag)
