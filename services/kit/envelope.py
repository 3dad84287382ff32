"""Events as they travel: CloudEvents 1.0 in structured JSON mode, on nameko's exchanges.

An outbox row of type `offers.offer_accepted.v1` becomes a message

    exchange     offers.events          one topic exchange per service
    routing key  offer_accepted         the middle of the type; from version 2 on with it: offer_accepted.v2,
                                        so that both versions can be published side by side for a while
                 records_changed goes on with what it tells of: records_changed.address.party
    body         {"specversion": "1.0", "id": …, "source": "/projectsales/offers",
                  "type": "projectsales.offers.offer_accepted.v1", "subject": …, "time": …,
                  "datacontenttype": "application/json", extensions, "data": {…}}

Extensions, by CloudEvents' rule in lower case without separators, and strings where a number may pass 32
bits: `epoch`, `streamseq`, `part`, `parts`, `actorid`, `changeids` (separated by commas), `traceparent`.

Source: https://github.com/cloudevents/spec, versions 1.0, json-format and distributed-tracing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from uuid_utils.compat import uuid7

CONTENT_TYPE = "application/cloudevents+json"
PREFIX = "projectsales."
HEARTBEAT = "heartbeat"
RECORDS_CHANGED = "records_changed"
#: AMQP's limit of a routing key.
_KEY_BYTES = 255

#: Columns of the outbox that `encode` reads.
COLUMNS = (
    "stream_seq, event_id, type, subject, data, actor_id, change_ids, part, parts, traceparent, created_at"
)


class Malformed(ValueError):
    """The body is not one of our envelopes; trying again will not help."""


class OutboxRow(Protocol):
    """The columns named in `COLUMNS`."""

    @property
    def stream_seq(self) -> int: ...
    @property
    def event_id(self) -> UUID: ...
    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def change_ids(self) -> list[UUID]: ...
    @property
    def part(self) -> int: ...
    @property
    def parts(self) -> int: ...
    @property
    def traceparent(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Event:
    """A received event. What an ERP leaves out (epoch, sequence, actor …) keeps its default."""

    id: UUID
    #: Service that published it: crm, offers, erp …
    service: str
    #: offers.offer_accepted.v1
    type: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    epoch: str = ""
    stream_seq: int = 0
    part: int = 1
    parts: int = 1
    actor_id: UUID | None = None
    change_ids: tuple[UUID, ...] = field(default=())
    traceparent: str = ""


def exchange_name(service: str) -> str:
    """Exchange of a service's events."""
    return f"{service}.events"


def qualified(service: str, row_type: str) -> str:
    """The type with its service: kit's own types (`records_changed.v1`) leave it to the publisher."""
    return row_type if row_type.count(".") >= 2 else f"{service}.{row_type}"


def routing_key(event_type: str, subject: str = "") -> str:
    """`offers.offer_accepted.v1` -> `offer_accepted`, `offers.offer_accepted.v2` -> `offer_accepted.v2`.

    A `crm.records_changed.v1` about `crm.party,crm.address` -> `records_changed.address.party`: the broker
    then gives it to nobody who would drop it. One that names nothing, or too much, goes to all that follow.
    """
    name, _, version = event_type.partition(".")[2].rpartition(".")
    key = name if version == "v1" else f"{name}.{version}"
    if key != RECORDS_CHANGED or not subject:
        return key
    named = sorted({entity.rpartition(".")[2] for entity in subject.split(",")})
    longer = ".".join((key, *named))
    return longer if len(longer) <= _KEY_BYTES else key


def encode(service: str, epoch: str, row: OutboxRow) -> bytes:
    """The message body of a numbered outbox row; the data goes in as stored, without decoding."""
    body = _attributes(service, qualified(service, row.type), str(row.event_id), row.created_at)
    body |= {"epoch": epoch, "streamseq": str(row.stream_seq), "part": row.part, "parts": row.parts}
    if row.subject:
        body["subject"] = row.subject
    if row.actor_id:
        body["actorid"] = str(row.actor_id)
    if row.change_ids:
        body["changeids"] = ",".join(map(str, row.change_ids))
    if row.traceparent:
        body["traceparent"] = row.traceparent
    body["data"] = orjson.Fragment(row.data)
    return orjson.dumps(body)


def heartbeat(service: str, epoch: str, last_seq: int) -> bytes:
    """A message that says: the stream has reached `last_seq`. It has no number of its own."""
    body = _attributes(service, f"{service}.{HEARTBEAT}.v1", str(uuid7()), datetime.now(UTC))
    body |= {"epoch": epoch, "streamseq": str(last_seq), "data": {"last_seq": str(last_seq)}}
    return orjson.dumps(body)


def _attributes(service: str, event_type: str, event_id: str, moment: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/projectsales/{service}",
        "type": PREFIX + event_type,
        "time": moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }


def decode(body: bytes | str) -> Event:
    """Read a message body.

    Raises:
        Malformed: no JSON object, no CloudEvent 1.0, or an attribute that cannot be read.
    """
    try:
        read = orjson.loads(body)
        if read["specversion"] != "1.0" or not read["type"].startswith(PREFIX):
            raise Malformed("not an event of this system")
        event_type = read["type"].removeprefix(PREFIX)
        data = read["data"]
        if not isinstance(data, dict) or event_type.count(".") != 2:
            raise Malformed("not an event of this system")
        return Event(
            id=_event_id(read["id"], read["source"]),
            service=event_type.partition(".")[0],
            type=event_type,
            subject=str(read.get("subject", "")),
            time=datetime.fromisoformat(read["time"]),
            data=data,
            epoch=str(read.get("epoch", "")),
            stream_seq=int(read.get("streamseq", 0)),
            part=int(read.get("part", 1)),
            parts=int(read.get("parts", 1)),
            actor_id=UUID(read["actorid"]) if read.get("actorid") else None,
            change_ids=tuple(UUID(text) for text in read.get("changeids", "").split(",") if text),
            traceparent=str(read.get("traceparent", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"not an event of this system: {type(error).__name__}") from error


def _event_id(text: str, source: str) -> UUID:
    """The id of an event. CloudEvents lets a foreign publisher choose any text that is unique at its
    source.
    """
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{source} {text}")
