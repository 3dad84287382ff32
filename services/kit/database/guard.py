"""Record tables are written by the unit of work only.

Versions, fragments and `records_changed` are made there; a statement that slipped past it would change
records that no device ever hears of. So such a statement is refused before it reaches the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

_ALLOWED = "sales_unit_of_work"


class BulkStatementRefused(Exception):
    """A record table was about to be written past the unit of work."""


def guard_record_tables(engine: sa.Engine, names: Iterable[str]) -> None:
    """Refuse INSERT, UPDATE, DELETE, TRUNCATE and COPY on these tables outside `writing_records`."""
    listed = "|".join(re.escape(name) for name in names)
    if not listed:
        return
    pattern = re.compile(
        rf"""\b(insert\s+into|update(\s+only)?|delete\s+from(\s+only)?|truncate(\s+table)?|copy|merge\s+into)\s+
            ("?public"?\.)?"?({listed})"?(?![\w.])""",
        re.IGNORECASE | re.VERBOSE,
    )

    @lru_cache(maxsize=2048)
    def writes(statement: str) -> bool:
        return pattern.search(statement) is not None

    @sa.event.listens_for(engine, "before_cursor_execute")
    def refuse(
        connection: sa.Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        if not connection.info.get(_ALLOWED) and writes(statement):
            raise BulkStatementRefused(f"written past the unit of work: {statement[:120]}")


@contextmanager
def writing_records(connection: sa.Connection) -> Iterator[None]:
    """Let the unit of work write record tables on this connection."""
    # Asked for once: a connection that broke meanwhile would answer with an error in the place of its own.
    info = connection.info
    info[_ALLOWED] = True
    try:
        yield
    finally:
        info.pop(_ALLOWED, None)
