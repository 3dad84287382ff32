"""Commands at their annotated addresses."""

from uuid import uuid4

import pytest

from gateway.api.commands import addresses
from tests.gateway.conftest import Client, World

OFFER = "0190a000-0000-7000-8000-000000000001"
ACCEPT = f"/v1/offers/offers/{OFFER}:accept"


@pytest.fixture(autouse=True)
def offer(world: World) -> None:
    world.offers.put("offers.offer", OFFER, version=3, title="x")
    world.offers.put("offers.revision", OFFER, version=3)


async def test_a_command_is_one_call_without_a_body(client: Client, world: World) -> None:
    answer = await client("POST", ACCEPT)
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert (result["outcome"], result["version"], result["record"]["title"]) == ("applied", 4, "x")
    assert result["id"]


async def test_its_parameters_travel_typed(client: Client) -> None:
    body = {"revision_id": OFFER, "accepted_at": "2026-03-27T16:00:00Z", "base_version": 3}
    assert (await client("POST", ACCEPT, json=body)).status_code == 200


async def test_the_change_id_comes_from_header_or_body(client: Client) -> None:
    change_id, other = str(uuid4()), str(uuid4())
    by_header = await client("POST", ACCEPT, headers={"Idempotency-Key": change_id})
    by_body = await client("POST", ACCEPT, json={"change_id": other})
    assert by_header.json()["result"]["id"] == change_id
    assert by_body.json()["result"]["id"] == other


async def test_a_stale_command_is_refused(client: Client) -> None:
    path = f"/v1/offers/revisions/{OFFER}:freeze"
    stale = await client("POST", path, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["reason"]) == (412, "STALE")
    assert (await client("POST", path, headers={"If-Match": '"3"'})).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"surprise": 1}, "surprise", "UNKNOWN_FIELD"),
        ({"revision_id": 7}, "revision_id", "WRONG_TYPE"),
        ({"base_version": "x"}, "base_version", "OUT_OF_RANGE"),
        ({"base_version": 1.5}, "base_version", "WRONG_TYPE"),
        ({"change_id": "x"}, "change_id", "INVALID_ID"),
        ({"id": str(uuid4())}, "id", "DIFFERS_FROM_ADDRESS"),
        ({"revision_id": "x" * 40}, "revision_id", "TOO_LONG"),
    ],
)
async def test_a_wrong_body_is_refused_with_its_field(
    client: Client, world: World, body: dict[str, object], field: str, reason: str
) -> None:
    answer = await client("POST", ACCEPT, json=body)
    assert answer.status_code == 400
    assert [(each["field"], each["reason"]) for each in answer.json()["violations"]] == [(field, reason)]
    assert world.offers.records["offers.offer", OFFER].version == 3


async def test_an_unknown_command_is_no_address(client: Client, world: World) -> None:
    for path in (f"/v1/offers/offers/{OFFER}:explode", f"/v1/crm/offers/{OFFER}:accept"):
        assert (await client("POST", path)).status_code == 404
    assert (await client("GET", ACCEPT)).status_code == 405
    assert world.reached == []


def test_every_command_of_the_contracts_has_an_address() -> None:
    assert {address.command.path for address in addresses().values()} >= {
        "/v1/crm/activities/{id}:complete",
        "/v1/offers/revisions/{id}:freeze",
        "/v1/offers/revisions/{id}:revise",
        "/v1/offers/offers/{id}:accept",
    }
