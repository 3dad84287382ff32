"""The processes of an installation, declared: what runs, with which settings, and what it needs first."""

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.local.chosen_ports import ChosenPorts
from services.local.folders import ROOT, Folders
from services.local.ports import LOOPBACK
from services.local.process import EDGE_STOP_TIMEOUT_S, STOP_TIMEOUT_S, Process
from services.local.services import ROLES, SERVICES, Service

GRPC_PORTS = 100
METRICS_PORTS = 200
DATABASES = "databases"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every process is told: where the servers are, and what was chosen for this installation."""

    folders: Folders
    ports: ChosenPorts
    http_port: int
    demo_password: str
    database_urls: Mapping[str, str]
    amqp_url: str
    needs_broker: frozenset[str]

    def environment(self) -> dict[str, str]:
        return {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
            "PYTHONUNBUFFERED": "1",
            # Each thread would get a memory arena of its own; two are enough for what our threads do.
            "MALLOC_ARENA_MAX": "2",
            "SALES_ENVIRONMENT": "local",
            "SALES_AMQP_URL": self.amqp_url,
            "SALES_SECRETS_DIR": str(self.folders.secrets),
            "SALES_ERP_FOLDER": str(self.folders.erp),
            "SALES_BLOBS_DIR": str(self.folders.blobs),
            "SALES_DEMO": "1",
            "SALES_DEMO_PASSWORD": self.demo_password,
        }


def declared(surroundings: Surroundings) -> list[Process]:
    """Every process of the installation but its servers; of services that are not written yet, none."""
    services = [service for service in SERVICES if service.exists]
    apis = [service for service in services if service.has("api")]
    grpc = {
        service.name: surroundings.ports.choose(f"{service.name}-api", GRPC_PORTS + number)
        for number, service in enumerate(SERVICES)
        if service in apis
    }
    shared = {"SALES_GRPC_TARGETS": json.dumps({name: f"{LOOPBACK}:{port}" for name, port in grpc.items()})}
    factory = _Factory(surroundings, shared)
    migrations = frozenset(f"{service.name}-migrate" for service in services)
    return [
        *(_migration(factory, service) for service in services),
        *(_role(factory, service, role, grpc) for role in ROLES for service in services if service.has(role)),
        *_relay(factory, services, migrations),
        *_erp(factory, migrations),
        *_gateway(factory, frozenset(f"{service.name}-api" for service in apis)),
        *_demonstration(factory),
        *_mail_servers(factory),
    ]


def _migration(factory: "_Factory", service: Service) -> Process:
    """Migrates the service's tables and declares its queues: nobody publishes before all have done so."""
    return factory.make(
        f"{service.name}-migrate",
        service.package,
        "migrate",
        needs=[DATABASES, *factory.surroundings.needs_broker],
        settings={"SALES_DATABASE_URL": factory.surroundings.database_urls[service.name]},
        lasting=False,
    )


def _role(factory: "_Factory", service: Service, role: str, grpc: Mapping[str, int]) -> Process:
    needs = [f"{service.name}-migrate"]
    settings = {"SALES_DATABASE_URL": factory.surroundings.database_urls[service.name]}
    ports = {}
    if role == "api":
        ports = {"grpc": grpc[service.name]}
        settings["SALES_GRPC_PORT"] = str(grpc[service.name])
    return factory.make(
        f"{service.name}-{role}",
        service.package,
        role,
        needs=needs,
        settings=settings,
        ports=ports,
        background=role != "api",
    )


def _relay(factory: "_Factory", services: Sequence[Service], migrations: frozenset[str]) -> Iterable[Process]:
    """One for all services, the only process that opens all their databases."""
    if services and _is_module("services.kit.relay"):
        urls = {service.name: factory.surroundings.database_urls[service.name] for service in services}
        settings = {"SALES_DATABASE_URLS": json.dumps(urls)}
        yield factory.make(
            "relay", "services.kit.relay", needs=migrations, settings=settings, background=True
        )


def _erp(factory: "_Factory", migrations: frozenset[str]) -> Iterable[Process]:
    """The stand-in for somebody else's system: an example to copy, so it shows no metrics of ours."""
    if migrations and _is_module("services.local.erp"):
        yield factory.make("erp", "services.local.erp", needs=migrations, metrics=False)


