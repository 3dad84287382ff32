"""LeasesService: translate in, call the use case, translate out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sales.sync.v1 import leases_pb2, leases_pb2_grpc

from services.kit import rpc
from services.kit.database import Database
from services.kit.errors import Invalid, Violation
from services.sync.usecases.leases import make_unlock_code, renew_lease


class LeasesServicer(leases_pb2_grpc.LeasesServiceServicer):
    """Serves the leases of one store."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    def RenewLease(  # noqa: N802
        self, request: leases_pb2.RenewLeaseRequest, context: Any
    ) -> leases_pb2.RenewLeaseResponse:
        """Begin a lease anew."""
        lease = renew_lease(
            self._database, self._key, rpc.current_actor(), device_id=_uuid(request.device_id)
        )
        return leases_pb2.RenewLeaseResponse(
            lease_days=lease.days,
            lease_until=lease.until.isoformat().replace("+00:00", "Z"),
            marks_from=lease.marks_from.isoformat(),
            marks=lease.marks,
        )

    def MakeUnlockCode(  # noqa: N802
        self, request: leases_pb2.MakeUnlockCodeRequest, context: Any
    ) -> leases_pb2.MakeUnlockCodeResponse:
        """Make the code of a day."""
        code = make_unlock_code(
            self._database,
            self._key,
            rpc.current_actor(),
            device_id=_uuid(request.device_id),
            until=_day(request.until),
            today=datetime.now(UTC).date(),
        )
        return leases_pb2.MakeUnlockCodeResponse(code=code, until=request.until)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("INVALID_FIELDS", violations=[Violation("until", "INVALID_DATE")]) from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("INVALID_REQUEST", violations=[Violation("id", "INVALID_ID")]) from error
