"""An installation of its own, as `make up` would make it, and the ways into it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from services.local.postgres import ADMIN
from services.local.rabbitmq import USER
from services.local.services import SERVICES as DESIGNED
from tests.support.installation import Installation

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".local" / "bench" / "installation"
#: Those that are written.
SERVICES = tuple(service.name for service in DESIGNED if service.exists)
#: Starting is 10 s of CPU for twenty processes; a machine that others use needs several times that.
_STARTS_WAITED = 3


@dataclass(slots=True)
class Source:
    """Where the figures of a process come from: its name in the installation and its pid."""

    name: str
    pid: int


@dataclass
class System:
    """Real processes on private, durable servers. Removed with all traces when it is closed."""

    installation: Installation = field(
        # Empty: servers of its own, whatever the environment names.
        default_factory=lambda: Installation(FOLDER, {"DATABASE_URL": "", "AMQP_URL": ""})
    )

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        if FOLDER.exists():
            self.installation.remove()  # of a run that was killed
        self.installation.start()
        for attempt in range(1, _STARTS_WAITED + 1):
            try:
                self.installation.wait_until_ready()
            except AssertionError:
                if attempt == _STARTS_WAITED or "ready" not in self.installation.output:
                    raise
            else:
                return

    def close(self) -> None:
        """Stop everything and remove its data."""
        self.installation.remove()

    @property
    def port(self) -> int:
        """Where the gateway takes HTTP."""
        return self.installation.http_port

    @cached_property
    def admin_url(self) -> str:
        """The superuser's database."""
        password = quote(self.installation.password_of("postgres"))
        return f"postgresql://{ADMIN}:{password}@127.0.0.1:{self._port('postgres', 'postgres')}/postgres"

    @cached_property
    def amqp_url(self) -> str:
        """The broker's default virtual host."""
        password = self.installation.password_of("rabbitmq")
        return f"amqp://{USER}:{password}@127.0.0.1:{self._port('rabbitmq', 'amqp')}//"

    @cached_property
    def management_url(self) -> str:
        """The broker's management interface, with its user."""
        password = self.installation.password_of("rabbitmq")
        return f"http://{USER}:{password}@127.0.0.1:{self._port('rabbitmq', 'management')}"

    def grpc_target(self, service: str) -> str:
        """Where a service's api listens."""
        return f"127.0.0.1:{self._port(f'{service}-api', 'grpc')}"

    def database_url(self, service: str) -> str:
        """A service's database, as the superuser."""
        return self.admin_url.rpartition("/")[0] + f"/sales_{service}"

    def query(self, service: str, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement on a service's database and return its rows."""
        with psycopg.connect(self.database_url(service), autocommit=True) as connection:
            found = connection.execute(statement, parameters)
            return found.fetchall() if found.description else []

    def sign_in(self, user_name: str) -> str:
        """Return an access token; it lasts ten minutes, so each benchmark asks for its own."""
        answer = httpx.post(
            f"{self.installation.address}/v1/session",
            json={"user_name": user_name, "password": self.installation.password},
            trust_env=False,
            timeout=30,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def processes(self) -> list[Source]:
        """What the supervisor runs, and itself."""
        status = json.loads((FOLDER / "run" / "processes.json").read_text())
        return [Source(name, each["pid"]) for name, each in status.items() if each["pid"]]

    def _port(self, process: str, name: str) -> int:
        return int(self.installation.status[process]["ports"][name])
