"""`POST /v1/changes`: runs of owners, groups, what is held, what is answered when somebody is away."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kit.errors import Unavailable
from tests.gateway.conftest import Client, World

Item = dict[str, Any]


def create(entity: str, *, group: str = "", record_id: str = "", **fields: Any) -> Item:
    item: Item = {
        "id": str(uuid4()),
        "entity": entity,
        "record_id": record_id or str(uuid4()),
        "op": "create",
        "fields": fields,
    }
    return {**item, "group": group} if group else item


def update(created: Item, **fields: Any) -> Item:
    return {
        "id": str(uuid4()),
        "entity": created["entity"],
        "record_id": created["record_id"],
        "op": "update",
        "fields": fields,
    }


async def send(client: Client, *items: Any) -> httpx.Response:
    return await client("POST", "/v1/changes", json={"items": list(items)})


async def results(client: Client, *items: Any) -> list[Item]:
    answer = await send(client, *items)
    assert answer.status_code == 200, answer.text
    found: list[Item] = answer.json()["results"]
    return found


def outcomes(found: list[Item]) -> list[str]:
    return [result["outcome"] for result in found]


def runs(world: World) -> list[tuple[str, int]]:
    """Owner and number of items of each Apply, in no order between owners."""
    return [
        (owner.service, len(request.items))
        for owner in world.owners
        for method, _, request in owner.calls
        if method == "Apply"
    ]


async def test_items_of_one_owner_travel_together(client: Client, world: World) -> None:
    found = await results(client, *(create("crm.party", name=str(n)) for n in range(5)))
    assert outcomes(found) == ["applied"] * 5
    assert runs(world) == [("crm", 5)]


async def test_who_prefers_a_minimal_answer_gets_results_without_records(client: Client) -> None:
    item = create("crm.party", name="Rossi")
    headers = {"Prefer": "respond-async, Return=Minimal;q=1"}
    answer = await client("POST", "/v1/changes", json={"items": [item]}, headers=headers)
    assert answer.headers["Preference-Applied"] == "return=minimal"
    (result,) = answer.json()["results"]
    assert (result["outcome"], result["version"], result["record"]) == ("applied", 1, None)
    again = await send(client, item)
    assert "Preference-Applied" not in again.headers
    assert again.json()["results"][0]["record"]["name"] == "Rossi"


async def test_a_result_tells_all_about_its_item(client: Client) -> None:
    item = create("crm.party", name="Rossi")
    first, again = await results(client, item), await results(client, item)
    assert first == [
        {
            "id": item["id"],
            "outcome": "applied",
            "duplicate": False,
            "changed": True,
            "version": 1,
            "reason": "",
            "record": {"id": item["record_id"], "version": 1, "name": "Rossi"},
        }
    ]
    assert again == [{**first[0], "duplicate": True}]


async def test_runs_follow_the_order_of_the_items(client: Client, world: World) -> None:
    party, offer = create("crm.party", name="a"), create("offers.offer", title="b")
    found = await results(client, party, offer, update(party, name="c"))
    assert outcomes(found) == ["applied"] * 3
    assert runs(world) == [("crm", 1), ("crm", 1), ("offers", 1)]


async def test_a_group_of_one_owner_reaches_it_whole(client: Client, world: World) -> None:
    items = [create("crm.party", group="g", name=str(n)) for n in range(3)]
    await results(client, *items)
    assert [item["group"] for item in world.crm.items] == ["g"] * 3


async def test_a_group_of_two_owners_is_refused_and_nothing_is_sent(client: Client, world: World) -> None:
    found = await results(
        client,
        create("crm.party", group="g", name="a"),
        create("offers.offer", group="g", title="b"),
    )
    assert [(each["outcome"], each["reason"]) for each in found] == [("refused", "GROUP_CROSSES_OWNERS")] * 2
    assert world.reached == []


async def test_the_same_group_name_later_is_another_group(client: Client, world: World) -> None:
    found = await results(
        client,
        create("crm.party", group="g", name="a"),
        create("offers.offer", title="b"),
        create("crm.party", group="g", name="c"),
    )
    assert outcomes(found) == ["applied"] * 3


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ("not an object", None),
        (None, None),
        ([], None),
        ({}, "id"),
        ({"id": 7}, "id"),
        ({"id": "x"}, "id"),
        ({"id": str(uuid4())}, "entity"),
        ({"id": str(uuid4()), "entity": "crm.nothing"}, "entity"),
        ({"id": str(uuid4()), "entity": ["crm.party"]}, "entity"),
    ],
)
async def test_an_item_that_cannot_be_routed_is_refused_alone(
    client: Client, broken: Any, field: str | None
) -> None:
    found = await results(client, create("crm.party", name="a"), broken, create("crm.party", name="b"))
    assert outcomes(found) == ["applied", "refused", "applied"]
    assert found[1]["reason"] == "INVALID_ITEM"
    if field:
        assert [each["field"] for each in found[1]["violations"]] == [field]


async def test_an_odd_item_with_an_owner_goes_to_its_owner(client: Client, world: World) -> None:
    """The owner keeps what a device typed, also when it makes no sense."""
    odd = {**create("crm.party", name="REFUSE"), "surprise": 1, "base_version": "x"}
    await results(client, odd)
    assert world.crm.items == [odd]


async def test_an_unroutable_item_takes_its_group_with_it(client: Client, world: World) -> None:
    good = create("crm.party", group="g", name="a")
    bad = {**create("crm.nothing", group="g"), "id": str(uuid4())}
    found = await results(client, good, bad)
    assert [each["reason"] for each in found] == ["GROUP_REFUSED", "INVALID_ITEM"]
    assert found[0]["params"] == {"id": bad["id"]}
    assert world.reached == []


async def test_an_id_twice_in_a_call_is_refused_the_second_time(client: Client) -> None:
    item = create("crm.party", name="a")
    found = await results(client, item, item)
    assert [(each["outcome"], each["reason"]) for each in found] == [
        ("applied", ""),
        ("refused", "INVALID_ITEM"),
    ]


async def test_what_names_a_record_that_was_not_created_is_held_unsent(client: Client, world: World) -> None:
    party = create("crm.party", name="REFUSE")
    offer = create("offers.offer", party_id=party["record_id"])
    revision = create("offers.revision", offer_id=offer["record_id"])
    free = create("offers.offer", title="free")
    command = {
        "id": str(uuid4()),
        "entity": "offers.offer",
        "record_id": str(uuid4()),
        "command": "accept",
        "request": {"revision_id": revision["record_id"].upper()},
    }
    found = await results(client, party, offer, revision, free, command)
    assert outcomes(found) == ["refused", "held", "held", "applied", "held"]
    assert {each["reason"] for each in found if each["outcome"] == "held"} == {"WAITS_FOR_CREATE"}
    assert [item["id"] for item in world.offers.items] == [free["id"]]


async def test_within_one_owner_too(client: Client, world: World) -> None:
    party = create("crm.party", name="REFUSE")
    contact = create("crm.contact_point", party_id=party["record_id"], value="x")
    found = await results(client, party, contact)
    assert outcomes(found) == ["refused", "held"]
    assert len(world.crm.items) == 1


async def test_an_owner_holds_by_itself_for_a_device(
    world: World, as_bearer: Callable[[str], Client]
) -> None:
    device = as_bearer(world.identity.token(device_id=uuid4()))
    party = create("crm.party", name="a")
    await results(device, party, create("crm.contact_point", party_id=party["record_id"], value="x"))
    assert runs(world) == [("crm", 2)]


async def test_a_refused_group_creates_nothing_for_later_items(client: Client) -> None:
    party = create("crm.party", group="g", name="a")
    other = create("crm.party", group="g", name="REFUSE")
    found = await results(client, party, other, create("offers.offer", party_id=party["record_id"]))
    assert outcomes(found) == ["refused", "refused", "held"]


async def test_a_refusal_of_something_else_holds_nothing(client: Client, world: World) -> None:
    party = create("crm.party", name="a")
    found = await results(client, party, update(party, name="REFUSE"), update(party, name="b"))
    assert outcomes(found) == ["applied", "refused", "applied"]


async def test_if_the_only_owner_is_away_nothing_is_answered(client: Client, world: World) -> None:
    world.crm.fails_with = lambda method: Unavailable("DATABASE_AWAY")
    answer = await send(client, create("crm.party", name="a"))
    assert (answer.status_code, answer.json()["reason"]) == (503, "DATABASE_AWAY")


async def test_an_owner_that_is_away_does_not_stop_the_others(client: Client, world: World) -> None:
    world.crm.fails_with = lambda method: Unavailable("DATABASE_AWAY")
    party = create("crm.party", name="a")
    found = await results(
        client,
        party,
        create("offers.offer", title="free"),
        create("offers.offer", party_id=party["record_id"]),
        create("crm.party", name="later"),
    )
    assert [(each["outcome"], each["reason"]) for each in found] == [
        ("held", "DATABASE_AWAY"),
        ("applied", ""),
        ("held", "WAITS_FOR_CREATE"),
        ("held", "DATABASE_AWAY"),
    ]
    assert world.crm.reached_times("Apply") == 1


async def test_an_owner_that_fails_in_the_middle_keeps_the_answers_before(
    client: Client, world: World
) -> None:
    world.offers.fails_with = lambda method: ZeroDivisionError("bug")
    found = await results(client, create("crm.party", name="a"), create("offers.offer", title="b"))
    assert [(each["outcome"], each["reason"]) for each in found] == [("applied", ""), ("held", "INTERNAL")]


async def test_as_many_groups_as_a_call_may_hold(client: Client, world: World) -> None:
    items = [create("crm.party", name=str(n)) for n in range(201)]
    assert outcomes(await results(client, *items[:200])) == ["applied"] * 200
    before = list(world.reached)
    answer = await send(client, *items)
    assert (answer.status_code, answer.json()["reason"]) == (400, "TOO_MANY_GROUPS")
    assert world.reached == before


async def test_as_many_items_as_a_group_may_hold(client: Client, world: World) -> None:
    items = [create("crm.party", group="g", name=str(n)) for n in range(1001)]
    found = await results(client, *items, create("crm.party", name="alone"))
    assert {(each["outcome"], each["reason"]) for each in found[:-1]} == {("refused", "TOO_MANY_ITEMS")}
    assert found[-1]["outcome"] == "applied"
    assert outcomes(await results(client, *items[:1000])) == ["applied"] * 1000


async def test_values_pass_unchanged(client: Client, world: World) -> None:
    item = create("crm.party", name="Ünïcode \u2028 'quoted\" \\")
    item["fields"] |= {"custom": {"k": "9007199254740993"}, "n": 9007199254740993}
    await results(client, item)
    assert world.crm.items == [item]
