"""An event takes effect once, also when it comes twice at the same moment."""

from __future__ import annotations

import threading
from uuid import uuid4

from services.kit.inbox import purge, unseen
from tests.kit.bus.support import Source


def test_the_second_time_is_recognised_per_handler(source: Source) -> None:
    event_id = uuid4()
    with source.engine.begin() as connection:
        assert unseen(connection, [event_id], "copy") == {event_id}
        assert unseen(connection, [event_id], "copy") == set()
        assert unseen(connection, [event_id], "count") == {event_id}


def test_of_many_events_the_unknown_ones_are_told_each_once(source: Source) -> None:
    known, new, other = uuid4(), uuid4(), uuid4()
    with source.engine.begin() as connection:
        unseen(connection, [known], "copy")
        assert unseen(connection, [new, known, other, new], "copy") == {new, other}
    assert source.one("select count(*) from inbox") == 3


def test_a_handler_that_was_rolled_back_has_not_had_the_event(source: Source) -> None:
    event_id = uuid4()
    with source.engine.connect() as connection:
        assert unseen(connection, [event_id], "copy")
        connection.rollback()
        assert unseen(connection, [event_id], "copy")


def test_two_deliveries_at_once_wait_for_each_other(source: Source) -> None:
    ids, answers = [uuid4() for _ in range(20)], []

    def second() -> None:
        with source.engine.begin() as connection:
            answers.append(unseen(connection, ids[::-1], "copy"))

    with source.engine.begin() as connection:
        assert unseen(connection, ids, "copy") == set(ids)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits for the first one's commit"
    thread.join(60)
    assert answers == [set()]


def test_events_are_forgotten_after_thirty_days(source: Source) -> None:
    with source.engine.begin() as connection:
        for _ in range(2):
            unseen(connection, [uuid4()], "copy")
        connection.exec_driver_sql(
            "update inbox set received_at = now() - interval '31 days'"
            " where event_id = (select event_id from inbox limit 1)"
        )
        assert purge(connection) == 1
    assert source.one("select count(*) from inbox") == 1
