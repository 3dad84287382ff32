"""Prints over HTTP: files of lists and records, previews, versions, Word files on their way to the owner."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.api import prints
from gateway.api.prints import WORD
from services.kit.errors import Invalid, Violation
from tests.gateway.conftest import Client, World

ID = "0190a000-0000-7000-8000-000000000001"
TEMPLATE = f"/v1/crm/print-templates/{ID}"


def asked(world: World) -> list[tuple[str, Any]]:
    return [(method, request) for method, _, request in world.crm.calls]


async def test_a_list_and_a_record_are_answered_as_files(client: Client, world: World) -> None:
    query = "filter=country%20%3D%20IT&order_by=name&columns=name,custom.hours&language=de&totals=none"
    answer = await client("GET", f"/v1/crm/parties:print?{query}")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''Clienti%20%C3%A8.pdf"
    assert "private" in answer.headers["cache-control"]
    await client("GET", f"/v1/crm/parties/{ID}:sheet?template_id={ID}")
    (_, first), (_, second) = asked(world)
    assert (first.entity, first.filter, first.order_by) == ("crm.party", "country = IT", "name")
    assert (first.columns, first.language, first.totals) == ("name,custom.hours", "de", "none")
    assert (second.entity, second.id, second.template_id) == ("crm.party", ID, ID)


async def test_a_template_is_previewed_and_has_versions(client: Client, world: World) -> None:
    answer = await client("GET", f"{TEMPLATE}:preview?page=2&template_version=4")
    assert answer.headers["x-pages"] == "3"
    found = await client("GET", f"{TEMPLATE}:versions")
    assert [each["number"] for each in found.json()["versions"]] == [2]
    (_, preview), _ = asked(world)
    assert (preview.id, preview.page, preview.template_version) == (ID, 2, 4)


async def test_a_word_file_reaches_the_owner_as_it_is(client: Client, world: World) -> None:
    content = b"PK\x03\x04\x00\xff"
    answer = await client("POST", "/v1/crm/print-documents", content=content, headers={"Content-Type": WORD})
    assert (answer.status_code, answer.json()) == (201, {"sha256": "0" * 64, "size_bytes": "6"})
    ((method, request),) = asked(world)
    assert (method, request.content) == ("KeepDocument", content)


async def test_a_word_file_that_is_none_or_too_large_reaches_nobody(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/v1/crm/print-documents"
    monkeypatch.setattr(prints, "MAX_DOCUMENT_BYTES", 10)
    for headers, content, reason in (
        ({"Content-Type": "application/json"}, b"{}", "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content-Type": WORD, "Content-Encoding": "gzip"}, b"x", "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content-Type": WORD}, b"x" * 11, "BODY_TOO_LARGE"),
    ):
        answer = await client("POST", address, content=content, headers=headers)
        assert answer.json()["reason"] == reason
    assert asked(world) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v1/crm/parties:print?colour=red", "INVALID_PARAMETERS"),
        ("/v1/crm/parties:print?filter=" + "x" * 2001, "INVALID_PARAMETERS"),
        ("/v1/crm/parties:print?entity=crm.address", "INVALID_PARAMETERS"),
        ("/v1/crm/nothing:print", "NO_SUCH_ADDRESS"),
        ("/v1/identity/users:print", "NO_SUCH_ADDRESS"),
        ("/v1/crm/parties/nonsense:sheet", "RECORD_NOT_FOUND"),
        (f"{TEMPLATE}:preview?page=-1", "INVALID_PARAMETERS"),
        (f"{TEMPLATE}:preview?page=%D9%A1", "INVALID_PARAMETERS"),
        (f"/v1/nothing/print-templates/{ID}:versions", "NO_SUCH_ADDRESS"),
    ],
)
async def test_a_wrong_question_reaches_nobody(client: Client, world: World, path: str, reason: str) -> None:
    answer = await client("GET", path)
    assert answer.json()["reason"] == reason
    assert asked(world) == []


async def test_a_template_that_is_wrong_is_told_with_its_place(client: Client, world: World) -> None:
    violation = Violation("source", "TEMPLATE_WRONG", "line 2, column 4: unknown variable: x")
    world.crm.fails_with = lambda method: Invalid("TEMPLATE_REFUSED", violations=[violation])
    answer = await client("GET", f"{TEMPLATE}:preview")
    assert (answer.status_code, answer.json()["reason"]) == (400, "TEMPLATE_REFUSED")
    (told,) = answer.json()["violations"]
    assert (told["field"], told["reason"]) == ("source", "TEMPLATE_WRONG")
    assert "line 2, column 4" in str(told)
