"""Sending a message on while the broker is away: an error that every caller waits out, never another one."""

from __future__ import annotations

import amqp
import pytest

from services.kit.worker.resender import Resender
from services.local.ports import random_free


def test_a_broker_that_is_away_is_said_in_the_errors_that_callers_wait_out() -> None:
    resender = Resender(f"amqp://nobody@127.0.0.1:{random_free()}//", subscriber="crm", delays_s=(1,))
    with pytest.raises(OSError):
        resender.lengths(["any"])
    with pytest.raises(OSError):
        resender.set_aside(amqp.Message(b"{}"), headers={})
    with pytest.raises(OSError):
        resender.send_later(amqp.Message(b"{}"), queue="any", delay_s=1, headers={})
    resender.close()
