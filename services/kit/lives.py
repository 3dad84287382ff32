"""Copies of a publisher's records after its database was restored from a backup.

Versions tell new from old within one life of a database only. A restored one has lost some and gives their
numbers again, perhaps for something else. So what we hold of it counts as version 0 from the first record of
the new life on, and whatever the owner tells then replaces it: `sales admin restored` has it tell everything.
What an earlier life told and the broker kept comes too late and is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.kit.telemetry.logs import get_logger

if TYPE_CHECKING:
    from uuid import UUID

    import sqlalchemy as sa

    from services.kit.envelope import Event

_log = get_logger(__name__)

_KNOWN = "select epoch, past from publisher_epoch where publisher = %s"
_ENTER = """
    insert into publisher_epoch as known (publisher, epoch) values (%s, %s)
    on conflict (publisher) do update set epoch = excluded.epoch, past = known.past || known.epoch
    where known.epoch <> excluded.epoch and excluded.epoch <> all(known.past)
    returning cardinality(past) as lives_before
"""
_LIVES = "select publisher, epoch from publisher_epoch"
_DISTRUST = "update root_scope set version = 0 where entity like %s"
#: The book of accesses then asks identity for whatever a caller's epoch needs.
_DISTRUST_ACCESSES = "update access_copy set epoch = 0"


def present(connection: sa.Connection) -> dict[str, UUID]:
    """Return the life that each publisher's records are of, as far as one was told.

    For read models that keep more than a copy: what they know of an earlier life is no longer certain.
    """
    return {row.publisher: row.epoch for row in connection.exec_driver_sql(_LIVES)}


def is_past(connection: sa.Connection, event: Event) -> bool:
    """True if the event tells records of a life that the publisher's database has forgotten.

    The first records of a new life make our copies of that publisher old, in the open transaction. Events of
    one life may be asked about by one of them.
    """
    if not event.type.endswith(".records_changed.v1") or not event.epoch:
        return False
    known = connection.exec_driver_sql(_KNOWN, (event.service,)).first()
    if known is not None and str(known.epoch) == event.epoch:
        return False
    if known is not None and event.epoch in {str(each) for each in known.past}:
        _log.info("records of a past life", publisher=event.service, event_id=event.id)
        return True
    entered = connection.exec_driver_sql(_ENTER, (event.service, event.epoch)).first()
    if entered is not None and entered.lives_before:
        _log.warning("publisher was restored: copies count as old", publisher=event.service)
        connection.exec_driver_sql(_DISTRUST, (f"{event.service}.%",))
        if event.service == "identity":
            connection.exec_driver_sql(_DISTRUST_ACCESSES)
    return False
