"""An operator can look at what failed, send it back, or give it up."""

from __future__ import annotations

import amqp
import kombu
import pytest
from typer.testing import CliRunner

from services.kit import dead_letters as commands
from services.kit.config import Settings
from services.kit.dead_letters import NoSuchLetter, dead_letters
from services.kit.subscriptions import declare
from services.kit.worker.attempts import ERROR, QUEUE, Attempts
from services.kit.worker.resender import Resender
from tests.kit.bus.probe import SUBSCRIPTIONS
from tests.kit.bus.support import eventually, queue_length

COUNTED = SUBSCRIPTIONS[0].queue


@pytest.fixture
def broker(vhost: str) -> str:
    declare("probe", vhost, delays_s=(0.2,), subscriptions=SUBSCRIPTIONS)
    return vhost


def set_aside(amqp_url: str, event_id: str, *, queue: str = COUNTED, body: bytes = b'{"a": 1}') -> None:
    resender = Resender(amqp_url, subscriber="probe", delays_s=(0.2,))
    message = amqp.Message(body, message_id=event_id, type="projectsales.offers.counted.v1")
    headers = {**Attempts(3, 1.0).headers(), QUEUE: queue, ERROR: "ValueError"}
    resender.set_aside(message, headers=headers)
    resender.close()


def test_looking_leaves_everything_where_it_is(broker: str) -> None:
    set_aside(broker, "one")
    set_aside(broker, "two")
    for _ in range(3):
        with dead_letters("probe", broker) as letters:
            assert [(letter.key, letter.cause, letter.attempts) for letter in letters] == [
                ("one", "ValueError", 3),
                ("two", "ValueError", 3),
            ]


def test_a_message_that_is_sent_back_begins_anew(broker: str) -> None:
    set_aside(broker, "one")
    set_aside(broker, "two")
    with dead_letters("probe", broker) as letters:
        letters.replay("one")
    with kombu.Connection(broker) as connection:
        message = connection.default_channel.basic_get(COUNTED)
        assert message.properties["message_id"] == "one"
        assert not [name for name in message.headers if name.startswith("x-sales")]
    with dead_letters("probe", broker) as letters:
        assert [letter.key for letter in letters] == ["two"]


def test_a_discarded_message_is_gone(broker: str) -> None:
    set_aside(broker, "one")
    with dead_letters("probe", broker) as letters:
        letters.discard("one")
    with dead_letters("probe", broker) as letters:
        assert list(letters) == []


def test_a_message_whose_queue_is_gone_stays(broker: str) -> None:
    set_aside(broker, "one", queue="gone")
    with pytest.raises(NoSuchLetter), dead_letters("probe", broker) as letters:
        letters.replay("one")
    eventually(lambda: queue_length(broker, "probe.dead_letters") == 1)


def test_a_rejected_message_can_be_sent_back_too(broker: str) -> None:
    with kombu.Connection(broker) as connection:
        channel = connection.default_channel
        channel.basic_publish_confirm(amqp.Message(b"{"), "", COUNTED, mandatory=True)
        channel.basic_reject(channel.basic_get(COUNTED).delivery_tag, requeue=False)
        eventually(lambda: queue_length(broker, "probe.dead_letters") == 1)
    with dead_letters("probe", broker) as letters:
        [letter] = letters
        assert letter.queue == COUNTED
        assert letter.body == b"{"
        letters.replay(letter.key)
    assert queue_length(broker, COUNTED) == 1


def test_the_commands(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "settings", lambda: Settings(amqp_url=broker))
    set_aside(broker, "one", body='{"name": "Città"}'.encode())
    run = CliRunner().invoke
    listed = run(commands.app, ["list", "probe"])
    assert "one" in listed.output
    assert "Città" not in listed.output, "a list shows no data"
    assert "Città" in run(commands.app, ["show", "probe", "one"]).output
    assert run(commands.app, ["show", "probe", "other"]).exit_code == 1
    assert run(commands.app, ["replay", "probe", "--all"]).output == "1 sent back\n"
    assert run(commands.app, ["discard", "probe", "one"]).exit_code == 1
