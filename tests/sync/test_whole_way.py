"""From a commit at an owner to a device, over every process: relay, broker, sequencer, sync, gateway."""

from __future__ import annotations

import gzip
import threading
import time
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from uuid_utils.compat import uuid7

from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


class Device:
    """A device as the wire shows it."""

    def __init__(self, system: Installation, user_name: str, encoding: str = "zstd") -> None:
        self.id = str(uuid7())
        self.http = httpx.Client(base_url=system.address, timeout=20, headers={"Accept-Encoding": encoding})
        body = {
            "user_name": user_name,
            "password": system.password,
            "device_id": self.id,
            "device_name": "test",
        }
        answer = self.http.post("/v1/session", json=body)
        assert answer.status_code in (200, 201), answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.checkpoint = ""
        registered = self.http.post(
            "/v1/sync/devices",
            json={"device": self.id, "name": "test", "platform": "linux", "app": "sales", "schema": "1.0"},
        )
        assert registered.status_code == 201, registered.text
        assert registered.json()["lease_days"] == 14

    def raw(self, **given: Any) -> httpx.Response:
        body = {"device": self.id, "checkpoint": self.checkpoint, "schema": "1.0", "awaited": [], **given}
        request = self.http.build_request("POST", "/v1/sync/pull", json=body)
        return self.http.send(request, stream=True)

    def pull(self, **given: Any) -> list[dict[str, Any]]:
        answer = self.raw(**given)
        content = b"".join(answer.iter_raw())
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, content
        encoding = answer.headers.get("content-encoding", "")
        if encoding == "zstd":
            content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
        elif encoding == "gzip":
            content = gzip.decompress(content)
        frames = [orjson.loads(line) for line in content.splitlines()]
        if frames[-1]["k"] == "done":
            self.checkpoint = frames[-1]["checkpoint"]
        return frames

    def ids(self, **given: Any) -> set[str]:
        return {frame["i"] for frame in self.pull(**given) if frame["k"] == "put"}


def test_a_commit_reaches_the_devices_that_may_hold_it_and_no_others(system: Installation) -> None:
    north = Device(system, "sales.north")
    south = Device(system, "sales.south", encoding="gzip")
    manager = Device(system, "sales.manager", encoding="identity")
    for device in (north, south, manager):
        eventually(lambda device=device: device.pull()[-1]["k"] == "done")  # type: ignore[misc]
    change = str(uuid7())
    party = str(uuid7())
    made = north.http.post(
        "/v1/crm/parties", json={"id": party, "name": "Presse Uno"}, headers={"Idempotency-Key": change}
    )
    assert made.status_code == 201, made.text
    arrived: list[dict[str, Any]] = []

    def has_arrived() -> bool:
        arrived[:] = north.pull(awaited=[change])
        return bool(arrived)

    eventually(has_arrived)
    assert party in {frame.get("i") for frame in arrived}
    assert arrived[-1]["seen"] == [change]
    eventually(lambda: party in manager.ids())
    assert party not in south.ids()
    eventually(lambda: north.pull() == [])
    assert north.raw().status_code == 204


def test_a_live_device_is_poked_and_a_wiped_one_told_so(system: Installation) -> None:
    device = Device(system, "sales.north")
    told: list[tuple[str, float]] = []

    def listen() -> None:
        with device.http.stream("GET", "/v1/sync/live", timeout=30) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    told.append((line.removeprefix("event: "), time.monotonic()))

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    eventually(lambda: len(told) > 0)
    device.pull()
    waits_ms = []
    for number in range(10):
        heard = len(told)
        made = device.http.post("/v1/crm/parties", json={"name": f"Presse {number}"})
        assert made.status_code == 201
        answered = time.monotonic()
        while made.json()["id"] not in device.ids():
            eventually(lambda before=heard: len(told) > before)  # type: ignore[misc]
            heard = len(told)
        waits_ms.append(round((time.monotonic() - answered) * 1000))
    print(f"answer to the author until on the device, ms: {sorted(waits_ms)}")
    assert device.http.post(f"/v1/sync/devices/{device.id}:wipe").status_code == 204
    eventually(lambda: told[-1][0] == "wipe")
    listening.join(60)
    assert device.pull() == [{"k": "wipe", "reason": "wiped"}]


def test_what_a_device_must_not_send_is_refused(system: Installation) -> None:
    device, other = Device(system, "sales.north"), Device(system, "sales.north")
    device.pull()
    for body, status, reason in (
        ({"checkpoint": device.checkpoint + "x"}, 400, "CHECKPOINT_INVALID"),
        ({"device": other.id}, 403, "DEVICE_DIFFERS"),
        ({"awaited": ["no id"]}, 400, "INVALID_FIELDS"),
        ({"colour": 1}, 400, "INVALID_FIELDS"),
    ):
        answer = device.raw(**body)
        answer.read()
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    other.checkpoint = device.checkpoint
    assert other.raw().status_code == 400
    profile = device.http.get("/v1/sync/profile").json()
    assert {"crm", "offers"} <= {group["group"] for group in profile["groups"]}
