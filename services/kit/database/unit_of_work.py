"""One transaction: what it read, what it changes, and the events that tell of it.

Records are loaded, changed as plain dicts of canonical values and put back. At the end every changed record
gets its next version and one statement per table; one `records_changed` names them all, then come the
domain events. Written under the record locks, the outbox order is the version order of each record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from google.protobuf import json_format
from google.protobuf.message import Message
from sqlalchemy.dialects import postgresql as pg
from uuid_utils.compat import uuid7

from services.kit import outbox
from services.kit.actor import Actor
from services.kit.database import batch
from services.kit.database.batch import Part
from services.kit.database.guard import writing_records
from services.kit.database.rows import columns_of, upsert
from services.kit.entities import Entity, default_values, entity, fragments
from services.kit.entities.canonical import Values, copied, time_text, values_of
from services.kit.errors import Invalid, NotFound, Stale
from services.kit.fields.book import DefinitionBook
from services.kit.fields.definitions import DEFINING, Definitions, is_shaped
from services.kit.fields.filling import computed

#: A part of records_changed holds at most this many records and about this many bytes.
PART_RECORDS = 500
PART_BYTES = 256 * 1024


@dataclass(slots=True, eq=False)
class Row:
    """A record in this transaction: as stored, and as it will be."""

    entity: Entity
    stored: Values
    values: Values
    #: 0 for a record that this transaction creates.
    stored_version: int
    fragments: dict[str, str] = field(default_factory=dict)
    #: Id of the survivor, once the record is merged into another.
    alias_of: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Entity and id."""
        return self.entity.name, self.id

    @property
    def id(self) -> str:
        """The record's id in canonical text."""
        return str(self.values["id"])

    @property
    def is_new(self) -> bool:
        """True while the record is not in the database."""
        return self.stored_version == 0

    @property
    def is_changed(self) -> bool:
        """True if writing is needed."""
        return self.is_new or self.values != self.stored


