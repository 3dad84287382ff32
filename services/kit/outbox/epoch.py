"""Which life of a database a stream belongs to.

`stream_seq` counts from 1 within an epoch. A database that was restored from a backup, promoted from a
replica or copied back has lost some of what consumers have already seen, and gives the lost numbers again;
so it must say that it is another one: a new epoch. Consumers of state then export that service again.

Recognised by itself: another cluster (`system_identifier`) or another history of it (`timeline_id`). A dump
loaded into the same cluster shows neither; the operator says `sales admin restored`, and consumers also
notice a heartbeat below their position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import sqlalchemy as sa

PREPARE = """
    insert into outbox_counter (epoch, system_identifier, timeline_id)
    select gen_random_uuid(),
           (pg_control_system()).system_identifier::text, (pg_control_checkpoint()).timeline_id
    on conflict do nothing
"""

#: Begins a new epoch, and returns it, if the database is no longer the one that the row describes. Several
#: processes may run it at once: the row's lock lets one of them see the difference.
CHECK = """
    update outbox_counter
    set epoch = gen_random_uuid(),
        system_identifier = found.system_identifier, timeline_id = found.timeline_id
    from (
        select (pg_control_system()).system_identifier::text as system_identifier,
               (pg_control_checkpoint()).timeline_id as timeline_id
    ) as found
    where (outbox_counter.system_identifier, outbox_counter.timeline_id)
          is distinct from (found.system_identifier, found.timeline_id)
    returning epoch
"""

#: The epoch and the last number given.
POSITION = "select epoch, last_seq from outbox_counter"


def prepare_counter(connection: sa.Connection) -> None:
    """Make the counter row, unless it is there; a restored database begins a new epoch."""
    connection.exec_driver_sql(PREPARE)
    connection.exec_driver_sql(CHECK)


def position(connection: sa.Connection) -> tuple[UUID, int]:
    """The epoch of this database and the last number given in it."""
    epoch, last_seq = connection.exec_driver_sql(POSITION).one()
    return epoch, last_seq


def restored(connection: sa.Connection) -> UUID:
    """Begin a new epoch because the operator says that this database was restored."""
    epoch: UUID = connection.exec_driver_sql(
        "update outbox_counter set epoch = gen_random_uuid() returning epoch"
    ).scalar_one()
    return epoch
