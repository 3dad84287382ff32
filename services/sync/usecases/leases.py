"""Leases of copies: renewed at each contact, and opened by telephone when there can be none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.errors import Forbidden, Invalid, NotFound, Violation
from services.kit.lease_codes import lease_code, lease_mark
from services.kit.telemetry.logs import get_logger
from services.sync.usecases.devices import (
    ACTIVE,
    LEASE_DAYS,
    OWN_LEASE,
    administers,
    require_own_session,
)

#: A device can be opened by telephone for so many days after its last contact.
MARKED_DAYS: Final = 60

_RENEW = f"""
    with lease as (select {OWN_LEASE} as days)
    update device set lease_days = days, lease_until = now() + make_interval(days => days) from lease
    where id = %(id)s and user_id = %(user)s returning state, lease_days, lease_until
"""  # noqa: S608
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """Until when a copy may be opened, and the marks of the codes that open it for longer."""

    until: datetime
    days: int
    marks_from: date
    marks: tuple[bytes, ...]


def renew_lease(database: Database, key: bytes, actor: Actor, *, device_id: UUID) -> Lease:
    """Begin the lease of the actor's device anew.

    Raises:
        NotFound: DEVICE_UNKNOWN.
        Forbidden: DEVICE_DIFFERS, DEVICE_REVOKED.
    """
    require_own_session(actor, device_id)
    parameters = {"id": device_id, "user": actor.user_id, "days": LEASE_DAYS}
    with database.read() as connection:
        row = connection.exec_driver_sql(_RENEW, parameters).first()
    if row is None:
        raise NotFound("DEVICE_UNKNOWN", params={"device": str(device_id)})
    if row.state != ACTIVE:
        raise Forbidden("DEVICE_REVOKED", params={"device": str(device_id)})
    first = (row.lease_until - timedelta(days=row.lease_days)).astimezone(UTC).date()
    days = [first + timedelta(days=number) for number in range(MARKED_DAYS + 1)]
    name = str(device_id)
    marks = tuple(lease_mark(name, day, lease_code(key, name, day)) for day in days)
    return Lease(row.lease_until, row.lease_days, first, marks)


def make_unlock_code(
    database: Database, key: bytes, actor: Actor, *, device_id: UUID, until: date, today: date
) -> str:
    """Return the code that opens a copy until the end of a day; for administrators.

    A device knows the codes of the 60 days after its last contact only.

    Raises:
        NotFound: DEVICE_UNKNOWN, also for those who may not.
        Forbidden: DEVICE_REVOKED.
        Invalid: UNLOCK_DAY_OUT_OF_RANGE, with the last possible day.
    """
    query = "select state, lease_days, lease_until from device where id = %(id)s"
    with database.read() as connection:
        row = connection.exec_driver_sql(query, {"id": device_id}).first()
        if row is None or not administers(connection, actor):
            raise NotFound("DEVICE_UNKNOWN", params={"device": str(device_id)})
    if row.state != ACTIVE:
        raise Forbidden("DEVICE_REVOKED", params={"device": str(device_id)})
    last = row.lease_until.astimezone(UTC).date() + timedelta(days=MARKED_DAYS - row.lease_days)
    if not today <= until <= last:
        violation = Violation("until", "UNLOCK_DAY_OUT_OF_RANGE", f"{today} - {last}")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    _log.info("unlock code made", device=str(device_id), until=str(until), by=str(actor.user_id))
    return lease_code(key, str(device_id), until)