class UnitOfWork:
    """A transaction on records. `now` is the moment that everything in it happens at."""

    def __init__(
        self,
        *,
        service: str,
        tables: Mapping[str, sa.Table],
        connection: sa.Connection,
        actor: Actor,
        now: datetime,
        change_ids: Sequence[UUID],
        book: DefinitionBook,
    ) -> None:
        self.service = service
        self.tables = tables
        self.connection = connection
        self.act_as(actor)
        self.now = now
        #: When the author of the present item made it; earlier than `now` for what a device did offline.
        self.made_at = now
        self.change_ids = list(change_ids)
        #: Copies of other owners' records that this transaction has read; None for those that we do not have.
        self.foreign: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        #: Version of the definitions, where the transaction has read it with something else.
        self.defined_version: int | None = None
        self._book = book
        self._definitions: Definitions | None = None
        #: Custom values were written here, by definitions that must be those of the end, too.
        self._shaped = False
        self._defines = False
        self._rows: dict[tuple[str, str], Row] = {}
        self._absent: set[tuple[str, str]] = set()
        self._promised: set[tuple[str, str]] = set()
        #: Records whose version this transaction has raised.
        self._stamped: dict[tuple[str, str], Row] = {}
        #: Those of them whose last state is not in the database yet.
        self._unwritten: dict[tuple[str, str], Row] = {}
        self._written: set[tuple[str, str]] = set()
        self._last: list[Part] = []
        self._events: list[outbox.OutboxEvent] = []
        self._transitions: list[dict[str, Any]] = []

    def act_as(self, actor: Actor) -> None:
        """Let this be the author of what is written from now on."""
        self.actor = actor
        #: In canonical text, "" for the system.
        self.user_id = str(actor.user_id) if actor.user_id else ""

    # Reading

    @property
    def definitions(self) -> Definitions:
        """Return what administrators defined, as this transaction sees it."""
        if self._definitions is None:
            self._definitions = self._book.current(self.connection, version=self.defined_version)
        return self._definitions

    def define(self) -> Definitions:
        """Write what this transaction defined; from now on it sees that too."""
        self.flush()
        self._defines = True
        self._definitions = self._book.read(self.connection, version=self.definitions.version)
        return self._definitions

    def promise_new(self, entity_name: str, ids: Iterable[str]) -> None:
        """Say that these ids are of records to be created, so that nobody looks for them.

        If one exists all the same, the write fails with Stale, CHANGED_MEANWHILE.
        """
        self._promised.update((entity_name, i) for i in ids)

    def get(self, entity_name: str, record_id: str, *, lock: bool = False) -> Row | None:
        """Return the record, deleted ones too, or None."""
        known = None if lock else self._rows.get((entity_name, record_id))
        return known or self.get_many(entity_name, [record_id], lock=lock).get(record_id)

    def require(self, entity_name: str, record_id: str, *, lock: bool = False) -> Row:
        """Return the record.

        Raises:
            NotFound: RECORD_NOT_FOUND; also for deleted records.
        """
        row = self.get(entity_name, record_id, lock=lock)
        if row is None or row.values["deleted"]:
            raise NotFound("RECORD_NOT_FOUND", params={"entity": entity_name, "id": record_id})
        return row

    def get_many(self, entity_name: str, ids: Iterable[str], *, lock: bool = False) -> dict[str, Row]:
        """Return the records by id, deleted ones too; `lock` holds their rows, in id order, to the end.

        A record that is already known here is returned as it stands in this transaction, unless locking
        reads a newer version of a record that was not changed here.
        """
        wanted = sorted(i for i in set(ids) if (entity_name, i) not in self._promised)
        known = {i: self._rows[entity_name, i] for i in wanted if (entity_name, i) in self._rows}
        missing = [
            i
            for i in wanted
            if (i not in known and (lock or (entity_name, i) not in self._absent))
            or (lock and i in known and not known[i].is_new)
        ]
        if missing:
            query = _by_ids(self.tables[entity_name], lock)
            known |= self._take(entity_name, self.connection.execute(query, {"ids": missing}))
            self._absent.update((entity_name, i) for i in missing if i not in known)
        return known

    def find(self, entity_name: str, condition: sa.ColumnElement[bool], *, lock: bool = False) -> list[Row]:
        """Return the undeleted records that meet `condition` in the database, by id.

        Records put in this transaction are written first, so that they are found too.
        """
        self.flush()
        table = self.tables[entity_name]
        query = _selection(table, lock).where(condition, table.c.deleted.is_(False))
        found = self._take(entity_name, self.connection.execute(query))
        return [found[i] for i in sorted(found)]

    def children(self, entity_name: str, parent_id: str) -> list[Row]:
        """Return the undeleted records under a parent, those of this transaction included, by id."""
        definition = entity(entity_name)
        parent = self._rows.get((definition.parent, parent_id))
        if parent is None or not parent.is_new:
            query = _by_parent(self.tables[entity_name], definition.parent_field)
            self._take(entity_name, self.connection.execute(query, {"parent": parent_id}))
        rows = [
            row
            for (name, _), row in self._rows.items()
            if name == entity_name
            and row.values[definition.parent_field] == parent_id
            and not row.values["deleted"]
        ]
        return sorted(rows, key=lambda row: row.id)

    def children_of(self, entity_name: str, parent_ids: Collection[str]) -> list[Row]:
        """Return the undeleted records under any of these parents, those of this transaction included, by id.

        One statement, whatever the number of parents.
        """
        definition = entity(entity_name)
        known = {i: self._rows.get((definition.parent, i)) for i in parent_ids}
        stored = [i for i, parent in known.items() if parent is None or not parent.is_new]
        if stored:
            query = _by_parents(self.tables[entity_name], definition.parent_field)
            self._take(entity_name, self.connection.execute(query, {"parents": stored}))
        wanted = set(parent_ids)
        rows = [
            row
            for (name, _), row in self._rows.items()
            if name == entity_name
            and row.values[definition.parent_field] in wanted
            and not row.values["deleted"]
        ]
        return sorted(rows, key=lambda row: row.id)

    def _take(self, entity_name: str, rows: Iterable[Any]) -> dict[str, Row]:
        """Remember what was read; return it by id."""
        definition = entity(entity_name)
        found = {}
        for version, base_json, facets_json in rows:
            values = values_of(definition, base_json, facets_json)
            key = (entity_name, values["id"])
            row = self._rows.get(key)
            if row is None or (row.stored_version < version and not row.is_changed):
                row = Row(definition, values, copied(values, definition), version)
                self._rows[key] = row
            found[values["id"]] = row
        return found

    # Writing

    def create(self, entity_name: str, values: Values) -> Row:
        """Add a record; fields that `values` leaves out keep their defaults. Its id must be in `values`."""
        definition = entity(entity_name)
        complete = default_values(definition) | values
        row = Row(definition, {}, complete, 0)
        self._rows[entity_name, complete["id"]] = row
        self._promised.discard((entity_name, complete["id"]))
        return row

    def forget(self, row: Row) -> None:
        """Drop what was put in a record that is not written yet, as if it had never been loaded."""
        self._rows.pop((row.entity.name, row.id), None)

    def rows(self) -> list[Row]:
        """Return every record that this transaction has loaded or created."""
        return list(self._rows.values())

    def has_changed(self, row: Row) -> bool:
        """True if this transaction has made the record another one, written already or not."""
        return row.is_changed or row.key in self._stamped

    def version_before(self, row: Row) -> int:
        """Return the version that a record had before this transaction, 0 if it is new."""
        return row.stored_version - 1 if row.key in self._stamped else row.stored_version

    def emit(self, message: Message, *, subject: str) -> None:
        """Stage a domain event; it follows the records_changed of this transaction."""
        data = json_format.MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        # Declared once for several publishers: *.report_due.v1
        event_type = outbox.event_type(type(message)).replace("*", self.service)
        self._events.append(
            outbox.OutboxEvent(type=event_type, subject=subject, data_json=orjson.dumps(data).decode())
        )

    def move(
        self, row: Row, to_state: str, *, command: str, reason: str = "", made_at: datetime | None = None
    ) -> None:
        """Set the record's state and store the passage from the old one."""
        self._transitions.append(
            {
                "entity": row.entity.name,
                "record_id": row.id,
                "from_state": row.values["state"],
                "to_state": to_state,
                "command": command,
                "reason": reason,
                "by_id": self.actor.user_id,
                "made_at": made_at or self.made_at,
                "arrived_at": self.now,
            }
        )
        row.values["state"] = to_state

    def stamp(self) -> None:
        """Give every changed record its next version and its fragments; it is written with the next flush."""
        moment = time_text(self.now)
        for row in [row for row in self._rows.values() if row.is_changed]:
            self._stamp(row, moment)
            row.stored, row.stored_version = copied(row.values, row.entity), row.values["version"]
            self._stamped[row.key] = self._unwritten[row.key] = row

    def _stamp(self, row: Row, moment: str) -> None:
        by, values = self.user_id, row.values
        if row.is_new:
            values["created_at"], values["created_by"] = moment, by
        # A record written twice in one transaction (a group that creates, then freezes) moves by one version.
        if row.key not in self._stamped:
            values["version"] = row.stored_version + 1
        values["updated_at"], values["updated_by"] = moment, by
        self._shape(row)

    def _shape(self, row: Row) -> None:
        """Compute the formulas, and encode the record with each custom value in the facet of its field."""
        if not is_shaped(row.entity.name):
            row.fragments = fragments(row.entity, row.values)
            return
        row.values["custom"] = computed(self.definitions, row.entity.name, row.values)
        self._shaped = self._shaped or row.values["custom"] != row.stored.get("custom", {})
        hidden = self.definitions.hidden(row.entity.name, row.values)
        # A reader of the last value learns that it is gone.
        gone = row.stored.get("custom", {})
        row.fragments = fragments(row.entity, row.values, hidden, gone)

    def flush(self) -> None:
        """Write every changed record.

        Raises:
            Stale: CHANGED_MEANWHILE, for a record that was read without a lock and changed by another
            transaction, or promised to be new and known already.
            Invalid: NOT_UNIQUE.
        """
        self.stamp()
        self._write([])

    def _write(self, others: Sequence[Part]) -> None:
        """Write the stamped records, and what else is written with them, in one statement."""
        by_entity: dict[str, list[Row]] = {}
        for row in self._unwritten.values():
            by_entity.setdefault(row.entity.name, []).append(row)
        upserts = {name: self._upsert(self.tables[name], rows) for name, rows in by_entity.items()}
        with writing_records(self.connection), _unique_or_invalid():
            counts = batch.write(self.connection, [*upserts.values(), *others])
        if any(counts[part.name] != len(by_entity[name]) for name, part in upserts.items()):
            raise Stale("CHANGED_MEANWHILE", "a record changed while this transaction ran")
        self._written.update(self._unwritten)
        self._unwritten.clear()

    def _upsert(self, table: sa.Table, rows: list[Row]) -> Part:
        payload = orjson.dumps([columns_of(table, row.entity, row.values, row.fragments) for row in rows])
        return upsert(table, payload, again=[row.id for row in rows if row.key in self._written])

    def write_last(self, part: Part) -> None:
        """Have `part` written together with the records, at the end of the transaction."""
        self._last.append(part)

    def finish(self) -> bool:
        """Write what is left and stage the events; True if there are any.

        Raises:
            Stale, Invalid: as `flush`.
        """
        self.stamp()
        if self._shaped and not self._defines:
            self._require_same_definitions()
        events = [*self._records_changed(), *self._events]
        others = [*self._last]
        if any(row.entity.template in DEFINING for row in self._stamped.values()):
            others.append(Part("defined", "update defined set version = version + 1"))
        if self._transitions:
            passages = orjson.dumps(self._transitions).decode()
            others.append(Part("transitions", _TRANSITIONS, {"passages": passages}))
        if events:
            parameters, _ = outbox.staged(events, actor=self.actor, change_ids=self.change_ids)
            others.append(Part("events", outbox.STAGE, parameters))
        self._write(others)
        return bool(events)

    def _require_same_definitions(self) -> None:
        """Check, and hold to the end, that nobody has defined anything since this transaction looked.

        A value of a kind that was changed meanwhile would otherwise slip past its conversion.
        """
        version = self.connection.exec_driver_sql("select version from defined for share").scalar_one()
        if version != self.definitions.version:
            raise Stale("CHANGED_MEANWHILE", "fields were defined while this transaction ran")

    def _records_changed(self) -> list[outbox.OutboxEvent]:
        parts = _parts(
            [(row.entity.name, orjson.dumps(_changed_record(row))) for row in self._stamped.values()]
        )
        changes = orjson.dumps(self.change_ids)
        transaction = orjson.dumps(uuid7())
        return [
            outbox.OutboxEvent(
                type=f"{self.service}.records_changed.v1",
                subject=",".join(sorted({entity_name for entity_name, _ in part})),
                data_json=(
                    b'{"records":['
                    + b",".join(record for _, record in part)
                    + b'],"change_ids":'
                    + changes
                    + b',"transaction":'
                    + transaction
                    + b"}"
                ).decode(),
                part=number,
                parts=len(parts),
            )
            for number, part in enumerate(parts, start=1)
        ]


