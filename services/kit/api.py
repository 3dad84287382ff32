"""The api role of an owner: its records and its commands over gRPC."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.descriptor import ServiceDescriptor
from sales.identity.v1.service_pb2_grpc import IdentityServiceStub

from services.kit import rpc, telemetry
from services.kit.access import AccessBook, fetch_by
from services.kit.config import Settings, settings
from services.kit.database import Database
from services.kit.fields.definitions import entities_of_forms
from services.kit.fields.serving import register as register_forms
from services.kit.prints.printing import letterheads_of, printer_of
from services.kit.prints.serving import register as register_prints
from services.kit.records.foreign import ForeignRecords
from services.kit.records.owner import Owner
from services.kit.records.rules import Rules
from services.kit.records.serving import RecordsServicer, register
from services.kit.reports.serving import register as register_reports


def serve_owner(
    service: str,
    rules: Rules,
    commands: ServiceDescriptor,
    register_more: Callable[[rpc.Server, Owner], None] | None = None,
) -> None:
    """Serve until SIGTERM: RecordsService, and every command of `commands` through the same write path.

    `register_more` adds what else the service answers: questions, which change nothing.
    """
    configured = settings()
    telemetry.start(service, "api")
    owner = owner_of(service, rules, configured)
    servicer = RecordsServicer(owner)

    def add(server: rpc.Server) -> None:
        register(server, servicer)
        rpc.add_commands(server, commands, servicer.apply)
        if entities_of_forms(service):
            register_forms(server, owner)
            letterheads = letterheads_of(owner)
            register_reports(server, owner, letterheads)
            register_prints(server, service, printer_of(owner, letterheads))
        if register_more is not None:
            register_more(server, owner)

    rpc.serve(service, add, configured)


def owner_of(service: str, rules: Rules, configured: Settings) -> Owner:
    """Return the owner of a service's records on its database."""
    database = Database(service, configured.database_url, pool_size=configured.grpc_threads)
    targets = configured.grpc_targets
    identity = IdentityServiceStub(rpc.channel(targets["identity"]))
    access_book = AccessBook(database, fetch_by(identity))
    others = ForeignRecords(targets)
    return Owner(database, rules, access_book, others, others.list)
