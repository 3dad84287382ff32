"""Sessions: refresh tokens are good for one use, idle ones expire, ended ones stay ended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import jwt
import pytest

from gateway.identity.domain.sessions import SESSION_MEMORY
from gateway.identity.storage import sessions
from gateway.identity.usecases.accounts import end_sessions
from gateway.identity.usecases.signing_in import Opened
from gateway.identity.worker.timers import forget_old_sessions
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Unauthenticated
from services.kit.worker import Context
from tests.gateway_identity.house import NORTH, PASSWORD, House, update, user_id


@pytest.fixture
def sign_in(house: House) -> Callable[[], Opened]:
    return lambda: house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)


def actor_of(opened: Opened) -> Actor:
    claims = jwt.decode(opened.access_token, options={"verify_signature": False})
    return Actor(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))


def test_a_refresh_token_gives_new_tokens_of_the_same_session(
    house: House, sign_in: Callable[[], Opened]
) -> None:
    first = sign_in()
    house.clock.advance(minutes=9)
    second = house.signing_in.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert actor_of(second).session_id == actor_of(first).session_id
    assert second.expires_at == house.clock.now + timedelta(minutes=10)


def test_a_refreshed_token_carries_the_epoch_of_now(house: House, sign_in: Callable[[], Opened]) -> None:
    first = sign_in()
    house.change(update("identity.user", user_id(NORTH), territory_ids=[]))
    second = house.signing_in.refresh(first.refresh_token)
    claims = jwt.decode(second.access_token, options={"verify_signature": False})
    assert claims["epoch"] == house.epochs()[NORTH] == 2


def test_a_token_used_twice_ends_the_session_for_both_holders(
    house: House, sign_in: Callable[[], Opened]
) -> None:
    stolen = sign_in()
    other = sign_in()
    thief = house.signing_in.refresh(stolen.refresh_token)
    with pytest.raises(Unauthenticated, match="REFRESH_TOKEN_REUSED"):
        house.signing_in.refresh(stolen.refresh_token)
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        house.signing_in.refresh(thief.refresh_token)
    house.signing_in.refresh(other.refresh_token)


def test_of_two_uses_at_the_same_time_one_wins_and_the_session_ends(
    house: House, sign_in: Callable[[], Opened]
) -> None:
    opened = sign_in()

    def refresh() -> str:
        try:
            house.signing_in.refresh(opened.refresh_token)
        except Unauthenticated as error:
            return error.reason
        return "opened"

    with ThreadPoolExecutor(6) as pool:
        results = sorted(each.result() for each in [pool.submit(refresh) for _ in range(6)])
    assert results.count("opened") == 1
    assert results.count("REFRESH_TOKEN_REUSED") == 1
    assert results.count("SESSION_ENDED") == 4


def test_a_session_that_rests_for_thirty_days_is_over(house: House, sign_in: Callable[[], Opened]) -> None:
    opened = sign_in()
    house.clock.advance(days=29)
    opened = house.signing_in.refresh(opened.refresh_token)
    house.clock.advance(days=30)
    with pytest.raises(Unauthenticated, match="SESSION_EXPIRED"):
        house.signing_in.refresh(opened.refresh_token)


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "A" * 43])
def test_what_is_no_refresh_token_is_refused(house: House, token: str) -> None:
    with pytest.raises(Unauthenticated, match="REFRESH_TOKEN_INVALID"):
        house.signing_in.refresh(token)


def test_signing_out_ends_the_session_and_only_that(house: House, sign_in: Callable[[], Opened]) -> None:
    here, there = sign_in(), sign_in()
    house.signing_in.sign_out(actor_of(here))
    house.signing_in.sign_out(actor_of(here))
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        house.signing_in.refresh(here.refresh_token)
    house.signing_in.refresh(there.refresh_token)
    with pytest.raises(Unauthenticated, match="SESSION_REQUIRED"):
        house.signing_in.sign_out(SYSTEM)


def test_a_user_who_becomes_inactive_loses_all_sessions(house: House, sign_in: Callable[[], Opened]) -> None:
    opened = [sign_in(), sign_in()]
    house.change(update("identity.user", user_id(NORTH), inactive=True))
    causes = [row["end_cause"] for row in house.rows("select end_cause from session")]
    assert causes == ["user_inactive"] * 2
    for each in opened:
        with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
            house.signing_in.refresh(each.refresh_token)


def test_an_administrator_ends_all_sessions_of_a_user(house: House, sign_in: Callable[[], Opened]) -> None:
    sign_in(), sign_in()
    assert end_sessions(house.database, user_name=NORTH, now=house.clock()) == 2
    assert end_sessions(house.database, user_name=NORTH, now=house.clock()) == 0


def test_what_ended_long_ago_is_forgotten_and_what_lives_is_kept(
    house: House, sign_in: Callable[[], Opened]
) -> None:
    gone, alive = sign_in(), sign_in()
    house.signing_in.sign_out(actor_of(gone))
    house.clock.now += SESSION_MEMORY
    alive_id = actor_of(alive).session_id
    assert alive_id is not None
    with house.database.unit_of_work(SYSTEM, now=house.clock()) as uow:
        sessions.mark_used(uow.connection, b"", session_id=alive_id, now=house.clock())
    house.clock.advance(seconds=1)
    with house.database.unit_of_work(SYSTEM, now=house.clock()) as uow:
        forget_old_sessions(Context(uow))
    assert [row["id"] for row in house.rows("select id from session")] == [alive_id]
    assert house.rows("select 1 from refresh_token") == []