_TRANSITIONS = """
    insert into transition
        (entity, record_id, from_state, to_state, command, reason, by_id, made_at, arrived_at)
    select entity, record_id, from_state, to_state, command, reason, by_id, made_at, arrived_at
    from rows from (
        jsonb_to_recordset(%(passages)s::jsonb)
            as (entity text, record_id uuid, from_state text, to_state text, command text, reason text,
                by_id uuid, made_at timestamptz, arrived_at timestamptz)
    ) with ordinality as passage (entity, record_id, from_state, to_state, command, reason, by_id, made_at,
                                  arrived_at, position)
    order by position
"""


@contextmanager
def _unique_or_invalid() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        if getattr(error.orig, "sqlstate", "") != "23505":
            raise
        raise Invalid("NOT_UNIQUE", params={"constraint": constraint}) from error


def _selection(table: sa.Table, lock: bool) -> sa.Select[Any]:
    query = sa.select(table.c.version, table.c.base_json, table.c.facets_json)
    return query.order_by(table.c.id).with_for_update() if lock else query


# Statements that every write needs are built once: building one costs more than running it.


@cache
def _by_ids(table: sa.Table, lock: bool) -> sa.Select[Any]:
    ids = sa.bindparam("ids", type_=pg.ARRAY(sa.Uuid(as_uuid=False)))
    return _selection(table, lock).where(table.c.id == sa.any_(ids))


