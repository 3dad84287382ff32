"""Dashboards of Monday morning over the demonstration company, as its users see them."""

from __future__ import annotations

import io
import secrets
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from tests.e2e.conftest import SignIn, created, refused
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OWNERS = ("crm", "offers", "aftersales")
FIVE = {"La mia settimana", "Trattative e previsioni", "Offerte", "Clienti", "Assistenza"}


def dashboards(client: httpx.Client) -> list[dict[str, Any]]:
    return [
        dict(each, service=service)
        for service in OWNERS
        for each in client.get(f"/v1/{service}/dashboards").json()["records"]
    ]


def test_the_five_dashboards_are_there_and_each_figure_opens_its_records(sign_in: SignIn) -> None:
    manager, north = sign_in("sales.manager"), sign_in("sales.north")
    source = f"fair {secrets.token_hex(3)}"
    party = created(north.post("/v1/crm/parties", json={"name": "Officine Fiera S.r.l."}))
    for value in ("100.50", "200.25"):
        fields = {"party_id": party["id"], "title": "Pressa", "source": source, "value": value}
        created(north.post("/v1/crm/opportunities", json=fields))

    # A new company gets them some seconds after its services are up.
    eventually(lambda: {each["names"]["it"] for each in dashboards(manager)} >= FIVE, within_s=120)
    for dashboard in dashboards(manager):
        for tile in dashboard["tiles"]:
            answer = manager.post(f"/v1/{tile['service']}/reports/{tile['report_id']}:run", json={})
            assert answer.status_code == 200, answer.text
            assert answer.json()["title"] and answer.json()["definition"]["source"]

    asked = {
        "definition": {
            "source": "crm.opportunity",
            "filter": f'source = "{source}"',
            "groups": [{"field": "party_id"}],
            "measures": [{"kind": "sum", "field": "value"}],
            "chart": {"kind": "bar"},
        }
    }
    figures = north.post("/v1/crm/reports:run", json=asked).json()
    assert figures["rows"] == [
        {"values": [party["id"], "EUR", "300.75"], "labels": ["Officine Fiera S.r.l.", "", ""]}
    ]
    assert '"mark"' in figures["chart"]
    key = {"group_1": party["id"], "currency": "EUR"}
    behind = north.post("/v1/crm/reports:rows", json={**asked, "key": key}).json()["records"]
    assert sorted(each["value"] for each in behind) == ["100.50", "200.25"]
    text = north.post("/v1/crm/reports:export", json={**asked, "format": "csv"}).content.decode("utf-8-sig")
    assert "Officine Fiera S.r.l.;EUR;300,75" in text
    south = sign_in("sales.south")
    assert south.post("/v1/crm/reports:run", json=asked).json()["rows"] == []


def test_a_dashboard_is_printed_whole_and_a_report_is_shared_with_a_role(sign_in: SignIn) -> None:
    north, south, technician = sign_in("sales.north"), sign_in("sales.south"), sign_in("service.tech")
    eventually(lambda: any(each["names"]["it"] == "Assistenza" for each in dashboards(technician)))
    (service,) = (each for each in dashboards(technician) if each["names"]["it"] == "Assistenza")
    printed = technician.post(f"/v1/{service['service']}/dashboards/{service['id']}:print", json={})
    assert printed.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(printed.content)).pages
    assert "Richieste aperte" in "".join(page.extract_text() for page in pages)

    role = north.get("/v1/identity/users", params={"filter": "user_name = sales.north"}).json()["records"][0]
    report = {
        "names": {"it": "Mie fonti"},
        "definition": {"source": "crm.opportunity", "groups": [{"field": "source"}]},
        "visibility": "roles",
        "role_ids": role["role_ids"],
    }
    made = created(north.post("/v1/crm/reports", json=report))
    address = f"/v1/crm/reports/{made['id']}"
    eventually(lambda: south.get(address).status_code == 200)
    refused(technician.get(address), 404, "RECORD_NOT_FOUND")
    refused(south.patch(address, json={"names": {"it": "Tue"}}), 403, "NOT_GRANTED")
    wrong = {**report, "definition": {"source": "crm.opportunity", "groups": [{"field": "nothing"}]}}
    refused(north.post("/v1/crm/reports", json=wrong), 400, "UNKNOWN_FIELD")
