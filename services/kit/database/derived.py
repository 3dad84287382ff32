"""Rows that follow from records: small tables beside them, such as whose an address is.

derive(connection, known_number, rows, gone=keys)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

Rows = Sequence[Mapping[str, Any]]


def derive(connection: sa.Connection, table: sa.Table, rows: Rows, *, gone: Rows = ()) -> None:
    """Write rows, by their primary key, and delete those whose keys `gone` holds; one statement for each.

    No key comes twice. Written in their order, so two workers never wait for each other.
    """
    columns = [column.name for column in table.primary_key]
    for given, statement in ((gone, _delete(table)), (rows, _upsert(table))):
        if given:
            ordered = sorted(given, key=lambda row: [str(row[name]) for name in columns])
            connection.execute(statement, {"rows": orjson.dumps(ordered).decode()})


@cache
def _upsert(table: sa.Table) -> sa.TextClause:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    others = [column.name for column in table.columns if not column.primary_key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    return sa.text(
        f'insert into "{table.name}" ({names}) select {names} '  # noqa: S608 (names of our own tables)
        f'from jsonb_populate_recordset(null::"{table.name}", cast(:rows as jsonb)) '
        f"on conflict ({keys}) do update set {changes}"
    )


@cache
def _delete(table: sa.Table) -> sa.TextClause:
    same = " and ".join(f't."{column.name}" = r."{column.name}"' for column in table.primary_key)
    return sa.text(
        f'delete from "{table.name}" t using '  # noqa: S608 (names of our own tables)
        f'jsonb_populate_recordset(null::"{table.name}", cast(:rows as jsonb)) r where {same}'
    )