@cache
def _by_parent(table: sa.Table, parent_field: str) -> sa.Select[Any]:
    parent = sa.bindparam("parent", type_=sa.Uuid(as_uuid=False))
    return _selection(table, False).where(table.c[parent_field] == parent)


@cache
def _by_parents(table: sa.Table, parent_field: str) -> sa.Select[Any]:
    parents = sa.bindparam("parents", type_=pg.ARRAY(sa.Uuid(as_uuid=False)))
    return _selection(table, False).where(table.c[parent_field] == sa.any_(parents))


def _parts(encoded: Sequence[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    """Cut the records of one transaction, each with its entity, into parts that a broker takes gladly."""
    parts: list[list[tuple[str, bytes]]] = []
    size = 0
    for entity_name, record in encoded:
        if not parts or len(parts[-1]) >= PART_RECORDS or size + len(record) > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append((entity_name, record))
        size += len(record)
    return parts


def _changed_record(row: Row) -> dict[str, Any]:
    values = row.values
    parent = values[row.entity.parent_field] if row.entity.parent_field else ""
    return {
        "entity": row.entity.name,
        "id": row.id,
        "version": values["version"],
        "parent_id": parent,
        "owner_id": values["owner_id"],
        "team_id": values.get("team_id", "") if "team_id" in row.entity.fields else "",
        "territory_id": values.get("territory_id", ""),
        "product_line": values.get("product_line", ""),
        "shared_with": values.get("shared_with", []),
        "deleted": values["deleted"],
        "alias_of": row.alias_of,
        "fragments": row.fragments,
    }
