"""A service's database: connections, units of work, migrations."""

from services.kit.database.engine import Database, package_of
from services.kit.database.unit_of_work import Row, UnitOfWork

__all__ = ["Database", "Row", "UnitOfWork", "migrate", "package_of"]


def migrate(service: str, url: str) -> None:
    """Bring a service's database to the newest schema; see `migration.migrate`."""
    # Alembic costs every process 0.15 s to import, and only this one needs it.
    from services.kit.database.migration import migrate as run

    run(service, url)
