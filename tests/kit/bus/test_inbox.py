"""An event takes effect once, also when it comes twice at the same moment."""

from __future__ import annotations

import threading
from uuid import uuid4

from services.kit.inbox import once, purge
from tests.kit.bus.support import Source


def test_the_second_time_is_recognised_per_handler(source: Source) -> None:
    event_id = uuid4()
    with source.engine.begin() as connection:
        assert once(connection, event_id, "copy")
        assert not once(connection, event_id, "copy")
        assert once(connection, event_id, "count")


def test_a_handler_that_was_rolled_back_has_not_had_the_event(source: Source) -> None:
    event_id = uuid4()
    with source.engine.connect() as connection:
        assert once(connection, event_id, "copy")
        connection.rollback()
        assert once(connection, event_id, "copy")


def test_two_deliveries_at_once_wait_for_each_other(source: Source) -> None:
    event_id, answers = uuid4(), []

    def second() -> None:
        with source.engine.begin() as connection:
            answers.append(once(connection, event_id, "copy"))

    with source.engine.begin() as connection:
        assert once(connection, event_id, "copy")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits for the first one's commit"
    thread.join(5)
    assert answers == [False]


def test_events_are_forgotten_after_thirty_days(source: Source) -> None:
    with source.engine.begin() as connection:
        for _ in range(2):
            once(connection, uuid4(), "copy")
        connection.exec_driver_sql(
            "update inbox set received_at = now() - interval '31 days'"
            " where event_id = (select event_id from inbox limit 1)"
        )
        assert purge(connection) == 1
    assert source.one("select count(*) from inbox") == 1
