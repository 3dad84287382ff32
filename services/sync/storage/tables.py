"""Sync owns no records, so there is no table of an entity: its store is written in SQL, in `migrations`."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

TABLES: dict[str, sa.Table] = {}
