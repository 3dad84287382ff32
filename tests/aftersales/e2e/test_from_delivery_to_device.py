"""The ERP delivers; the machine, its warranty and the requests for it are on the devices that may see them.

Over every real process: offers, ERP, broker, after-sales, sync, gateway, encrypted copies.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.device.test_stories import Devices, Recorder, SignIn, device_of, has, pulls_until, settled  # noqa: F401
from tests.e2e.conftest import catalogue, created, refused, sign_in  # noqa: F401
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PRODUCT, WARRANTY, REQUEST, TASK = (
    "aftersales.installed_product",
    "aftersales.warranty",
    "aftersales.request",
    "aftersales.task",
)
MACHINES = "/v1/aftersales/installed-products"


def sold(north: httpx.Client, article: dict[str, Any], name: str) -> tuple[str, str]:
    """Sell two presses and an option to a new customer; return the party and the order."""
    party = created(north.post("/v1/crm/parties", json={"name": name, "kind": "company"}))["id"]
    site = {"party_id": party, "kind": "site", "city": "Modena"}
    created(north.post("/v1/crm/addresses", json=site))
    offer = created(north.post("/v1/offers/offers", json={"party_id": party, "title": "Presses"}))["id"]
    revision = created(
        north.post("/v1/offers/revisions", json={"offer_id": offer, "valid_until": "2999-12-31"})
    )["id"]
    for line in (
        {"article_id": article["id"], "quantity": "2", "discounts": "10"},
        {"description": "Training", "quantity": "1", "unit_price": "500.00", "vat_rate": "22"},
    ):
        created(north.post("/v1/offers/lines", json={"revision_id": revision, **line}))
    assert north.post(f"/v1/offers/revisions/{revision}:freeze", json={}).status_code == 200
    accepted = north.post(f"/v1/offers/offers/{offer}:accept", json={})
    assert accepted.status_code == 200, accepted.text
    return party, str(accepted.json()["result"]["record"]["order_id"])


def machines_of(client: httpx.Client, party: str) -> list[dict[str, Any]]:
    answer = client.get(MACHINES, params={"filter": f"party_id = {party}"})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


def test_what_the_erp_delivers_is_on_the_technicians_device_with_its_warranty(
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
    catalogue: dict[str, Any],  # noqa: F811
) -> None:
    online, socket = sign_in("sales.north"), Recorder()
    party, order = sold(online, catalogue, "Officine del Nord S.r.l.")
    eventually(lambda: len(machines_of(online, party)) == 2)

    technician = device_of("service.tech", transport=socket)
    pulls_until(technician, lambda: len(technician.view.records(PRODUCT, party_id=party)) == 2)
    press = technician.view.records(PRODUCT, party_id=party)[0]
    assert (press["article_code"], press["state"], press["order_id"]) == ("PB-40-1250", "delivered", order)
    assert (press["product_line"], press["as_sold"]["revision"]) == ("press", "rev. 1")
    assert press["order_number"] and press["site_id"] and press["serial_number"]
    pulls_until(technician, lambda: technician.view.records(WARRANTY, installed_product_id=press["id"]))
    (warranty,) = technician.view.records(WARRANTY, installed_product_id=press["id"])
    assert warranty["starts_on"] == press["delivered_on"]

    # What it was sold for is for those who sell; the technician's socket never carried it.
    sales = device_of("sales.north")
    pulls_until(sales, has(sales, PRODUCT, press["id"]))
    shown = sales.view.record(PRODUCT, press["id"])
    assert shown is not None
    unit_price = {each["id"]: each for each in machines_of(online, party)}[press["id"]]["sold_price"]
    assert shown["sold_price"] == unit_price != ""
    assert "sold_price" not in press
    assert b'"serial_number"' in socket.received and b"sold_price" not in socket.received
    south = device_of("sales.south")
    assert not has(south, PRODUCT, press["id"])()
    refused(sign_in("sales.south").get(f"{MACHINES}/{press['id']}"), 404, "RECORD_NOT_FOUND")


def test_a_request_made_without_a_network_gets_number_deadline_and_cover_and_ends_online(
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
    catalogue: dict[str, Any],  # noqa: F811
) -> None:
    north, online = sign_in("sales.north"), sign_in("service.tech")
    party, _ = sold(north, catalogue, "Lamiere Padane S.p.A.")
    eventually(lambda: len(machines_of(online, party)) == 2)
    press = machines_of(online, party)[0]
    today = press["delivered_on"]
    done = online.post(f"{MACHINES}/{press['id']}:commission", json={"commissioned_on": today})
    assert done.status_code == 200, done.text
    assert done.json()["result"]["record"]["state"] == "in_service"

    technician = device_of("service.tech")
    pulls_until(technician, has(technician, PRODUCT, press["id"]))
    request = technician.author.create(
        REQUEST,
        {"party_id": party, "installed_product_id": press["id"], "title": "Oil leaks", "priority": "high"},
        [(TASK, {"title": "Order the seal", "due_minutes": 60})],
    )
    settled(technician)
    pulls_until(technician, has(technician, REQUEST, request))
    shown = technician.view.record(REQUEST, request)
    assert shown is not None
    assert shown["number"].startswith("REQ-")
    assert (shown["state"], shown["coverage"]) == ("new", "covered")
    assert shown["resolution_due_at"] > shown["response_due_at"]
    (task,) = technician.view.records(TASK, request_id=request)
    assert task["due_at"]

    address = f"/v1/aftersales/requests/{request}"
    refused(north.post(f"{address}:start", json={}), 403, "NOT_GRANTED")
    for verb, body in (("assign", {}), ("respond", {}), ("start", {}), ("wait", {"waiting_for": "parts"})):
        answer = online.post(f"{address}:{verb}", json=body)
        assert answer.status_code == 200, (verb, answer.text)
    refused(online.post(f"{address}:close", json={}), 409, "WRONG_STATE")
    answer = online.post(f"{address}:resume", json={})
    assert answer.status_code == 200, answer.text
    refused(online.post(f"{address}:resolve", json={"resolution": "New seal"}), 409, "TASKS_OPEN")
    answer = online.post(f"/v1/aftersales/tasks/{task['id']}:complete", json={"outcome": "Seal fitted"})
    assert answer.status_code == 200, answer.text
    for verb, body in (("resolve", {"resolution": "New seal"}), ("close", {})):
        answer = online.post(f"{address}:{verb}", json=body)
        assert answer.status_code == 200, (verb, answer.text)
    pulls_until(technician, lambda: (technician.view.record(REQUEST, request) or {}).get("state") == "closed")
    refused(online.patch(address, json={"title": "x"}), 409, "REQUEST_CLOSED")
    stays = online.get(f"{address}:history").json()["stays"]
    assert [stay["state"] for stay in stays] == [
        "new",
        "assigned",
        "in_progress",
        "waiting_for_parts",
        "in_progress",
        "resolved",
        "closed",
    ]
    figures = online.get("/v1/aftersales/figures").json()
    assert int(figures["resolved"]) >= 1 and int(figures["response"]["met"]) >= 1
    faults = online.get("/v1/aftersales/faults", params={"by": "model"}).json()["faults"]
    assert any(fault["group"] == "Presse piegatrici" for fault in faults)
    refused(online.get("/v1/aftersales/figures", params={"since": "0001-01-01"}), 400, "OUT_OF_RANGE")
    refused(online.get("/v1/aftersales/faults", params={"by": "colour"}), 400, "UNKNOWN_VALUE")
    refused(sign_in("sales.south").get(f"{address}:history"), 404, "RECORD_NOT_FOUND")
