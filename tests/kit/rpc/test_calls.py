"""What reaches a handler, and what comes back, over a real connection."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY
from sales.sync.v1.records_pb2 import (
    ExportRequest,
    ExportResponse,
    GetRequest,
    GetResponse,
    ListRequest,
    Record,
)
from sales.sync.v1.records_pb2_grpc import RecordsServiceStub

from services.kit import rpc
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import (
    KINDS,
    Invalid,
    SalesError,
    Unauthenticated,
    Unavailable,
    Violation,
)
from tests.kit.rpc.conftest import ANNA, Owner


def test_a_handler_sees_who_calls(owner: Owner, stub: RecordsServiceStub) -> None:
    seen: list[Actor] = []
    owner.on_get = lambda _: seen.append(rpc.current_actor()) or GetResponse()  # type: ignore[func-returns-value]

    with rpc.acting(ANNA):
        stub.Get(GetRequest())
    stub.Get(GetRequest())

    assert seen == [ANNA, SYSTEM]


def test_an_actor_does_not_outlive_its_call(owner: Owner, stub: RecordsServiceStub) -> None:
    with rpc.acting(ANNA):
        stub.Get(GetRequest())
    assert rpc.current_actor() == SYSTEM


def test_a_call_without_actor_is_refused(running: rpc.RunningServer) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{running.port}") as bare, pytest.raises(grpc.RpcError) as failed:
        RecordsServiceStub(bare).Get(GetRequest())
    assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_call_with_an_unreadable_actor_is_refused(stub: RecordsServiceStub) -> None:
    class Impostor(Actor):
        pass

    impostor = Actor(user_id="not-a-uuid")  # type: ignore[arg-type]
    with rpc.acting(impostor), pytest.raises(Unauthenticated) as refused:
        stub.Get(GetRequest())
    assert refused.value.reason == "ACTOR_UNREADABLE"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_error_arrives_as_it_was_raised(kind: str, owner: Owner, stub: RecordsServiceStub) -> None:
    raised = KINDS[kind](
        "SOME_REASON",
        "detail with à",
        params={"name": "Rossi"},
        violations=[Violation("lines[2].quantity", "INVALID_DECIMAL", "wrong")],
    )

    def fail(_: GetRequest) -> GetResponse:
        raise raised

    owner.on_get = fail
    with pytest.raises(SalesError) as caught:
        stub.Get(GetRequest())
    assert type(caught.value) is type(raised)
    assert (caught.value.reason, caught.value.detail) == ("SOME_REASON", "detail with à")
    assert caught.value.params == raised.params
    assert caught.value.violations == raised.violations


def test_an_error_with_very_many_violations_still_arrives(owner: Owner, stub: RecordsServiceStub) -> None:
    def fail(_: GetRequest) -> GetResponse:
        raise Invalid(
            "INVALID_FIELDS", violations=[Violation(f"f{i}", "WRONG", "x" * 90) for i in range(900)]
        )

    owner.on_get = fail
    with pytest.raises(Invalid) as caught:
        stub.Get(GetRequest())
    assert caught.value.violations[0].field == "f0"


def test_an_unknown_exception_shows_only_the_request_id(owner: Owner, stub: RecordsServiceStub) -> None:
    def fail(_: GetRequest) -> GetResponse:
        raise ZeroDivisionError("secret of the database")

    owner.on_get = fail
    with rpc.acting(ANNA), pytest.raises(SalesError) as caught:
        stub.Get(GetRequest())
    assert caught.value.kind == "internal"
    assert caught.value.params == {"request_id": "request-1"}
    assert "secret" not in str(caught.value)


def test_what_is_not_implemented_says_so(stub: RecordsServiceStub) -> None:
    with pytest.raises(SalesError) as caught:
        stub.List(ListRequest())
    assert caught.value.reason == "UNIMPLEMENTED"


def test_an_owner_that_is_away_is_unavailable() -> None:
    with rpc.channel("127.0.0.1:9") as nobody, pytest.raises(Unavailable) as caught:
        RecordsServiceStub(nobody).Get(GetRequest(), timeout=2)
    assert caught.value.reason in {"OWNER_UNAVAILABLE", "DEADLINE_EXCEEDED"}


def test_a_slow_owner_is_unavailable_when_the_time_is_over(owner: Owner, stub: RecordsServiceStub) -> None:
    release = threading.Event()
    owner.on_get = lambda _: (release.wait(60) and GetResponse()) or GetResponse()
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        stub.Get(GetRequest(), timeout=0.2)
    release.set()
    assert caught.value.reason == "DEADLINE_EXCEEDED"
    assert time.monotonic() - started < 30


def test_a_read_is_tried_again_when_the_owner_was_away(owner: Owner, stub: RecordsServiceStub) -> None:
    calls = []

    def fail_once(_: GetRequest) -> GetResponse:
        calls.append(1)
        if len(calls) == 1:
            raise Unavailable("DATABASE_AWAY")
        return GetResponse(record=Record(id="1"))

    owner.on_get = fail_once
    assert stub.Get(GetRequest()).record.id == "1"


def test_every_call_has_a_deadline_and_nested_ones_share_it(owner: Owner, stub: RecordsServiceStub) -> None:
    left: list[float] = []

    def note(request: GetRequest) -> GetResponse:
        left.append(rpc.remaining_s())
        if request.id == "outer":
            stub.Get(GetRequest(id="inner"), timeout=60)
        return GetResponse()

    owner.on_get = note
    stub.Get(GetRequest(id="inner"))
    own_s = rpc.DEFAULT_TIMEOUT_S + 30
    stub.Get(GetRequest(id="outer"), timeout=own_s)

    # grpc rounds deadlines up, the more the longer they are.
    assert 0 < left[0] < rpc.DEFAULT_TIMEOUT_S + 1
    assert rpc.DEFAULT_TIMEOUT_S + 1 < left[1] < own_s + 1
    assert left[2] < own_s + 1


def test_a_call_without_a_deadline_gets_the_default(owner: Owner, running: rpc.RunningServer) -> None:
    left: list[float] = []
    owner.on_get = lambda _: left.append(rpc.remaining_s()) or GetResponse()  # type: ignore[func-returns-value]
    with grpc.insecure_channel(f"127.0.0.1:{running.port}") as bare:
        RecordsServiceStub(bare).Get(GetRequest(), metadata=(("sales-actor-bin", b""),))
    assert 0 < left[0] < rpc.DEFAULT_TIMEOUT_S + 0.1


def test_a_stream_passes_its_messages_and_its_error(owner: Owner, stub: RecordsServiceStub) -> None:
    actors: list[Actor] = []

    def export() -> Iterator[ExportResponse]:
        for number in range(3):
            actors.append(rpc.current_actor())
            yield ExportResponse(stream_seq=number)
        raise Invalid("OUT_OF_RANGE")

    owner.on_export = export
    received = []
    with rpc.acting(ANNA), pytest.raises(Invalid) as caught:
        for message in stub.Export(ExportRequest()):
            received.append(message.stream_seq)
    assert received == [0, 1, 2]
    assert actors == [ANNA] * 3
    assert caught.value.reason == "OUT_OF_RANGE"


def test_the_trace_goes_on_in_the_handler(owner: Owner, stub: RecordsServiceStub) -> None:
    seen: list[int] = []

    def note(_: GetRequest) -> GetResponse:
        seen.append(trace.get_current_span().get_span_context().trace_id)
        return GetResponse()

    owner.on_get = note
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("caller") as span:
        stub.Get(GetRequest())
    assert seen == [span.get_span_context().trace_id]


def test_calls_are_measured_by_method_and_status(stub: RecordsServiceStub) -> None:
    labels = {"method": "/sales.sync.v1.RecordsService/List", "status": "UNIMPLEMENTED"}

    def count() -> float:
        return REGISTRY.get_sample_value("sales_grpc_server_seconds_count", labels) or 0

    before = count()
    with pytest.raises(SalesError):
        stub.List(ListRequest())
    deadline = time.monotonic() + 30
    while count() != before + 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert count() == before + 1


def test_health_and_reflection_answer_without_an_actor(running: rpc.RunningServer) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{running.port}") as bare:
        health = health_pb2_grpc.HealthStub(bare).Check(
            health_pb2.HealthCheckRequest(service="sales.sync.v1.RecordsService")
        )
        (answer,) = reflection_pb2_grpc.ServerReflectionStub(bare).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert "sales.sync.v1.RecordsService" in {each.name for each in answer.list_services_response.service}


def test_a_drained_server_finishes_what_it_took(
    owner: Owner, running: rpc.RunningServer, stub: RecordsServiceStub
) -> None:
    entered = threading.Event()

    def slow(_: GetRequest) -> GetResponse:
        entered.set()
        time.sleep(0.3)
        return GetResponse(record=Record(id="finished"))

    owner.on_get = slow
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(stub.Get(GetRequest()).record.id))
    caller.start()
    assert entered.wait(60)
    running.drain(60)
    caller.join()
    assert answers == ["finished"]


async def test_the_aio_channel_keeps_the_same_promises(owner: Owner, running: rpc.RunningServer) -> None:
    def answer(request: GetRequest) -> GetResponse:
        if request.id == "wrong":
            raise Invalid("WRONG_ID")
        return GetResponse(record=Record(id=str(rpc.current_actor().user_id)))

    owner.on_get = answer
    owner.on_export = lambda: iter([ExportResponse(stream_seq=1), ExportResponse(stream_seq=2)])
    async with rpc.aio_channel(f"127.0.0.1:{running.port}") as channel:
        stub = RecordsServiceStub(channel)
        with rpc.acting(ANNA):
            assert (await stub.Get(GetRequest())).record.id == str(ANNA.user_id)
            assert [each.stream_seq async for each in stub.Export(ExportRequest())] == [1, 2]
            with pytest.raises(Invalid) as caught:
                await stub.Get(GetRequest(id="wrong"))
    assert caught.value.reason == "WRONG_ID"


_SERVING = """
from services.kit import rpc
from services.kit.config import settings
rpc.serve("nobody", lambda server: None, settings())
"""


def test_serve_is_ready_by_a_file_and_stops_on_sigterm(tmp_path: Path) -> None:
    ready = tmp_path / "run" / "ready"
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVING],
        env={
            "PYTHONPATH": ":".join(sys.path),
            "SALES_READY_FILE": str(ready),
            "SALES_GRPC_PORT": "0",
        },
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not ready.exists()
    finally:
        process.kill()
