"""The gRPC server of sync: a stateless pull worker."""

from __future__ import annotations

from sales.sync.v1 import bundle_pb2_grpc, leases_pb2_grpc

from services.kit import rpc, telemetry
from services.kit.config import settings
from services.kit.database import Database
from services.sync.api.heads import Heads
from services.sync.api.leases import LeasesServicer
from services.sync.api.service import SyncServicer
from services.sync.storage.secrets import checkpoint_key


def serve() -> None:
    """Serve until SIGTERM."""
    configured = settings()
    telemetry.start("sync", "api")
    heads = Heads(configured.database_url)
    database = Database("sync", configured.database_url, pool_size=configured.grpc_threads)
    key = checkpoint_key(configured.secrets_dir)
    servicer = SyncServicer(database, key, heads)

    def register(server: rpc.Server) -> None:
        bundle_pb2_grpc.add_SyncServiceServicer_to_server(servicer, server)
        leases_pb2_grpc.add_LeasesServiceServicer_to_server(LeasesServicer(database, key), server)

    rpc.serve("sync", register, configured)
    heads.stop()
