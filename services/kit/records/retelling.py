"""Everything that an owner holds, told once more: in a new life after a restore, or in the present one.

begin_new_life(Database("crm", url))    # the new epoch
tell_again(Database("crm", url))        # how many events

Sync and devices read a restored owner anew by `Export`. Other services hold copies that only its events
refresh: for them every record is staged again as `records_changed`, all in the transaction that begins the
epoch, so nobody sees one without the other.

Telling again in the present life fills read models that are newer than the data, after an upgrade say: who
knows a version already does nothing with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit import outbox
from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.entities import all_entities
from services.kit.outbox import OutboxEvent
from services.kit.outbox.epoch import restored
from services.kit.records.foreign import changed_record
from services.kit.records.serving import placed_records

#: Records in one event; far below what a message may weigh.
_TOGETHER = 50


def begin_new_life(database: Database) -> UUID:
    """Begin a new epoch and stage every record; return the epoch. The relay is notified."""
    with database.engine.begin() as connection:
        epoch = restored(connection)
        _stage(connection, database)
    outbox.notify(database.engine)
    return epoch


def tell_again(database: Database) -> int:
    """Stage every record in the present life; return how many events. The relay is notified."""
    with database.engine.begin() as connection:
        count = _stage(connection, database)
    outbox.notify(database.engine)
    return count


def _stage(connection: sa.Connection, database: Database) -> int:
    count = 0
    for name in sorted(database.tables):
        for data in _told(connection, database.tables[name], name):
            event = OutboxEvent(f"{database.service}.records_changed.v1", name, data)
            outbox.stage(connection, [event], actor=SYSTEM)
            count += 1
    return count


def _told(connection: sa.Connection, table: sa.Table, entity_name: str) -> Iterator[str]:
    """Yield the data of events with all records of an entity, in the order of ids."""
    after = ""
    while True:
        placed = placed_records(connection, table, all_entities()[entity_name], after=after, limit=_TOGETHER)
        if not placed:
            return
        records = [changed_record(each) for each in placed]
        after = records[-1]["id"]
        yield orjson.dumps({"records": records, "change_ids": [], "transaction": str(uuid7())}).decode()
