"""`python -m gateway` as a process over fake owners."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local.ports import random_free
from tests.gateway.conftest import World


@dataclass
class Running:
    """The process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    ready: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """Return a connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def wait_until_ready(self) -> None:
        """Return once it serves and follows identity."""
        deadline = time.monotonic() + 60
        while not self.ready.exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def running_gateway(world: World, folder: Path) -> Iterator[Running]:
    """Start it, and end it after the block; the caller waits until it is ready."""
    ready = folder / "ready"
    port, metrics_port = random_free(), random_free()
    targets = {owner.service: f"127.0.0.1:{owner.port}" for owner in world.owners}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway"],
        env={
            "PYTHONPATH": ":".join(sys.path),
            "SALES_GRPC_TARGETS": json.dumps(targets),
            "SALES_HTTP_PORT": str(port),
            "SALES_METRICS_PORT": str(metrics_port),
            "SALES_READY_FILE": str(ready),
            "SALES_SECRETS_DIR": str(folder / "secrets"),
        },
    )
    try:
        yield Running(process, port, metrics_port, ready)
    finally:
        process.kill()
        process.wait()
