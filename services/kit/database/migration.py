"""Migrations: kit's tables and the service's own, two lines of revisions in one database.

Kit's versions are in `services/kit/migrations/versions`, a service's in `<package>/migrations`. They only
ever expand or contract; there is no way down, a mistake is corrected by the next revision.

    python -m services.kit.database.migration crm 0002 "Parties have a birthday"

writes the service's next revision from the difference between its tables and a migrated database
(`SALES_DATABASE_URL`); the author reads and corrects it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from services.kit import outbox, schema
from services.kit.database.engine import package_of, sqlalchemy_url
from services.kit.fields import tables as _fields  # noqa: F401 - declares tables of kit

_KIT = Path(__file__).parents[1] / "migrations"
#: Any number: whoever migrates this database holds it meanwhile.
_LOCK = 7_301_001


def _config(service: str, connection: sa.Connection, metadata: sa.MetaData | None = None) -> Config:
    versions = [str(_KIT / "versions")]
    if service != "kit":
        package = importlib.import_module(package_of(service))
        versions.append(str(Path(next(iter(package.__path__))) / "migrations"))
    config = Config()
    config.set_main_option("script_location", str(_KIT))
    config.set_main_option("version_locations", "\n".join(versions))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def migrate(service: str, url: str) -> None:
    """Bring a service's database to the newest schema; a second caller waits for the first.

    "kit" alone makes only the tables that every owner has.
    """
    engine = sa.create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            command.upgrade(_config(service, connection), "heads")
            connection.commit()
            outbox.prepare(connection)
            connection.commit()
            connection.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    finally:
        engine.dispose()


def all_metadata(service: str) -> sa.MetaData:
    """Return kit's tables and the service's own as one schema."""
    together = sa.MetaData()
    sources = [schema.metadata]
    if service != "kit":
        sources.append(importlib.import_module(f"{package_of(service)}.storage.tables").metadata)
    for source in sources:
        for table in source.sorted_tables:
            table.to_metadata(together)
    return together


def write_revision(service: str, url: str, revision: str, message: str) -> None:
    """Write the next revision of a service from the difference between its tables and the database."""
    engine = sa.create_engine(sqlalchemy_url(url))
    folder = _KIT / "versions"
    if service != "kit":
        folder = Path(next(iter(importlib.import_module(package_of(service)).__path__))) / "migrations"
    folder.mkdir(exist_ok=True)
    with engine.connect() as connection:
        config = _config(service, connection, all_metadata(service))
        first = not any(folder.glob("[0-9a-z]*.py"))
        command.revision(
            config,
            message=message,
            autogenerate=True,
            rev_id=f"{service}_{revision}",
            head="base" if first else f"{service}@head",
            branch_label=service if first else None,
            depends_on="kit_0001" if first and service != "kit" else None,
            version_path=str(folder),
            splice=first,
        )
    engine.dispose()


if __name__ == "__main__":
    from services.kit.config import settings

    write_revision(sys.argv[1], settings().database_url, sys.argv[2], sys.argv[3])
