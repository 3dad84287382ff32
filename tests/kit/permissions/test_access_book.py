"""The copy of accesses: never older than the gateway knows, fetched once, refused where none is known."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.kit.access import AccessBook, store
from services.kit.actor import SYSTEM, Actor
from services.kit.database import Database
from services.kit.errors import Forbidden, NotFound, Unavailable
from services.kit.permissions import matches
from services.kit.schema import access_copy

USER = uuid4()


def body(epoch: int, *, user: UUID = USER, inactive: bool = False) -> str:
    grant = {"group": "crm", "actions": ["read"], "scopes": [{"terms": [{"kind": "all"}]}], "facets": []}
    return json.dumps({"id": str(user), "version": epoch, "grants": [grant], "inactive": inactive})


def actor(epoch: int, user: UUID = USER) -> Actor:
    return Actor(user_id=user, grant_epoch=epoch)


class Identity:
    """Stands in for identity: answers with what it has, and remembers the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers = {json.loads(each)["id"]: each for each in answers}
        self.asked: list[tuple[UUID, int]] = []
        self.is_away = False

    def __call__(self, user_id: UUID, epoch: int) -> str:
        self.asked.append((user_id, epoch))
        if self.is_away:
            raise Unavailable("CONNECTION_LOST")
        if str(user_id) not in self.answers:
            raise NotFound("RECORD_NOT_FOUND")
        return self.answers[str(user_id)]


@pytest.fixture
def database(create_worker_database: Callable[..., str]) -> Iterator[Database]:
    database = Database("kit", create_worker_database(), tables={})
    access_copy.create(database.engine)
    yield database
    database.close()


def stored(database: Database) -> int | None:
    with database.read() as connection:
        return connection.scalar(sa.select(access_copy.c.epoch).where(access_copy.c.user_id == USER))


def test_an_unknown_user_is_fetched_once_and_kept(database: Database) -> None:
    identity = Identity(body(4))
    book = AccessBook(database, identity)
    assert [book.get(actor(4)).epoch, book.get(actor(3)).epoch] == [4, 4]
    assert identity.asked == [(USER, 4)]
    assert stored(database) == 4


def test_the_copy_in_the_database_answers_without_identity(database: Database) -> None:
    with database.engine.begin() as connection:
        store(connection, body(4))
    identity = Identity()
    assert AccessBook(database, identity).get(actor(4)).allows("crm", "read")
    assert identity.asked == []


def test_a_newer_epoch_is_fetched_although_an_older_copy_exists(database: Database) -> None:
    identity = Identity(body(4))
    book = AccessBook(database, identity)
    book.get(actor(4))
    identity.answers[str(USER)] = body(5)
    assert book.get(actor(5)).epoch == 5
    assert stored(database) == 5


def test_the_worker_s_copy_is_read_before_identity_is_asked(database: Database) -> None:
    identity = Identity(body(4))
    book = AccessBook(database, identity)
    book.get(actor(4))
    with database.engine.begin() as connection:
        store(connection, body(5))
    assert book.get(actor(5)).epoch == 5
    assert identity.asked == [(USER, 4)]


def test_an_older_copy_never_answers(database: Database) -> None:
    identity = Identity(body(4))
    book = AccessBook(database, identity)
    book.get(actor(4))
    with pytest.raises(Unavailable, match="ACCESS_UNKNOWN"):
        book.get(actor(5))
    identity.is_away = True
    with pytest.raises(Unavailable, match="ACCESS_UNKNOWN"):
        book.get(actor(5))
    assert book.get(actor(4)).epoch == 4


def test_unknown_and_inactive_users_are_refused(database: Database) -> None:
    book = AccessBook(database, Identity(body(2, inactive=True)))
    with pytest.raises(Forbidden, match="USER_INACTIVE"):
        book.get(actor(2))
    with pytest.raises(Forbidden, match="USER_UNKNOWN"):
        book.get(actor(0, uuid4()))


def test_a_stored_copy_never_goes_back(database: Database) -> None:
    with database.engine.begin() as connection:
        for epoch in (5, 4):
            store(connection, body(epoch))
    assert stored(database) == 5


def test_callers_at_the_same_time_share_one_fetch(database: Database) -> None:
    identity = Identity(body(4))
    together = threading.Barrier(8)
    book = AccessBook(database, identity)

    def call() -> int:
        together.wait()
        return book.get(actor(4)).epoch

    with ThreadPoolExecutor(8) as pool:
        assert {each.result() for each in [pool.submit(call) for _ in range(8)]} == {4}
    assert len(identity.asked) == 1


def test_the_system_is_limited_by_nothing(database: Database) -> None:
    access = AccessBook(database, Identity()).get(SYSTEM)
    assert matches(access, "crm", "whatever", [])
    assert access.facets("crm", "read") >= {"cost", "private"}
