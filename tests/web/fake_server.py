"""The desktop copy's fake server for the web client's tests, in JSON lines.

`python -m tests.web.fake_server`. Both clients speak one protocol, so both are tested against the same server
and the same oracle.

    {"method": "POST", "path": "/v1/sync/pull", "body": "…"} -> {"status": 200, "body": "…", "broken": false}
    {"world": ["write", 1, "A"]}                             -> {}
    {"set": {"lose_answers": true}}                          -> {}
    {"ask": "state", "checkpoint": "c3"}                     -> what the device must hold
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import orjson

from tests.device.fake_owners import PARTY
from tests.device.fake_sync import Content, FakeSync, Grant
from tests.device.machine import CHILDREN, FIELD, GRANTS, PARTIES, happen


def new_server() -> FakeSync:
    """Return the world of the desktop copy's state machine."""
    server = FakeSync(grants={Grant("crm", "north"), Grant("offers", "north")})
    for number, party in enumerate(PARTIES):
        where = "north" if number % 2 else "south"
        server.owners.create(PARTY, party, territory=where, name="start", private_notes="p")
    for number, (entity, child) in enumerate(CHILDREN):
        party = PARTIES[number // 2]
        server.owners.create(entity, child, parent=party, party_id=party, **{FIELD[entity]: "start"})
    server.ingest()
    return server


class Adapter:
    """One fake server, spoken to line by line."""

    def __init__(self) -> None:
        self.server = new_server()
        self.meanwhile: list[Any] = []
        self.fault: tuple[str, int] = ("none", 0)
        self.server.between_pages = self._between
        self.server.distort = self._distorted

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "path" in asked:
            return self._http(asked)
        if "world" in asked:
            happen(self.server, _step(asked["world"]))
            return {}
        if "merge" in asked:
            self.server.owners.merge(*asked["merge"])
            return {}
        if "code" in asked:
            device, day = asked["code"]
            return {"code": self.server.unlock_code(device, date.fromisoformat(day))}
        if "set" in asked:
            return self._set(asked["set"])
        if asked.get("ask") == "rebuild":
            self.server.ingest()
            self.server.rebuild()
            return {}
        return self._state(asked)

    def _set(self, values: dict[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            if name == "owners_away":
                self.server.owners.away = set(value)
            elif name == "meanwhile":
                self.meanwhile = list(value)
            elif name == "numbers":
                self.server.numbers = value
                self.server.grants.add(Grant("personal", "north"))
            elif name == "fault":
                self.fault = (value[0], value[1])
            else:
                setattr(self.server, name, value)
        return {}

    def _http(self, asked: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": "Bearer good"}
        request = httpx.Request(
            asked["method"], "http://fake" + asked["path"], content=asked.get("body"), headers=headers
        )
        try:
            answer = self.server.handle(request)
        except httpx.TransportError as error:
            return {"error": str(error)}
        body = b""
        try:
            for part in answer.iter_bytes():
                body += part
        except httpx.TransportError:
            return {"status": answer.status_code, "body": body.decode(), "broken": True}
        return {"status": answer.status_code, "body": body.decode(), "broken": False}

    def _between(self) -> None:
        if self.meanwhile:
            happen(self.server, _step(self.meanwhile.pop(0)))
            self.server.ingest()

    def _distorted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        kind, at = self.fault
        sent: list[bytes] = []
        for number, line in enumerate(lines):
            if kind == "cut" and number == at:
                return
            if kind == "torn" and number == at:
                yield line[: len(line) // 2]
                return
            yield line
            if kind == "doubled" and sent and not line.startswith((b'{"k":"plan"', b'{"k":"done"')):
                # An older frame once more, after a newer one.
                yield sent[at % len(sent)]
            if line.startswith((b'{"k":"put"', b'{"k":"out"')):
                sent.append(line)

    def _state(self, asked: dict[str, Any]) -> dict[str, Any]:
        checkpoint = asked.get("checkpoint", "")
        return {
            "expected": _plain(self.server.expected.get(checkpoint, {})),
            "oracle": _plain(self.server.oracle(asked.get("groups"))),
            "told": sorted(self.server.told.get(checkpoint, set())),
            "progress": list(self.server.checkpoints.get(checkpoint, (0, 0))[:2]),
            "applied": self.server.owners.applied,
            "results": self.server.owners.results,
            "parked": self.server.owners.parked,
            "holding": self.server.owners.holding,
            "values": {
                record.id: {**record.values, "version": record.version}
                for record in self.server.owners.records.values()
            },
        }


def _step(given: list[Any]) -> tuple[str, int, Any]:
    kind, number, value = given
    return kind, number % len(GRANTS) if kind in ("grant", "revoke") else number, value


def _plain(content: Content) -> dict[str, Any]:
    return {
        " ".join(fragment): [version, orjson.loads(body)] for fragment, (version, body) in content.items()
    }


def main() -> None:
    """Answer line by line until the input ends."""
    adapter = Adapter()
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        if asked.get("ask") == "new":
            adapter = Adapter()
            answer: dict[str, Any] = {}
        else:
            answer = adapter.answer(asked)
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
