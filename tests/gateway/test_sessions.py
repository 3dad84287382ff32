"""Signing in by body or by cookies, refreshing, signing out, CSRF, rates."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from uuid import uuid4

import httpx
import pytest

from gateway.api.app import Gateway
from gateway.api.csrf import Csrf, read_key
from gateway.api.settings import GatewaySettings
from services.kit.errors import Forbidden
from tests.gateway.conftest import Client, World

ANNA = {"user_name": "anna", "password": "right"}
PARTIES = "/v1/crm/parties"
COOKIES = {"__Host-access", "__Host-refresh", "__Host-csrf"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_program_signs_in_and_gets_tokens(anonymous: Client, world: World) -> None:
    answer = await anonymous("POST", "/v1/session", json=ANNA)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access_token", "refresh_token", "expires_at", "user"}
    assert body["user"] == {
        "id": str(world.identity.user_id),
        "user_name": "anna",
        "display_name": "Anna",
        "language": "it",
    }
    assert (await anonymous("GET", PARTIES, headers=bearer(body["access_token"]))).status_code == 200


async def test_a_wrong_password_says_only_that(anonymous: Client) -> None:
    answer = await anonymous("POST", "/v1/session", json={**ANNA, "password": "wrong"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "SIGN_IN_FAILED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_session_is_refreshed_once(anonymous: Client) -> None:
    token = (await anonymous("POST", "/v1/session", json=ANNA)).json()["refresh_token"]
    answer = await anonymous("POST", "/v1/session:refresh", json={"refresh_token": token})
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != token
    again = await anonymous("POST", "/v1/session:refresh", json={"refresh_token": token})
    assert again.status_code == 401


async def test_signing_out_ends_the_session(anonymous: Client, world: World) -> None:
    token = (await anonymous("POST", "/v1/session", json=ANNA)).json()["access_token"]
    answer = await anonymous("DELETE", "/v1/session", headers=bearer(token))
    assert answer.status_code == 204
    assert len(world.identity.ended) == 1
    for _ in range(200):
        after = await anonymous("GET", PARTIES, headers=bearer(token))
        if after.status_code == 401:
            break
    assert after.json()["reason"] == "SESSION_ENDED"


async def test_nobody_signs_out_without_a_session(anonymous: Client) -> None:
    assert (await anonymous("DELETE", "/v1/session")).status_code == 401


# Browsers


async def test_a_browser_gets_cookies_and_no_token(anonymous: Client) -> None:
    answer = await anonymous("POST", "/v1/session", json={**ANNA, "client": "web"})
    assert set(answer.json()) == {"expires_at", "user"}
    lines = answer.headers.get_list("set-cookie")
    assert {line.partition("=")[0] for line in lines} == COOKIES
    for line in lines:
        name, flags = line.partition("=")[0], {part.strip().lower() for part in line.split(";")[1:]}
        assert {"secure", "path=/", "samesite=strict"} <= flags
        assert ("httponly" in flags) == (name != "__Host-csrf")
        assert not any(flag.startswith("domain") for flag in flags)


@pytest.fixture
async def browser(anonymous: Client) -> Client:
    """A signed-in browser without the CSRF header."""
    await anonymous("POST", "/v1/session", json={**ANNA, "client": "web"})
    return anonymous


def csrf(browser: Client) -> dict[str, str]:
    return {"X-CSRF-Token": browser.http.cookies["__Host-csrf"]}


async def test_a_browser_reads_by_its_cookies(browser: Client) -> None:
    assert (await browser("GET", PARTIES)).status_code == 200


async def test_a_write_by_cookies_needs_the_token_of_the_session(browser: Client, world: World) -> None:
    other_session = Csrf(b"another key").token(uuid4())
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": other_session}):
        for method, path in (("POST", PARTIES), ("POST", "/v1/changes"), ("DELETE", "/v1/session")):
            answer = await browser(method, path, headers=headers)
            assert (answer.status_code, answer.json()["reason"]) == (403, "CSRF_TOKEN_WRONG")
    assert world.reached == []
    assert (await browser("POST", PARTIES, json={"name": "a"}, headers=csrf(browser))).status_code == 201


async def test_the_token_of_another_session_does_not_do(browser: Client, settings: GatewaySettings) -> None:
    ours = Csrf(read_key("", settings.secrets_dir))
    answer = await browser("POST", PARTIES, json={}, headers={"X-CSRF-Token": ours.token(uuid4())})
    assert answer.status_code == 403


async def test_a_bearer_token_needs_no_csrf_header_and_wins_over_cookies(
    browser: Client, world: World
) -> None:
    other = uuid4()
    token = world.identity.token(user_id=other)
    answer = await browser("POST", PARTIES, json={"name": "a"}, headers=bearer(token))
    assert answer.status_code == 201
    assert world.crm.calls[-1][1].user_id == other


async def test_a_browser_refreshes_with_an_expired_access_token(browser: Client, world: World) -> None:
    jar = browser.http.cookies
    session_id = next(iter(world.identity.refresh_tokens.values()))
    expired = world.identity.token(session_id=session_id, lifetime_s=-5)
    jar.set("__Host-access", expired, domain="gateway.test", path="/")
    assert (await browser("GET", PARTIES)).json()["reason"] == "TOKEN_EXPIRED"

    assert (await browser("POST", "/v1/session:refresh")).status_code == 403
    answer = await browser("POST", "/v1/session:refresh", headers=csrf(browser))
    assert answer.status_code == 200
    assert set(answer.json()) == {"expires_at", "user"}
    assert jar["__Host-access"] != expired
    assert (await browser("GET", PARTIES)).status_code == 200


async def test_the_csrf_token_survives_a_refresh(browser: Client) -> None:
    before = csrf(browser)
    await browser("POST", "/v1/session:refresh", headers=before)
    assert csrf(browser) == before


async def test_a_refresh_that_fails_clears_the_cookies(browser: Client, world: World) -> None:
    world.identity.refresh_tokens.clear()
    answer = await browser("POST", "/v1/session:refresh", headers=csrf(browser))
    assert answer.status_code == 401
    cleared = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        cleared.load(line)
    assert {name: morsel["max-age"] for name, morsel in cleared.items()} == dict.fromkeys(COOKIES, "0")


async def test_signing_out_clears_the_cookies(browser: Client) -> None:
    answer = await browser("DELETE", "/v1/session", headers=csrf(browser))
    assert answer.status_code == 204
    assert not set(browser.http.cookies) & COOKIES


async def test_a_refresh_without_any_token_is_unauthenticated(anonymous: Client) -> None:
    answer = await anonymous("POST", "/v1/session:refresh")
    assert (answer.status_code, answer.json()["reason"]) == (401, "REFRESH_TOKEN_MISSING")


def test_all_gateways_of_an_installation_share_a_key(settings: GatewaySettings) -> None:
    first, second = read_key("", settings.secrets_dir), read_key("", settings.secrets_dir)
    assert first == second
    assert len(first) > 30
    assert (settings.secrets_dir / "csrf.key").stat().st_mode & 0o077 == 0
    with pytest.raises(Forbidden):
        Csrf(first).require(uuid4(), "ü")


# Rates


@pytest.fixture
async def strict(settings: GatewaySettings) -> AsyncIterator[Client]:
    """A gateway that lets nobody try often."""
    rates = {"sign_ins_per_user": "3 per minute", "sign_ins_per_address": "6 per minute"}
    gateway = Gateway(settings.model_copy(update=rates))
    gateway.start()
    transport = httpx.ASGITransport(gateway.app, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://gateway.test") as http:
        yield Client(http)
    await gateway.close()


async def sign_in(client: Client, user_name: str, password: str) -> httpx.Response:
    return await client("POST", "/v1/session", json={"user_name": user_name, "password": password})


async def test_a_user_s_guesses_are_limited_however_the_name_is_written(strict: Client, world: World) -> None:
    for name in ("anna", "Anna", " ANNA "):
        assert (await sign_in(strict, name, "wrong")).status_code == 401
    answer = await sign_in(strict, "aNNa", "right")
    assert (answer.status_code, answer.json()["reason"]) == (429, "TOO_MANY_ATTEMPTS")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert world.identity.attempts == 3


async def test_a_success_clears_the_user_s_count(strict: Client) -> None:
    statuses = []
    for password in ("wrong", "wrong", "right", "wrong", "right"):
        statuses.append((await sign_in(strict, "anna", password)).status_code)
    assert statuses == [401, 401, 200, 401, 200]


async def test_an_address_is_limited_whatever_the_names(strict: Client) -> None:
    statuses = [(await sign_in(strict, f"user{n}", "x")).status_code for n in range(8)]
    assert statuses == [401] * 6 + [429] * 2
