"""What each caller may do: our copy of identity's accesses, and newer ones fetched when a call needs them.

    book = AccessBook(database, fetch_by(IdentityServiceStub(rpc.channel(target))))
    access = book.get(actor)

The gateway vouches for the newest epoch that it knows. An older copy never answers: better no answer than one
by rights that were taken away.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from google.protobuf import json_format
from sales.identity.v1 import service_pb2
from sqlalchemy.dialects import postgresql as pg

from services.kit.actor import Actor
from services.kit.entities import BASE, all_entities
from services.kit.errors import Forbidden, NotFound, SalesError, Unavailable
from services.kit.permissions import Access, system_access
from services.kit.schema import access_copy

if TYPE_CHECKING:
    from services.kit.database import Database

Fetch = Callable[[UUID, int], str]
"""(user, epoch) -> JSON of the user's identity.access at that epoch or newer; NotFound for no such user."""


class Identity(Protocol):
    """The part of identity's stub that is called here; this module is also read by workers, without grpc."""

    def GetAccess(  # noqa: N802
        self, request: service_pb2.GetAccessRequest, *, timeout: float
    ) -> service_pb2.GetAccessResponse:
        """Return the user's access."""


class AccessBook:
    """Accesses of the users who call this process; safe for threads, one fetch at a time for each user."""

    def __init__(self, database: Database, fetch: Fetch) -> None:
        self._database = database
        self._fetch = fetch
        self._known: dict[UUID, Access] = {}
        self._locks: dict[UUID, threading.Lock] = {}
        facets = {facet for entity in all_entities().values() for facet in entity.facets}
        self._system = system_access(frozenset(facets - {BASE}))

    def get(self, actor: Actor) -> Access:
        """Return what the actor may do, never older than the actor's grant epoch.

        Raises:
            Forbidden: USER_UNKNOWN, USER_INACTIVE.
            Unavailable: ACCESS_UNKNOWN, our copy is too old and identity gives no newer one.
        """
        if actor.user_id is None:
            return self._system
        access = self._remembered(actor.user_id, actor.grant_epoch)
        if access is None:
            with self._locks.setdefault(actor.user_id, threading.Lock()):
                access = self._remembered(actor.user_id, actor.grant_epoch)
                if access is None:
                    access = self._find(actor.user_id, actor.grant_epoch)
                    self._known[actor.user_id] = access
        if access.inactive:
            raise Forbidden("USER_INACTIVE", params={"user": str(actor.user_id)})
        return access

    def _remembered(self, user_id: UUID, epoch: int) -> Access | None:
        access = self._known.get(user_id)
        return access if access is not None and access.epoch >= epoch else None

    def _find(self, user_id: UUID, epoch: int) -> Access:
        with self._database.read() as connection:
            query = sa.select(access_copy.c.body).where(
                access_copy.c.user_id == user_id, access_copy.c.epoch >= epoch
            )
            body: str | None = connection.scalar(query)
        if body is None:
            body = self._fetched(user_id, epoch)
            with self._database.engine.begin() as connection:
                store(connection, body)
        return Access.from_json(body)

    def _fetched(self, user_id: UUID, epoch: int) -> str:
        try:
            body = self._fetch(user_id, epoch)
        except NotFound as error:
            raise Forbidden("USER_UNKNOWN", params={"user": str(user_id)}) from error
        except SalesError as error:
            raise _unknown(user_id) from error
        if Access.from_json(body).epoch < epoch:
            raise _unknown(user_id)
        return body


def store(connection: sa.Connection, body: str) -> None:
    """Keep the JSON of an identity.access record, unless the copy is as new."""
    access = Access.from_json(body)
    insert = pg.insert(access_copy).values(user_id=access.user_id, epoch=access.epoch, body=body)
    newer = {"epoch": insert.excluded.epoch, "body": insert.excluded.body}
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[access_copy.c.user_id],
            set_=newer,
            where=access_copy.c.epoch < insert.excluded.epoch,
        )
    )


def fetch_by(identity: Any, *, timeout_s: float = 2.0) -> Fetch:
    """Ask identity through its stub (see `Identity`), made on a channel of `services.kit.rpc`."""
    stub: Identity = identity

    def fetch(user_id: UUID, epoch: int) -> str:
        request = service_pb2.GetAccessRequest(user_id=str(user_id), min_epoch=epoch)
        message = stub.GetAccess(request, timeout=timeout_s).access
        record = json_format.MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        # A number in records, whereas protobuf writes every 64-bit integer as a string.
        record["version"] = message.version
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)

    return fetch


def _unknown(user_id: UUID) -> Unavailable:
    detail = "no copy of the grants is new enough, and identity gives none"
    return Unavailable("ACCESS_UNKNOWN", detail, params={"user": str(user_id)})
