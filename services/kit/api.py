"""The api role of an owner: its records and its commands over gRPC."""

from __future__ import annotations

from google.protobuf.descriptor import ServiceDescriptor
from sales.identity.v1.service_pb2_grpc import IdentityServiceStub

from services.kit import rpc, telemetry
from services.kit.access import AccessBook, fetch_by
from services.kit.config import Settings, settings
from services.kit.database import Database
from services.kit.records.foreign import ForeignRecords
from services.kit.records.owner import Owner
from services.kit.records.rules import Rules
from services.kit.records.serving import RecordsServicer, register


def serve_owner(service: str, rules: Rules, commands: ServiceDescriptor) -> None:
    """Serve until SIGTERM: RecordsService, and every command of `commands` through the same write path."""
    configured = settings()
    telemetry.start(service, "api")
    servicer = owner_servicer(service, rules, configured)

    def add(server: rpc.Server) -> None:
        register(server, servicer)
        rpc.add_commands(server, commands, servicer.apply)

    rpc.serve(service, add, configured)


def owner_servicer(service: str, rules: Rules, configured: Settings) -> RecordsServicer:
    """Return the servicer of a service's records on its database."""
    database = Database(service, configured.database_url, pool_size=configured.grpc_threads)
    targets = configured.grpc_targets
    identity = IdentityServiceStub(rpc.channel(targets["identity"]))
    access_book = AccessBook(database, fetch_by(identity))
    return RecordsServicer(Owner(database, rules, access_book, ForeignRecords(targets)))
