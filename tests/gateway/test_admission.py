"""Who is let in: tokens, revocations, and what happens when identity cannot be followed."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sales.identity.v1.service_pb2 import WatchResponse

from gateway.api.app import Gateway
from gateway.api.tokens import Claims, Tokens
from gateway.api.watch import Watch
from services.kit.errors import Unauthenticated, Unavailable
from tests.gateway.conftest import Client, World
from tests.gateway.fakes import FakeIdentity

PARTIES = "/v1/crm/parties"


async def until(client: Client, status: int, reason: str = "") -> None:
    """Read until the answer is the expected one; streams take a moment."""
    deadline = time.monotonic() + 60
    while True:
        answer = await client("GET", PARTIES)
        if answer.status_code == status and (not reason or answer.json()["reason"] == reason):
            return
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.01)


def forged(world: World) -> list[tuple[str, str]]:
    claims = {"sub": str(uuid4()), "sid": str(uuid4()), "epoch": 1, "exp": int(time.time() + 60)}
    stranger = ec.generate_private_key(ec.SECP256R1())
    ours = world.identity.keys["key-1"]
    without_sid = {key: value for key, value in claims.items() if key != "sid"}
    return [
        ("", "TOKEN_MISSING"),
        ("x", "TOKEN_INVALID"),
        ("a.b.c", "TOKEN_INVALID"),
        ("x" * 5000, "TOKEN_INVALID"),
        (jwt.encode(claims, stranger, "ES256", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (jwt.encode(claims, stranger, "ES256", headers={"kid": "other"}), "TOKEN_INVALID"),
        (jwt.encode(claims, ours, "ES256"), "TOKEN_INVALID"),
        (jwt.encode(claims, "", "none", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (jwt.encode(claims, "k" * 32, "HS256", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (jwt.encode(without_sid, ours, "ES256", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (jwt.encode({**claims, "sub": "root"}, ours, "ES256", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (jwt.encode({**claims, "epoch": "x"}, ours, "ES256", headers={"kid": "key-1"}), "TOKEN_INVALID"),
        (world.identity.token(lifetime_s=-1), "TOKEN_EXPIRED"),
    ]


async def test_a_token_that_is_not_ours_opens_nothing(
    world: World, anonymous: Client, as_bearer: Callable[[str], Client]
) -> None:
    for token, reason in forged(world):
        answer = await (as_bearer(token) if token else anonymous)("GET", PARTIES)
        assert (answer.status_code, answer.json()["reason"]) == (401, reason)
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", world.identity.token()):
        answer = await anonymous("GET", PARTIES, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_INVALID")
    assert world.reached == []


async def test_a_revoked_device_is_out_at_once(world: World, as_bearer: Callable[[str], Client]) -> None:
    device = uuid4()
    client = as_bearer(world.identity.token(device_id=device))
    await until(client, 200)
    world.identity.tell(revoked_devices=[str(device)])
    await until(client, 401, "DEVICE_REVOKED")


async def test_an_ended_session_is_out_at_once(world: World, as_bearer: Callable[[str], Client]) -> None:
    session = uuid4()
    client = as_bearer(world.identity.token(session_id=session))
    await until(client, 200)
    world.identity.tell(ended_sessions=[str(session)])
    await until(client, 401, "SESSION_ENDED")


async def test_a_new_key_is_known_and_an_old_one_forgotten(
    world: World, gateway: Gateway, as_bearer: Callable[[str], Client]
) -> None:
    old = as_bearer(world.identity.token())
    await until(old, 200)
    world.identity.keys = {"key-2": ec.generate_private_key(ec.SECP256R1())}
    new = as_bearer(world.identity.token(key_id="key-2"))
    await until(new, 401)
    world.identity.stop()
    world.identity.start()
    await until(new, 200)
    await until(old, 401, "TOKEN_INVALID")


async def test_a_short_break_of_the_stream_is_not_noticed(client: Client, world: World) -> None:
    world.identity.stop()
    for _ in range(10):
        assert (await client("GET", PARTIES)).status_code == 200
    world.identity.start()
    await until(client, 200)


@pytest.mark.parametrize("patience_s", [0.5])
async def test_nobody_is_let_in_by_a_state_that_is_too_old(client: Client, world: World) -> None:
    world.identity.stop()
    await until(client, 503, "IDENTITY_UNAVAILABLE")
    ready = await client.http.get("/readyz")
    assert (ready.status_code, ready.json()["watch"]) == (503, False)
    world.identity.start()
    await until(client, 200)


async def test_what_was_revoked_during_a_break_is_known_after_it(
    world: World, as_bearer: Callable[[str], Client]
) -> None:
    session = uuid4()
    client = as_bearer(world.identity.token(session_id=session))
    await until(client, 200)
    world.identity.stop()
    world.identity.ended.append(str(session))
    world.identity.start()
    await until(client, 401, "SESSION_ENDED")


async def test_readiness_needs_every_owner(anonymous: Client, world: World) -> None:
    deadline = time.monotonic() + 60
    while (answer := await anonymous.http.get("/readyz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)
    assert answer.json() == {
        "status": "ready",
        "watch": True,
        "owners": dict.fromkeys(["crm", "offers", "identity", "aftersales", "mail"], True),
    }
    world.offers.stop()
    while (answer := await anonymous.http.get("/readyz")).status_code == 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert answer.json()["owners"]["offers"] is False
    assert (await anonymous("GET", "/healthz")).json() == {"status": "alive"}


# The parts alone


@pytest.fixture
def identity() -> FakeIdentity:
    return FakeIdentity()


def test_a_remembered_token_is_not_verified_again_until_it_is_over(identity: FakeIdentity) -> None:
    now = time.time()
    keys = {"key-1": identity.keys["key-1"].public_key()}
    asked: list[int] = []

    def known() -> dict[str, str]:
        asked.append(1)
        return keys  # type: ignore[return-value]  # PyJWT takes key objects too

    tokens = Tokens(known, memory_s=20, clock=lambda: now)
    token = identity.token(lifetime_s=60)
    first = tokens.verified(token)
    assert tokens.verified(token) is first
    now += 30
    assert tokens.verified(token) == first
    now += 31
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        tokens.verified(token)
    assert tokens.signed(token) == first


def test_a_forgotten_key_ends_remembered_tokens(identity: FakeIdentity) -> None:
    keys = {"key-1": identity.keys["key-1"].public_key()}
    tokens = Tokens(lambda: keys, memory_s=20)  # type: ignore[arg-type,return-value]
    token = identity.token()
    tokens.verified(token)
    keys.clear()
    with pytest.raises(Unauthenticated, match="TOKEN_INVALID"):
        tokens.verified(token)


async def test_a_watch_that_never_began_lets_nobody_in() -> None:
    watch = Watch(None, patience_s=30)  # type: ignore[arg-type]
    claims = Claims(uuid4(), uuid4(), None, 1, 0)
    with pytest.raises(Unavailable):
        watch.admit(claims)
    watch.take(WatchResponse(epochs={str(claims.user_id): 5}))
    with pytest.raises(Unavailable):
        watch.admit(claims)
    watch.take(WatchResponse(snapshot=True, epochs={str(claims.user_id): 5}))
    assert watch.admit(claims) == 5


def test_the_newer_epoch_counts_wherever_it_comes_from() -> None:
    watch = Watch(None, patience_s=30)  # type: ignore[arg-type]
    user = uuid4()
    watch.take(WatchResponse(snapshot=True, epochs={str(user): 5}))
    assert watch.admit(Claims(user, uuid4(), None, 3, 0)) == 5
    assert watch.admit(Claims(user, uuid4(), None, 7, 0)) == 7
