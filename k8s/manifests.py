"""Manifests of one workload, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8s import system
from k8s.system import Workload
from services.kit.subscriptions import Subscription, manifest

Manifest = dict[str, Any]
_LABEL = "app.kubernetes.io/name"
_PART = {"app.kubernetes.io/part-of": "project-sales"}
#: Messages for each worker, at which another one is started.
_QUEUE_LENGTH = 200


def of_workload(workload: Workload) -> Iterator[Manifest]:
    """Yield everything but what needs an operator's own kinds."""
    yield _service_account(workload)
    yield _deployment(workload)
    if workload.serves_grpc:
        # Headless, so that clients see every pod and go round them: a cluster address pins HTTP/2 to one.
        yield _service(workload, port=system.GRPC_PORT, name="grpc", cluster_ip="None")
    if workload.role == "edge":
        yield _service(workload, port=system.HTTP_PORT, name="http")
    if workload.scaled_by == "cpu":
        yield _autoscaler(workload)
    yield _disruption_budget(workload)
    yield _network_policy(workload)


def _meta(name: str, **labels: str) -> Manifest:
    return {"name": name, "labels": {_LABEL: name, **_PART, **labels}}


def _service_account(workload: Workload) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _meta(workload.name),
        "automountServiceAccountToken": False,
    }


def _deployment(workload: Workload) -> Manifest:
    spec: Manifest = {
        "selector": {"matchLabels": {_LABEL: workload.name}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {
            "metadata": {"labels": {_LABEL: workload.name, "sales/service": workload.service, **_PART}},
            "spec": _pod(workload),
        },
    }
    if not workload.scaled_by:
        # Where something scales it, the number of replicas is not ours to set again at each release.
        spec["replicas"] = workload.replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _meta(workload.name), "spec": spec}


def _pod(workload: Workload) -> Manifest:
    folders = {"/tmp": "", **workload.folders}
    volumes = [
        {
            "name": f"folder-{number}",
            **({"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}}),
        }
        for number, claim in enumerate(folders.values())
    ]
    return {
        "serviceAccountName": workload.name,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {_LABEL: workload.name}},
            }
        ],
        "containers": [_container(workload, list(folders))],
        "volumes": volumes,
    }


def _container(workload: Workload, folders: list[str]) -> Manifest:
    ports = [{"name": "metrics", "containerPort": system.METRICS_PORT}]
    if workload.serves_grpc:
        ports.append({"name": "grpc", "containerPort": system.GRPC_PORT})
    if workload.role == "edge":
        ports.append({"name": "http", "containerPort": system.HTTP_PORT})
    return {
        "name": workload.role,
        "image": f"project-sales/{workload.service}",
        "command": list(workload.command),
        "env": _environment(workload),
        "ports": ports,
        "resources": {
            "requests": {"cpu": "100m", "memory": workload.memory},
            "limits": {"memory": f"{2 * int(workload.memory.removesuffix('Mi'))}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": f"folder-{number}", "mountPath": path} for number, path in enumerate(folders)
        ],
        **_probes(workload),
    }


def _environment(workload: Workload) -> list[Manifest]:
    plain = [{"name": name, "value": value} for name, value in system.common_settings(workload).items()]
    secret = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": source, "key": key}}}
        for name, (source, key) in system.secret_settings(workload).items()
    ]
    return plain + secret


def _probes(workload: Workload) -> Manifest:
    """Liveness touches neither database nor bus; readiness is the role's own."""
    if workload.serves_grpc:
        ready: Manifest = {"grpc": {"port": system.GRPC_PORT}}
        alive = ready
    elif workload.role == "edge":
        ready = {"httpGet": {"path": "/readyz", "port": "http"}}
        alive = {"httpGet": {"path": "/healthz", "port": "http"}}
    else:
        ready = {"exec": {"command": ["test", "-e", "/tmp/ready"]}}
        alive = {"httpGet": {"path": "/metrics", "port": "metrics"}}
    return {
        "startupProbe": {**alive, "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {**ready, "periodSeconds": 5, "timeoutSeconds": 3},
        "livenessProbe": {**alive, "periodSeconds": 15, "timeoutSeconds": 5, "failureThreshold": 4},
    }


def _service(workload: Workload, *, port: int, name: str, cluster_ip: str = "") -> Manifest:
    spec: Manifest = {
        "selector": {_LABEL: workload.name},
        "ports": [{"name": name, "port": port, "targetPort": name}],
    }
    if cluster_ip:
        spec["clusterIP"] = cluster_ip
    return {"apiVersion": "v1", "kind": "Service", "metadata": _meta(workload.name), "spec": spec}


def _autoscaler(workload: Workload) -> Manifest:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _meta(workload.name),
        "spec": {
            "scaleTargetRef": _target(workload),
            "minReplicas": workload.replicas,
            "maxReplicas": workload.most_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                }
            ],
        },
    }


def _disruption_budget(workload: Workload) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _meta(workload.name),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {_LABEL: workload.name}}},
    }


