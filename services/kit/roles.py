"""The command line of every service: `python -m services.crm api | worker | migrate`.

Each role imports only what it needs: nothing of an api reaches eventlet, and a worker patches before all
else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable


def main(service: str, package: str) -> None:
    """Run the role that the command line names.

    `<package>.api.server` has `serve()`, `<package>.worker` has `MODULES`, the names of the modules with
    handlers.
    """
    roles: dict[str, Callable[[], None]] = {
        "api": lambda: _api(package),
        "worker": lambda: _worker(service, package),
        "migrate": lambda: _migrate(service),
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


def _migrate(service: str) -> None:
    from services.kit.config import settings
    from services.kit.database.migration import migrate
    from services.kit.subscriptions import declare

    configured = settings()
    migrate(service, configured.database_url)
    declare(service, configured.amqp_url, delays_s=configured.retry_delays_s)
