"""gRPC between our processes: the only import of grpc.

    # an owner
    def register(server: rpc.Server) -> None:
        add_RecordsServiceServicer_to_server(Records(), server)
        rpc.add_commands(server, service_pb2.DESCRIPTOR.services_by_name["OffersService"], apply)

    rpc.serve("offers", register, settings())

    # a caller
    stub = RecordsServiceStub(rpc.channel("127.0.0.1:7001"))
    with rpc.acting(actor):
        record = stub.Get(GetRequest(entity="crm.party", id=party_id)).record

Both sides speak `SalesError`: what a servicer raises, the stub raises. Who calls is `rpc.current_actor()`,
how long is left `rpc.remaining_s()`; a call made while serving another one inherits its actor, its trace and
what is left of its time.
"""

from __future__ import annotations

from grpc import Server, ServicerContext

from services.kit.rpc.aio import AioChannel, aio_channel
from services.kit.rpc.asked import asked_day, asked_id, wrong
from services.kit.rpc.call import DEFAULT_TIMEOUT_S, acting, current_actor, current_call, remaining_s
from services.kit.rpc.client import SyncChannel, channel
from services.kit.rpc.commands import Apply, add_commands, command_servicer
from services.kit.rpc.problems import error_of, problem_of
from services.kit.rpc.server import Register, RunningServer, serve, start_server

__all__ = [
    "DEFAULT_TIMEOUT_S",
    "AioChannel",
    "Apply",
    "Register",
    "RunningServer",
    "Server",
    "ServicerContext",
    "SyncChannel",
    "acting",
    "add_commands",
    "aio_channel",
    "asked_day",
    "asked_id",
    "channel",
    "command_servicer",
    "current_actor",
    "current_call",
    "error_of",
    "problem_of",
    "remaining_s",
    "serve",
    "start_server",
    "wrong",
]
