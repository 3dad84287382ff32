"""An administrator adds a field and a record type; everybody has them with the next breath, devices too."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from gateway.device.errors import Unusable
from tests.device.test_stories import Devices, device_of, pulls_until, settled  # noqa: F401
from tests.e2e.conftest import SignIn, created, refused
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

DEFINITIONS = "/v1/crm/field-definitions"


def define(admin: httpx.Client, key: str, kind: str, **values: Any) -> dict[str, Any]:
    body = {"entity": "crm.party", "key": key, "kind": kind, "labels": {"it": key.title()}, **values}
    return created(admin.post(DEFINITIONS, json=body))


def in_document(client: httpx.Client, key: str) -> dict[str, Any] | None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    found: dict[str, Any] | None = schemas["CrmParty"]["properties"]["custom"].get("properties", {}).get(key)
    return found


def test_a_field_is_there_at_once_in_writing_lists_reference_and_on_a_device(
    sign_in: SignIn,
    device_of: Devices,  # noqa: F811
) -> None:
    admin, north = sign_in("admin"), sign_in("sales.north")
    device = device_of("sales.north")
    key = f"hours_{secrets.token_hex(3)}"
    party = {"name": "Officine Ore S.r.l.", "custom": {key: "120.50"}}
    refused(north.post("/v1/crm/parties", json=party), 400, "UNKNOWN_FIELD")

    define(admin, key, "number", minimum="0", help={"it": "Ore di lavoro"})

    # Not "after some seconds": the very next request.
    record = created(north.post("/v1/crm/parties", json=party))
    listed = north.get("/v1/crm/parties", params={"filter": f"custom.{key} > 100"}).json()["records"]
    schema = in_document(north, key)
    form = north.get("/v1/crm/parties:form").json()
    assert record["custom"] == {key: "120.5"}
    assert [each["id"] for each in listed] == [record["id"]]
    assert schema is not None and schema["contentSchema"] == {"type": "number"}
    assert f"custom.{key}" in {field["name"] for section in form["sections"] for field in section["fields"]}
    refused(north.post("/v1/crm/parties", json={**party, "custom": {key: "-1"}}), 400, "OUT_OF_RANGE")

    pulls_until(device, lambda: device.view.records("crm.field_definition", key=key))
    pulls_until(device, lambda: device.view.record("crm.party", record["id"]) is not None)
    device.author.edit("crm.party", record["id"], {"custom": {key: "7"}})
    with pytest.raises(Unusable):
        device.author.edit("crm.party", record["id"], {"custom": {key: '"many"'}})
    settled(device)
    assert north.get(f"/v1/crm/parties/{record['id']}").json()["custom"] == {key: "7"}


def test_a_kind_is_previewed_changed_and_taken_back(sign_in: SignIn) -> None:
    admin, north = sign_in("admin"), sign_in("sales.north")
    key = f"size_{secrets.token_hex(3)}"
    field = define(admin, key, "text")
    for text in ('"12"', '"big"'):
        created(north.post("/v1/crm/parties", json={"name": "Misure S.r.l.", "custom": {key: text}}))
    address = f"{DEFINITIONS}/{field['id']}"

    preview = admin.get(f"{address}:preview_kind", params={"kind": "number"}).json()
    assert (preview["converted"], preview["kept"]) == ("1", "1")
    # The administrator sees no customers: counts, not values.
    assert preview["examples"] == []
    assert admin.patch(address, json={"kind": "number"}).status_code == 200
    assert admin.get(f"{address}:kept").json()["total"] == "1"
    found = north.get("/v1/crm/parties", params={"filter": f"custom.{key} = 12"}).json()["records"]
    assert [each["custom"][key] for each in found] == ["12"]
    assert admin.patch(address, json={"kind": "text"}).status_code == 200
    again = north.get("/v1/crm/parties", params={"filter": f"custom.{key} : i"}).json()["records"]
    assert [each["custom"][key] for each in again] == ['"big"']
    refused(north.get(f"{address}:kept"), 403, "NOT_GRANTED")


def test_competitors_machines_are_a_table_of_the_companys_own(
    sign_in: SignIn,
    device_of: Devices,  # noqa: F811
) -> None:
    admin, north, south = sign_in("admin"), sign_in("sales.north"), sign_in("sales.south")
    type_key = f"machine_{secrets.token_hex(3)}"
    names = {"labels": {"it": "Macchina"}, "parent_entity": "crm.party"}
    created(admin.post("/v1/crm/record-types", json={"key": type_key, **names}))
    define(admin, "brand", "text", entity="crm.custom_record", record_type=type_key, required=True)
    party = created(north.post("/v1/crm/parties", json={"name": "Lamiere Nord S.r.l."}))
    values = {"type": type_key, "parent_id": party["id"], "custom": {"brand": '"Norlam"'}}

    machine = created(north.post("/v1/crm/custom-records", json=values))

    question = {"filter": f'type = {type_key} AND custom.brand = "Norlam"'}
    assert north.get("/v1/crm/custom-records", params=question).json()["records"] == [machine]
    assert south.get("/v1/crm/custom-records", params=question).json()["records"] == []
    device = device_of("sales.north")
    pulls_until(device, lambda: device.view.record("crm.custom_record", machine["id"]) is not None)
    mine = device.author.create("crm.custom_record", {**values, "custom": {"brand": '"Metalux"'}})
    with pytest.raises(Unusable):
        device.author.create("crm.custom_record", {**values, "custom": {}})
    settled(device)

    def arrived() -> bool:
        answer = north.get(f"/v1/crm/custom-records/{mine}")
        return answer.status_code == 200 and answer.json()["root_id"] == party["id"]

    eventually(arrived)
