"""A calendar by its secret address: no signing in, no body for what is known, no trace of the address."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from gateway.api import calendar_feeds
from services.kit.errors import NotFound
from tests.gateway.conftest import Client, World

TOKEN = "aB3-_" + "x" * 38
PATH = f"/v1/crm/calendars/{TOKEN}.ics"


def asked(world: World) -> list[tuple[str, Any]]:
    return [(method, request) for method, _, request in world.crm.calls]


async def test_whoever_knows_the_address_reads_the_calendar(client: Client, world: World) -> None:
    answer = await client("GET", PATH, headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.content.startswith(b"BEGIN:VCALENDAR")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert "private" in answer.headers["cache-control"]
    ((method, request),) = asked(world)
    assert (method, request.token) == ("ReadCalendarFeed", TOKEN)


async def test_what_is_known_is_not_sent_again(client: Client) -> None:
    first = await client("GET", PATH)
    for known in (
        first.headers["etag"],
        f"W/{first.headers['etag']}",
        f'"other", {first.headers["etag"]}',
        "*",
    ):
        again = await client("GET", PATH, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert (await client("GET", PATH, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize("token", ["x", "x" * 42, "x" * 44, "x" * 42 + "é", "x%20y", "a" * 42 + "'"])
async def test_what_is_no_token_reaches_nobody(client: Client, world: World, token: str) -> None:
    answer = await client("GET", f"/v1/crm/calendars/{token}.ics")
    assert (answer.status_code, answer.json()["reason"]) == (404, "CALENDAR_NOT_FOUND")
    assert asked(world) == []


async def test_a_revoked_address_is_none_and_writes_are_no_methods(client: Client, world: World) -> None:
    world.crm.fails_with = lambda method: NotFound("CALENDAR_NOT_FOUND")
    answer = await client("GET", PATH)
    assert (answer.status_code, answer.json()["reason"]) == (404, "CALENDAR_NOT_FOUND")
    assert TOKEN not in answer.text
    assert (await client("POST", PATH)).status_code == 405


async def test_neither_logs_nor_metrics_know_the_address(
    client: Client, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(method: str) -> Exception:
        raise RuntimeError("the owner is broken")

    await client("GET", PATH)
    world.crm.fails_with = broken
    assert (await client("GET", PATH)).status_code >= 500
    from prometheus_client import generate_latest

    told = capfd.readouterr()
    for text in (told.out, told.err, generate_latest().decode()):
        assert TOKEN not in text
    assert calendar_feeds.PATH in generate_latest().decode()
