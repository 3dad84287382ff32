"""Envelopes are CloudEvents 1.0, and what is no envelope is recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import orjson
import pytest

from services.kit.envelope import Malformed, OutboxRow, decode, encode, heartbeat, qualified, routing_key


def row(**changes: object) -> OutboxRow:
    values = {
        "stream_seq": 2**40,
        "event_id": uuid4(),
        "type": "offers.offer_accepted.v1",
        "subject": "0190",
        "data": '{"amount":"9007199254740993","name":"Città"}',
        "actor_id": uuid4(),
        "change_ids": [uuid4(), uuid4()],
        "part": 2,
        "parts": 3,
        "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return SimpleNamespace(**{**values, **changes})


def test_an_event_arrives_as_it_was_stored() -> None:
    stored = row()
    event = decode(encode("offers", "epoch", stored))
    assert event.id == stored.event_id
    assert (event.service, event.type, event.subject) == ("offers", stored.type, "0190")
    assert event.time == stored.created_at
    assert event.data == {"amount": "9007199254740993", "name": "Città"}
    assert (event.epoch, event.stream_seq, event.part, event.parts) == ("epoch", 2**40, 2, 3)
    assert event.actor_id == stored.actor_id
    assert list(event.change_ids) == stored.change_ids
    assert event.traceparent == stored.traceparent


def test_the_form_is_that_of_cloudevents() -> None:
    body = orjson.loads(encode("offers", "epoch", row()))
    assert body["specversion"] == "1.0"
    assert body["type"] == "projectsales.offers.offer_accepted.v1"
    assert body["source"] == "/projectsales/offers"
    assert body["time"] == "2026-01-02T03:04:05Z"
    for name, value in body.items():
        assert name.isalnum() and name == name.lower(), "attribute names are lower-case letters and digits"
        if name != "data":
            assert isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**31)


def test_kits_own_types_get_the_service_of_the_publisher() -> None:
    event = decode(encode("crm", "epoch", row(type="records_changed.v1")))
    assert event.type == "crm.records_changed.v1"
    assert qualified("crm", "crm.records_changed.v1") == "crm.records_changed.v1"


def test_the_routing_key_is_the_name_and_from_version_2_on_the_version() -> None:
    assert routing_key("offers.offer_accepted.v1") == "offer_accepted"
    assert routing_key("offers.offer_accepted.v2") == "offer_accepted.v2"


def test_a_heartbeat_carries_the_last_number() -> None:
    event = decode(heartbeat("crm", "epoch", 41))
    assert (event.type, event.stream_seq, event.epoch) == ("crm.heartbeat.v1", 41, "epoch")


def test_a_foreign_publisher_may_leave_out_what_is_ours_and_choose_any_id() -> None:
    given = {
        "specversion": "1.0",
        "id": "ERP-4711",
        "source": "/erp",
        "type": "projectsales.erp.order_registered.v1",
        "time": "2026-01-02T03:04:05+01:00",
        "data": {"order_key": "k"},
    }
    event = decode(orjson.dumps(given))
    assert event.service == "erp"
    assert isinstance(event.id, UUID)
    assert event.id == decode(orjson.dumps(given)).id
    assert event.id != decode(orjson.dumps({**given, "source": "/other"})).id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"specversion":"0.3"}',
        b'{"specversion":"1.0","id":"1","source":"/a","type":"other.a.b.v1","time":"2026-01-02T00:00:00Z","data":{}}',
        b'{"specversion":"1.0","id":"1","source":"/a","type":"projectsales.a.b.v1","time":"soon","data":{}}',
        b'{"specversion":"1.0","id":"1","source":"/a","type":"projectsales.a.b.v1","time":"2026-01-02T00:00:00Z",'
        b'"data":[]}',
        b'{"specversion":"1.0","id":7,"source":"/a","type":"projectsales.a.b.v1","time":"2026-01-02T00:00:00Z",'
        b'"data":{}}',
    ],
)
def test_what_is_no_envelope_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(body)
