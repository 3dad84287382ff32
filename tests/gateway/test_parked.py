"""Parked changes of all owners in one list."""

import json
from uuid import uuid4

from sales.common.v1.error_pb2 import Problem
from sales.sync.v1.records_pb2 import ParkedChange

from services.kit.errors import Unavailable
from tests.gateway.conftest import Client, World


def parked(moment: int, entity: str = "crm.party", **values: object) -> ParkedChange:
    return ParkedChange(
        id=str(uuid4()),
        entity=entity,
        record_id=str(uuid4()),
        outcome="conflict",
        sent=b'{"op":"update","fields":{"name":"mine"}}',
        theirs=b'{"name":"theirs"}',
        conflicts=["name"],
        parked_at=f"2026-03-27T16:00:{moment:02}Z",
        **values,  # type: ignore[arg-type]
    )


async def test_parked_changes_of_all_owners_are_one_list(client: Client, world: World) -> None:
    world.crm.parked = [parked(1), parked(3)]
    problem = Problem(kind="invalid", reason="TOO_LONG", detail="x")
    world.offers.parked = [parked(2, "offers.offer", problem=problem, holds=True)]
    body = (await client("GET", "/v1/parked")).json()
    assert [each["parked_at"][-3:-1] for each in body["parked"]] == ["01", "02", "03"]
    assert body["next_page_token"] == ""
    assert "unavailable" not in body
    first, second, _ = body["parked"]
    assert first["sent"] == {"op": "update", "fields": {"name": "mine"}}
    assert (first["theirs"], first["conflicts"], first["reason"]) == ({"name": "theirs"}, ["name"], "")
    assert (second["reason"], second["detail"], second["holds"]) == ("TOO_LONG", "Too long.", True)


async def test_pages_go_on_where_each_owner_stopped(client: Client, world: World) -> None:
    world.crm.parked = [parked(n) for n in range(5)]
    world.offers.parked = [parked(9, "offers.offer")]
    found, token, pages = [], "", 0
    while True:
        body = (await client("GET", "/v1/parked", params={"page_size": 2, "page_token": token})).json()
        found += [each["id"] for each in body["parked"]]
        token, pages = body["next_page_token"], pages + 1
        if not token:
            break
    assert pages == 3
    assert len(found) == len(set(found)) == 6


async def test_an_owner_that_is_away_is_named_and_asked_again(client: Client, world: World) -> None:
    world.crm.parked = [parked(1)]
    world.offers.fails_with = lambda method: Unavailable("DATABASE_AWAY")
    body = (await client("GET", "/v1/parked")).json()
    assert (len(body["parked"]), body["unavailable"]) == (1, ["offers"])
    world.offers.fails_with = lambda method: None
    world.offers.parked = [parked(2, "offers.offer")]
    rest = (await client("GET", "/v1/parked", params={"page_token": body["next_page_token"]})).json()
    assert [each["entity"] for each in rest["parked"]] == ["offers.offer"]


async def test_if_all_are_away_the_call_fails(client: Client, world: World) -> None:
    for owner in world.owners:
        owner.fails_with = lambda method: Unavailable("DATABASE_AWAY")
    assert (await client("GET", "/v1/parked")).status_code == 503


async def test_a_resolution_goes_to_the_owner_of_the_entity(client: Client, world: World) -> None:
    change = {
        "id": str(uuid4()),
        "entity": "crm.party",
        "record_id": str(uuid4()),
        "op": "create",
        "fields": {"name": "a"},
    }
    parked_id = str(uuid4())
    body = {"entity": "crm.party", "choice": "edited", "change": change}
    answer = await client("POST", f"/v1/parked/{parked_id}:resolve", json=body)
    assert answer.status_code == 200
    assert answer.json()["result"]["outcome"] == "applied"
    (request,) = world.crm.resolved
    assert (request.id, request.choice, json.loads(request.change.sent)) == (parked_id, "edited", change)


async def test_discarding_has_no_result(client: Client, world: World) -> None:
    body = {"entity": "offers.line", "choice": "discarded"}
    answer = await client("POST", f"/v1/parked/{uuid4()}:resolve", json=body)
    assert (answer.status_code, answer.json()) == (200, {"result": None})
    assert not world.offers.resolved[0].HasField("change")
