"""The definitions of one service, as a process knows them; never older than the transaction that asks.

book.current(connection)                 # one small question; the rest only after a change
book.current(connection, version=7)      # the caller has read the version with something else
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from services.kit.entities import entity
from services.kit.entities.canonical import values_of
from services.kit.fields.definitions import (
    FIELD,
    FORM,
    RECORD_TYPE,
    Definitions,
    definitions_from,
    entities_of_forms,
)
from services.kit.fields.tables import TABLES, defined

_VERSION: Final = sa.select(defined.c.version)


class DefinitionBook:
    """Definitions by service; safe for threads. A process keeps the newest that it has read."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._is_shaped = bool(entities_of_forms(service))
        self._known = Definitions(service, version=0)
        self._lock = threading.Lock()

    def current(self, connection: sa.Connection, *, version: int | None = None) -> Definitions:
        """Return the definitions as of `version`, or newer."""
        if not self._is_shaped:
            return self._known
        if version is None:
            version = connection.execute(_VERSION).scalar_one()
        known = self._known
        if known.version >= version:
            return known
        # Read after its number: it may hold more than that, never less.
        found = self.read(connection, version=version)
        with self._lock:
            if found.version > self._known.version:
                self._known = found
        return found

    def read(self, connection: sa.Connection, *, version: int) -> Definitions:
        """Return the definitions as the connection sees them, uncommitted ones of its own included."""
        return definitions_from(
            self._service,
            version,
            self._records(connection, FIELD),
            self._records(connection, FORM),
            self._records(connection, RECORD_TYPE),
        )

    def _records(self, connection: sa.Connection, template: str) -> Iterator[Mapping[str, Any]]:
        table, definition = TABLES[template], entity(f"{self._service}.{template}")
        query = sa.select(table.c.base_json).where(table.c.deleted.is_(False)).order_by(table.c.id)
        for base_json in connection.execute(query).scalars():
            yield values_of(definition, base_json, {})
