"""`python -m k8s.generate` writes base/ and components/ anew; a test compares them with what is committed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

from k8s import manifests, monitoring, system
from k8s.manifests import Manifest

ROOT: Final = Path(__file__).parent
_HEAD: Final = "# Made by `python -m k8s.generate`; do not edit.\n"


def files() -> dict[str, str]:
    """Return every generated file, by path below k8s/."""
    found: dict[str, str] = {}
    parts: dict[str, list[Manifest]] = {}
    for workload in system.workloads():
        parts.setdefault(workload.service, []).extend(manifests.of_workload(workload))
    parts["common"] = [manifests.default_deny(), *manifests.claims()]
    for part, objects in parts.items():
        _folder(found, f"base/{part}", {"manifests.yaml": objects})
    resources = {"resources": sorted(parts)}
    found["base/kustomization.yaml"] = _text([{**_kustomization("Kustomization"), **resources}])
    migrations = [manifests.migration(service) for service in system.SERVICES]
    allowed = [manifests.migration_account(), manifests.migration_policy()]
    _component(found, "migrate", [*allowed, *migrations])
    scaled = [w for w in system.workloads() if w.scaled_by == "queues"]
    _component(found, "keda", [manifests.scaled_object(workload) for workload in scaled])
    _component(found, "monitoring", [manifests.pod_monitor(), monitoring.prometheus_rule()])
    found["components/monitoring/rules.yaml"] = _text([monitoring.rules()])
    found["components/monitoring/prometheus.yaml"] = _text([monitoring.prometheus_config()])
    found["components/monitoring/dashboard.json"] = monitoring.dashboard_text()
    return found


def main() -> None:
    """Write them."""
    for folder in ("base", "components"):
        shutil.rmtree(ROOT / folder, ignore_errors=True)
    for name, text in files().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _component(found: dict[str, str], name: str, objects: Iterable[Manifest]) -> None:
    _folder(found, f"components/{name}", {"manifests.yaml": list(objects)}, kind="Component")


def _folder(
    found: dict[str, str],
    folder: str,
    contents: Mapping[str, list[Manifest]],
    *,
    kind: str = "Kustomization",
) -> None:
    for name, objects in contents.items():
        found[f"{folder}/{name}"] = _text(objects)
    kustomization = {**_kustomization(kind), "resources": sorted(contents)}
    found[f"{folder}/kustomization.yaml"] = _text([kustomization])


def _kustomization(kind: str) -> Manifest:
    version = (
        "kustomize.config.k8s.io/v1beta1" if kind == "Kustomization" else "kustomize.config.k8s.io/v1alpha1"
    )
    return {"apiVersion": version, "kind": kind}


def _text(objects: Iterable[Any]) -> str:
    text: str = yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True, width=110)
    return _HEAD + text


if __name__ == "__main__":
    main()
