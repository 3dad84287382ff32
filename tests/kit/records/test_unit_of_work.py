"""The unit of work: one event per transaction, in parts when it is large, and nothing written past it."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM, Actor
from services.kit.database.guard import BulkStatementRefused
from services.kit.errors import Stale, Unavailable
from tests.support.owners import OwnerUnderTest, create


@pytest.mark.parametrize(
    "statement",
    [
        "update party set name = 'x'",
        "UPDATE ONLY \"party\" SET name = 'x'",
        "delete from public.party",
        "insert into party (id) values (gen_random_uuid())",
        "with gone as (delete from party returning id) select * from gone",
        "truncate party",
        "copy party from stdin",
    ],
)
def test_a_statement_past_the_unit_of_work_is_refused(crm: OwnerUnderTest, statement: str) -> None:
    with pytest.raises(BulkStatementRefused), crm.owner.database.engine.begin() as connection:
        connection.execute(sa.text(statement))
    with crm.owner.database.unit_of_work(SYSTEM) as uow, pytest.raises(BulkStatementRefused):
        uow.connection.execute(sa.text(statement))
    assert crm.events() == []


def test_a_transaction_without_changes_tells_nothing(crm: OwnerUnderTest, seller: Actor) -> None:
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        row = uow.require("crm.party", item["record_id"])
        row.values["name"] = "Rossi"
    assert len(crm.events()) == 1


def test_a_large_transaction_is_told_in_parts_of_one_transaction(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        for number in range(1200):
            uow.create("crm.party", {"id": str(uuid7()), "name": f"Party {number}", "state": "prospect"})
    events = crm.events()
    assert [(e["part"], e["parts"]) for e in events] == [(i, len(events)) for i in range(1, len(events) + 1)]
    assert sum(len(e["data"]["records"]) for e in events) == 1200
    assert max(len(e["data"]["records"]) for e in events) <= 500
    assert len({e["data"]["transaction"] for e in events}) == 1


def test_a_record_changed_meanwhile_without_a_lock_is_not_overwritten(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)
    with pytest.raises(Stale), crm.owner.database.unit_of_work(SYSTEM) as mine:
        mine.require("crm.party", item["record_id"]).values["name"] = "mine"
        with crm.owner.database.unit_of_work(SYSTEM) as theirs:
            theirs.require("crm.party", item["record_id"]).values["name"] = "theirs"
    stored = crm.stored("crm.party", item["record_id"])
    assert stored is not None
    assert (stored["name"], stored["version"]) == ("theirs", 2)


def test_a_failed_transaction_leaves_neither_record_nor_event(crm: OwnerUnderTest) -> None:
    with pytest.raises(ZeroDivisionError), crm.owner.database.unit_of_work(SYSTEM) as uow:
        uow.create("crm.party", {"id": str(uuid7()), "name": "Rossi"})
        uow.flush()
        raise ZeroDivisionError
    assert (crm.count("party"), crm.events()) == (0, [])


def test_a_connection_that_breaks_in_the_middle_of_a_write_means_that_the_database_is_away(
    crm: OwnerUnderTest, postgres_server: str
) -> None:
    with pytest.raises(Unavailable, match="DATABASE_AWAY"), crm.owner.database.unit_of_work(SYSTEM) as uow:
        uow.create("crm.party", {"id": str(uuid7()), "name": "Rossi", "state": "prospect"})
        pid = uow.connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
        with psycopg.connect(postgres_server) as other:
            other.execute("select pg_terminate_backend(%s)", [pid])
    assert crm.events() == []
    assert crm.count("party") == 0
