"""Events that a transaction leaves behind for the relay.

    with engine.begin() as connection:
        ...
        stage(connection, [OutboxEvent("offers.offer_accepted.v1", offer_id, "{}")], actor=actor)
    notify(engine)

The rows are part of the writer's transaction: an event exists exactly if its cause was committed. The
notification is sent after the commit and outside of it, because NOTIFY takes one lock for the whole cluster
and holds it until the commit is on disk (measured with slow commits: 215 transactions/s inside, 1,508 after).

Statements are psycopg's own text: the relay, which reads some of them, does without SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from services.kit.arrays import ids_array
from services.kit.telemetry.logs import get_logger
from services.kit.telemetry.trace_context import current_traceparent

if TYPE_CHECKING:
    import sqlalchemy as sa
    from google.protobuf.message import Message

    from services.kit.actor import Actor

#: Channel on which relays listen, one per database.
CHANNEL = "outbox"

_log = get_logger(__name__)

# One statement for any number of events, and one JSON parameter: arrays of text are quoted in Python,
# character by character. Identity values are drawn after the sort, so outbox order is the order of `events`.
STAGE = """
    insert into outbox (event_id, type, subject, data, actor_id, change_ids, part, parts, traceparent)
    select event_id, type, subject, data, %(actor_id)s::uuid, %(change_ids)s::uuid[], part, parts,
           %(traceparent)s::text
    from rows from (
        jsonb_to_recordset(%(events)s::jsonb)
            as (event_id uuid, type text, subject text, data text, part int, parts int)
    ) with ordinality as event (event_id, type, subject, data, part, parts, position)
    order by position
"""


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """One event to publish.

    `type` is the CloudEvents type without the prefix `projectsales.`: `offers.offer_accepted.v1`. `data_json`
    is sent as it is. An event too large for one message is staged as `parts` events, numbered from 1.
    """

    type: str
    subject: str
    data_json: str
    part: int = 1
    parts: int = 1


def stage(
    connection: sa.Connection,
    events: Sequence[OutboxEvent],
    *,
    actor: Actor,
    change_ids: Sequence[UUID] = (),
) -> list[UUID]:
    """Insert the events into the open transaction; return their ids in the same order.

    Call it last and under the locks of the records concerned: then outbox order is version order per record.
    """
    if not events:
        return []
    parameters, event_ids = staged(events, actor=actor, change_ids=change_ids)
    connection.exec_driver_sql(STAGE, parameters)
    return event_ids


def staged(
    events: Sequence[OutboxEvent], *, actor: Actor, change_ids: Sequence[UUID] = ()
) -> tuple[dict[str, Any], list[UUID]]:
    """The parameters of `STAGE`, for who sends it together with other statements, and the events' ids."""
    event_ids: list[UUID] = [uuid7() for _ in events]
    rows = [
        {
            "event_id": event_id,
            "type": event.type,
            "subject": event.subject,
            "data": event.data_json,
            "part": event.part,
            "parts": event.parts,
        }
        for event_id, event in zip(event_ids, events, strict=True)
    ]
    parameters: dict[str, Any] = {
        "events": orjson.dumps(rows).decode(),
        "actor_id": actor.user_id,
        "change_ids": ids_array(list(change_ids)),
        "traceparent": current_traceparent(),
    }
    return parameters, event_ids


def notify(engine: sa.Engine) -> None:
    """Wake the relay; call it after the commit.

    The transaction stands whatever happens here: if the notification cannot be sent, the relay's poll finds
    the events a quarter of a second later.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"notify {CHANNEL}")
    except SQLAlchemyError as error:
        _log.warning("relay not notified", exc_info=error)


def event_type(message: type[Message]) -> str:
    """The type that a message class declares in its event option: `offers.offer_accepted.v1`.

    Raises:
        TypeError: the message is not declared as the data of an event.
    """
    from sales.sync.v1 import options_pb2

    options: Any = message.DESCRIPTOR.GetOptions()
    declared = str(options.Extensions[options_pb2.event].type)
    if not declared:
        raise TypeError(f"{message.DESCRIPTOR.full_name} is no event: no option (sales.sync.v1.event)")
    return declared


def prepare(connection: sa.Connection) -> None:
    """Make the counter row of a new database. Every migration calls this; only the first makes it."""
    from services.kit.outbox.epoch import prepare_counter

    prepare_counter(connection)
