"""The command line of every service: `python -m services.crm api | worker | migrate`.

Each role imports only what it needs: nothing of an api reaches eventlet, and a worker patches before all
else.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable


def main(service: str, package: str) -> None:
    """Run the role that the command line names.

    `<package>.api.server` has `serve()`, `<package>.worker` has `MODULES`, the names of the modules with
    handlers. `<package>.usecases.setup`, where there is one, has `provide(uow)`: it makes what a new
    installation begins with, unless it has it or had it once.
    """
    roles: dict[str, Callable[[], None]] = {
        "api": lambda: _api(package),
        "worker": lambda: _worker(service, package),
        "migrate": lambda: _migrate(service, package),
    }
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in roles:
        sys.exit(f"usage: python -m {package} {' | '.join(roles)}")
    roles[wanted]()


def _api(package: str) -> None:
    importlib.import_module(f"{package}.api.server").serve()


def _worker(service: str, package: str) -> None:
    worker = importlib.import_module("services.kit.worker")
    worker.run(service, importlib.import_module(f"{package}.worker").MODULES)


def _migrate(service: str, package: str) -> None:
    from services.kit.config import settings
    from services.kit.database.migration import migrate
    from services.kit.subscriptions import declare

    configured = settings()
    migrate(service, configured.database_url)
    declare(service, configured.amqp_url, delays_s=configured.retry_delays_s)
    if importlib.util.find_spec(f"{package}.usecases.setup") is not None:
        _provide(service, package, configured.database_url)


def _provide(service: str, package: str, url: str) -> None:
    from services.kit.actor import SYSTEM
    from services.kit.database import Database

    database = Database(service, url)
    try:
        with database.unit_of_work(SYSTEM) as uow:
            importlib.import_module(f"{package}.usecases.setup").provide(uow)
    finally:
        database.close()
