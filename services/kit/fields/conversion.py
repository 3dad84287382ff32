"""Records follow their definitions: values after a change of kind, results after a change of a formula.

The first records follow in the transaction that defines, the others a batch at a time, by the worker's timer.
What cannot be converted is taken out of the record and kept; going back to the kind before puts every value
back as it was typed, unless somebody changed it meanwhile: then what they wrote is converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.fields.definitions import RECORD, Definition, definition_from
from services.kit.fields.filling import computed
from services.kit.fields.tables import field_kept, field_step, field_task
from services.kit.fields.values import FieldKind, Limits, WrongValue, converted

#: Records in one transaction.
BATCH: Final = 500
_EXAMPLES: Final = 200

_CHANGE, _BACK, _COMPUTE = "change", "back", "compute"


def begin_change(uow: UnitOfWork, row: Row) -> None:
    """Note that the values of a field are to be brought to its new kind, or back to the kind before."""
    connection, field_id = uow.connection, UUID(row.id)
    last = connection.execute(_last_step(field_id)).first()
    if last is not None and last.from_kind == row.values["kind"]:
        connection.execute(_of_step(sa.delete(field_step), field_step, field_id, last.step))
        _begin(connection, field_id, _BACK, last.step)
        return
    step = last.step + 1 if last is not None else 1
    values = {"field_id": field_id, "step": step, "from_kind": row.stored["kind"]}
    connection.execute(sa.insert(field_step).values(values))
    _begin(connection, field_id, _CHANGE, step)


def begin_computing(uow: UnitOfWork, row: Row) -> None:
    """Note that all records are to get the result of a formula."""
    _begin(uow.connection, UUID(row.id), _COMPUTE, 0)


def _begin(connection: sa.Connection, field_id: UUID, what: str, step: int) -> None:
    values = {"what": what, "step": step, "after_id": None}
    insert = pg.insert(field_task).values(field_id=field_id, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=[field_task.c.field_id], set_=values))


def is_busy(connection: sa.Connection, field_id: str) -> bool:
    """Return whether records still follow the last change of a field."""
    query = sa.select(field_task.c.field_id).where(field_task.c.field_id == UUID(field_id))
    return connection.execute(query).first() is not None


def open_tasks(connection: sa.Connection) -> list[str]:
    """Return the fields that records still follow."""
    return [str(each) for each in connection.execute(sa.select(field_task.c.field_id)).scalars()]


def continue_task(uow: UnitOfWork, field_id: str) -> bool:
    """Bring the next records of a field's task to its definition; True if there may be more."""
    query = sa.select(field_task).where(field_task.c.field_id == UUID(field_id)).with_for_update()
    task = uow.connection.execute(query).first()
    if task is None:
        return False
    definition = definition_from(uow.require(f"{uow.service}.field_definition", field_id).values)
    ids = _next_records(uow, definition, task)
    rows = uow.get_many(definition.entity, ids, lock=True)
    if task.what == _COMPUTE:
        for row in rows.values():
            row.values["custom"] = computed(uow.definitions, row.entity.name, row.values)
    else:
        _Conversion(uow, definition, task.step, is_back=task.what == _BACK).run(rows)
    if len(ids) < BATCH:
        _end(uow.connection, task)
        return False
    after = sa.update(field_task).where(field_task.c.field_id == task.field_id).values(after_id=UUID(ids[-1]))
    uow.connection.execute(after)
    return True


def _next_records(uow: UnitOfWork, definition: Definition, task: Any) -> list[str]:
    table = uow.tables[definition.entity]
    query = sa.select(table.c.id).order_by(table.c.id).limit(BATCH)
    if task.after_id is not None:
        query = query.where(table.c.id > task.after_id)
    if definition.entity.endswith(f".{RECORD}"):
        query = query.where(table.c.type == definition.record_type)
    if task.what == _COMPUTE:
        query = query.where(table.c.deleted.is_(False))
    else:
        kept = sa.select(field_kept.c.record_id).where(
            field_kept.c.field_id == task.field_id, field_kept.c.step == task.step
        )
        has_value = table.c.custom.op("?")(definition.key)
        query = query.where(sa.or_(has_value, table.c.id.in_(kept)) if task.what == _BACK else has_value)
    return [str(each) for each in uow.connection.execute(query).scalars()]


def _end(connection: sa.Connection, task: Any) -> None:
    connection.execute(sa.delete(field_task).where(field_task.c.field_id == task.field_id))
    if task.what == _BACK:
        connection.execute(_of_step(sa.delete(field_kept), field_kept, task.field_id, task.step))


