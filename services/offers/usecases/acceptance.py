"""The customer's yes: one call, one order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sales.offers.v1 import events_pb2

from services.kit import schema
from services.kit.config import settings
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.offers.domain import acceptance
from services.offers.usecases.orders import request_order
from services.offers.usecases.states import can, move

_AGREED = ("frozen", "signed", "sent")


def accept_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Record the customer's yes and ask the ERP for an order.

    Only the frozen, current, unexpired revision can be accepted. The order is requested in the same
    transaction, so an accepted offer without a requested order cannot exist. Called again, it changes
    nothing.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED, REVISION_NOT_FROZEN, REVISION_NOT_CURRENT, OFFER_EXPIRED,
            ACCEPTED_OTHERWISE (another revision was accepted before).
        Invalid: REVISION_REQUIRED (several alternatives are open), INVALID_FIELDS.
    """
    asked = _asked_revision(call)
    if row.values["accepted_revision_id"]:
        if asked and asked != row.values["accepted_revision_id"]:
            raise NotAllowedNow("ACCEPTED_OTHERWISE", params={"revision": row.values["accepted_revision_id"]})
        return
    revisions = uow.get_many(
        "offers.revision", [r.id for r in uow.children("offers.revision", row.id)], lock=True
    )
    chosen = _chosen(list(revisions.values()), asked)
    instant = _instant(uow, call)
    missing = acceptance.missing_for_acceptance(
        revision_state=chosen.values["state"],
        current=_is_current(chosen, list(revisions.values())),
        signature_required=False,
        signed=chosen.values["state"] == "signed",
        expired=_expired(chosen, instant),
    )
    move(uow, row, "accept", missing=missing, made_at=instant)
    move(uow, chosen, "accept", made_at=instant)
    for other in revisions.values():
        if other is not chosen and can(other, "pass_over"):
            move(uow, other, "pass_over", made_at=instant)
    order_id = str(uuid5(UUID(call.change_id), "order"))
    row.values["accepted_revision_id"] = chosen.id
    row.values["order_id"] = order_id
    request_order(uow, offer=row, revision=chosen, order_id=order_id)
    uow.emit(
        events_pb2.OfferAccepted(
            offer_id=row.id,
            party_id=row.values["party_id"],
            revision_id=chosen.id,
            order_id=order_id,
            accepted_at=time_text(instant),
        ),
        subject=row.id,
    )


def _asked_revision(call: CommandCall) -> str:
    asked = call.request["revision_id"]
    try:
        return str(UUID(asked)) if asked else ""
    except ValueError as error:
        raise _wrong("revision_id", "INVALID_ID", "a UUID is expected") from error


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(f"request.{name}", reason, detail)])


def _chosen(revisions: Sequence[Row], asked: str) -> Row:
    if asked:
        found = [row for row in revisions if row.id == asked]
        if not found:
            raise _wrong("revision_id", "REFERENCE_NOT_FOUND", "the offer has no such revision")
        return found[0]
    agreed = [row for row in revisions if row.values["state"] in _AGREED]
    if len(agreed) > 1:
        raise Invalid("REVISION_REQUIRED", params={"count": str(len(agreed))})
    if agreed:
        return agreed[0]
    if not revisions:
        raise NotAllowedNow("REVISION_NOT_FROZEN")
    return max(revisions, key=lambda row: int(row.values["ordinal"]))


def _is_current(chosen: Row, revisions: Sequence[Row]) -> bool:
    """True unless a later revision of the same alternative exists."""
    return not any(
        other.values["alternative"] == chosen.values["alternative"]
        and other.values["ordinal"] > chosen.values["ordinal"]
        for other in revisions
    )


def _instant(uow: UnitOfWork, call: CommandCall) -> datetime:
    """Return the instant by which acceptance is judged; only a device may name one before now."""
    claimed = call.request["accepted_at"]
    if not claimed or uow.actor.device_id is None:
        return uow.now
    try:
        moment = datetime.fromisoformat(claimed)
    except ValueError as error:
        raise _wrong(
            "accepted_at", "INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected"
        ) from error
    if moment.utcoffset() is None:
        raise _wrong("accepted_at", "TIME_WITHOUT_ZONE", "a time with its zone is expected")
    claims = schema.change_claim
    last_contact = uow.connection.execute(
        sa.select(sa.func.max(claims.c.created_at)).where(
            claims.c.device_id == uow.actor.device_id, claims.c.change_id != UUID(call.change_id)
        )
    ).scalar()
    return acceptance.judged_at(moment, last_contact=last_contact, arrival=uow.now)


def _expired(revision: Row, instant: datetime) -> bool:
    text = revision.values["valid_until"]
    last_day = date.fromisoformat(text) if text else None
    return acceptance.expired(last_day, instant, ZoneInfo(settings().company_time_zone))
