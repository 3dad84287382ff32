"""Questions at their annotated addresses: prints as files, figures as JSON."""

from typing import Any

import pytest

from gateway.api.questions import questions
from services.kit.errors import NotFound
from tests.gateway.conftest import Client, World

ID = "0190a000-0000-7000-8000-000000000001"
PRINT = f"/v1/offers/revisions/{ID}:print"


def asked(world: World) -> list[tuple[str, Any]]:
    return [(method, request) for method, _, request in world.offers.calls]


async def test_a_print_is_answered_as_a_file(client: Client, world: World) -> None:
    answer = await client("GET", f"{PRINT}?language=en")
    assert answer.status_code == 200
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF en", "application/pdf")
    assert answer.headers["content-disposition"] == (
        "inline; filename*=UTF-8''OFF-1%20%C2%AB%C3%A8%C2%BB.pdf"
    )
    assert answer.headers["etag"] == f'"{"a" * 64}"'
    assert "private" in answer.headers["cache-control"]
    ((method, request),) = asked(world)
    assert (method, request.revision_id, request.language) == ("PrintRevision", ID, "en")


async def test_a_figure_is_answered_as_json(client: Client, world: World) -> None:
    answer = await client("GET", "/v1/offers/funnel?day=2026-03-02")
    assert answer.json() == {"day": "2026-03-02", "stages": []}
    answer = await client("GET", f"/v1/offers/offers/{ID}:history")
    (stay,) = answer.json()["stays"]
    assert (stay["state"], stay["from"], stay["seconds"]) == ("draft", "", str(2**40))


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/v1/offers/revisions/nonsense:print", 404, "RECORD_NOT_FOUND"),
        (f"{PRINT}?colour=red", 400, "INVALID_PARAMETERS"),
        (f"{PRINT}?revision_id={ID}", 400, "INVALID_PARAMETERS"),
        ("/v1/offers/funnel?day=yesterday", 400, "INVALID_FIELDS"),
        ("/v1/offers/funnel?day=2026-03-02&day=2026-03-03", 400, "INVALID_PARAMETERS"),
    ],
)
async def test_a_wrong_question_reaches_nobody(
    client: Client, world: World, path: str, status: int, reason: str
) -> None:
    answer = await client("GET", path)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert asked(world) == []


async def test_what_the_owner_refuses_is_a_problem(client: Client, world: World) -> None:
    world.offers.fails_with = lambda method: NotFound("RECORD_NOT_FOUND", params={"id": ID})
    answer = await client("GET", PRINT)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_questions_are_only_read_and_only_by_users(client: Client, world: World) -> None:
    assert (await client("POST", PRINT)).status_code == 405
    assert (await client("GET", PRINT, headers={"Authorization": ""})).status_code == 401
    assert asked(world) == []


def test_every_question_has_an_address_of_its_own() -> None:
    paths = [question.path for question in questions()]
    assert set(paths) >= {"/v1/offers/funnel", "/v1/offers/revisions/{revision_id}:print"}
    assert len(set(paths)) == len(paths)
