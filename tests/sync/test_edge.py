"""What the HTTP edge answers about synchronisation when sync itself is away."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from gateway.api import openapi
from gateway.api.app import Gateway
from gateway.api.edge import Edge
from gateway.api.settings import GatewaySettings
from services.sync.api.parts import parts
from tests.gateway.fakes import FakeIdentity
from tests.sync.world import new_id


def test_every_address_of_sync_is_in_the_document() -> None:
    served = {path for path in openapi.document()["paths"] if path.startswith("/v1/sync/")}
    assert served == {
        "/v1/sync/devices",
        "/v1/sync/devices/{id}:revoke",
        "/v1/sync/devices/{id}:wipe",
        "/v1/sync/devices/{id}:renew",
        "/v1/sync/devices/{id}:unlock",
        "/v1/sync/profile",
        "/v1/sync/pull",
        "/v1/sync/verify",
        "/v1/sync/live",
    }


async def test_without_sync_a_pull_is_a_503_and_without_a_token_a_401(tmp_path: Path) -> None:
    identity = FakeIdentity()
    identity.start()
    gateway = Gateway(
        GatewaySettings(grpc_targets={"identity": f"127.0.0.1:{identity.port}"}, secrets_dir=tmp_path)
    )
    gateway.start()
    await gateway.watch.first_snapshot.wait()
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        stranger = await client.post("/v1/sync/pull", json={"device": new_id()})
        client.headers["Authorization"] = f"Bearer {identity.token()}"
        away = await client.post("/v1/sync/pull", json={"device": new_id()})
    assert (stranger.status_code, stranger.json()["reason"]) == (401, "TOKEN_MISSING")
    assert (away.status_code, away.json()["reason"]) == (503, "OWNER_UNAVAILABLE")
    assert away.headers["content-type"] == "application/problem+json"
    await gateway.close()
    identity.stop()


@pytest.mark.parametrize(("status", "policies"), [(204, False), (200, True)])
async def test_an_answer_without_a_body_carries_no_policies_for_one(status: int, policies: bool) -> None:
    edge = Edge(Response(status_code=status), max_body_bytes=1000, request_timeout_s=5)
    transport = httpx.ASGITransport(app=edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.post("/v1/sync/pull")
    assert answer.status_code == status
    assert ("content-security-policy" in answer.headers) is policies
    size = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    # With the first line and the date it has to stay below 150 bytes.
    assert (size < 60) is not policies
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("encoding", ["", "zstd", "gzip"])
def test_a_bundle_leaves_in_parts_of_64_to_256_kib(encoding: str) -> None:
    lines = [bytes(((number * 7919 + k * k) % 251) for k in range(600)) for number in range(2000)]
    found = list(parts(iter(lines), encoding))
    assert all(64 * 1024 <= len(part) <= 256 * 1024 for part in found[:-1])
    assert list(parts(iter(()), encoding)) == []
    if not encoding:
        assert b"".join(found) == b"".join(lines)
