"""From a new prospect to a call for service, over every process: the story that the product is for."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.device.test_stories import Devices, device_of, pulls_until  # noqa: F401
from tests.e2e.conftest import SignIn, created
from tests.e2e.test_mail import messages, reply
from tests.e2e.test_offer_becomes_an_order import italian_vat_number
from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ENTRY = "crm.timeline_entry"
#: Quantity, unit price (empty: from the list), discounts, VAT rate, natura.
LINES = (
    ("1", "", "10+5", "22", ""),
    ("12", "142.00", "50+10+5", "22", ""),
    ("3", "12.50", "", "0", "N3.1"),
    ("2", "1000.00", "", "10", ""),
    ("1", "850.00", "3", "22", ""),
    ("7", "7.77", "50+10+5", "22", ""),
    ("4", "125.00", "", "4", ""),
    ("1", "333.33", "", "10", ""),
    ("10", "48.65", "33.42", "22", ""),
    ("1", "150.00", "", "22", ""),
)
#: By hand: 45229.50 + 728.46 + 37.50 + 2000.00 + 824.50 + 23.25 + 500.00 + 333.33 + 323.91 + 150.00.
LINES_NET = "50150.45"
TRANSPORT = "1500.00"
#: What the party's timeline says at the end, oldest first where the order is certain.
TOLD = (
    "offer_created",
    "revision_frozen",
    "mail_sent",
    "revision_sent",
    "mail_received",
    "offer_accepted",
    "order_requested",
    "order_registered",
    "order_delivered",
    "product_delivered",
    "party_became_customer",
    "request_opened",
)


def test_from_a_prospect_to_a_call_for_service(
    system: Installation,
    sign_in: SignIn,
    device_of: Devices,  # noqa: F811
    catalogue: dict[str, Any],
) -> None:
    north, tech = sign_in("sales.north"), sign_in("service.tech")
    address = f"acquisti@officine-{secrets.token_hex(3)}.example"
    party = _prospect(north, address)
    offer, revision = _offer(north, party, catalogue)
    _mailed_and_answered(system, north, party, offer, revision, address)
    machine = _ordered_and_delivered(north, party, offer)
    request = _request(tech, party, machine)
    _told(north, party)
    _on_devices(device_of, party, request)


def _prospect(north: httpx.Client, address: str) -> str:
    fields = {"name": "Officine Garfagnana S.r.l.", "vat_number": italian_vat_number(), "country": "IT"}
    party = str(created(north.post("/v1/crm/parties", json=fields))["id"])
    contact = {"party_id": party, "kind": "email", "value": address, "person_name": "Ada Bini"}
    created(north.post("/v1/crm/contact-points", json=contact))
    created(north.post("/v1/crm/addresses", json={"party_id": party, "kind": "site", "city": "Lucca"}))
    return party


def _offer(north: httpx.Client, party: str, article: dict[str, Any]) -> tuple[str, str]:
    offer = str(created(north.post("/v1/offers/offers", json={"party_id": party, "title": "Linea"}))["id"])
    fields = {"offer_id": offer, "valid_until": "2999-12-31", "language": "it"}
    revision = str(created(north.post("/v1/offers/revisions", json=fields))["id"])
    for position, (quantity, unit_price, discounts, vat_rate, natura) in enumerate(LINES, start=1):
        line = {"quantity": quantity, "discounts": discounts, "vat_rate": vat_rate, "natura": natura}
        own = {"unit_price": unit_price, "description": f"Voce {position}"}
        what = own if unit_price else {"article_id": article["id"]}
        body = {"revision_id": revision, "position": position, **line, **what}
        created(north.post("/v1/offers/lines", json=body))
    charge = {"revision_id": revision, "description": "Trasporto", "amount": TRANSPORT}
    charge_id = created(north.post("/v1/offers/charges", json=charge))["id"]
    path = f"/v1/offers/revisions/{revision}"
    shown = north.get(path).json()
    assert shown["lines_net"] == LINES_NET
    assert Decimal(shown["taxable"]) == Decimal(LINES_NET) + Decimal(TRANSPORT)

    spread = north.post(f"/v1/offers/charges/{charge_id}:spread", json={})
    assert spread.status_code == 200, spread.text
    shares = spread.json()["result"]["record"]["spread_shares"]
    assert sum(Decimal(share["amount"]) for share in shares) == Decimal(TRANSPORT)
    after = north.get(path).json()
    # Showing or spreading never moves VAT.
    assert (after["taxable"], after["vat_groups"], after["total"]) == (
        shown["taxable"],
        shown["vat_groups"],
        shown["total"],
    )
    assert len(after["vat_groups"]) == 4
    frozen = north.post(f"{path}:freeze", json={})
    assert frozen.status_code == 200, frozen.text
    return offer, revision


def _mailed_and_answered(
    system: Installation, north: httpx.Client, party: str, offer: str, revision: str, address: str
) -> None:
    (mailbox,) = [
        each
        for each in north.get("/v1/mail/mailboxes").json()["records"]
        if each["has_secret"] and each["smtp_host"] == "127.0.0.1"
    ]
    body = {"mailbox_id": mailbox["id"], "to": address, "subject": "La nostra offerta", "text": "Buongiorno."}
    sent = north.post(f"/v1/offers/revisions/{revision}:send", json=body)
    assert sent.status_code == 200, sent.text
    # What cannot be done at once is tried again after a minute.
    eventually(lambda: north.get(f"/v1/offers/revisions/{revision}").json()["state"] == "sent", within_s=150)
    assert north.get(f"/v1/offers/offers/{offer}").json()["state"] == "sent"
    (out,) = messages(north, party_id=party, direction="outgoing")
    (document,) = north.get("/v1/mail/attachments", params={"filter": f"message_id = {out['id']}"}).json()[
        "records"
    ]
    assert (document["content_type"], document["size_bytes"] > 5000) == ("application/pdf", True)

    assert address in reply(system, address)
    eventually(lambda: bool(messages(north, party_id=party, direction="incoming")))
    (answer,) = messages(north, party_id=party, direction="incoming")
    assert (answer["state"], answer["filing_rule"], answer["offer_id"]) == ("filed", "reply_address", offer)


def _ordered_and_delivered(north: httpx.Client, party: str, offer: str) -> dict[str, Any]:
    accepted = north.post(f"/v1/offers/offers/{offer}:accept", json={})
    assert accepted.status_code == 200, accepted.text
    order = f"/v1/offers/orders/{accepted.json()['result']['record']['order_id']}"
    eventually(lambda: north.get(order).json()["state"] == "registered")
    assert north.get(order).json()["number"]

    def machines() -> list[dict[str, Any]]:
        answer = north.get("/v1/aftersales/installed-products", params={"filter": f"party_id = {party}"})
        return list(answer.json()["records"])

    eventually(lambda: bool(machines()))
    (machine,) = machines()
    assert (machine["article_code"], machine["offer_id"]) == ("PB-40-1250", offer)
    # 52900.00 less 10 % and 5 %, and its share of the transport, which was spread.
    assert Decimal(machine["sold_price"]) >= Decimal("45229.50")
    warranties = north.get(
        "/v1/aftersales/warranties", params={"filter": f"installed_product_id = {machine['id']}"}
    ).json()["records"]
    assert [warranty["starts_on"] for warranty in warranties] == [machine["delivered_on"]]
    return machine


def _request(tech: httpx.Client, party: str, machine: dict[str, Any]) -> str:
    fields = {"party_id": party, "installed_product_id": machine["id"], "title": "Errore asse Y"}
    request = created(tech.post("/v1/aftersales/requests", json=fields))
    assert (request["state"], request["coverage"]) == ("new", "covered")
    return str(request["id"])


def _told(north: httpx.Client, party: str) -> None:
    question = {"filter": f"party_id = {party}", "order_by": "happened_at", "page_size": 100}

    def entries() -> list[dict[str, Any]]:
        answer = north.get("/v1/crm/timeline-entries", params=question)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])

    eventually(lambda: {entry["what"] for entry in entries()} >= set(TOLD))
    found = [entry["what"] for entry in entries()]
    # To the second: that is what IMAP tells of a mail, and this customer answers at once.
    seconds = {entry["what"]: entry["happened_at"][:19] for entry in entries()}
    for earlier, later in (
        ("revision_frozen", "mail_sent"),
        ("mail_sent", "mail_received"),
        ("mail_received", "offer_accepted"),
        ("offer_accepted", "order_registered"),
    ):
        assert seconds[earlier] <= seconds[later], seconds
    assert all(found.count(what) == 1 for what in TOLD), found


def _on_devices(device_of: Devices, party: str, request: str) -> None:  # noqa: F811
    def told_on(device: Any) -> set[str]:
        return {entry["what"] for entry in device.view.records(ENTRY, party_id=party)}

    seller, manager = device_of("sales.north"), device_of("sales.manager")
    for device in (seller, manager):
        pulls_until(device, lambda device=device: told_on(device) >= set(TOLD))
    technician = device_of("service.tech")
    pulls_until(technician, lambda: technician.view.record("aftersales.request", request) is not None)
    pulls_until(technician, lambda: {"product_delivered", "request_opened"} <= told_on(technician))
    # Offers and mail are not the technician's, and neither is what tells of them.
    assert not told_on(technician) & {"offer_created", "offer_accepted", "mail_sent", "mail_received"}
    south = device_of("sales.south")
    assert south.view.records(ENTRY, party_id=party) == []
    assert south.view.server_record("crm.party", party) is None
