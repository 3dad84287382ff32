"""Events whose effect this database already holds.

    if once(connection, event.id, "copy_access"):
        ...  # in the same transaction

An event may come twice: after a crash between commit and acknowledgement, from a relay that publishes
again, out of the dead letters. The row is written in the transaction of the effect, so both exist or
neither; a second delivery at the same time waits for the first one's commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Longer than outbox and dead letters keep anything.
RETENTION_DAYS = 30

_INSERT = "insert into inbox (event_id, handler) values (%s, %s) on conflict do nothing"
_PURGE = f"""
    delete from inbox using (
        select event_id, handler from inbox
        where received_at < now() - interval '{RETENTION_DAYS} days' order by received_at limit 5000
    ) as old
    where inbox.event_id = old.event_id and inbox.handler = old.handler
"""  # noqa: S608 (a constant of ours)


def once(connection: sa.Connection, event_id: UUID, handler: str) -> bool:
    """True if this handler has not had this event yet; it then counts as had, if the transaction commits."""
    return connection.exec_driver_sql(_INSERT, (event_id, handler)).rowcount == 1


def purge(connection: sa.Connection) -> int:
    """Forget events past their days, 5,000 at most; return how many."""
    return connection.exec_driver_sql(_PURGE).rowcount
