"""A service's database: connections, units of work, migrations."""

from services.kit.database.engine import Database, package_of
from services.kit.database.migration import migrate
from services.kit.database.unit_of_work import Row, UnitOfWork

__all__ = ["Database", "Row", "UnitOfWork", "migrate", "package_of"]
