"""SyncService: translate in, call the use case, translate out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sales.sync.v1 import bundle_pb2, bundle_pb2_grpc

from services.kit import rpc
from services.kit.database import Database
from services.kit.errors import Forbidden, Invalid, Violation
from services.sync.api import metrics
from services.sync.api.heads import Heads
from services.sync.api.parts import parts
from services.sync.storage.memory import Memory
from services.sync.storage.snapshots import snapshot
from services.sync.usecases.devices import end_device, lease_days, register_device
from services.sync.usecases.pulling import Pull, PullWanted
from services.sync.usecases.verifying import range_sum, verify


class SyncServicer(bundle_pb2_grpc.SyncServiceServicer):
    """Serves copies from one store."""

    def __init__(self, database: Database, key: bytes, heads: Heads) -> None:
        self._database = database
        self._key = key
        self._heads = heads
        self._memory = Memory()

    def RegisterDevice(  # noqa: N802
        self, request: bundle_pb2.RegisterDeviceRequest, context: Any
    ) -> bundle_pb2.RegisterDeviceResponse:
        """Make a device known."""
        days, until = register_device(
            self._database,
            rpc.current_actor(),
            device_id=_uuid(request.device_id),
            name=request.name,
            platform=request.platform,
            app=request.app_version,
            schema=request.schema_version,
        )
        return bundle_pb2.RegisterDeviceResponse(
            lease_days=days, lease_until=until.isoformat().replace("+00:00", "Z")
        )

    def EndDevice(  # noqa: N802
        self, request: bundle_pb2.EndDeviceRequest, context: Any
    ) -> bundle_pb2.EndDeviceResponse:
        """Revoke or wipe a device."""
        end_device(self._database, rpc.current_actor(), device_id=_uuid(request.device_id), wipe=request.wipe)
        return bundle_pb2.EndDeviceResponse()

    def GetProfile(  # noqa: N802
        self, request: bundle_pb2.GetProfileRequest, context: Any
    ) -> bundle_pb2.GetProfileResponse:
        """Return what a device of the caller could hold."""
        actor = rpc.current_actor()
        if actor.user_id is None:
            raise Forbidden("USER_REQUIRED", "a copy belongs to somebody")
        with snapshot(self._database) as view:
            # The device does not matter here; no device has this id.
            buckets = view.state(UUID(int=0), actor.user_id).buckets
        groups: dict[str, bundle_pb2.GroupProfile] = {}
        for key, bucket in sorted(buckets.items()):
            name = key.partition("/")[0]
            group = groups.setdefault(name, bundle_pb2.GroupProfile(group=name))
            group.buckets.add(bucket=key, rows=bucket.count, bytes=bucket.bytes)
        return bundle_pb2.GetProfileResponse(
            groups=list(groups.values()), lease_days=lease_days(self._database, actor.user_id)
        )

    def Pull(  # noqa: N802
        self, request: bundle_pb2.PullRequest, context: Any
    ) -> Iterator[bundle_pb2.PullResponse]:
        """Stream a bundle."""
        wanted = PullWanted(
            device_id=_uuid(request.device_id),
            checkpoint=request.checkpoint,
            schema=request.schema_version,
            groups=None if request.all_groups else frozenset(request.groups),
            awaited=[str(_uuid(each)) for each in request.awaited],
        )
        pull = Pull(self._database, self._key, rpc.current_actor(), wanted, memory=self._memory)
        for part in parts(pull.lines(), request.encoding):
            yield bundle_pb2.PullResponse(part=part)

    def Verify(self, request: bundle_pb2.VerifyRequest, context: Any) -> bundle_pb2.VerifyResponse:  # noqa: N802
        """Compare a copy's sums with the store's."""
        found = verify(
            self._database,
            self._key,
            rpc.current_actor(),
            device_id=_uuid(request.device_id),
            checkpoint=request.checkpoint,
            sums={each.bucket: (each.count, each.sum) for each in request.sums},
        )
        metrics.mismatches.inc(len(found.differences))
        response = bundle_pb2.VerifyResponse(checkpoint=found.checkpoint)
        for difference in found.differences:
            each = response.differences.add(bucket=difference.bucket)
            for row in difference.ranges:
                each.ranges.add(
                    entity=row.type,
                    from_id=row.from_id,
                    to_id=row.to_id,
                    count=row.n,
                    sum=range_sum(row.total),
                )
        return response

    def WatchHead(  # noqa: N802
        self, request: bundle_pb2.WatchHeadRequest, context: Any
    ) -> Iterator[bundle_pb2.WatchHeadResponse]:
        """Stream the head to a gateway."""
        if not rpc.current_actor().is_system:
            raise Forbidden("SERVICES_ONLY", "this call is for gateways")
        known: frozenset[str] | None = None
        for told in self._heads.stream():
            if not context.is_active():
                return
            if told is not None:
                is_new = told.ended != known
                yield bundle_pb2.WatchHeadResponse(
                    head=told.head,
                    ended_devices=sorted(told.ended) if is_new else (),
                    names_ended=is_new,
                    users=sorted(told.users or ()),
                    selective=told.users is not None,
                )
                known = told.ended


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("INVALID_REQUEST", violations=[Violation("id", "INVALID_ID")]) from error
