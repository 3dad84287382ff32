"""From signing in to the order that the ERP registered and delivered; with what goes wrong on the way."""

from __future__ import annotations

import random
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from tests.e2e.conftest import SignIn, created, refused
from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def italian_vat_number() -> str:
    """A partita IVA that passes its check and that no other test has."""
    body = f"{random.randrange(1, 10**7):07d}036"  # 036: the office of Modena
    total = sum(int(d) for d in body[::2]) + sum(sum(divmod(2 * int(d), 10)) for d in body[1::2])
    return f"{body}{-total % 10}"


def versions(client: httpx.Client, *records: tuple[str, str]) -> list[int]:
    return [client.get(f"/v1/{path}/{record_id}").json()["version"] for path, record_id in records]


def test_an_offer_becomes_an_order_that_the_erp_delivers(
    system: Installation, sign_in: SignIn, catalogue: dict[str, Any]
) -> None:
    refused(
        httpx.post(f"{system.address}/v1/session", json={"user_name": "sales.north", "password": "wrong"}),
        401,
        "WRONG_CREDENTIALS",
    )
    refused(httpx.get(f"{system.address}/v1/crm/parties"), 401, "TOKEN_MISSING")
    north, south, manager = (sign_in(name) for name in ("sales.north", "sales.south", "sales.manager"))

    party = _party(north)
    revision_path, offer_path = _offer(north, party)
    assert "unit_cost" not in catalogue
    lines = _lines(north, revision_path.rsplit("/", 1)[1], catalogue)
    _others_see_what_they_may(north, south, manager, party, offer_path, lines)
    _frozen(north, revision_path, offer_path, lines)
    order_path = _accepted(north, south, offer_path)
    _registered_and_delivered(north, order_path, offer_path, party)


def _party(north: httpx.Client) -> dict[str, Any]:
    number = italian_vat_number()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    before = len(north.get("/v1/crm/parties", params={"search": "Officine Rossi"}).json()["records"])
    for body, status, reason in (
        ({"name": "Officine Rossi", "vat_number": wrong}, 400, "INVALID_VAT_NUMBER"),
        ({"name": ""}, 400, "REQUIRED"),
        ({"name": "Officine Rossi", "erp_code": "C1"}, 400, "OUTPUT_ONLY"),
        ({"name": "Officine Rossi", "colour": "red"}, 400, "UNKNOWN_FIELD"),
        ({"name": "Officine Rossi", "territory_id": str(uuid7())}, 400, "REFERENCE_NOT_FOUND"),
        ({"name": "Officine Rossi", "private_notes": "x"}, 403, "FACET_NOT_GRANTED"),
    ):
        refused(north.post("/v1/crm/parties", json=body), status, reason)
    assert len(north.get("/v1/crm/parties", params={"search": "Officine Rossi"}).json()["records"]) == before

    party = created(
        north.post(
            "/v1/crm/parties", json={"name": "Officine Rossi S.r.l.", "vat_number": number, "kind": "company"}
        )
    )
    assert (party["state"], party["roles"], party["vat_number"]) == ("prospect", ["prospect"], number)
    created(
        north.post(
            "/v1/crm/contact-points",
            json={"party_id": party["id"], "kind": "email", "value": "acquisti@rossi.example"},
        )
    )
    return party


def _offer(north: httpx.Client, party: dict[str, Any]) -> tuple[str, str]:
    refused(north.post("/v1/offers/offers", json={"party_id": str(uuid7())}), 400, "REFERENCE_NOT_FOUND")
    offer = created(north.post("/v1/offers/offers", json={"party_id": party["id"], "title": "Pressa"}))
    assert offer["number"].startswith("OFF-")
    revision = created(
        north.post(
            "/v1/offers/revisions",
            json={"offer_id": offer["id"], "header_discounts": "5+2", "valid_until": "2999-12-31"},
        )
    )
    return f"/v1/offers/revisions/{revision['id']}", f"/v1/offers/offers/{offer['id']}"


def _lines(north: httpx.Client, revision_id: str, article: dict[str, Any]) -> list[dict[str, Any]]:
    for body, reason in (
        ({"quantity": "1", "unit_price": "1", "vat_rate": "0"}, "NATURA_MISSING"),
        ({"quantity": "1", "unit_price": "1", "vat_rate": "22", "discounts": "ten"}, "DISCOUNT_MALFORMED"),
        ({"quantity": "1e3", "unit_price": "1", "vat_rate": "22"}, "INVALID_DECIMAL"),
        ({"quantity": 1.5, "unit_price": "1", "vat_rate": "22"}, "WRONG_TYPE"),
    ):
        problem = north.post("/v1/offers/lines", json={"revision_id": revision_id, **body})
        assert problem.status_code == 400, problem.text
        assert reason in problem.text
    assert north.get(f"/v1/offers/revisions/{revision_id}").json()["version"] == 1

    bodies: list[dict[str, str]] = [
        {"quantity": "1", "article_id": article["id"]},
        {"quantity": "1", "unit_price": "1000.00", "discounts": "50+10+5", "vat_rate": "10"},
        {"quantity": "3", "unit_price": "12.50", "vat_rate": "0", "natura": "N3.1"},
    ]
    items: list[dict[str, Any]] = [
        {
            "id": str(uuid7()),
            "group": "lines",
            "entity": "offers.line",
            "record_id": str(uuid7()),
            "op": "create",
            "fields": {"revision_id": revision_id, "position": position, **body},
        }
        for position, body in enumerate(bodies)
    ]
    items.append(
        {
            "id": str(uuid7()),
            "group": "lines",
            "entity": "offers.charge",
            "record_id": str(uuid7()),
            "op": "create",
            "fields": {"revision_id": revision_id, "description": "Trasporto", "amount": "50.00"},
        }
    )
    results = north.post("/v1/changes", json={"items": items}).json()["results"]
    assert {result["outcome"] for result in results} == {"applied"}, results
    again = north.post("/v1/changes", json={"items": items}).json()["results"]
    assert {result["duplicate"] for result in again} == {True}
    revision = north.get(f"/v1/offers/revisions/{revision_id}").json()
    # By hand: 52900.00 (list price) + 427.50 + 37.50 = 53365.00; less 6.9 % = -3682.185; charge 50.00.
    assert (revision["lines_net"], revision["header_discount"]) == ("53365.00", "-3682.19")
    assert revision["taxable"] == "49732.81"
    return [item["fields"] | {"id": item["record_id"]} for item in items[:3]]


