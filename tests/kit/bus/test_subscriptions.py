"""The manifest, the contracts and the handlers say the same."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys

import amqp
import kombu
import pytest
from sales.crm.v1 import events_pb2 as crm_events
from sales.erp.v1 import events_pb2 as erp_events
from sales.mail.v1 import events_pb2 as mail_events
from sales.offers.v1 import events_pb2 as offers_events
from sales.reports.v1 import events_pb2 as reports_events
from sales.sync.v1 import options_pb2

from services.kit import envelope
from services.kit.entities import entity
from services.kit.subscriptions import (
    MANIFEST,
    Subscription,
    declare,
    has_subscriber,
    manifest,
    parse,
    queues_of,
)
from tests.kit.bus.support import ROOT, eventually, queue_length

OWNERS = {
    "crm": "services.crm",
    "offers": "services.offers",
    "mail": "services.mail",
    "aftersales": "services.aftersales",
    "identity": "gateway.identity",
}
_HANDLERS = """
import importlib, json, sys
from services.kit.worker import handlers_of
package = sys.argv[1]
modules = importlib.import_module(package + ".worker").MODULES
for module in modules:
    importlib.import_module(module)
print(json.dumps([[h.publisher, h.routing_key, h.name, *sorted(h.entities)] for h in handlers_of(modules)]))
"""


@pytest.mark.parametrize("service", OWNERS)
def test_a_services_handlers_are_those_of_the_manifest(service: str) -> None:
    package = OWNERS[service]
    if importlib.util.find_spec(f"{package}.worker") is None:
        pytest.skip(f"{package} has no worker")
    # In a process of its own: the handlers of a worker are never imported by a test or an api.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _HANDLERS, package],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    declared = {tuple(handler) for handler in json.loads(done.stdout.splitlines()[-1])}
    mine = [s for s in manifest() if s.subscriber == service]
    assert declared == {(s.publisher, s.routing_key, s.handler, *sorted(s.entities)) for s in mine}


def test_the_manifest_follows_entities_that_exist_and_are_the_publishers() -> None:
    for subscription in manifest():
        for name in subscription.entities:
            assert entity(name).service == subscription.publisher


def event_types() -> set[str]:
    found = set()
    for module in (crm_events, erp_events, mail_events, offers_events, reports_events):
        for message in module.DESCRIPTOR.message_types_by_name.values():
            declared = message.GetOptions().Extensions[options_pb2.event].type
            # Declared once for several publishers.
            found |= {declared.replace("*", owner) for owner in OWNERS}
    return found - {""}


def test_every_subscription_names_an_event_of_the_contracts() -> None:
    known = {(t.partition(".")[0], envelope.routing_key(t)) for t in event_types()}
    for entry in manifest():
        if entry.routing_key != "records_changed":
            assert (entry.publisher, entry.routing_key) in known, entry


def test_every_queue_has_one_subscriber_and_every_handler_one_queue() -> None:
    subscribers: dict[str, set[tuple[str, str]]] = {}
    for entry in manifest():
        subscribers.setdefault(entry.queue, set()).add((entry.subscriber, entry.handler))
    assert all(len(names) == 1 for names in subscribers.values())


def test_the_erp_gets_its_requests_in_one_queue_that_the_publishers_declare(vhost: str) -> None:
    declare("offers", vhost, delays_s=())
    declare("crm", vhost, delays_s=())
    with kombu.Connection(vhost) as connection:
        channel = connection.default_channel
        for exchange, key in (
            ("offers.events", "customer_order_requested"),
            ("crm.events", "party_registration_requested"),
        ):
            message = amqp.Message(b"{}", delivery_mode=2)
            channel.basic_publish_confirm(message, exchange, key, mandatory=True)
    assert queue_length(vhost, "erp.orders") == 2


FOLLOWED = Subscription(
    "x", "crm", "records_changed", "x.parties", "h", entities=("crm.party", "crm.address")
)
EVERYTHING = Subscription("x", "crm", "records_changed", "x.everything", "h")


@pytest.mark.parametrize(
    ("subject", "is_followed"),
    [
        ("crm.party", True),
        ("crm.activity,crm.party", True),
        ("crm.address,crm.party", True),
        ("crm.activity", False),
        ("crm.party_note", False),
        ("", True),
        (",".join(f"crm.entity_with_a_long_name_{number}" for number in range(20)), True),
    ],
    ids=["one", "among others", "two, once", "another", "a longer name", "unnamed", "too many to be named"],
)
def test_a_subscriber_receives_what_tells_of_the_entities_that_it_follows(
    vhost: str, subject: str, is_followed: bool
) -> None:
    subscriptions = (FOLLOWED, EVERYTHING)
    declare("crm", vhost, delays_s=(1,), subscriptions=())
    declare("x", vhost, delays_s=(1,), subscriptions=subscriptions)
    key = envelope.routing_key("crm.records_changed.v1", subject)
    assert has_subscriber([FOLLOWED], "crm", key) is is_followed
    assert has_subscriber([EVERYTHING], "crm", key)
    with kombu.Connection(vhost) as connection:
        message = amqp.Message(b"{}", delivery_mode=2)
        connection.default_channel.basic_publish_confirm(message, "crm.events", key, mandatory=True)
    assert (queue_length(vhost, FOLLOWED.queue), queue_length(vhost, EVERYTHING.queue)) == (is_followed, 1)


def test_declaring_again_changes_nothing(vhost: str) -> None:
    for _ in range(2):
        for service in OWNERS:
            declare(service, vhost, delays_s=(1, 10))


def test_all_queues_are_quorum_queues_and_have_somewhere_to_put_what_fails() -> None:
    for service in OWNERS:
        for queue in queues_of(service, subscriptions=manifest(), delays_s=(1, 10)):
            arguments = queue.queue_arguments
            assert arguments["x-queue-type"] == "quorum"
            assert queue.durable
            assert queue.name.endswith(".dead_letters") or "x-dead-letter-exchange" in arguments


def test_a_delayed_message_returns_to_its_queue_alone(vhost: str) -> None:
    from services.kit.worker.resender import Resender

    declare("crm", vhost, delays_s=(2,))
    target, other, *_ = (s.queue for s in manifest() if s.subscriber == "crm" and s.handler != "copy_access")
    resender = Resender(vhost, subscriber="crm", delays_s=(2,))
    resender.send_later(amqp.Message(b"{}", message_id="1"), queue=target, delay_s=2, headers={"x": 1})
    resender.close()
    assert queue_length(vhost, target) == 0
    eventually(lambda: queue_length(vhost, target) == 1)
    assert queue_length(vhost, other) == 0
    with kombu.Connection(vhost) as connection:
        message = connection.default_channel.basic_get(target)
    assert (message.headers["x"], message.properties["message_id"]) == (1, "1")


@pytest.mark.parametrize(
    ("pattern", "key", "is_match"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("#", "a.v2", True),
        ("*", "a", True),
        ("*", "a.v2", False),
        ("a.#", "a", True),
        ("a.#", "ab", False),
        ("a.#.c.#", "a.c", True),
        ("a.#.c.#", "a.b.c.d", True),
        ("a.#.c.#", "a.cd", False),
    ],
)
def test_topics_match_as_the_broker_matches_them(pattern: str, key: str, is_match: bool) -> None:
    assert has_subscriber([Subscription("x", "crm", pattern, "q", "h")], "crm", key) is is_match


def test_the_manifest_can_be_read() -> None:
    assert parse(MANIFEST.read_text()) == manifest()
