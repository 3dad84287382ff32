"""What travels beside a message: the actor, the trace, and, on the way back, the problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from opentelemetry import propagate
from opentelemetry.context import Context
from sales.common.v1 import actor_pb2

from services.kit.actor import Actor
from services.kit.errors import Unauthenticated

ACTOR = "sales-actor-bin"
PROBLEM = "sales-problem-bin"

Metadata = tuple[tuple[str, str | bytes], ...]


def actor_bytes(actor: Actor) -> bytes:
    """Encode the actor for `sales-actor-bin`."""
    return actor_pb2.Actor(
        user_id=str(actor.user_id or ""),
        session_id=str(actor.session_id or ""),
        device_id=str(actor.device_id or ""),
        grant_epoch=actor.grant_epoch,
        request_id=actor.request_id,
        language=actor.language,
    ).SerializeToString()


def actor_from(encoded: bytes) -> Actor:
    """Decode `sales-actor-bin`; an empty user is the system.

    Raises:
        Unauthenticated: ACTOR_UNREADABLE.
    """
    try:
        message = actor_pb2.Actor.FromString(encoded)
        return Actor(
            user_id=_id(message.user_id),
            session_id=_id(message.session_id),
            device_id=_id(message.device_id),
            grant_epoch=message.grant_epoch,
            request_id=message.request_id,
            language=message.language or "it",
        )
    except ValueError as error:
        raise Unauthenticated("ACTOR_UNREADABLE", "the metadata names no actor that can be read") from error


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None


def outgoing(actor: Actor, extra: Iterable[tuple[str, str | bytes]] | None = None) -> Metadata:
    """Return the metadata of a call as `actor`, with the present trace, and `extra` after it."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return ((ACTOR, actor_bytes(actor)), *carrier.items(), *(extra or ()))


def trace_of(metadata: Mapping[str, str | bytes]) -> Context | None:
    """Return the caller's trace context, None if it sent none."""
    if "traceparent" not in metadata:
        return None
    return propagate.extract({key: value for key, value in metadata.items() if isinstance(value, str)})
