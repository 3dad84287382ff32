"""A device that listens: how long until it has what changed, or has lost what was taken away."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import Any, Final

import httpx
import orjson
import zstandard
from uuid_utils.compat import uuid7

from gateway.identity.domain.administration import fixed_id
from tests.bench.support.system import System

_PATIENCE_S: Final = 20.0
_WIPED: Final = "wipe"


class LiveDevice:
    """A device of a demonstration user, with its stream of pokes open."""

    def __init__(self, system: System, user_name: str) -> None:
        self.id = str(uuid7())
        self.http = httpx.Client(
            base_url=system.installation.address,
            timeout=60,
            trust_env=False,
            headers={"Accept-Encoding": "zstd"},
        )
        body = {
            "user_name": user_name,
            "password": system.installation.password,
            "device_id": self.id,
            "device_name": "bench",
        }
        session = self.http.post("/v1/session", json=body).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {session['access_token']}"
        self._heard: queue.Queue[str] = queue.Queue()
        self.checkpoint = ""
        self.begin()

    def begin(self) -> None:
        """Register, take a first copy and listen."""
        given = {"device": self.id, "name": "bench", "platform": "linux", "app": "bench", "schema": "1.0"}
        self.http.post("/v1/sync/devices", json=given).raise_for_status()
        self.checkpoint = ""
        self._heard = queue.Queue()
        threading.Thread(target=self._listen, args=(self._heard,), daemon=True).start()
        self.wait_for("poke")
        while not self.pull():
            self.wait_for("poke")

    def pull(self) -> list[dict[str, Any]]:
        """Take what is new."""
        body = {"device": self.id, "checkpoint": self.checkpoint, "schema": "1.0"}
        with self.http.stream("POST", "/v1/sync/pull", json=body) as answer:
            content = b"".join(answer.iter_raw())
            answer.raise_for_status()
        if not content:
            return []
        lines = zstandard.ZstdDecompressor().decompressobj().decompress(content).splitlines()
        frames: list[dict[str, Any]] = [orjson.loads(line) for line in lines]
        if frames[-1]["k"] == "done":
            self.checkpoint = frames[-1]["checkpoint"]
        return frames

    def wait_for(self, name: str) -> None:
        """Wait until the stream says so.

        Raises:
            queue.Empty: it did not in time.
        """
        while self._heard.get(timeout=_PATIENCE_S) != name:
            pass

    def until(self, frame: dict[str, Any]) -> float:
        """Return the moment at which a bundle had a frame with these members; pulls when poked."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            self.wait_for("poke")
            found = self.pull()
            if any(frame.items() <= each.items() for each in found):
                return time.monotonic()
        raise RuntimeError(f"{frame} did not arrive")

    def until_dropped(self) -> float:
        """Return the moment at which a bundle took buckets away."""
        while True:
            self.wait_for("poke")
            found = self.pull()
            if found and found[0].get("drop"):
                return time.monotonic()

    def _listen(self, heard: queue.Queue[str]) -> None:
        # The installation ends before the stream does.
        with (
            suppress(httpx.RemoteProtocolError),
            self.http.stream("GET", "/v1/sync/live", timeout=60) as answer,
        ):
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    heard.put(line.removeprefix("event: "))


def commits(device: LiveDevice, count: int) -> list[float]:
    """Seconds from the answer to an author until her device has the record."""
    found = []
    for number in range(count):
        made = device.http.post("/v1/crm/parties", json={"name": f"Presse {number}"}).raise_for_status()
        answered = time.monotonic()
        found.append(device.until({"k": "put", "i": made.json()["id"]}) - answered)
    return found


def revoked_grants(system: System, count: int) -> list[float]:
    """Seconds from taking a user's territory away until the device's copy has lost it."""
    device = LiveDevice(system, "sales.south")
    admin = httpx.Client(base_url=system.installation.address, timeout=60, trust_env=False)
    admin.headers["Authorization"] = f"Bearer {system.sign_in('admin')}"
    address = f"/v1/identity/users/{fixed_id('identity.user', 'sales.south')}"
    territories = admin.get(address).raise_for_status().json()["territory_ids"]
    found = []
    for _ in range(count):
        admin.patch(address, json={"territory_ids": []}).raise_for_status()
        answered = time.monotonic()
        found.append(device.until_dropped() - answered)
        admin.patch(address, json={"territory_ids": territories}).raise_for_status()
        device.until({"k": "plan"})
    return found


def wipes(system: System, count: int) -> list[float]:
    """Seconds from wiping a device until its stream says so."""
    device = LiveDevice(system, "sales.south")
    found = []
    for _ in range(count):
        device.http.post(f"/v1/sync/devices/{device.id}:wipe").raise_for_status()
        answered = time.monotonic()
        device.wait_for(_WIPED)
        found.append(time.monotonic() - answered)
        device.begin()
    return found
