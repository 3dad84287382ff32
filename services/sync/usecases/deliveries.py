"""What each device has received: the report for a laptop that was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from services.kit.database import Database
from services.kit.errors import NotFound

# Of the last delivery: the device itself names no set any more once it was ended.
_DEVICE: Final = """
    select d.id::text, d.user_id::text, d.name, d.platform, d.state, d.registered_at, d.contact_at,
           d.lease_until, (
               select h.buckets from delivery l join held_set h on h.hash = l.held
               where l.device_id = d.id order by l.id desc limit 1) as held
    from device d where d.id = %(device)s
"""
_TOTAL: Final = """
    select count(*) as bundles, coalesce(sum(rows), 0)::bigint as rows,
           coalesce(sum(bytes), 0)::bigint as bytes, min(at) as first_at, max(at) as last_at
    from delivery where device_id = %(device)s
"""
_BUCKETS: Final = """
    with named as (
        select unnest(h.buckets) as key, min(d.at) as first_at, max(d.at) as last_at
        from delivery d join held_set h on h.hash = d.held where d.device_id = %(device)s group by 1
    )
    select n.key, n.first_at, n.last_at, coalesce(b.count, 0) as rows
    from named n left join bucket b on b.key = n.key order by n.key
"""


def received_by(database: Database, device_id: UUID) -> Mapping[str, Any]:
    """Return what was sent to a device: in all, and for each bucket that it ever held.

    `rows` in all counts every version that was sent; those of a bucket are the fragments that are in it now.
    `held`: it was still part of the device's last bundle. Bundles older than `sweeping.DELIVERIES_DAYS` are
    no longer known.

    Raises:
        NotFound: DEVICE_UNKNOWN.
    """
    with database.read() as connection:
        device = connection.exec_driver_sql(_DEVICE, {"device": device_id}).mappings().first()
        if device is None:
            raise NotFound("DEVICE_UNKNOWN", params={"device": str(device_id)})
        total = connection.exec_driver_sql(_TOTAL, {"device": device_id}).mappings().one()
        buckets = connection.exec_driver_sql(_BUCKETS, {"device": device_id}).mappings().all()
    held = set(device["held"] or ())
    known = {name: value for name, value in device.items() if name != "held"}
    found = [{**bucket, "held": bucket["key"] in held} for bucket in buckets]
    return {**known, "received": dict(total), "buckets": found}
