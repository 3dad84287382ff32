"""A gateway over fake owners; requests go in by ASGI, or over a real socket where the wire matters."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api.app import Gateway
from gateway.api.settings import GatewaySettings
from tests.gateway.fakes import FakeIdentity, FakeOwner


@dataclass
class World:
    """Every service behind the gateway, and what has reached them."""

    crm: FakeOwner
    offers: FakeOwner
    identity: FakeIdentity
    aftersales: FakeOwner
    mail: FakeOwner

    @property
    def owners(self) -> list[FakeOwner]:
        return [self.crm, self.offers, self.identity, self.aftersales, self.mail]

    @property
    def reached(self) -> list[str]:
        """Names of the methods of records that were called anywhere."""
        return [method for owner in self.owners for method, _, _ in owner.calls]


@pytest.fixture
def world() -> Iterator[World]:
    made = World(
        FakeOwner("crm"), FakeOwner("offers"), FakeIdentity(), FakeOwner("aftersales"), FakeOwner("mail")
    )
    for owner in made.owners:
        owner.start()
    yield made
    for owner in made.owners:
        owner.stop()


@pytest.fixture
def patience_s() -> float:
    """How long the gateway trusts what it knows; a test that waits for the end of it asks for less."""
    return 60


@pytest.fixture
def settings(world: World, tmp_path: Path, patience_s: float) -> GatewaySettings:
    return GatewaySettings(
        grpc_targets={owner.service: f"127.0.0.1:{owner.port}" for owner in world.owners},
        secrets_dir=tmp_path,
        call_timeout_s=20,
        watch_patience_s=patience_s,
        trusted_proxies="",
    )


@pytest.fixture
async def gateway(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    made = Gateway(settings)
    made.start()
    await made.watch.first_snapshot.wait()
    yield made
    await made.close()


@dataclass
class Client:
    """Sends requests; each answer is checked for what every answer must have."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**self.headers, **given.pop("headers", {})}
        answer = await self.http.request(method, path, headers=headers, **given)
        if answer.status_code != 204:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["x-request-id"]
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
            body = answer.json()
            assert body["status"] == answer.status_code
            assert body["reason"]
            assert body["title"]
            assert body["detail"]
            assert body["request_id"] == answer.headers["x-request-id"]
        return answer


@pytest.fixture
async def anonymous(gateway: Gateway) -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://gateway.test") as http:
        yield Client(http)


@pytest.fixture
def client(anonymous: Client, world: World) -> Client:
    """Anna, by bearer token, reading English."""
    return Client(
        anonymous.http, {"Authorization": f"Bearer {world.identity.token()}", "Accept-Language": "en"}
    )


@pytest.fixture
def as_bearer(anonymous: Client) -> Callable[[str], Client]:
    """`as_bearer(token)`: whoever has that token."""
    return lambda token: Client(anonymous.http, {"Authorization": f"Bearer {token}"})
