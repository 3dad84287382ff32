"""Where a request stood, and for how long."""

from __future__ import annotations

from uuid import UUID

from services.kit.database import Database
from services.kit.entities import entity
from services.kit.permissions import Access
from services.kit.records.passages import Stay, stays_of
from services.kit.records.reading import Reader

REQUEST = "aftersales.request"


def request_history(database: Database, reader: Reader, access: Access, request_id: str) -> list[Stay]:
    """Return the states of a request in order.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
    """
    found = reader.get(access, entity(REQUEST), request_id)
    with database.read() as connection:
        return stays_of(connection, REQUEST, [UUID(found.id)])[UUID(found.id)]
