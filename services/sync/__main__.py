"""`python -m services.sync api | sequencer | migrate | rebuild`."""

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


_ROLES: dict[str, Callable[[], None]] = {
    "api": _api,
    "sequencer": _sequencer,
    "migrate": _migrate,
    "rebuild": _rebuild,
}

if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in _ROLES:
        sys.exit(f"usage: python -m services.sync {' | '.join(_ROLES)}")
    _ROLES[wanted]()
