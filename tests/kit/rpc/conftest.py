"""An owner of records in this process, whose answers the test writes."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sales.sync.v1 import records_pb2
from sales.sync.v1.records_pb2_grpc import (
    RecordsServiceServicer,
    RecordsServiceStub,
    add_RecordsServiceServicer_to_server,
)

from services.kit import rpc
from services.kit.actor import Actor

ANNA = Actor(
    user_id=UUID("0190a000-0000-7000-8000-000000000001"),
    session_id=UUID("0190a000-0000-7000-8000-000000000002"),
    device_id=UUID("0190a000-0000-7000-8000-000000000003"),
    grant_epoch=7,
    request_id="request-1",
    language="en",
)


class Owner(RecordsServiceServicer):
    """Answers `Get` by `on_get`, `Export` by `on_export`; the rest is not implemented."""

    def __init__(self) -> None:
        self.on_get: Callable[[records_pb2.GetRequest], records_pb2.GetResponse] = lambda _: (
            records_pb2.GetResponse()
        )
        self.on_export: Callable[[], Iterator[records_pb2.ExportResponse]] = lambda: iter(())

    def Get(self, request: records_pb2.GetRequest, context: Any) -> records_pb2.GetResponse:  # noqa: N802
        return self.on_get(request)

    def Export(self, request: Any, context: Any) -> Iterator[records_pb2.ExportResponse]:  # noqa: N802
        return self.on_export()

    def List(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    Apply = ListParked = ResolveParked = Replay = List


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def running(owner: Owner) -> Iterator[rpc.RunningServer]:
    server = rpc.start_server(
        lambda to: add_RecordsServiceServicer_to_server(owner, to), host="127.0.0.1", port=0, threads=4
    )
    yield server
    server.drain(0.2)


@pytest.fixture
def channel(running: rpc.RunningServer) -> Iterator[rpc.SyncChannel]:
    with rpc.channel(f"127.0.0.1:{running.port}") as opened:
        yield opened


@pytest.fixture
def stub(channel: rpc.SyncChannel) -> RecordsServiceStub:
    return RecordsServiceStub(channel)
