"""`python -m services.sync api | sequencer | migrate | rebuild | received DEVICE`."""

from __future__ import annotations

import sys
from collections.abc import Callable


def _api() -> None:
    from services.sync.api.server import serve

    serve()


def _sequencer() -> None:
    from services.sync.sequencer.process import run

    run()


def _migrate() -> None:
    import kombu

    from services.kit.config import settings
    from services.kit.database.migration import migrate
    from services.kit.subscriptions import declare
    from services.sync.sequencer.inflow import declare_inflow

    configured = settings()
    migrate("sync", configured.database_url)
    declare("sync", configured.amqp_url, delays_s=())
    with kombu.Connection(configured.amqp_url) as connection:
        declare_inflow(connection.default_channel)


def _rebuild() -> None:
    """Ask the sequencer to read every owner anew."""
    import psycopg

    from services.kit.config import settings

    with psycopg.connect(settings().database_url) as connection:
        connection.execute("update head set rebuild_wanted = true")


def _received(device: str) -> None:
    """Print what a device has received, as JSON: the report for one that was lost."""
    from uuid import UUID

    import orjson

    from services.kit.config import settings
    from services.kit.database import Database
    from services.kit.errors import NotFound
    from services.sync.usecases.deliveries import received_by

    try:
        report = received_by(Database("sync", settings().database_url, pool_size=1), UUID(device))
    except (ValueError, NotFound):
        sys.exit(f"no device has this id: {device}")
    sys.stdout.write(orjson.dumps(dict(report), option=orjson.OPT_INDENT_2).decode() + "\n")


_ROLES: dict[str, Callable[[], None]] = {
    "api": _api,
    "sequencer": _sequencer,
    "migrate": _migrate,
    "rebuild": _rebuild,
}

if __name__ == "__main__":
    match sys.argv[1:]:
        case [role] if role in _ROLES:
            _ROLES[role]()
        case ["received", device]:
            _received(device)
        case _:
            sys.exit(f"usage: python -m services.sync {' | '.join(_ROLES)} | received DEVICE")
