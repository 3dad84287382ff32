"""A trace goes from the HTTP request into the owner's handler."""

from opentelemetry import trace

from services.kit import rpc
from tests.gateway.conftest import Client, World

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_caller_s_trace_reaches_the_owner(client: Client, world: World) -> None:
    seen: list[str] = []

    def note(method: str) -> None:
        seen.append(f"{trace.get_current_span().get_span_context().trace_id:032x}")
        assert rpc.remaining_s() <= 20.1

    world.crm.fails_with = note
    await client("GET", "/v1/crm/parties", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    await client("GET", "/v1/crm/parties", headers={"traceparent": "00-broken"})
    assert seen[0] == TRACE
    assert seen[1] != TRACE
