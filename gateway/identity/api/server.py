"""The gRPC server: users, roles and trees as records, sign-in, and the gateways' stream."""

from __future__ import annotations

import signal
from functools import partial
from types import FrameType

from sales.identity.v1 import service_pb2_grpc

from gateway.identity.adapters.keys import KeyRing
from gateway.identity.adapters.passwords import Passwords
from gateway.identity.adapters.tokens import AccessTokens
from gateway.identity.api.identity import IdentityServicer
from gateway.identity.api.watchers import MAX_STREAMS, Watchers
from gateway.identity.usecases.accesses import access_json
from gateway.identity.usecases.rules import RULES
from gateway.identity.usecases.signing_in import SigningIn, utc_now
from services.kit import rpc, telemetry
from services.kit.access import AccessBook
from services.kit.config import Settings, settings
from services.kit.database import Database
from services.kit.records.foreign import ForeignRecords
from services.kit.records.owner import Owner
from services.kit.records.serving import RecordsServicer, register


def serve() -> None:
    """Serve until SIGTERM."""
    configured = settings()
    telemetry.start("identity", "api")
    watchers, add = prepare(configured)
    watchers.start()

    def add_and_watch_signals(server: rpc.Server) -> None:
        add(server)
        _end_streams_first(watchers)

    threads = configured.grpc_threads + MAX_STREAMS
    rpc.serve("identity", add_and_watch_signals, configured.model_copy(update={"grpc_threads": threads}))


def prepare(configured: Settings) -> tuple[Watchers, rpc.Register]:
    """Return the listener, to be started, and what adds the services to a server."""
    database = Database("identity", configured.database_url, pool_size=configured.grpc_threads)
    keys = KeyRing(configured.secrets_dir, clock=utc_now)
    keys.open()
    passwords = Passwords()
    # The hash that strangers are compared with is made now, or the first of them would wait twice as long.
    passwords.matches(None, "")
    signing_in = SigningIn(database, passwords=passwords, tokens=AccessTokens(keys), clock=utc_now)
    watchers = Watchers(configured.database_url, keys, clock=utc_now)
    book = AccessBook(database, partial(access_json, database))
    records = RecordsServicer(Owner(database, RULES, book, ForeignRecords(configured.grpc_targets)))

    def add(server: rpc.Server) -> None:
        register(server, records)
        servicer = IdentityServicer(database, signing_in, watchers, book)
        service_pb2_grpc.add_IdentityServiceServicer_to_server(servicer, server)

    return watchers, add


def _end_streams_first(watchers: Watchers) -> None:
    """Streams never end by themselves: without this a stop would wait for them as long as it may."""
    for each in (signal.SIGTERM, signal.SIGINT):
        stop = signal.getsignal(each)

        def handle(number: int, frame: FrameType | None, stop: object = stop) -> None:
            watchers.stop()
            if callable(stop):
                stop(number, frame)

        signal.signal(each, handle)
