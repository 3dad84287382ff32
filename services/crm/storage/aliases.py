"""Ids of merged records: they name the survivor for ever."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import record_alias

#: Built once: building it costs more than running it.
_SURVIVORS = sa.select(record_alias.c.id, record_alias.c.survivor_id).where(
    record_alias.c.id == sa.any_(sa.bindparam("ids", type_=pg.ARRAY(sa.Uuid(as_uuid=False))))
)


def survivors_of(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Return merged record's id -> survivor's id, for those of `ids` that were merged."""
    if not ids:
        return {}
    return {str(old): str(new) for old, new in connection.execute(_SURVIVORS, {"ids": sorted(ids)})}
