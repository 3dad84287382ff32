"""What runs in a cluster, who may call whom, and how each part is scaled. Manifests are made from this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: The services of the system, in the order in which they are documented.
SERVICES: Final = ("crm", "offers", "aftersales", "mail", "sync", "identity")
#: Owners of records: their workers scale by their queues, and sync reads them.
OWNERS: Final = ("crm", "offers", "aftersales", "mail", "identity")
GRPC_PORT: Final = 50051
METRICS_PORT: Final = 9100
HTTP_PORT: Final = 8080

#: Service -> services that its processes call by gRPC, beside identity, which every api asks for grants.
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    # The company whose letterhead prints have.
    "crm": ("offers",),
    "offers": ("crm",),
    "aftersales": ("crm", "offers"),
    "mail": ("crm", "offers", "aftersales"),
    "sync": OWNERS,
    "identity": (),
    "gateway": SERVICES,
}
#: Everything else that may be reached from inside.
SERVERS: Final = {"postgres": 5432, "rabbitmq": 5672}


@dataclass(frozen=True, slots=True)
class Workload:
    """One Deployment: a role of a service."""

    service: str
    role: str
    command: tuple[str, ...]
    #: "cpu", "queues" (KEDA), or "" for a fixed number of replicas.
    scaled_by: str = ""
    replicas: int = 2
    most_replicas: int = 6
    memory: str = "256Mi"
    database: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Setting -> (secret, key).
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: Folders that must be written: mount path -> claim, "" for an empty folder.
    folders: Mapping[str, str] = field(default_factory=dict)
    #: Mail servers and the like, outside the cluster.
    reaches_outside: bool = False

    @property
    def name(self) -> str:
        return self.service if self.role == "edge" else f"{self.service}-{self.role}"

    @property
    def serves_grpc(self) -> bool:
        return self.role == "api"

    @property
    def calls(self) -> tuple[str, ...]:
        """Services whose api this process calls."""
        if self.role in ("worker", "relay", "migrate"):
            return ()
        identity = () if self.service == "identity" else ("identity",)
        return tuple(dict.fromkeys((*CALLS[self.service], *identity)))


def package_of(service: str) -> str:
    """Return the Python package that an image runs."""
    return {"identity": "gateway.identity", "gateway": "gateway"}.get(service, f"services.{service}")


def _role(service: str, role: str, **options: object) -> Workload:
    return Workload(service, role, ("python", "-m", package_of(service), role), **options)  # type: ignore[arg-type]


_MAIL_KEY: Final = {"SALES_MAIL_KEY": ("sales-mail-key", "key")}
_BLOBS: Final = {"/var/lib/sales/blobs": "sales-mail-blobs"}
_BLOBS_DIR: Final = {"SALES_BLOBS_DIR": "/var/lib/sales/blobs"}
_SIGNING: Final = {"/var/lib/sales/secrets": "sales-identity-keys"}
_SECRETS_DIR: Final = {"SALES_SECRETS_DIR": "/var/lib/sales/secrets"}


def workloads() -> list[Workload]:
    """Return every Deployment of the system."""
    found = []
    for service in SERVICES:
        if service == "mail":
            found.append(
                _role("mail", "api", scaled_by="cpu", secrets=_MAIL_KEY, folders=_BLOBS, settings=_BLOBS_DIR)
            )
        elif service == "identity":
            found.append(_role("identity", "api", scaled_by="cpu", folders=_SIGNING, settings=_SECRETS_DIR))
        elif service == "sync":
            found.append(
                _role(
                    "sync",
                    "api",
                    scaled_by="cpu",
                    most_replicas=12,
                    folders={"/var/lib/sales/secrets": "sales-sync-keys"},
                    settings=_SECRETS_DIR,
                )
            )
        else:
            # Two presses of 400 MB at most, while something is printed.
            found.append(_role(service, "api", scaled_by="cpu", memory="512Mi"))
        if service in OWNERS:
            # Identity receives no events: its worker keeps the timers only.
            found.append(_role(service, "worker", scaled_by="" if service == "identity" else "queues"))
            relay = ("python", "-m", "services.kit.relay", service)
            # Two: one leads by its lock, the other takes over.
            found.append(Workload(service, "relay", relay, memory="128Mi"))
    found.append(_role("sync", "sequencer"))
    found.append(
        _role("mail", "courier", secrets=_MAIL_KEY, folders=_BLOBS, settings=_BLOBS_DIR, reaches_outside=True)
    )
    found.append(
        Workload(
            "gateway",
            "edge",
            ("python", "-m", "gateway"),
            scaled_by="cpu",
            database=False,
            most_replicas=12,
            secrets={"SALES_CSRF_KEY": ("sales-gateway-csrf", "key")},
        )
    )
    return found


def common_settings(workload: Workload) -> dict[str, str]:
    """Return the settings that a workload has beside its secrets."""
    settings = {
        "SALES_ENVIRONMENT": "production",
        "SALES_HOST": "0.0.0.0",
        "SALES_METRICS_PORT": str(METRICS_PORT),
        "SALES_READY_FILE": "/tmp/ready",
        **workload.settings,
    }
    if workload.serves_grpc:
        settings["SALES_GRPC_PORT"] = str(GRPC_PORT)
    if workload.role == "edge":
        settings["SALES_HTTP_PORT"] = str(HTTP_PORT)
    if workload.calls:
        targets = {name: f"dns:///{name}-api:{GRPC_PORT}" for name in workload.calls}
        settings["SALES_GRPC_TARGETS"] = json.dumps(targets)
    return dict(sorted(settings.items()))


def secret_settings(workload: Workload) -> dict[str, tuple[str, str]]:
    """Return setting -> (secret, key): addresses with passwords, and keys."""
    found = dict(workload.secrets)
    if workload.database:
        found["SALES_DATABASE_URL"] = (f"sales-{workload.service}-database", "url")
    if workload.role != "edge":
        found["SALES_AMQP_URL"] = (f"sales-{workload.service}-broker", "url")
    return dict(sorted(found.items()))