def _others_see_what_they_may(
    north: httpx.Client,
    south: httpx.Client,
    manager: httpx.Client,
    party: dict[str, Any],
    offer_path: str,
    lines: list[dict[str, Any]],
) -> None:
    for path in (f"/v1/crm/parties/{party['id']}", offer_path, f"/v1/offers/lines/{lines[0]['id']}"):
        assert north.get(path).status_code == 200
        assert manager.get(path).status_code == 200
        refused(south.get(path), 404, "RECORD_NOT_FOUND")
        refused(south.patch(path, json={"notes": "x"}), 404, "RECORD_NOT_FOUND")
    line_path = f"/v1/offers/lines/{lines[0]['id']}"
    assert "unit_cost" not in north.get(line_path).json()
    assert "unit_cost" in manager.get(line_path).json()
    refused(north.patch(line_path, json={"unit_cost": "1"}), 403, "FACET_NOT_GRANTED")
    refused(north.get("/v1/offers/lines", params={"filter": "unit_cost > 1"}), 403, "FACET_NOT_GRANTED")


def _frozen(north: httpx.Client, revision_path: str, offer_path: str, lines: list[dict[str, Any]]) -> None:
    refused(north.post(f"{offer_path}:accept", json={}), 409, "TRANSITION_NOT_ALLOWED")
    wrong = north.post(f"{revision_path}:freeze", json={"sha256": "0" * 64})
    refused(wrong, 400, "HASH_DIFFERS")
    frozen = north.post(f"{revision_path}:freeze", json={})
    assert frozen.status_code == 200, frozen.text
    record = frozen.json()["result"]["record"]
    assert record["state"] == "frozen"
    assert len(record["sha256"]) == 64
    refused(
        north.patch(f"/v1/offers/lines/{lines[0]['id']}", json={"quantity": "17"}), 409, "REVISION_NOT_DRAFT"
    )
    stale = north.patch(revision_path, json={"introduction": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code in (409, 412), stale.text
    assert north.get(revision_path).json()["version"] == record["version"]


def _accepted(north: httpx.Client, south: httpx.Client, offer_path: str) -> str:
    refused(south.post(f"{offer_path}:accept", json={}), 404, "RECORD_NOT_FOUND")
    refused(
        north.post(f"{offer_path}:accept", json={"revision_id": str(uuid7())}), 400, "REFERENCE_NOT_FOUND"
    )
    first = north.post(f"{offer_path}:accept", json={}).json()["result"]
    second = north.post(f"{offer_path}:accept", json={}).json()["result"]
    assert (first["changed"], second["changed"]) == (True, False)
    order_id = first["record"]["order_id"]
    assert order_id == second["record"]["order_id"]
    refused(north.post("/v1/offers/orders", json={}), 405, "METHOD_NOT_ALLOWED")
    return f"/v1/offers/orders/{order_id}"


def _registered_and_delivered(
    north: httpx.Client, order_path: str, offer_path: str, party: dict[str, Any]
) -> None:
    eventually(lambda: north.get(order_path).json()["state"] == "registered")
    order = north.get(order_path).json()
    assert order["number"]
    assert order["total"] == north.get(f"/v1/offers/revisions/{order['revision_id']}").json()["total"]
    eventually(lambda: north.get(offer_path).json()["state"] == "ordered")
    customer = north.get(f"/v1/crm/parties/{party['id']}").json()
    assert customer["state"] == "customer"
    assert customer["erp_code"]
    assert customer["roles"] == ["customer"]
    eventually(lambda: "delivered_at" in north.get(order_path).json())


def test_a_refused_order_says_why(sign_in: SignIn) -> None:
    """The stand-in for an ERP refuses customers whose name contains REFUSE."""
    north = sign_in("sales.north")
    party = created(north.post("/v1/crm/parties", json={"name": "REFUSE S.p.A."}))
    revision_path, offer_path = _offer(north, party)
    line = {"quantity": "1", "unit_price": "10", "vat_rate": "22", "description": "Consulenza"}
    created(north.post("/v1/offers/lines", json={"revision_id": revision_path.rsplit("/", 1)[1], **line}))
    assert north.post(f"{revision_path}:freeze", json={}).status_code == 200
    accepted = north.post(f"{offer_path}:accept", json={}).json()["result"]["record"]
    order_path = f"/v1/offers/orders/{accepted['order_id']}"
    eventually(lambda: north.get(order_path).json()["state"] == "refused")
    assert "CUSTOMER_BLOCKED" in north.get(order_path).json()["refusal"]
    assert north.get(offer_path).json()["state"] == "accepted"
