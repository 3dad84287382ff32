"""Signing in: passwords, tokens, devices; what is stored and what is said."""

from __future__ import annotations

from unittest.mock import patch
from uuid import UUID, uuid4

import jwt
import pytest
from argon2 import PasswordHasher
from argon2.low_level import verify_secret

from gateway.identity.adapters.passwords import Passwords
from gateway.identity.storage.accounts import store_password
from gateway.identity.usecases import accounts
from services.kit.actor import SYSTEM
from services.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from tests.gateway_identity.house import NORTH, PASSWORD, SOUTH, House, update, user_id


def test_the_right_password_opens_a_session(house: House) -> None:
    opened = house.signing_in.sign_in(user_name="Sales.North ", password=PASSWORD)
    assert opened.account.user_name == NORTH
    assert opened.account.display_name == "Nora Settentrione"
    assert (opened.expires_at - house.clock.now).total_seconds() == 600


def test_an_access_token_says_who_and_nothing_else_and_verifies_with_the_served_key(house: House) -> None:
    device = uuid4()
    opened = house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=device)
    kid = jwt.get_unverified_header(opened.access_token)["kid"]
    claims = jwt.decode(
        opened.access_token, house.keys.public()[kid], algorithms=["ES256"], options={"verify_exp": False}
    )
    session = house.rows("select id from session")[0]["id"]
    assert claims == {
        "sub": user_id(NORTH),
        "sid": str(session),
        "device": str(device),
        "epoch": house.epochs()[NORTH],
        "iat": int(house.clock.now.timestamp()),
        "exp": int(house.clock.now.timestamp()) + 600,
    }


@pytest.mark.parametrize("name", [NORTH, "nobody", "", "sales.north'; drop table session --"])
def test_wrong_password_and_unknown_user_are_refused_alike(house: House, name: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        house.signing_in.sign_in(user_name=name, password="wrong")
    assert (refused.value.reason, refused.value.params) == ("WRONG_CREDENTIALS", {})
    assert name == "" or name not in str(refused.value)
    assert house.rows("select 1 from session") == []


@pytest.mark.parametrize("name", [NORTH, "nobody"])
def test_known_and_unknown_users_cost_the_same_work(house: House, name: str) -> None:
    house.passwords.matches(None, "warm")
    with (
        patch("argon2._password_hasher.verify_secret", wraps=verify_secret) as verified,
        pytest.raises(Unauthenticated),
    ):
        house.signing_in.sign_in(user_name=name, password="wrong")
    (call,) = verified.call_args_list
    assert b"m=19456,t=2,p=1" in call.args[0]


def test_an_inactive_user_is_refused_like_a_wrong_password(house: House) -> None:
    house.change(update("identity.user", user_id(NORTH), inactive=True))
    with pytest.raises(Unauthenticated, match="WRONG_CREDENTIALS"):
        house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)


def test_a_hash_of_older_parameters_is_renewed_at_the_next_sign_in(house: House) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with house.database.unit_of_work(SYSTEM) as uow:
        store_password(uow.connection, UUID(user_id(NORTH)), old, now=house.clock())
    house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)
    stored = house.rows(f"select password_hash from credential where user_id = '{user_id(NORTH)}'")
    assert "m=19456,t=2,p=1" in stored[0]["password_hash"]
    house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)


def test_the_same_keys_pressed_on_another_system_are_the_same_password() -> None:
    passwords = Passwords()
    assert passwords.matches(passwords.hash("perch\u00e9 no"), "perche\u0301 no")


def test_neither_passwords_nor_tokens_are_stored_or_logged(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    opened = house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=uuid4())
    again = house.signing_in.refresh(opened.refresh_token)
    with pytest.raises(Unauthenticated) as reused:
        house.signing_in.refresh(opened.refresh_token)
    with pytest.raises(Unauthenticated) as wrong:
        house.signing_in.sign_in(user_name=NORTH, password="hunter2hunter2")
    tables = ("session", "refresh_token", "credential", "device", '"user"', "access", "outbox")
    stored = "".join(str(house.rows(f"select * from {table}")) for table in tables)
    said = "".join(capfd.readouterr()) + str(reused.value) + str(wrong.value)
    for secret in (PASSWORD, "hunter2", opened.refresh_token, again.refresh_token, opened.access_token):
        assert secret not in stored
        assert secret not in said


def test_a_device_belongs_to_the_user_who_registered_it(house: House) -> None:
    device = uuid4()
    house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=device, device_name="Laptop")
    house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=device)
    assert [(row["name"], str(row["user_id"])) for row in house.rows("select * from device")] == [
        ("Laptop", user_id(NORTH))
    ]
    with pytest.raises(Forbidden, match="DEVICE_OF_ANOTHER_USER"):
        house.signing_in.sign_in(user_name=SOUTH, password=PASSWORD, device_id=device, device_name="Mine")
    assert [row["name"] for row in house.rows("select * from device")] == ["Laptop"]
    assert len(house.rows("select * from session")) == 2


def test_a_revoked_device_loses_its_sessions_and_may_not_sign_in_again(house: House) -> None:
    device = uuid4()
    opened = house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=device)
    elsewhere = house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)
    assert accounts.revoke_device(house.database, device_id=device, now=house.clock())
    assert not accounts.revoke_device(house.database, device_id=device, now=house.clock())
    with pytest.raises(Unauthenticated, match="DEVICE_REVOKED"):
        house.signing_in.refresh(opened.refresh_token)
    with pytest.raises(Forbidden, match="DEVICE_REVOKED"):
        house.signing_in.sign_in(user_name=NORTH, password=PASSWORD, device_id=device)
    house.signing_in.refresh(elsewhere.refresh_token)


def test_a_new_password_ends_the_sessions_of_the_old_one(house: House) -> None:
    opened = house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)
    new = "a different password"
    accounts.set_password(house.database, house.passwords, user_name=NORTH, password=new, now=house.clock())
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        house.signing_in.refresh(opened.refresh_token)
    with pytest.raises(Unauthenticated, match="WRONG_CREDENTIALS"):
        house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)
    house.signing_in.sign_in(user_name=NORTH, password=new)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "PASSWORD_TOO_SHORT"),
        ("x" * 501, "PASSWORD_TOO_LONG"),
        ("1111111111", "PASSWORD_TOO_SIMPLE"),
        ("Sales.North1", "PASSWORD_TOO_SIMPLE"),
    ],
)
def test_a_password_that_is_guessed_at_once_is_refused(house: House, password: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        accounts.set_password(
            house.database, house.passwords, user_name=NORTH, password=password, now=house.clock()
        )
    house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)


def test_a_password_for_nobody_is_refused(house: House) -> None:
    with pytest.raises(NotFound, match="USER_NOT_FOUND"):
        accounts.set_password(
            house.database, house.passwords, user_name="nobody", password=PASSWORD, now=house.clock()
        )