def _gateway(factory: "_Factory", apis: frozenset[str]) -> Iterable[Process]:
    if _is_module("gateway"):
        port = factory.surroundings.http_port
        yield factory.make(
            "gateway",
            "gateway",
            needs=apis,
            settings={"SALES_HTTP_PORT": str(port)},
            ports={"http": port},
            stop_timeout_s=EDGE_STOP_TIMEOUT_S,
            serves=lambda: _reaches_all(port),
        )


def _demonstration(factory: "_Factory") -> Iterable[Process]:
    """Fills a new installation with the demonstration company; `SALES_DEMO_COMPANY=0` leaves it empty."""
    if os.environ.get("SALES_DEMO_COMPANY") != "0" and _is_module("services.local.demonstration"):
        yield factory.make(
            "demonstration",
            "services.local.demonstration",
            f"http://{LOOPBACK}:{factory.surroundings.http_port}",
            needs={"gateway"},
            settings={"SALES_LOCAL": str(factory.surroundings.folders.local)},
            lasting=False,
            essential=False,
            awaited=False,
        )


def _mail_servers(factory: "_Factory") -> Iterable[Process]:
    """Private mail servers and mailboxes for the demonstration, where `SALES_DEMO_MAIL=1` asks for them."""
    if os.environ.get("SALES_DEMO_MAIL") != "1":
        return
    # Only here, because an IMAP client costs every other start its import.
    from services.local.mail.processes import dovecot_process

    surroundings = factory.surroundings
    yield dovecot_process(surroundings.folders, surroundings.ports)
    local = {"SALES_LOCAL": str(surroundings.folders.local)}
    package = "services.local.mail"
    yield factory.make("smtp", package, "smtp", needs={"dovecot"}, settings=local, metrics=False)
    address = f"http://{LOOPBACK}:{surroundings.http_port}"
    needs = {"gateway", "smtp"}
    yield factory.make("mailboxes", package, "set-up", address, needs=needs, settings=local, lasting=False)


def _reaches_all(http_port: int) -> bool:
    """True once the gateway has found every service: its first second is not the user's."""
    # A proxy that the environment names is not for our own machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{LOOPBACK}:{http_port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _is_module(name: str) -> bool:
    """True if `python -m name` would run something."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


@dataclass(slots=True)
class _Factory:
    """Gives each process what all have: settings, a metrics port, a file that says that it is ready."""

    surroundings: Surroundings
    shared: Mapping[str, str]
    made: int = 0

    def make(
        self,
        name: str,
        *module_and_role: str,
        needs: Iterable[str],
        settings: Mapping[str, str] | None = None,
        ports: Mapping[str, int] | None = None,
        lasting: bool = True,
        essential: bool | None = None,
        awaited: bool = True,
        background: bool = False,
        metrics: bool = True,
        stop_timeout_s: float = STOP_TIMEOUT_S,
        serves: Callable[[], bool] = lambda: True,
    ) -> Process:
        ready_file = self.surroundings.folders.run / f"{name}.ready"
        own = {"SALES_READY_FILE": str(ready_file)}
        ports = dict(ports or {})
        if lasting and metrics:
            ports["metrics"] = self.surroundings.ports.choose(f"{name} (metrics)", METRICS_PORTS + self.made)
            own["SALES_METRICS_PORT"] = str(ports["metrics"])
            self.made += 1
        return Process(
            name=name,
            command=(sys.executable, "-m", *module_and_role),
            environment={**self.surroundings.environment(), **self.shared, **(settings or {}), **own},
            is_ready=lambda: ready_file.exists() and serves(),
            before_start=lambda: ready_file.unlink(missing_ok=True),
            needs=frozenset(needs),
            folder=ROOT,
            lasting=lasting,
            essential=not lasting if essential is None else essential,
            awaited=awaited,
            background=background,
            stop_timeout_s=stop_timeout_s,
            address=_address(ports),
            ports=ports,
        )


def _address(ports: Mapping[str, int]) -> str:
    if "http" in ports:
        return f"http://{LOOPBACK}:{ports['http']}"
    return f"gRPC port {ports['grpc']}" if "grpc" in ports else ""
