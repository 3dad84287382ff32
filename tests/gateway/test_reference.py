"""The OpenAPI document, the pages, the texts: what the gateway says about itself."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.api import annotations_pb2
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.api import openapi, texts
from gateway.api.problems import problem, status_of
from services.kit.entities import all_commands, all_entities
from services.kit.errors import KINDS, Invalid, SalesError, Violation
from tests.gateway import collect_texts
from tests.gateway.conftest import Client

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


# The document


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(document))).validate()


def test_every_entity_and_command_is_in_it(document: dict[str, Any]) -> None:
    for entity in all_entities().values():
        base = f"/v1/{entity.service}/{entity.collection}"
        assert "get" in document["paths"][base]
        assert ("post" in document["paths"][base]) == ("create" not in entity.closed)
        member = document["paths"][f"{base}/{{id}}"]
        assert ("patch" in member, "delete" in member) == (
            "update" not in entity.closed,
            "delete" not in entity.closed,
        )
    for command in all_commands().values():
        assert "post" in document["paths"][command.path]


def test_every_annotated_rpc_is_served(document: dict[str, Any]) -> None:
    """Commands and sessions are; an RPC of another kind needs a handler in gateway/api first."""
    for path in sorted((ROOT / "protos" / "gen" / "py" / "sales").glob("*/v1/service_pb2.py")):
        module = importlib.import_module(f"sales.{path.parts[-3]}.v1.service_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                rule = method.GetOptions().Extensions[annotations_pb2.http]
                verb = rule.WhichOneof("pattern")
                if verb:
                    assert verb in document["paths"].get(getattr(rule, verb), {}), method.full_name


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


def test_fields_carry_their_rules(document: dict[str, Any]) -> None:
    party = document["components"]["schemas"]["CrmParty"]["properties"]
    assert (party["name"]["minLength"], party["name"]["maxLength"]) == (1, 200)
    assert party["state"]["readOnly"]
    assert party["private_notes"]["x-facet"] == "private"
    assert party["owner_id"]["x-references"] == "identity.user"
    assert party["kind"]["enum"] == ["unspecified", "company", "person"]
    assert party["roles"]["uniqueItems"]
    created = document["paths"]["/v1/crm/parties"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert created["required"] == ["name"]
    assert "state" not in created["properties"]
    changed = document["paths"]["/v1/offers/lines/{id}"]["patch"]["requestBody"]["content"][
        "application/json"
    ]
    assert "revision_id" not in changed["schema"]["properties"]


async def test_the_document_is_served_once(anonymous: Client) -> None:
    answer = await anonymous("GET", "/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"] == "3.1.0"
    tag = answer.headers["etag"]
    again = await anonymous("GET", "/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


# The pages


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/docs.js", "/docs/docs.css"])
async def test_a_page_asks_nobody_else_for_anything(anonymous: Client, path: str) -> None:
    answer = await anonymous("GET", path)
    assert answer.status_code == 200
    assert "utf-8" in answer.headers["content-type"]
    assert not re.search(r"(https?:)?//[a-z]", answer.text.replace("\n// ", "\n"))
    assert not re.search(r"\son[a-z]+=|style=|innerHTML|eval\(", answer.text)
    assert "<script>" not in answer.text


async def test_the_policy_is_the_web_client_s(anonymous: Client) -> None:
    policy = (await anonymous("GET", "/docs")).headers["content-security-policy"]
    for rule in (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "worker-src 'self'",
        "connect-src 'self'",
    ):
        assert rule in policy.split("; ")
    assert "strict-transport-security" in (await anonymous("GET", "/docs")).headers


# The texts: that all are there and current is checked in tests/contract/test_reasons.py


def test_both_texts_of_a_reason_have_the_same_places_to_fill() -> None:
    for module, reason, listed in collect_texts.listed():
        places = [set(re.findall(r"{(\w+)}", getattr(listed, language))) for language in texts.LANGUAGES]
        assert places[0] == places[1], (module, reason)


def test_every_kind_of_error_has_a_status_and_titles() -> None:
    statuses = {kind: status_of(cls("X_REASON")) for kind, cls in KINDS.items()}
    assert statuses == {
        "invalid": 400,
        "unauthenticated": 401,
        "forbidden": 403,
        "not_found": 404,
        "stale": 412,
        "not_allowed_now": 409,
        "unavailable": 503,
    }
    assert status_of(SalesError("X_REASON")) == 500
    for language in texts.LANGUAGES:
        assert set(texts.table(language)["titles"]) == {*KINDS, "internal"}


def test_a_reason_without_text_falls_back_on_its_detail_then_on_its_title() -> None:
    def detail(error: SalesError) -> str:
        body = json.loads(bytes(problem(error, language="it", request_id="r").body))
        return str(body["detail"])

    assert detail(Invalid("SOMETHING_NEW", "the developer's words")) == "the developer's words"
    assert detail(Invalid("SOMETHING_NEW")) == "Richiesta non corretta"
    assert detail(Invalid("METHOD_NOT_ALLOWED")) == "Qui sono ammessi solo: ."


def test_texts_of_wrong_fields_name_the_field() -> None:
    wrong = Violation("lines[2].quantity", "NUMBER_TOO_LONG", "x")
    assert "lines[2].quantity" in texts.of_violation(wrong, "it")
    assert texts.of_violation(Violation("a", "SOMETHING_NEW", "y"), "it") == "y"
