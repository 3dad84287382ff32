"""Events of mail: what became of the documents that it was asked to send."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sales.mail.v1 import events_pb2

from services.kit.database import Row
from services.kit.errors import Invalid, Violation
from services.kit.events import parse_data
from services.kit.worker import Context, Event, NotYet, on
from services.offers.usecases import sending


@on("mail", "message_sent")
def record_sent(context: Context, event: Event) -> None:
    """A revision is sent once the mail server took its message. Messages without a revision are not ours."""
    told = parse_data(events_pb2.MessageSent, event)
    if told.revision_id:
        sending.record_sent(
            context.uow,
            _revision(context, told.revision_id),
            message_id=told.message_id,
            sent_at=_moment(told.sent_at),
            to=told.to,
        )


@on("mail", "message_not_sent")
def record_not_sent(context: Context, event: Event) -> None:
    """Show why a revision was not sent."""
    told = parse_data(events_pb2.MessageNotSent, event)
    if told.revision_id:
        row = _revision(context, told.revision_id)
        sending.record_not_sent(context.uow, row, message_id=told.message_id, reason=told.reason)


def _revision(context: Context, revision_id: str) -> Row:
    try:
        wanted = str(UUID(revision_id))
    except ValueError as error:
        raise Invalid("INVALID_EVENT", violations=[Violation("revision_id", "INVALID_ID")]) from error
    row = context.uow.get("offers.revision", wanted)
    if row is None:
        raise NotYet("REVISION_UNKNOWN")
    # Offer first, as every command: see "Freeze and revise lock the offer".
    context.uow.get("offers.offer", row.values["offer_id"], lock=True)
    locked = context.uow.get("offers.revision", wanted, lock=True)
    return locked or row


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.utcoffset() is None:
            raise ValueError
    except ValueError as error:
        raise Invalid("INVALID_EVENT", violations=[Violation("sent_at", "INVALID_TIME")]) from error
    return moment
