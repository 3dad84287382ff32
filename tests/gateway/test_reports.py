"""Reports over HTTP: the owner that the address names is asked, and what it says comes back typed."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.errors import Forbidden
from tests.gateway.conftest import Client, World

ID = "0190a000-0000-7000-8000-000000000001"
DEFINITION = {
    "source": "offers.offer",
    "groups": [{"field": "offer_date", "step": "month"}],
    "measures": [{"kind": "count"}],
}


def asked(world: World) -> list[tuple[str, Any]]:
    return [(method, request) for method, _, request in world.offers.calls]


async def test_a_given_report_and_a_kept_one_are_run_at_their_owner(client: Client, world: World) -> None:
    applied = [{"field": "owner_id", "op": "=", "value": "me"}]
    given = await client("POST", "/v1/offers/reports:run", json={"definition": DEFINITION, "chart": "bar"})
    kept = await client("POST", f"/v1/offers/reports/{ID}:run", json={"applied": applied})
    assert given.json()["rows"] == [{"values": ["3"], "labels": [""]}]
    assert kept.json()["columns"][0]["name"] == "measure_1"
    (_, first), (_, second) = asked(world)
    assert (first.id, first.definition.groups[0].field, first.chart) == ("", "offer_date", 3)
    assert (second.id, second.applied[0].value) == (ID, "me")


async def test_the_records_behind_a_figure_are_answered_as_records(client: Client, world: World) -> None:
    body = {"definition": DEFINITION, "key": {"group_1": "2026-03-01"}, "measure": 1}
    answer = await client("POST", "/v1/offers/reports:rows", json=body)
    assert answer.json() == {"records": [{"id": "1", "unit_cost": "2.00"}], "next_page_token": "next"}
    ((_, request),) = asked(world)
    assert dict(request.key) == {"group_1": "2026-03-01"}


async def test_sources_are_told(client: Client, world: World) -> None:
    assert (await client("GET", "/v1/offers/reports:sources")).json() == {"sources": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/v1/mail/reports:run", {"definition": DEFINITION}, 404, "NO_SUCH_ADDRESS"),
        ("/v1/offers/reports/nonsense:run", {}, 404, "RECORD_NOT_FOUND"),
        ("/v1/offers/reports:run", {"definition": {"sauce": "x"}}, 400, "INVALID_FIELDS"),
        (
            "/v1/offers/reports:run",
            {"definition": {"groups": [{"step": "fortnight"}]}},
            400,
            "INVALID_FIELDS",
        ),
        ("/v1/offers/reports:run?id=1", {"definition": DEFINITION}, 400, "INVALID_PARAMETERS"),
    ],
)
async def test_a_wrong_report_reaches_nobody(
    client: Client, world: World, path: str, body: dict[str, Any], status: int, reason: str
) -> None:
    answer = await client("POST", path, json=body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert asked(world) == []


async def test_a_report_is_exported_and_a_dashboard_printed_with_what_its_owners_say(
    client: Client, world: World
) -> None:
    export = await client("POST", f"/v1/offers/reports/{ID}:export", json={"format": "csv"})
    assert (export.content, export.headers["content-disposition"][:10]) == (b"a;b", "attachment")

    tile = {"report_id": ID, "x": 0, "y": 1, "w": 6, "h": 3}
    tiles = [{**tile, "service": "offers"}, {**tile, "service": "crm", "y": 0}]
    world.crm.put("crm.dashboard", ID, tiles=tiles)
    world.offers.fails_with = lambda method: Forbidden("NOT_GRANTED") if method == "RunReport" else None
    applied = [{"field": "owner_id", "value": "me"}]
    printed = await client("POST", f"/v1/crm/dashboards/{ID}:print", json={"applied": applied})
    assert printed.content == b"%PDF"
    request = next(request for method, _, request in world.crm.calls if method == "PrintDashboard")
    assert [each.report.rows[0].values[:] if not each.problem else "refused" for each in request.tiles] == [
        ["3"],
        "refused",
    ]
    assert next(request for method, _, request in world.crm.calls if method == "RunReport").applied
