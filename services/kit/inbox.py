"""Events whose effect this database already holds.

    for event_id in unseen(connection, [event.id for event in events], "copy_access"):
        ...  # in the same transaction

An event may come twice: after a crash between commit and acknowledgement, from a relay that publishes
again, out of the dead letters. The row is written in the transaction of the effect, so both exist or
neither; a second delivery at the same time waits for the first one's commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Longer than outbox and dead letters keep anything.
RETENTION_DAYS = 30

# In one order: two workers that were given the same events never wait for each other.
_INSERT = """
    insert into inbox (event_id, handler)
    select event_id, %s from unnest(%s::uuid[]) as given (event_id) order by event_id
    on conflict do nothing returning event_id
"""
_PURGE = f"""
    delete from inbox using (
        select event_id, handler from inbox
        where received_at < now() - interval '{RETENTION_DAYS} days' order by received_at limit 5000
    ) as old
    where inbox.event_id = old.event_id and inbox.handler = old.handler
"""  # noqa: S608 (a constant of ours)


def unseen(connection: sa.Connection, event_ids: Sequence[UUID], handler: str) -> set[UUID]:
    """Return those of the events that this handler has not had; they then count as had, if the transaction
    commits.
    """
    return set(connection.exec_driver_sql(_INSERT, (handler, list(event_ids))).scalars())


def purge(connection: sa.Connection) -> int:
    """Forget events past their days, 5,000 at most; return how many."""
    return connection.exec_driver_sql(_PURGE).rowcount
