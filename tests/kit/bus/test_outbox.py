"""What a transaction leaves in the outbox, and what can be had from it later."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sales.common.v1 import actor_pb2
from sales.offers.v1 import events_pb2

from services.kit.actor import SYSTEM, Actor
from services.kit.envelope import decode
from services.kit.errors import NotFound
from services.kit.outbox import OutboxEvent, event_type, notify, prepare, stage
from services.kit.outbox.epoch import position, restored
from services.kit.outbox.replay import PURGE, replay
from services.kit.relay.stream import Stream
from tests.kit.bus.support import Source, driver_url


def number_all(source: Source) -> None:
    with Stream(source.url, service="offers") as stream:
        while stream.number():
            pass


def replayed(source: Source, from_seq: int, to_seq: int, epoch: UUID | None = None) -> list[int]:
    with source.engine.connect() as connection:
        batches = replay(
            connection,
            service="offers",
            epoch=epoch or position(connection)[0],
            from_seq=from_seq,
            to_seq=to_seq,
        )
        return [decode(body).stream_seq for batch in batches for body in batch]


def test_events_are_stored_in_order_with_their_cause(source: Source) -> None:
    actor, changes = Actor(user_id=uuid4()), [uuid4(), uuid4()]
    events = [OutboxEvent("records_changed.v1", "", "{}", part=n, parts=3) for n in (1, 2, 3)]
    with source.engine.begin() as connection:
        ids = stage(connection, events, actor=actor, change_ids=changes)
        rows = connection.exec_driver_sql("select * from outbox order by id").all()
    assert [row.event_id for row in rows] == ids
    assert [(row.part, row.parts) for row in rows] == [(1, 3), (2, 3), (3, 3)]
    assert {row.actor_id for row in rows} == {actor.user_id}
    assert all(row.change_ids == changes for row in rows)
    assert all(event_id.version == 7 for event_id in ids)


def test_staging_is_one_statement_for_any_number_of_events(source: Source) -> None:
    statements = []
    sa.event.listen(source.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with source.engine.begin() as connection:
        stage(connection, [OutboxEvent("a.b.v1", "", "{}")] * 50, actor=SYSTEM)
        stage(connection, [], actor=SYSTEM)
    assert len(statements) == 1


def test_a_lost_notification_does_not_fail_the_write() -> None:
    engine = sa.create_engine(driver_url("postgresql://nobody:nothing@127.0.0.1:1/none"))
    notify(engine)


def test_the_type_of_an_event_is_declared_in_its_message() -> None:
    assert event_type(events_pb2.OfferAccepted) == "offers.offer_accepted.v1"
    with pytest.raises(TypeError):
        event_type(actor_pb2.Actor)


def test_replay_gives_exactly_the_range(source: Source) -> None:
    source.commit(*["counted"] * 450)
    number_all(source)
    assert replayed(source, 1, 450) == list(range(1, 451))
    assert replayed(source, 200, 203) == [200, 201, 202, 203]


@pytest.mark.parametrize(("from_seq", "to_seq"), [(0, 2), (2, 4), (3, 2), (4, 4)])
def test_replay_out_of_range_yields_nothing(source: Source, from_seq: int, to_seq: int) -> None:
    source.commit("counted", "counted", "counted")
    number_all(source)
    with pytest.raises(NotFound, match="STREAM_OUT_OF_RANGE"):
        replayed(source, from_seq, to_seq)


def test_replay_of_another_epoch_is_out_of_range(source: Source) -> None:
    source.commit("counted")
    number_all(source)
    with pytest.raises(NotFound, match="STREAM_OUT_OF_RANGE"):
        replayed(source, 1, 1, epoch=uuid4())


def test_published_events_are_kept_for_seven_days_and_unpublished_ones_for_ever(source: Source) -> None:
    source.commit("counted", "counted", "counted")
    number_all(source)
    source.change("update outbox set created_at = now() - interval '8 days' where stream_seq <= 2")
    source.change("update outbox set published_at = now() where stream_seq <> 2")
    source.change(PURGE)
    assert source.one("select array_agg(stream_seq order by stream_seq) from outbox") == [2, 3]
    with pytest.raises(NotFound):
        replayed(source, 1, 3)


def test_a_database_keeps_its_epoch_until_it_is_restored(source: Source) -> None:
    with source.engine.begin() as connection:
        first, _ = position(connection)
        prepare(connection)
        assert position(connection)[0] == first
        second = restored(connection)
        assert position(connection)[0] == second != first


@pytest.mark.parametrize("sign", ["system_identifier = 'another'", "timeline_id = timeline_id + 1"])
def test_another_cluster_or_another_history_is_another_epoch(source: Source, sign: str) -> None:
    with Stream(source.url, service="offers") as stream:
        before = stream.position()[0]
        assert not stream.check_epoch()
        source.change(f"update outbox_counter set {sign}")
        assert stream.check_epoch()
        assert not stream.check_epoch(), "only once"
        assert stream.position()[0] != before
