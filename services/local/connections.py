"""Where the servers of an installation are: written at each start, read by whoever administers it.

The file holds passwords, so it is among the secrets.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from services.local.folders import Folders
from services.local.messages import CannotContinue

FILE = "connections.json"


@dataclass(frozen=True, slots=True)
class Connections:
    """What a process outside the supervisor needs to reach the same servers."""

    amqp_url: str
    #: Service -> its database.
    database_urls: Mapping[str, str]

    def keep(self, folders: Folders) -> None:
        """Write them where `connections` finds them."""
        path = folders.secrets / FILE
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        unfinished.replace(path)


def connections(folders: Folders) -> Connections:
    """Return those of the last start.

    Raises:
        CannotContinue: nothing was ever started here.
    """
    try:
        return Connections(**json.loads((folders.secrets / FILE).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise CannotContinue(
            f"There is no installation in {folders.local}.",
            "Start it once with `make up`, name its folder in SALES_LOCAL, or set SALES_AMQP_URL and "
            "SALES_DATABASE_URLS.",
        ) from error
