"""Records over HTTP: reading, listing, writing one."""

from uuid import UUID, uuid4, uuid5

import pytest

from services.kit.errors import NotAllowedNow, Unavailable
from tests.gateway.conftest import Client, World

PARTY = "0190a000-0000-7000-8000-000000000001"
PARTIES = "/v1/crm/parties"


@pytest.fixture
def rossi(world: World) -> str:
    world.crm.put("crm.party", PARTY, version=3, name="Rossi")
    return PARTY


async def test_a_record_is_read_with_its_version_as_etag(client: Client, rossi: str) -> None:
    answer = await client("GET", f"{PARTIES}/{rossi}")
    assert answer.status_code == 200
    assert answer.json() == {"id": rossi, "version": 3, "name": "Rossi"}
    assert answer.headers["etag"] == '"3"'
    assert answer.headers["content-type"] == "application/json"
    assert "private" in answer.headers["cache-control"]


async def test_a_record_that_the_caller_has_is_not_sent_again(client: Client, rossi: str) -> None:
    for tag in ('"3"', 'W/"3"', '"1", "3"', "*"):
        answer = await client("GET", f"{PARTIES}/{rossi}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
    changed = await client("GET", f"{PARTIES}/{rossi}", headers={"If-None-Match": '"2"'})
    assert changed.status_code == 200


async def test_facets_are_joined_into_one_object(client: Client, world: World) -> None:
    world.offers.put("offers.article", PARTY, code="ART-1")
    world.offers.records["offers.article", PARTY].hidden = {"unit_cost": "12.50", "cost_date": ""}
    answer = await client("GET", f"/v1/offers/articles/{PARTY}")
    assert answer.json() == {
        "id": PARTY,
        "version": 1,
        "code": "ART-1",
        "unit_cost": "12.50",
        "cost_date": "",
    }


async def test_the_owner_learns_who_calls_under_which_epoch(client: Client, world: World, rossi: str) -> None:
    world.identity.tell(epochs={str(world.identity.user_id): 9})
    while True:
        await client(
            "GET",
            f"{PARTIES}/{rossi}",
            headers={"X-Request-Id": "request-0001", "Accept-Language": "en-GB"},
        )
        _, actor, _ = world.crm.calls[-1]
        if actor.grant_epoch == 9:
            break
    assert actor.user_id == world.identity.user_id
    assert (actor.request_id, actor.language, actor.device_id) == ("request-0001", "en", None)


async def test_upper_case_ids_are_the_same_ids(client: Client, rossi: str) -> None:
    assert (await client("GET", f"{PARTIES}/{rossi.upper()}")).status_code == 200


async def test_a_page_is_listed_and_continued(client: Client, world: World) -> None:
    for number in range(5):
        world.crm.put("crm.party", str(UUID(int=number)), name=f"P{number}")
    first = (await client("GET", PARTIES, params={"page_size": 3})).json()
    rest = (
        await client("GET", PARTIES, params={"page_size": 3, "page_token": first["next_page_token"]})
    ).json()
    assert [record["name"] for record in first["records"] + rest["records"]] == ["P0", "P1", "P2", "P3", "P4"]
    assert rest["next_page_token"] == ""


async def test_an_empty_page_is_an_empty_list(client: Client) -> None:
    assert (await client("GET", PARTIES)).json() == {"records": [], "next_page_token": ""}


async def test_search_filter_and_order_reach_the_owner_as_given(client: Client, world: World) -> None:
    await client(
        "GET",
        PARTIES,
        params={"search": "è & co", "filter": 'name = "x" AND version > 2', "order_by": "name desc"},
    )
    (_, _, request) = world.crm.calls[-1]
    assert (request.search, request.filter, request.order_by) == (
        "è & co",
        'name = "x" AND version > 2',
        "name desc",
    )


async def test_a_record_is_created_with_its_address(client: Client, world: World) -> None:
    answer = await client("POST", PARTIES, json={"name": "Bianchi"})
    assert answer.status_code == 201
    record = answer.json()
    assert answer.headers["location"] == f"{PARTIES}/{record['id']}"
    assert answer.headers["etag"] == '"1"'
    (item,) = world.crm.items
    assert item["op"] == "create"
    assert item["fields"] == {"name": "Bianchi"}
    assert "base_version" not in item


async def test_a_create_keeps_the_id_that_its_author_made(client: Client, world: World) -> None:
    answer = await client("POST", PARTIES, json={"id": PARTY.upper(), "name": "Bianchi"})
    assert answer.json()["id"] == PARTY
    assert "id" not in world.crm.items[0]["fields"]


async def test_the_same_idempotency_key_creates_once(client: Client, world: World) -> None:
    key = {"Idempotency-Key": "import-2026-11-line-7"}
    first = await client("POST", PARTIES, json={"name": "Bianchi"}, headers=key)
    again = await client("POST", PARTIES, json={"name": "Bianchi"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert len(world.crm.records) == 1
    assert world.crm.items[0] == world.crm.items[1]


async def test_the_same_key_of_another_user_is_another_change(client: Client, world: World) -> None:
    other = {"Authorization": f"Bearer {world.identity.token(user_id=uuid4())}", "Idempotency-Key": "key"}
    await client("POST", PARTIES, json={"name": "Bianchi"}, headers={"Idempotency-Key": "key"})
    await client("POST", PARTIES, json={"name": "Bianchi"}, headers=other)
    assert len({item["id"] for item in world.crm.items}) == 2


async def test_a_uuid_as_idempotency_key_is_the_change_id(client: Client, world: World) -> None:
    change_id = str(uuid4())
    await client("POST", PARTIES, json={"name": "Bianchi"}, headers={"Idempotency-Key": change_id})
    assert world.crm.items[0]["id"] == change_id


async def test_the_same_key_for_something_else_is_refused(client: Client) -> None:
    key = {"Idempotency-Key": "key"}
    await client("POST", PARTIES, json={"name": "Bianchi"}, headers=key)
    answer = await client("POST", PARTIES, json={"name": "Verdi"}, headers=key)
    assert (answer.status_code, answer.json()["reason"]) == (409, "ID_REUSED")


async def test_a_field_is_changed_against_the_version_that_was_seen(
    client: Client, world: World, rossi: str
) -> None:
    answer = await client(
        "PATCH", f"{PARTIES}/{rossi}", json={"name": "Rossi srl"}, headers={"If-Match": '"3"'}
    )
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.headers["etag"]) == ("Rossi srl", '"4"')
    assert world.crm.items[0]["base_version"] == 3


async def test_a_change_against_an_old_version_fails_and_changes_nothing(
    client: Client, world: World, rossi: str
) -> None:
    answer = await client("PATCH", f"{PARTIES}/{rossi}", json={"name": "x"}, headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["reason"]) == (412, "STALE")
    assert world.crm.records["crm.party", rossi].values["name"] == "Rossi"


async def test_without_if_match_the_current_version_is_meant(
    client: Client, world: World, rossi: str
) -> None:
    key = {"Idempotency-Key": "once"}
    first = await client("PATCH", f"{PARTIES}/{rossi}", json={"name": "x"}, headers=key)
    again = await client("PATCH", f"{PARTIES}/{rossi}", json={"name": "x"}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert world.crm.records["crm.party", rossi].version == 4
    assert "base_version" not in world.crm.items[0]


async def test_merge_patch_is_json_too(client: Client, rossi: str) -> None:
    answer = await client(
        "PATCH",
        f"{PARTIES}/{rossi}",
        content=b'{"name":"y"}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200


async def test_a_record_is_deleted(client: Client, world: World, rossi: str) -> None:
    answer = await client("DELETE", f"{PARTIES}/{rossi}", headers={"If-Match": '"3"'})
    assert (answer.status_code, answer.content) == (204, b"")
    assert not world.crm.records
    gone = await client("GET", f"{PARTIES}/{rossi}")
    assert (gone.status_code, gone.json()["reason"]) == (404, "RECORD_NOT_FOUND")


async def test_a_stale_delete_deletes_nothing(client: Client, world: World, rossi: str) -> None:
    answer = await client("DELETE", f"{PARTIES}/{rossi}", headers={"If-Match": '"1"'})
    assert answer.status_code == 412
    assert world.crm.records


@pytest.mark.parametrize(
    ("name", "status", "reason"), [("REFUSE", 400, "INVALID_FIELDS"), ("FORBID", 403, "NOT_GRANTED")]
)
async def test_what_the_owner_refuses_has_its_status(
    client: Client, name: str, status: int, reason: str
) -> None:
    answer = await client("POST", PARTIES, json={"name": name})
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


async def test_wrong_fields_are_named_with_their_texts(client: Client) -> None:
    answer = await client("POST", PARTIES, json={"name": "REFUSE"}, headers={"Accept-Language": "it"})
    assert answer.json()["violations"] == [
        {"field": "name", "reason": "TOO_SHORT", "detail": "Troppo corto."}
    ]


async def test_an_owner_that_is_away_is_said_to_be(client: Client, world: World, rossi: str) -> None:
    world.crm.stop()
    answer = await client("GET", f"{PARTIES}/{rossi}")
    assert (answer.status_code, answer.json()["reason"]) == (503, "OWNER_UNAVAILABLE")
    assert answer.headers["retry-after"]
    world.crm.start()
    for _ in range(100):
        answer = await client("GET", f"{PARTIES}/{rossi}")
        if answer.status_code == 200:
            break
    assert answer.status_code == 200


async def test_an_owner_whose_database_is_away_is_away(client: Client, world: World) -> None:
    world.offers.fails_with = lambda method: Unavailable("DATABASE_AWAY")
    answer = await client("GET", "/v1/offers/offers")
    assert (answer.status_code, answer.json()["reason"]) == (503, "DATABASE_AWAY")


async def test_a_bug_of_an_owner_shows_nothing_but_the_request_id(client: Client, world: World) -> None:
    world.crm.fails_with = lambda method: ZeroDivisionError("secret")
    answer = await client("GET", PARTIES, headers={"X-Request-Id": "request-0007"})
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")
    assert "secret" not in answer.text
    assert "request-0007" in answer.json()["detail"]


async def test_what_the_state_forbids_is_a_conflict(client: Client, world: World, rossi: str) -> None:
    world.crm.fails_with = lambda method: NotAllowedNow("WRONG_STATE")
    assert (await client("DELETE", f"{PARTIES}/{rossi}")).status_code == 409


async def test_records_that_only_commands_make_have_no_post(client: Client, world: World) -> None:
    answer = await client("POST", "/v1/offers/orders", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert world.reached == []


async def test_a_derived_record_id_does_not_depend_on_the_process(client: Client, world: World) -> None:
    change_id = "0190a000-0000-7000-8000-0000000000ff"
    await client("POST", PARTIES, json={"name": "B"}, headers={"Idempotency-Key": change_id})
    namespace = UUID("6f5d9b0e-52a1-5c7c-9b0e-3d1f7a8f6c02")
    assert world.crm.items[0]["record_id"] == str(uuid5(namespace, change_id))
