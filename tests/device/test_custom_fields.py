"""A device checks custom fields and forms by the definitions that it holds, also without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import Unusable
from services.kit.entities import default_values, entity
from tests.device.conftest import party
from tests.device.fake_owners import PARTY, Rec
from tests.device.fake_sync import FakeSync, Grant
from tests.device.support import Clock, device_on

FIELD, FORM = "crm.field_definition", "crm.form_layout"


def put(server: FakeSync, definition: str, record_id: str, **fields: Any) -> None:
    """A definition as its owner sends it."""
    own = {"id", "version"}
    values = {k: v for k, v in default_values(entity(definition)).items() if k not in own and v is not None}
    server.owners.write(Rec(definition, record_id, 1, {**values, **fields}, {}, 0, territory="north"))


def define(server: FakeSync, number: int, key: str, kind: str, **fields: Any) -> None:
    put(
        server,
        FIELD,
        f"0190d000-0000-7000-8000-00000000000{number}",
        entity=PARTY,
        key=key,
        kind=kind,
        **fields,
    )


@pytest.fixture
def device(server: FakeSync, tmp_path: Path, clock: Clock) -> Iterator[Device]:
    server.grants.add(Grant("forms", "north"))
    define(server, 1, "hours", "number", maximum="5000")
    define(server, 2, "sector", "text", required=True)
    define(server, 3, "presses", "formula", formula="ceil(custom.hours / 160)", result="number")
    rules = {"labels": {}, "visible": "", "required": "", "read_only": ""}
    fields = [
        {**rules, "name": "website", "required": "custom.hours > 100"},
        {**rules, "name": "notes", "read_only": 'custom.sector = "closed"'},
    ]
    sections = [{"key": "main", "labels": {}, "fields": fields}]
    put(server, FORM, "0190d000-0000-7000-8000-000000000009", entity=PARTY, name="All", sections=sections)
    server.ingest()
    device = device_on(server, tmp_path, clock)
    device.pull()
    server.away = True
    yield device
    device.close()


def test_an_edit_is_brought_into_its_form_and_formulas_follow_at_once(device: Device) -> None:
    device.author.edit(PARTY, party(0), {"website": "w", "custom": {"hours": "480.0"}})

    seen = device.view.record(PARTY, party(0))
    (item,) = outgoing.waiting(device.store)
    assert item.body["fields"]["custom"] == {"hours": "480"}
    assert seen is not None and seen["custom"] == {"hours": "480", "presses": "3"}


def test_what_the_owner_would_refuse_is_refused_here_and_queues_nothing(device: Device) -> None:
    for fields in (
        {"custom": {"hours": '"many"'}},
        {"custom": {"hours": "6000"}},
        {"custom": {"nothing": "1"}},
        {"custom": {"presses": "1"}},
        {"custom": {"hours": "200"}},
    ):
        with pytest.raises(Unusable, match="FIELD_INVALID"):
            device.author.edit(PARTY, party(0), fields)
    with pytest.raises(Unusable, match="sector"):
        device.author.create(PARTY, {"name": "Rossi"})
    assert outgoing.waiting(device.store) == []


def test_a_form_makes_fields_required_and_read_only(device: Device) -> None:
    made = device.author.create(
        PARTY, {"name": "Rossi", "website": "w", "custom": {"sector": '"closed"', "hours": "200"}}
    )

    with pytest.raises(Unusable, match="notes"):
        device.author.edit(PARTY, made, {"notes": "late"})
    with pytest.raises(Unusable, match="website"):
        device.author.edit(PARTY, made, {"website": ""})
    device.author.edit(PARTY, party(1), {"notes": "open"})
    assert len(outgoing.waiting(device.store)) == 2
