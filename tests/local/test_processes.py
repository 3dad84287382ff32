"""The declared list of processes, and what each is told."""

import json
import os
from pathlib import Path

import pytest

from services.kit.config import Settings
from services.local.chosen_ports import ChosenPorts
from services.local.folders import Folders
from services.local.process import BACKGROUND_NICENESS, Process
from services.local.processes import DATABASES, Surroundings, declared
from services.local.services import SERVICES, Service

ROLES = {"crm": ["api", "worker"], "identity": ["api"]}


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Process]:
    """As if two services were written."""
    monkeypatch.setattr(Service, "exists", property(lambda service: service.name in ROLES))
    monkeypatch.setattr(Service, "has", lambda service, role: role in ROLES.get(service.name, []))
    monkeypatch.setattr("services.local.processes._is_module", lambda name: True)
    surroundings = Surroundings(
        folders=Folders(tmp_path),
        ports=ChosenPorts(tmp_path / "ports.json"),
        http_port=8080,
        demo_password="a password",
        database_urls={service.name: f"postgresql://{service.name}" for service in SERVICES},
        amqp_url="amqp://here",
        needs_broker=frozenset({"rabbitmq"}),
    )
    return {process.name: process for process in declared(surroundings)}


def test_every_role_of_every_service_runs_once(processes: dict[str, Process]) -> None:
    assert sorted(processes) == sorted(
        [
            "crm-migrate",
            "crm-api",
            "crm-worker",
            "identity-migrate",
            "identity-api",
            "relay",
            "erp",
            "gateway",
            "demonstration",
        ]
    )


def test_nobody_publishes_before_all_queues_are_declared(processes: dict[str, Process]) -> None:
    migrations = {"crm-migrate", "identity-migrate"}
    assert processes["crm-migrate"].needs == {DATABASES, "rabbitmq"}
    assert processes["relay"].needs == processes["erp"].needs == migrations
    assert processes["gateway"].needs == {"crm-api", "identity-api"}
    assert processes["crm-worker"].needs == {"crm-migrate"}


def test_a_process_is_told_only_what_the_services_settings_know(processes: dict[str, Process]) -> None:
    known = {f"SALES_{name.upper()}" for name in Settings.model_fields}
    # Not a service: it keeps in the installation's folder whether the company has been seeded.
    assert "SALES_LOCAL" in processes.pop("demonstration").environment
    for process in processes.values():
        assert {name for name in process.environment if name.startswith("SALES_")} <= known


def test_only_its_own_database_and_everybody_s_api(processes: dict[str, Process]) -> None:
    api, gateway = processes["crm-api"].environment, processes["gateway"].environment
    assert api["SALES_DATABASE_URL"] == "postgresql://crm"
    assert "SALES_DATABASE_URL" not in gateway
    targets = json.loads(gateway["SALES_GRPC_TARGETS"])
    assert targets == {
        "crm": f"127.0.0.1:{api['SALES_GRPC_PORT']}",
        "identity": f"127.0.0.1:{processes['identity-api'].environment['SALES_GRPC_PORT']}",
    }
    assert gateway["SALES_HTTP_PORT"] == "8080"


def test_who_waits_for_an_answer_goes_before_what_works_in_the_background(
    processes: dict[str, Process], tmp_path: Path
) -> None:
    assert {name for name, process in processes.items() if process.background} == {"crm-worker", "relay"}
    asleep = Process(name="asleep", command=("sleep", "60"), background=True).start(tmp_path / "log")
    try:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, asleep.pid) == min(own + BACKGROUND_NICENESS, 19)
    finally:
        asleep.kill()
        asleep.wait()


def test_all_databases_are_told_to_the_relay_alone(processes: dict[str, Process]) -> None:
    with_all = [name for name, process in processes.items() if "SALES_DATABASE_URLS" in process.environment]
    assert with_all == ["relay"]
    assert set(json.loads(processes["relay"].environment["SALES_DATABASE_URLS"])) == {"crm", "identity"}


def test_each_process_has_a_metrics_port_and_a_ready_file_of_its_own(processes: dict[str, Process]) -> None:
    ours = [process for process in processes.values() if process.lasting and process.name != "erp"]
    for name in ("SALES_METRICS_PORT", "SALES_READY_FILE"):
        assert len({process.environment[name] for process in ours}) == len(ours)
    assert all(process.ports["metrics"] for process in ours)
