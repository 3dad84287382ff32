"""Supervisors decide about parked changes of others, from the command line as for their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.device.conftest import party
from tests.device.fake_owners import PARTY, REFUSED_NAME
from tests.device.fake_sync import FakeSync
from tests.device.test_console import Terminal, sales  # noqa: F401 - fixture

AUTHOR = "0190a000-0000-7000-8000-0000000000aa"


def park(server: FakeSync, item: dict[str, Any]) -> dict[str, Any]:
    """Let another device send an item that its owner parks; return the item."""
    (result,) = server.owners.changes([item])
    assert result["outcome"] in ("conflict", "refused")
    server.parked_of_others.append(
        {
            "id": item["id"],
            "entity": item["entity"],
            "record_id": item["record_id"],
            "author_id": AUTHOR,
            "device_id": "",
            "outcome": result["outcome"],
            "reason": result["reason"],
            "detail": "in its words",
            "sent": item,
            "theirs": {"name": "Theirs"},
            "conflicts": result.get("conflicts", []),
            "parked_at": "2026-11-23T09:00:00Z",
            "holds": False,
        }
    )
    server.ingest()
    return item


@pytest.fixture
def conflict(server: FakeSync) -> str:
    server.owners.update(party(0), name="Theirs")
    fields = {"name": "Typed by Nora"}
    item = {"id": "0190d000-0000-7000-8000-000000000001", "entity": PARTY, "record_id": party(0)}
    stale = {"op": "update", "base_version": 1, "base": {"name": "Party 0"}, "fields": fields}
    return str(park(server, item | stale)["id"])


def signed_in(sales: Terminal) -> Terminal:  # noqa: F811
    sales("login", "http://fake", "sales.manager", "--password", "secret")
    sales("pull")
    return sales


def test_a_supervisor_sees_what_others_typed_and_what_stands_there(
    conflict: str,
    sales: Terminal,  # noqa: F811
) -> None:
    listed = signed_in(sales)("conflicts", "--others")
    assert conflict in listed
    assert AUTHOR in listed
    assert "Typed by Nora" in listed
    assert "Theirs" in listed
    assert "Nothing waits" in sales("conflicts")


@pytest.mark.parametrize(
    ("decision", "name"),
    [(("mine",), "Typed by Nora"), (("theirs",), "Theirs"), (("edited", "name=Both"), "Both")],
)
def test_a_supervisor_decides(
    server: FakeSync,
    conflict: str,
    sales: Terminal,  # noqa: F811
    decision: tuple[str, ...],
    name: str,
) -> None:
    signed_in(sales)
    sales("resolve", conflict, *decision)
    assert "Decided already" in sales("resolve", conflict, "theirs", fails=True)
    sales("push")
    assert server.owners.parked == {}
    assert server.owners.records[party(0)].values["name"] == name
    sales("push")
    assert "Nothing waits" in sales("conflicts")


def test_what_somebody_made_stays_theirs(server: FakeSync, sales: Terminal) -> None:  # noqa: F811
    item = {"id": "0190d000-0000-7000-8000-000000000002", "entity": PARTY, "op": "create"}
    new = {"record_id": "0190b000-0000-7000-8000-0000000000ff", "fields": {"name": REFUSED_NAME}}
    parked = park(server, item | new)
    signed_in(sales)
    sales("resolve", parked["id"], "edited", "name=Accepted")
    sales("push")
    stored = server.owners.records[parked["record_id"]].values
    assert (stored["name"], stored["owner_id"]) == ("Accepted", AUTHOR)


def test_without_the_server_only_own_questions_can_be_listed(
    server: FakeSync,
    conflict: str,
    sales: Terminal,  # noqa: F811
) -> None:
    signed_in(sales)
    server.away = True
    assert "try again later" in sales("conflicts", "--others", fails=True)
    assert "Nothing waits" in sales("conflicts")
