"""The stream that gateways follow: complete at first, then every change as soon as it is committed."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import jwt
import psycopg
import pytest
from sales.identity.v1 import service_pb2
from sales.identity.v1.service_pb2_grpc import IdentityServiceStub

from gateway.api.tokens import Tokens
from gateway.api.watch import Identity, Watch
from gateway.identity.adapters.keys import KeyRing
from gateway.identity.api import watchers as watchers_module
from gateway.identity.api.server import prepare
from gateway.identity.api.watchers import MAX_STREAMS, Watchers
from gateway.identity.storage.sessions import CHANNEL
from gateway.identity.usecases import accounts
from gateway.identity.usecases.signing_in import utc_now
from services.kit import rpc
from services.kit.access import fetch_by
from services.kit.actor import SYSTEM, Actor
from services.kit.config import Settings
from services.kit.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from services.kit.permissions import Access
from tests.gateway_identity.house import ADMIN, NORTH, PASSWORD, TECHNICIAN, House, update, user_id
from tests.support.watching import eventually


class Following:
    """A gateway's side of the stream."""

    def __init__(self, messages: Iterator[service_pb2.WatchResponse]) -> None:
        self._arrived: queue.Queue[service_pb2.WatchResponse | Exception] = queue.Queue()
        self._thread = threading.Thread(target=self._follow, args=(messages,), daemon=True)
        self._thread.start()

    def _follow(self, messages: Iterator[service_pb2.WatchResponse]) -> None:
        try:
            for message in messages:
                self._arrived.put(message)
        except Exception as error:  # noqa: BLE001 (handed to the test)
            self._arrived.put(error)

    def next(self, timeout_s: float = 60.0) -> service_pb2.WatchResponse:
        message = self._arrived.get(timeout=timeout_s)
        if isinstance(message, Exception):
            raise message
        return message

    def is_silent(self, for_s: float = 0.3) -> bool:
        with suppress(queue.Empty):
            self._arrived.get(timeout=for_s)
            return False
        return True


