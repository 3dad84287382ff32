"""Channels to the owners of records and to identity: one per service, made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from sales.forms.v1.prints_pb2_grpc import PrintsServiceStub
from sales.forms.v1.service_pb2_grpc import FormsServiceStub
from sales.identity.v1.service_pb2_grpc import IdentityServiceStub
from sales.reports.v1.service_pb2_grpc import ReportsServiceStub
from sales.sync.v1.bundle_pb2_grpc import SyncServiceStub
from sales.sync.v1.leases_pb2_grpc import LeasesServiceStub
from sales.sync.v1.records_pb2_grpc import RecordsServiceStub

from services.kit import rpc
from services.kit.errors import Unavailable

IDENTITY = "identity"
SYNC = "sync"


class Owners:
    """Every service that the gateway may call, by name."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._channels = {service: rpc.aio_channel(target) for service, target in targets.items()}
        self._records: dict[str, Any] = {
            service: RecordsServiceStub(channel) for service, channel in self._channels.items()
        }
        self._methods: dict[str, Any] = {}

    @property
    def names(self) -> list[str]:
        """Names of the services that have an address."""
        return list(self._channels)

    def records(self, service: str) -> Any:
        """Return the stub of a service's records.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, the service has no address.
        """
        stub = self._records.get(service)
        if stub is None:
            raise Unavailable("OWNER_UNAVAILABLE", params={"service": service})
        return stub

    def forms(self, service: str) -> Any:
        """Return the stub of a service's questions about forms.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, the service has no address.
        """
        return FormsServiceStub(self._channel(service))

    def reports(self, service: str) -> Any:
        """Return the stub of a service's reports.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, the service has no address.
        """
        return ReportsServiceStub(self._channel(service))

    def prints(self, service: str) -> Any:
        """Return the stub of a service's prints.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, the service has no address.
        """
        return PrintsServiceStub(self._channel(service))

    def identity(self) -> Any:
        """Return the stub of identity's own methods."""
        return IdentityServiceStub(self._channel(IDENTITY))

    def sync(self) -> Any:
        """Return the stub of sync's methods.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, sync has no address.
        """
        return SyncServiceStub(self._channel(SYNC))

    def leases(self) -> Any:
        """Return the stub of the leases of copies.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, sync has no address.
        """
        return LeasesServiceStub(self._channel(SYNC))

    def method(self, service: str, method: MethodDescriptor) -> Any:
        """Return the callable of any method of the contracts.

        Raises:
            Unavailable: OWNER_UNAVAILABLE, the service has no address.
        """
        found = self._methods.get(method.full_name)
        if found is None:
            found = self._channel(service).unary_unary(
                f"/{method.containing_service.full_name}/{method.name}",
                request_serializer=GetMessageClass(method.input_type).SerializeToString,
                response_deserializer=GetMessageClass(method.output_type).FromString,
                _registered_method=True,
            )
            self._methods[method.full_name] = found
        return found

    def states(self) -> dict[str, bool]:
        """Return whether the connection to each service stands; asking starts to connect."""
        return {service: channel.is_ready() for service, channel in self._channels.items()}

    def _channel(self, service: str) -> rpc.AioChannel:
        channel = self._channels.get(service)
        if channel is None:
            raise Unavailable("OWNER_UNAVAILABLE", params={"service": service})
        return channel

    async def close(self) -> None:
        """Drop every connection."""
        for channel in self._channels.values():
            await channel.close()