def _last_step(field_id: UUID) -> sa.Select[Any]:
    query = sa.select(field_step.c.step, field_step.c.from_kind).where(field_step.c.field_id == field_id)
    return query.order_by(field_step.c.step.desc()).limit(1)


def _of_step(statement: sa.Delete, table: sa.Table, field_id: UUID, step: int) -> sa.Delete:
    return statement.where(table.c.field_id == field_id, table.c.step == step)


@dataclass(slots=True)
class _Conversion:
    """One batch of records on their way to another kind of a field."""

    uow: UnitOfWork
    definition: Definition
    step: int
    is_back: bool

    def run(self, rows: dict[str, Row]) -> None:
        """Put into each record what its value comes to; keep what was there."""
        known = self._known(list(rows)) if self.is_back else {}
        kept = [found for row in rows.values() for found in self._convert(row, known.get(row.id))]
        if kept:
            insert = pg.insert(field_kept).values(kept)
            update = {"before": insert.excluded.before, "after": insert.excluded.after}
            keys = [field_kept.c.field_id, field_kept.c.step, field_kept.c.record_id]
            self.uow.connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=update))

    def _known(self, ids: Sequence[str]) -> dict[str, Any]:
        query = sa.select(field_kept.c.record_id, field_kept.c.before, field_kept.c.after).where(
            field_kept.c.field_id == UUID(self.definition.id),
            field_kept.c.step == self.step,
            field_kept.c.record_id.in_([UUID(each) for each in ids]),
        )
        return {str(row.record_id): row for row in self.uow.connection.execute(query)}

    def _convert(self, row: Row, known: Any) -> Iterator[dict[str, Any]]:
        """Change one record; yield what is to be kept of it."""
        now = row.values["custom"].get(self.definition.key)
        if known is not None and now == known.after:
            self._put(row, known.before)
            return
        if now is None:
            return
        try:
            text = converted(self.definition.kind, self.definition.limits, now)
            if self.is_back or text == now:
                self._put(row, text)
                return
        except WrongValue:
            text = known.before if known is not None else None
        step = 0 if self.is_back else self.step
        self._put(row, text)
        yield {
            "field_id": UUID(self.definition.id),
            "step": step,
            "record_id": UUID(row.id),
            "before": now,
            # What was kept aside while going back is never put back by itself.
            "after": None if self.is_back else text,
        }

    def _put(self, row: Row, text: str | None) -> None:
        custom = {key: value for key, value in row.values["custom"].items() if key != self.definition.key}
        if text is not None:
            custom[self.definition.key] = text
        row.values["custom"] = dict(sorted(custom.items()))


# Questions


@dataclass(frozen=True, slots=True)
class Preview:
    """What another kind would make of a field's values."""

    converted: int
    #: How many would be kept aside.
    kept: int
    #: Record ids and texts of the first of them.
    examples: list[tuple[str, str]]


def preview(connection: sa.Connection, table: sa.Table, definition: Definition, kind: FieldKind) -> Preview:
    """Return what becomes of each value, changing nothing."""
    text = table.c.custom.op("->>")(definition.key)
    query = sa.select(table.c.id, text).where(table.c.custom.op("?")(definition.key)).order_by(table.c.id)
    if definition.entity.endswith(f".{RECORD}"):
        query = query.where(table.c.type == definition.record_type)
    done, kept = 0, 0
    examples: list[tuple[str, str]] = []
    for record_id, value in connection.execution_options(yield_per=1000).execute(query):
        try:
            converted(kind, _limits(definition, kind), value)
            done += 1
        except WrongValue:
            kept += 1
            if len(examples) < _EXAMPLES:
                examples.append((str(record_id), value))
    return Preview(done, kept, examples)


def _limits(definition: Definition, kind: FieldKind) -> Limits:
    """Return the limits that still mean something for another kind: choices, which are defined before."""
    return definition.limits if kind is definition.kind else Limits(choices=definition.limits.choices)


def kept_values(connection: sa.Connection, field_id: str) -> list[tuple[str, str]]:
    """Return record ids and texts of what the changes of a field's kind could not convert."""
    query = (
        sa.select(field_kept.c.record_id, field_kept.c.before)
        .where(field_kept.c.field_id == UUID(field_id), field_kept.c.after.is_(None))
        .order_by(field_kept.c.record_id, field_kept.c.step)
    )
    return [(str(record_id), text) for record_id, text in connection.execute(query)]
