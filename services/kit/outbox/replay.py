"""What a consumer missed, once more, from the rows that are kept for seven days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from services.kit import envelope
from services.kit.errors import NotFound
from services.kit.outbox.epoch import position

if TYPE_CHECKING:
    import sqlalchemy as sa

RETENTION_DAYS = 7
_BATCH = 200

_OLDEST = "select stream_seq from outbox where stream_seq is not null order by stream_seq limit 1"
_ROWS = f"""
    select {envelope.COLUMNS} from outbox
    where stream_seq >= %(from_seq)s and stream_seq <= %(to_seq)s order by stream_seq limit {_BATCH}
"""  # noqa: S608 (constants of ours)

#: Deletes published rows past their days. The oldest rows by id, then the condition: so the work is bounded
#: also when none of them may go.
PURGE = f"""
    delete from outbox using (select id from outbox order by id limit 5000) as oldest
    where outbox.id = oldest.id and published_at is not null
      and created_at < now() - interval '{RETENTION_DAYS} days'
"""  # noqa: S608 (constants of ours)


def replay(
    connection: sa.Connection, *, service: str, epoch: UUID, from_seq: int, to_seq: int
) -> Iterator[list[bytes]]:
    """The events `from_seq` to `to_seq` (both included) as published, in batches of at most 200.

    Nothing is yielded unless all of them can be: a consumer either closes its gap or exports anew.

    Raises:
        NotFound: STREAM_OUT_OF_RANGE: another epoch, not numbered yet, or no longer kept. Use Export.
    """
    current, last_seq = position(connection)
    oldest = connection.exec_driver_sql(_OLDEST).scalar()
    if current != epoch or oldest is None or not oldest <= from_seq <= to_seq <= last_seq:
        raise NotFound("STREAM_OUT_OF_RANGE", f"{service} keeps {oldest} to {last_seq} of epoch {current}")
    return _batches(connection, service=service, epoch=current, from_seq=from_seq, to_seq=to_seq)


def _batches(
    connection: sa.Connection, *, service: str, epoch: UUID, from_seq: int, to_seq: int
) -> Iterator[list[bytes]]:
    while from_seq <= to_seq:
        rows = connection.exec_driver_sql(_ROWS, {"from_seq": from_seq, "to_seq": to_seq}).all()
        if not rows or rows[0].stream_seq != from_seq:
            raise NotFound("STREAM_OUT_OF_RANGE", f"{service} no longer keeps {from_seq}")
        yield [envelope.encode(service, str(epoch), row) for row in rows]
        from_seq = rows[-1].stream_seq + 1
