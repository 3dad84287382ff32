"""What is committed is what the generator makes, renders, and fits the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from k8s import generate
from tests.k8s.conftest import ROOT, of_kind

#: The oldest version of Kubernetes that we promise to run on.
VERSION = "1.29"
#: Kinds of operators, which the schema of Kubernetes does not know: their groups.
OPERATORS = {
    "ScaledObject": "keda.sh/v1alpha1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
}


def test_what_is_committed_is_what_the_generator_makes() -> None:
    made = generate.files()
    folders = [ROOT / "k8s" / "base", ROOT / "k8s" / "components"]
    committed = {
        str(path.relative_to(ROOT / "k8s")): path.read_text()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert sorted(made) == sorted(committed)
    differing = [name for name in made if made[name] != committed[name]]
    assert not differing, "run `python -m k8s.generate`"


def test_every_object_fits_its_schema(objects: list[dict[str, Any]]) -> None:
    known = 0
    for each in objects:
        if each["kind"] in OPERATORS:
            assert each["apiVersion"] == OPERATORS[each["kind"]]
            continue
        # Unknown kinds would pass without a word.
        assert each["apiVersion"].split("/")[0] not in {o.split("/")[0] for o in OPERATORS.values()}
        kubernetes_validate.validate(each, VERSION, strict=True)
        known += 1
    assert known > 50


def test_the_schema_is_strict() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, VERSION, strict=True)


def test_names_are_unique_and_everything_is_in_our_namespace(objects: list[dict[str, Any]]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert {each["metadata"]["namespace"] for each in objects} == {"project-sales"}


def test_what_refers_to_an_object_finds_it(objects: list[dict[str, Any]]) -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in objects}
    for each in of_kind(objects, "Deployment", "Job"):
        pod = each["spec"]["template"]["spec"]
        assert ("ServiceAccount", pod["serviceAccountName"]) in there
        for volume in pod["volumes"]:
            claim = volume.get("persistentVolumeClaim")
            assert claim is None or ("PersistentVolumeClaim", claim["claimName"]) in there
    for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        assert ("Deployment", each["spec"]["scaleTargetRef"]["name"]) in there


def test_the_image_has_what_the_manifests_run() -> None:
    text = (ROOT / "k8s" / "Dockerfile").read_text()
    for argument in ("ARG SERVICE", "ARG BASE_IMAGE"):
        assert argument in text
    for line in text.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert Path(ROOT, line.split()[1]).exists(), line
