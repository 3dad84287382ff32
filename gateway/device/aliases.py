"""Ids of merged records, which stand for the survivor: what a device knows of them, from `out` frames.

The server resolves them at every write; a device does so at every read, and when it writes links of its own.
A merge that is older than this copy is not known here, and needs no knowing: nothing was sent under that id.
"""

from __future__ import annotations

from typing import Final

from gateway.device.store import Store

_TAKE_OVER: Final = (
    "insert or replace into alias select type, id, survivor from staged_alias",
    # Taken back: the record is there again under its own id.
    "delete from alias where exists (select 1 from staged_fragment as staged "
    "where staged.type = alias.type and staged.id = alias.id)",
    "delete from staged_alias",
)
_WITHOUT_SURVIVOR: Final = """
delete from alias where not exists (
    select 1 from fragment where fragment.type = alias.type and fragment.id = alias.survivor
) and not exists (
    select 1 from alias as next where next.type = alias.type and next.id = alias.survivor
)
"""


def take_over(store: Store) -> None:
    """Let staged aliases hold, inside the open transaction, before the staged fragments are cleared."""
    for statement in _TAKE_OVER:
        store.sql.execute(statement)


def drop_without_survivor(store: Store) -> None:
    """Forget aliases of records that this copy does not hold: ids of what was revoked leave the file too."""
    while store.sql.execute(_WITHOUT_SURVIVOR).rowcount > 0:
        pass


def survivor(store: Store, entity_name: str, record_id: str) -> str:
    """Return the id that a record has now: its own, or that of the one into which it was merged."""
    query = "select survivor from alias where type = ? and id = ?"
    seen = {record_id}
    while True:
        row = store.sql.execute(query, (entity_name, record_id)).fetchone()
        if row is None or row[0] in seen:
            return record_id
        record_id = str(row[0])
        seen.add(record_id)


def ids_of(store: Store, entity_name: str, record_id: str) -> list[str]:
    """Return every id that stands for a record, its own first."""
    found = [record_id]
    for each in found:
        rows = store.sql.execute("select id from alias where type = ? and survivor = ?", (entity_name, each))
        found += [row[0] for row in rows if row[0] not in found]
    return found
