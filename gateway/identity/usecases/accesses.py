"""Accesses, as services ask for them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from gateway.identity.storage.tables import access
from services.kit.database import Database
from services.kit.errors import NotFound, Unavailable


def access_json(database: Database, user_id: UUID, min_epoch: int) -> str:
    """Return the JSON of the user's identity.access, at `min_epoch` or newer.

    Raises:
        NotFound: USER_NOT_FOUND.
        Unavailable: EPOCH_NOT_REACHED, for example after an older copy of this database was restored: newer
            tokens are out, and their holders wait until those are over.
    """
    query = sa.select(access.c.base_json, access.c.version).where(access.c.id == user_id)
    with database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise NotFound("USER_NOT_FOUND", params={"user": str(user_id)})
    if row.version < min_epoch:
        raise Unavailable("EPOCH_NOT_REACHED", params={"epoch": str(row.version), "wanted": str(min_epoch)})
    return str(row.base_json)
