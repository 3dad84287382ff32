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
from sales.sync.v1 import options_pb2

from services.kit import envelope
from services.kit.subscriptions import (
    MANIFEST,
    Subscription,
    declare,
    has_subscriber,
    manifest,
    parse,
    queues_of,
)
from tests.kit.bus.support import ROOT, queue_length

OWNERS = {
    "crm": "services.crm",
    "offers": "services.offers",
    "mail": "services.mail",
    "identity": "gateway.identity",
}
_HANDLERS = """
import importlib, json, sys
from services.kit.worker import handlers_of
package = sys.argv[1]
modules = importlib.import_module(package + ".worker").MODULES
for module in modules:
    importlib.import_module(module)
print(json.dumps([[h.publisher, h.routing_key, h.name] for h in handlers_of(modules)]))
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
    named = {(s.publisher, s.routing_key, s.handler) for s in manifest() if s.subscriber == service}
    assert declared == named


def event_types() -> set[str]:
    found = set()
    for module in (crm_events, erp_events, mail_events, offers_events):
        for message in module.DESCRIPTOR.message_types_by_name.values():
            found.add(message.GetOptions().Extensions[options_pb2.event].type)
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
    import time

    from services.kit.worker.resender import Resender

    declare("crm", vhost, delays_s=(0.2,))
    target, other, *_ = (s.queue for s in manifest() if s.subscriber == "crm" and s.handler != "copy_access")
    resender = Resender(vhost, subscriber="crm", delays_s=(0.2,))
    resender.send_later(amqp.Message(b"{}", message_id="1"), queue=target, delay_s=0.2, headers={"x": 1})
    resender.close()
    assert queue_length(vhost, target) == 0
    time.sleep(0.6)
    assert (queue_length(vhost, target), queue_length(vhost, other)) == (1, 0)
    with kombu.Connection(vhost) as connection:
        message = connection.default_channel.basic_get(target)
    assert (message.headers["x"], message.properties["message_id"]) == (1, "1")


@pytest.mark.parametrize(
    ("pattern", "key", "is_match"),
    [("a", "a", True), ("a", "b", False), ("#", "a.v2", True), ("*", "a", True), ("*", "a.v2", False)],
)
def test_topics_match_as_the_broker_matches_them(pattern: str, key: str, is_match: bool) -> None:
    assert has_subscriber([Subscription("x", "crm", pattern, "q", "h")], "crm", key) is is_match


def test_the_manifest_can_be_read() -> None:
    assert parse(MANIFEST.read_text()) == manifest()
