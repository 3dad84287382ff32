"""Processes of synchronisation beside the installation, on stores and virtual hosts of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg

from services.kit.database import migrate
from services.local.ports import random_free
from tests.bench.support.family import cpu_s
from tests.bench.support.system import ROOT, System

_START_S = 120.0


class Running:
    """A process of ours that takes calls; `port` is the one that it was given."""

    def __init__(self, *command: str, settings: Mapping[str, str]) -> None:
        self.port = random_free()
        self._folder = tempfile.TemporaryDirectory(prefix="bench-sync-")
        ready = Path(self._folder.name) / "ready"
        ours = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
            "MALLOC_ARENA_MAX": "2",
            "SALES_GRPC_PORT": str(self.port),
            "SALES_HTTP_PORT": str(self.port),
            "SALES_SECRETS_DIR": self._folder.name,
            "SALES_READY_FILE": str(ready),
            "SALES_LOG_LEVEL": "ERROR",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **ours, **settings}
        )
        deadline = time.monotonic() + _START_S
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{' '.join(command)} did not start")
            time.sleep(0.05)

    @property
    def cpu_s(self) -> float:
        """CPU seconds that it has taken."""
        return cpu_s(self._process.pid)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def new_store(system: System, name: str) -> str:
    """Return the address of an empty, migrated store on the installation's PostgreSQL."""
    with psycopg.connect(system.admin_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name}")
    url = system.admin_url.rpartition("/")[0] + f"/{name}"
    migrate("sync", url)
    return url


def new_vhost(system: System, name: str) -> str:
    """Return the address of an empty virtual host on the installation's broker."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        address = f"{system.management_url}/api/vhosts/{name}"
        client.delete(address)
        client.put(address).raise_for_status()
    server = urlsplit(system.amqp_url)
    return f"amqp://{server.username}:{server.password}@{server.hostname}:{server.port}/{name}"


def start_api(url: str) -> Running:
    """Start a pull worker on a store."""
    return Running("services.sync", "api", settings={"SALES_DATABASE_URL": url})


def start_gateway(system: System, sync_port: int) -> Running:
    """Start a gateway that knows the installation's users and serves this store."""
    targets = {"identity": system.grpc_target("identity"), "sync": f"127.0.0.1:{sync_port}"}
    return Running("gateway", settings={"SALES_GRPC_TARGETS": json.dumps(targets)})


def start_sequencer(url: str, amqp_url: str) -> Running:
    """Start a sequencer on a store and a virtual host."""
    settings = {"SALES_DATABASE_URL": url, "SALES_AMQP_URL": amqp_url, "SALES_GRPC_TARGETS": "{}"}
    return Running("services.sync", "sequencer", settings=settings)