@contextmanager
def serving(house: House, *, poll_s: float | None = None) -> Iterator[IdentityServiceStub]:
    """Run identity's real server on a free port, and give a stub for it."""
    configured = Settings(database_url=house.url, secrets_dir=house.keys._folder.parent)
    watchers, register = prepare(configured)
    watchers._poll_s = poll_s or watchers._poll_s
    watchers.start()
    running = rpc.start_server(register, host="127.0.0.1", port=0, threads=MAX_STREAMS + 4)
    channel = rpc.channel(f"127.0.0.1:{running.port}")
    yield IdentityServiceStub(channel)
    watchers.stop()
    with psycopg.connect(house.url, autocommit=True) as connection:
        connection.execute(f"notify {CHANNEL}")  # who waits for its poll looks up
    watchers.close()
    channel.close()
    running.drain(grace_s=2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that a busy machine keeps waiting is not taken for a blind one."""
    monkeypatch.setattr(watchers_module, "_BLIND_AFTER_S", 3600)


@pytest.fixture
def served(house: House, patient: None) -> Iterator[IdentityServiceStub]:
    """Identity as it runs."""
    with serving(house) as stub:
        yield stub


@pytest.fixture
def told(house: House, patient: None) -> Iterator[IdentityServiceStub]:
    """Identity that polls once an hour: it knows only what the commit itself tells it."""
    with serving(house, poll_s=3600) as stub:
        yield stub


def follow(stub: IdentityServiceStub) -> Following:
    return Following(iter(stub.Watch(service_pb2.WatchRequest())))


def sign_in(stub: IdentityServiceStub, **more: str) -> service_pb2.SignInResponse:
    return stub.SignIn(service_pb2.SignInRequest(user_name=NORTH, password=PASSWORD, **more))


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@contextmanager
def acting_in(token: str) -> Iterator[None]:
    claims = claims_of(token)
    with rpc.acting(Actor(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))):
        yield


def test_the_first_message_has_everything(house: House, served: IdentityServiceStub) -> None:
    ended, device = sign_in(served), str(uuid4())
    sign_in(served, device_id=device)
    gateway = follow(served)
    gateway.next()
    with acting_in(ended.access_token):
        served.SignOut(service_pb2.SignOutRequest())
    assert gateway.next().ended_sessions
    accounts.revoke_device(house.database, device_id=UUID(device), now=house.clock())
    assert gateway.next().revoked_devices
    snapshot = follow(served).next()
    assert snapshot.snapshot
    assert snapshot.epochs[user_id(NORTH)] == 1
    assert len(snapshot.epochs) == 5
    assert claims_of(ended.access_token)["sid"] in snapshot.ended_sessions
    assert list(snapshot.revoked_devices) == [device]
    (kid,) = snapshot.keys
    jwt.decode(ended.access_token, snapshot.keys[kid], algorithms=["ES256"])


def test_a_session_that_ends_is_told_at_once_to_every_gateway(told: IdentityServiceStub) -> None:
    opened = sign_in(told)
    gateways = [follow(told) for _ in range(3)]
    for gateway in gateways:
        gateway.next()
    with acting_in(opened.access_token):
        told.SignOut(service_pb2.SignOutRequest())
    for message in [gateway.next() for gateway in gateways]:
        assert list(message.ended_sessions) == [claims_of(opened.access_token)["sid"]]
        assert not (message.snapshot or message.epochs or message.keys)


def test_a_change_of_rights_tells_the_epochs_that_rose(house: House, told: IdentityServiceStub) -> None:
    gateway = follow(told)
    gateway.next()
    house.change(update("identity.user", user_id(NORTH), territory_ids=[]))
    assert dict(gateway.next().epochs) == {user_id(NORTH): 2}
    house.change(update("identity.user", user_id(NORTH), display_name="Nora"))
    assert gateway.is_silent()


def test_a_stolen_refresh_token_and_a_lost_device_are_told_at_once(
    house: House, told: IdentityServiceStub
) -> None:
    device = str(uuid4())
    opened, on_device = sign_in(told), sign_in(told, device_id=device)
    gateway = follow(told)
    gateway.next()
    request = service_pb2.RefreshSessionRequest(refresh_token=opened.refresh_token)
    told.RefreshSession(request)
    with pytest.raises(Unauthenticated, match="REFRESH_TOKEN_REUSED"):
        told.RefreshSession(request)
    assert list(gateway.next().ended_sessions) == [claims_of(opened.access_token)["sid"]]
    accounts.revoke_device(house.database, device_id=UUID(device), now=utc_now())
    message = gateway.next()
    assert list(message.revoked_devices) == [device]
    assert list(message.ended_sessions) == [claims_of(on_device.access_token)["sid"]]


def test_a_lost_notification_is_found_by_the_poll(house: House, served: IdentityServiceStub) -> None:
    gateway = follow(served)
    gateway.next()
    with psycopg.connect(house.url) as connection:
        query = "update access set version = version + 1 where id = %s"
        connection.execute(query, [user_id(TECHNICIAN)])
    assert dict(gateway.next().epochs) == {user_id(TECHNICIAN): 2}


def test_a_new_key_is_told_before_it_signs(house: House, served: IdentityServiceStub) -> None:
    gateway = follow(served)
    (first,) = gateway.next().keys
    made = KeyRing(house.keys._folder.parent, clock=utc_now).rotate()
    assert list(gateway.next().keys) == [made]
    assert jwt.get_unverified_header(sign_in(served).access_token)["kid"] == first


def test_the_stream_survives_a_lost_database_connection(house: House, served: IdentityServiceStub) -> None:
    gateway = follow(served)
    gateway.next()
    with psycopg.connect(house.url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s",
            ["sales-identity-watch"],
        )
        query = "update access set version = version + 1 where id = %s"
        connection.execute(query, [user_id(TECHNICIAN)])
    assert dict(gateway.next().epochs) == {user_id(TECHNICIAN): 2}


def test_a_listener_that_sees_nothing_ends_its_streams_until_it_sees_again(
    house: House, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchers = Watchers(house.url, house.keys, clock=house.clock, poll_s=0.1)
    watchers.start()
    with watchers.stream() as stream:
        messages = iter(stream)
        assert next(messages).snapshot
        _let_in(postgres_server, house.url, allowed=False)
        monkeypatch.setattr(watchers_module, "_BLIND_AFTER_S", 0.6)
        with pytest.raises(Unavailable, match="WATCH_INTERRUPTED"):
            next(messages)
    with pytest.raises(Unavailable, match="WATCH_INTERRUPTED"), watchers.stream():
        pass
    _let_in(postgres_server, house.url, allowed=True)

    def sees_again() -> bool:
        with suppress(Unavailable), watchers.stream() as stream:
            return bool(next(iter(stream)).snapshot)
        return False

    eventually(sees_again)
    watchers.close()


def _let_in(postgres_server: str, url: str, *, allowed: bool) -> None:
    name = urlsplit(url).path[1:]
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections {allowed}')
        if not allowed:
            query = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
            admin.execute(query, [name])


def test_there_is_a_thread_for_every_stream_and_no_more(served: IdentityServiceStub) -> None:
    gateways = [follow(served) for _ in range(MAX_STREAMS)]
    for gateway in gateways:
        assert gateway.next().snapshot
    with pytest.raises(Unavailable, match="TOO_MANY_WATCHERS"):
        follow(served).next()
    assert sign_in(served).access_token


def test_a_gateway_that_leaves_frees_its_stream(served: IdentityServiceStub) -> None:
    def comes_and_leaves() -> bool:
        messages = iter(served.Watch(service_pb2.WatchRequest()))
        with suppress(Unavailable):
            assert next(messages).snapshot
            messages.close()  # type: ignore[attr-defined]  # a generator
            return True
        return False

    for _ in range(MAX_STREAMS + 3):
        eventually(comes_and_leaves)


def test_the_real_gateway_understands_tokens_and_stream(house: House, served: IdentityServiceStub) -> None:
    state = Watch(cast(Identity, served), patience_s=5)
    opened = sign_in(served, device_id=str(uuid4()))
    gateway = follow(served)
    state.take(gateway.next())
    claims = Tokens(state.keys, memory_s=0).verified(opened.access_token)
    assert (str(claims.user_id), claims.epoch) == (user_id(NORTH), 1)
    assert claims.device_id is not None
    assert state.admit(claims) == 1
    with acting_in(opened.access_token):
        served.SignOut(service_pb2.SignOutRequest())
    state.take(gateway.next())
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        state.admit(claims)


def test_services_fetch_accesses_and_users_only_their_own(house: House, served: IdentityServiceStub) -> None:
    fetch = fetch_by(served)
    with rpc.acting(SYSTEM):
        access = Access.from_json(fetch(UUID(user_id(NORTH)), 1))
        assert access == Access.from_json(json.dumps(house.access(NORTH)))
        with pytest.raises(NotFound, match="USER_NOT_FOUND"):
            fetch(uuid4(), 0)
        with pytest.raises(Unavailable, match="EPOCH_NOT_REACHED"):
            fetch(UUID(user_id(NORTH)), 2)
    with rpc.acting(Actor(user_id=UUID(user_id(ADMIN)))), pytest.raises(Forbidden, match="SERVICES_ONLY"):
        fetch(UUID(user_id(NORTH)), 1)
    with rpc.acting(Actor(user_id=UUID(user_id(NORTH)))):
        assert Access.from_json(fetch(UUID(user_id(NORTH)), 1)) == access
        with pytest.raises(Forbidden, match="SERVICES_ONLY"):
            next(iter(served.Watch(service_pb2.WatchRequest())))


def test_a_device_is_revoked_by_its_user_and_by_administrators_and_by_nobody_else(
    house: House, served: IdentityServiceStub
) -> None:
    device = str(uuid4())
    opened = sign_in(served, device_id=device)
    request = service_pb2.RevokeDeviceRequest(device_id=device)
    gateway = follow(served)
    gateway.next()
    stranger = Actor(user_id=UUID(user_id(TECHNICIAN)), session_id=uuid4())
    with rpc.acting(stranger), pytest.raises(Forbidden, match="NOT_GRANTED"):
        served.RevokeDevice(request)
    assert gateway.is_silent()
    with rpc.acting(Actor(user_id=UUID(user_id(ADMIN)), session_id=uuid4())):
        served.RevokeDevice(request)
    message = gateway.next()
    assert list(message.revoked_devices) == [device]
    assert list(message.ended_sessions) == [claims_of(opened.access_token)["sid"]]
    with acting_in(opened.access_token):
        served.RevokeDevice(request)
        served.RevokeDevice(service_pb2.RevokeDeviceRequest(device_id=str(uuid4())))
    with pytest.raises(Forbidden, match="DEVICE_REVOKED"):
        sign_in(served, device_id=device)
