"""Rights that end: devices that are revoked or wiped, an offer that goes to somebody else's territory.

Over every process, by real HTTP.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from statistics import median
from typing import Any

import httpx
import orjson
import pytest

from gateway.device import sums
from gateway.device.device import Device
from gateway.device.errors import Wiped
from tests.device.support import file_bytes
from tests.device.test_stories import (
    LINE,
    OFFER,
    PARTY,
    REVISION,
    Devices,
    SignIn,
    device_of,  # noqa: F401 - a fixture
    has,
    offer_of,
    pulls_until,
    settled,
)
from tests.e2e.conftest import refused, sign_in  # noqa: F401 - a fixture
from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

#: What the specification allows between a revocation and its effect on a device that listens. Of several
#: attempts the middle one counts: a machine that does much else delays the one or the other.
EFFECT_S = 2.0


def http_of(device: Device, system: Installation) -> httpx.Client:
    """A client in the session of the device."""
    token = device.store.get("access")
    return httpx.Client(base_url=system.address, timeout=20, headers={"Authorization": f"Bearer {token}"})


def told(client: httpx.Client, heard: list[str]) -> threading.Thread:
    """Listen to the pokes of a device, in a thread that ends with the stream; `heard`: names of events."""

    def listen() -> None:
        with suppress(httpx.TransportError), client.stream("GET", "/v1/sync/live", timeout=60) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    heard.append(line.removeprefix("event: "))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


def test_an_offer_given_to_another_party_takes_revisions_and_lines_to_the_other_territory(
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, south, manager = device_of("sales.north"), device_of("sales.south"), sign_in("sales.manager")
    _, offer, revision = offer_of(north, "Ceduta")
    kept_party, kept_offer, _ = offer_of(north, "Tenuta")
    settled(north)
    new_party = south.author.create(PARTY, {"name": "Subentrante S.p.A.", "kind": "company"})
    settled(south)
    assert not has(south, OFFER, offer)()
    moved = manager.patch(f"/v1/offers/offers/{offer}", json={"party_id": new_party})
    assert moved.status_code == 200, moved.text
    pulls_until(south, has(south, REVISION, revision))
    pulls_until(north, lambda: not has(north, REVISION, revision)())
    assert has(south, OFFER, offer)()
    assert not has(north, OFFER, offer)()
    (line,) = south.view.records(LINE, revision_id=revision)
    assert line["amount" if "amount" in line else "unit_price"]
    assert north.view.records(LINE, revision_id=revision) == []
    assert revision.encode() not in file_bytes(north.store.path.parent)
    assert has(north, PARTY, kept_party)()
    assert has(north, OFFER, kept_offer)()
    assert not has(south, PARTY, kept_party)()


def test_a_revoked_device_is_emptied_and_its_session_is_over(
    system: Installation,
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
) -> None:
    north = device_of("sales.north")
    offer_of(north)
    device_id, refresh = north.store.get("device_id"), north.store.get("refresh")
    address = f"/v1/sync/devices/{device_id}:revoke"
    refused(sign_in("sales.south").post(address), 404, "DEVICE_UNKNOWN")
    session = http_of(north, system)
    assert session.get("/v1/crm/parties").status_code == 200
    assert sign_in("admin").post(address).status_code == 204
    eventually(lambda: session.get("/v1/crm/parties").status_code == 401)
    refused(session.get("/v1/crm/parties"), 401, "DEVICE_REVOKED")
    again = {"refresh_token": refresh}
    refused(httpx.post(f"{system.address}/v1/session:refresh", json=again), 401, "DEVICE_REVOKED")
    credentials = {"user_name": "sales.north", "password": system.password, "device_id": device_id}
    refused(httpx.post(f"{system.address}/v1/session", json=credentials), 403, "DEVICE_REVOKED")
    with pytest.raises(Wiped):
        north.pull()
    assert north.view.counts() == {}
    assert sign_in("sales.north").get("/v1/crm/parties").status_code == 200


def test_a_user_may_revoke_the_device_that_is_in_their_hands(
    system: Installation,
    device_of: Devices,  # noqa: F811
) -> None:
    north = device_of("sales.north")
    session = http_of(north, system)
    assert session.post(f"/v1/sync/devices/{north.store.get('device_id')}:revoke").status_code == 204
    with pytest.raises(Wiped):
        north.pull()


def test_a_wiped_device_may_begin_again(
    system: Installation,
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
) -> None:
    north = device_of("sales.north")
    device_id = north.store.get("device_id")
    admin = sign_in("admin")
    refused(admin.post("/v1/sync/devices/0190b000-0000-7000-8000-000000000000:wipe"), 404, "DEVICE_UNKNOWN")
    assert admin.post(f"/v1/sync/devices/{device_id}:wipe").status_code == 204
    with pytest.raises(Wiped):
        north.pull()
    assert north.view.counts() == {}
    north.sign_in(system.address, "sales.north", system.password)
    assert north.pull().rows > 0
    assert north.store.get("device_id") != device_id


def test_verify_names_what_differs_and_answers_a_checkpoint_that_brings_just_that(
    system: Installation,
    device_of: Devices,  # noqa: F811
) -> None:
    north = device_of("sales.north")
    offer_of(north)
    settled(north)
    north.pull()
    session = http_of(north, system)
    held: list[dict[str, Any]] = [
        {"b": b, "n": n, "h": h} for b, (n, h) in sums.held_sums(north.store).items()
    ]
    asked = {"device": north.store.get("device_id"), "checkpoint": north.store.get("checkpoint")}
    equal = session.post("/v1/sync/verify", json={**asked, "sums": held})
    assert equal.status_code == 200, equal.text
    assert equal.json()["differ"] == []
    wrong = next(each for each in held if each["b"].startswith("crm/territory:") and each["n"])
    spoiled = [{**each, "h": "0" * 16} if each is wrong else each for each in held]
    answer = session.post("/v1/sync/verify", json={**asked, "sums": spoiled}).json()
    assert [each["b"] for each in answer["differ"]] == [wrong["b"]]
    ranges = answer["differ"][0]["ranges"]
    assert sum(each["n"] for each in ranges) == wrong["n"]
    body = {"device": asked["device"], "checkpoint": answer["checkpoint"], "schema": "1.0", "awaited": []}
    frames = [orjson.loads(line) for line in session.post("/v1/sync/pull", json=body).content.splitlines()]
    assert [each["b"] for each in frames[0]["backfill"]] == [wrong["b"]]
    refused(session.post("/v1/sync/verify", json={**asked, "checkpoint": "x"}), 400, "CHECKPOINT_INVALID")
    refused(session.post("/v1/sync/verify", json={"sums": []}), 400, "INVALID_FIELDS")
    refused(httpx.post(f"{system.address}/v1/sync/verify", json=asked), 401, "TOKEN_MISSING")


def test_a_revocation_reaches_a_device_that_listens_within_two_seconds(
    system: Installation,
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
) -> None:
    admin = sign_in("admin")
    waits_s = []
    for _ in range(12):
        north = device_of("sales.north")
        heard: list[str] = []
        listening = told(http_of(north, system), heard)
        eventually(lambda heard=heard: bool(heard))  # type: ignore[misc]
        begun = time.monotonic()
        assert admin.post(f"/v1/sync/devices/{north.store.get('device_id')}:revoke").status_code == 204
        listening.join(60)
        waits_s.append(time.monotonic() - begun)
        assert heard[-1] == "wipe"
    print(f"revocation of a device until it hears of it, ms: {sorted(round(s * 1000) for s in waits_s)}")
    assert median(waits_s) < EFFECT_S


def test_a_right_that_ends_leaves_a_device_that_listens_within_two_seconds(
    system: Installation,
    device_of: Devices,  # noqa: F811
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, south, admin = device_of("sales.north"), device_of("sales.south"), sign_in("admin")
    party, _, _ = offer_of(north, "Da togliere")
    settled(north)
    (user,) = _records(admin, "/v1/identity/users", "user_name = sales.south")
    (territory,) = _records(admin, "/v1/identity/territories", "code = NORD")
    own = user["territory_ids"]
    heard: list[str] = []
    told(http_of(south, system), heard)
    waits_s = []
    try:
        for _ in range(6):
            _works_in(admin, user["id"], [*own, territory["id"]])
            pulls_until(south, has(south, PARTY, party))
            heard.clear()
            begun = time.monotonic()
            _works_in(admin, user["id"], own)
            while has(south, PARTY, party)():
                eventually(lambda: bool(heard))
                heard.clear()
                south.pull()
            waits_s.append(time.monotonic() - begun)
    finally:
        _works_in(admin, user["id"], own)
    print(f"end of a right until the copy is without its records, ms: {[round(s * 1000) for s in waits_s]}")
    assert median(waits_s) < EFFECT_S


def _records(client: httpx.Client, address: str, question: str) -> list[dict[str, Any]]:
    return list(client.get(address, params={"filter": question}).json()["records"])


def _works_in(admin: httpx.Client, user_id: str, territories: list[str]) -> None:
    answer = admin.patch(f"/v1/identity/users/{user_id}", json={"territory_ids": territories})
    assert answer.status_code == 200, answer.text
