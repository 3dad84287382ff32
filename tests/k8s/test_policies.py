"""Our own rules for what runs in a cluster, checked over the rendered overlays."""

from __future__ import annotations

import json
from typing import Any

from gateway.api.settings import GatewaySettings
from k8s import system
from k8s.manifests import queues_of
from services.kit.config import Settings
from services.kit.entities import all_entities
from services.local.services import ROLES, SERVICES
from services.mail.settings import MailSettings
from tests.k8s.conftest import containers, of_kind, rendered

SETTINGS = {"gateway": GatewaySettings, "mail": MailSettings}


def test_every_role_of_every_service_has_a_deployment() -> None:
    there = {(w.service, w.role) for w in system.workloads()}
    wanted = {(service.name, role) for service in SERVICES for role in ROLES if service.has(role)}
    assert wanted <= there
    assert ("gateway", "edge") in there
    owners = {entity.service for entity in all_entities().values()}
    assert {service for service, role in there if role == "relay"} == owners == set(system.OWNERS)


def test_settings_are_those_that_the_process_reads(objects: list[dict[str, Any]]) -> None:
    for name, container in containers(objects):
        service = name.split("-")[0]
        known = {f"SALES_{field.upper()}" for field in SETTINGS.get(service, Settings).model_fields}
        given = {each["name"] for each in container["env"]}
        assert given <= known, (name, given - known)
        assert "SALES_DEMO" not in given


def test_passwords_come_from_secrets(objects: list[dict[str, Any]]) -> None:
    for name, container in containers(objects):
        for each in container["env"]:
            if each["name"] in {"SALES_DATABASE_URL", "SALES_AMQP_URL", "SALES_MAIL_KEY", "SALES_CSRF_KEY"}:
                assert "secretKeyRef" in each["valueFrom"], (name, each)


def test_calls_are_those_that_the_contracts_need() -> None:
    """An owner reads the records that its own refer to; everybody asks identity; sync reads every owner."""
    for service in system.OWNERS:
        needed = {
            field.references.split(".")[0]
            for entity in all_entities().values()
            if entity.service == service
            for field in entity.references.values()
        } - {service, "identity"}
        assert needed <= set(system.CALLS[service]), (service, needed)
    assert set(system.CALLS["sync"]) == set(system.OWNERS)
    assert set(system.CALLS["gateway"]) == set(system.SERVICES)


def test_network_policies_open_exactly_these_calls(objects: list[dict[str, Any]]) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(objects, "NetworkPolicy")}
    assert policies["default-deny"]["podSelector"] == {}
    opened = {
        (name, _selected(peer))
        for name, spec in policies.items()
        for rule in spec.get("egress", ())
        for peer in rule["to"]
        if _selected(peer).endswith("-api")
    }
    accepted = {
        (_selected(peer), name)
        for name, spec in policies.items()
        for rule in spec.get("ingress", ())
        for peer in rule["from"]
        if name.endswith("-api") and _selected(peer)
    }
    declared = {(w.name, f"{callee}-api") for w in system.workloads() for callee in w.calls}
    assert opened == accepted == declared
    given = {
        (name, f"{callee}-api")
        for name, container in containers(objects)
        for each in container["env"]
        if each["name"] == "SALES_GRPC_TARGETS"
        for callee in json.loads(each["value"])
    }
    assert given == declared


def test_only_mail_reaches_outside(objects: list[dict[str, Any]]) -> None:
    outside = {
        each["metadata"]["name"]
        for each in of_kind(objects, "NetworkPolicy")
        for rule in each["spec"].get("egress", ())
        for peer in rule["to"]
        if "ipBlock" in peer
    }
    assert outside == {"mail-courier"}


def test_every_pod_has_a_policy_of_its_own(objects: list[dict[str, Any]]) -> None:
    selectors = [
        each["spec"]["podSelector"]["matchLabels"]
        for each in of_kind(objects, "NetworkPolicy")
        if each["spec"]["podSelector"]
    ]
    for each in of_kind(objects, "Deployment", "Job"):
        labels = each["spec"]["template"]["metadata"]["labels"]
        assert any(selector.items() <= labels.items() for selector in selectors), each["metadata"]["name"]


def test_workers_are_scaled_by_queues_that_are_declared() -> None:
    scaled = {each["metadata"]["name"]: each for each in of_kind(rendered("production"), "ScaledObject")}
    receivers = {service for service in system.OWNERS if queues_of(service)}
    assert set(scaled) == {f"{service}-worker" for service in receivers}
    assert receivers >= {"crm", "offers", "aftersales", "mail"}
    for service in receivers:
        triggers = scaled[f"{service}-worker"]["spec"]["triggers"]
        assert [each["metadata"]["queueName"] for each in triggers] == queues_of(service)


def test_nothing_is_scaled_twice() -> None:
    kinds = ("HorizontalPodAutoscaler", "ScaledObject")
    scaled = [each["spec"]["scaleTargetRef"]["name"] for each in of_kind(rendered("production"), *kinds)]
    assert len(scaled) == len(set(scaled))
    fixed = {w.name for w in system.workloads() if not w.scaled_by}
    assert set(scaled) == {w.name for w in system.workloads()} - fixed


def test_no_container_may_do_more_than_it_must(objects: list[dict[str, Any]]) -> None:
    for each in of_kind(objects, "Deployment", "Job"):
        pod = each["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_liveness_asks_nobody_else(objects: list[dict[str, Any]]) -> None:
    for each in of_kind(objects, "Deployment"):
        for container in each["spec"]["template"]["spec"]["containers"]:
            probe = container["livenessProbe"]
            assert probe.get("httpGet", {}).get("path") in {None, "/healthz", "/metrics"}
            assert "exec" not in probe


def _selected(peer: dict[str, Any]) -> str:
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    return str(labels.get("app.kubernetes.io/name", ""))