def _network_policy(workload: Workload) -> Manifest:
    """Only the declared calls go in and out; everything else is closed by the default policy."""
    egress = [
        {"to": [_pods(f"{name}-api")], "ports": [_tcp(system.GRPC_PORT)]} for name in sorted(workload.calls)
    ]
    for server, port in system.SERVERS.items():
        if workload.role != "edge":
            egress.append(
                {"to": [{"podSelector": {"matchLabels": {"sales/server": server}}}], "ports": [_tcp(port)]}
            )
    if workload.reaches_outside:
        private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        egress.append(
            {
                "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": private}}],
                "ports": [_tcp(port) for port in (25, 143, 465, 587, 993)],
            }
        )
    ingress: list[Manifest] = [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"sales/monitoring": "true"}}}],
            "ports": [_tcp(system.METRICS_PORT)],
        }
    ]
    callers = [w.name for w in system.workloads() if workload.serves_grpc and workload.service in w.calls]
    if callers:
        ingress.append({"from": [_pods(name) for name in callers], "ports": [_tcp(system.GRPC_PORT)]})
    if workload.role == "edge":
        from_ingress = {"namespaceSelector": {"matchLabels": {"sales/ingress": "true"}}}
        ingress.append({"from": [from_ingress], "ports": [_tcp(system.HTTP_PORT)]})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(workload.name),
        "spec": {
            "podSelector": {"matchLabels": {_LABEL: workload.name}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": [*egress, _dns()],
        },
    }


def _pods(name: str) -> Manifest:
    return {"podSelector": {"matchLabels": {_LABEL: name}}}


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}


def _dns() -> Manifest:
    to = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]
    return {"to": to, "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)]}


def _target(workload: Workload) -> Manifest:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name}


def default_deny() -> Manifest:
    """Return the policy that closes everything that no other one opens."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta("default-deny"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def migration(service: str) -> Manifest:
    """Return the Job that migrates a service's database and declares its queues, once a release."""
    workload = Workload(service, "migrate", ("python", "-m", system.package_of(service), "migrate"))
    pod = _pod(workload)
    pod |= {"restartPolicy": "OnFailure", "serviceAccountName": "migrate"}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        del pod["containers"][0][probe]
    del pod["containers"][0]["ports"]
    del pod["topologySpreadConstraints"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _meta(workload.name),
        "spec": {
            "backoffLimit": 6,
            "ttlSecondsAfterFinished": 86400,
            "template": {
                "metadata": {
                    "labels": {
                        _LABEL: workload.name,
                        "sales/service": service,
                        "sales/step": "migrate",
                        **_PART,
                    }
                },
                "spec": pod,
            },
        },
    }


def migration_policy() -> Manifest:
    """Return the policy of all migrations: databases and broker, nothing else."""
    servers = [
        {"to": [{"podSelector": {"matchLabels": {"sales/server": server}}}], "ports": [_tcp(port)]}
        for server, port in system.SERVERS.items()
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta("migrate"),
        "spec": {
            "podSelector": {"matchLabels": {"sales/step": "migrate"}},
            "policyTypes": ["Ingress", "Egress"],
            "egress": [*servers, _dns()],
        },
    }


def migration_account() -> Manifest:
    """Return the account that migrations run under."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _meta("migrate"),
        "automountServiceAccountToken": False,
    }


def claims() -> Iterator[Manifest]:
    """Yield the claims for the folders that several pods share."""
    names = sorted({claim for w in system.workloads() for claim in w.folders.values() if claim})
    for name in names:
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": _meta(name),
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": "20Gi" if name.endswith("blobs") else "1Gi"}},
            },
        }


def scaled_object(workload: Workload) -> Manifest:
    """Return KEDA's object: a worker is scaled by the length of its service's queues."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": _meta(workload.name),
        "spec": {
            "scaleTargetRef": {"name": workload.name},
            "minReplicaCount": workload.replicas,
            "maxReplicaCount": workload.most_replicas,
            "cooldownPeriod": 120,
            "triggers": [_trigger(workload, queue) for queue in queues_of(workload.service)],
        },
    }


def _trigger(workload: Workload, queue: str) -> Manifest:
    return {
        "type": "rabbitmq",
        "metadata": {
            "protocol": "amqp",
            "queueName": queue,
            "mode": "QueueLength",
            "value": str(_QUEUE_LENGTH),
            "hostFromEnv": "SALES_AMQP_URL",
        },
    }


def queues_of(service: str) -> list[str]:
    """Return the queues that a service's worker consumes, as they are declared."""
    mine: list[Subscription] = [s for s in manifest() if s.subscriber == service and not s.external]
    return sorted({subscription.queue for subscription in mine})


def pod_monitor() -> Manifest:
    """Return the object that has Prometheus scrape every process."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": _meta("project-sales"),
        "spec": {
            "selector": {"matchLabels": _PART},
            "podMetricsEndpoints": [
                {"port": "metrics", "interval": "15s", "relabelings": [_relabeled("name", "app")]}
            ],
        },
    }


def _relabeled(label: str, target: str) -> Manifest:
    return {"sourceLabels": [f"__meta_kubernetes_pod_label_app_kubernetes_io_{label}"], "targetLabel": target}
