"""A frozen revision on its way to the customer: by our mail, or by hand.

Mail owns the message; an offer is sent once mail says that its server took it. Until then the revision shows
which message carries it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from sales.offers.v1 import events_pb2

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.offers.domain import transitions
from services.offers.domain.documents import document_label
from services.offers.usecases.states import can, move

_LANGUAGES = ("it", "en")


def send_revision(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Ask mail to send a revision as a PDF, or keep that it was sent by hand.

    Only what the customer could accept is sent: a frozen revision of an offer that is ready, sent or in
    negotiation. It may be sent again.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED, SENDING_ALREADY (mail has not answered yet).
        Invalid: INVALID_FIELDS.
    """
    offer = uow.require("offers.offer", row.values["offer_id"], lock=True)
    _require_sendable(row, offer)
    if call.request["by_hand"]:
        instant = _when(uow, call)
        row.values["sending_id"] = ""
        record_as_sent(uow, row, offer, sent_at=instant, to=call.request["to"])
        return
    if call.request["sent_at"]:
        raise _wrong("sent_at", "NOT_HERE", "only what was sent by hand has a time")
    if row.values["sending_id"]:
        raise NotAllowedNow("SENDING_ALREADY")
    _request_mail(uow, row, offer, call)


def record_sent(uow: UnitOfWork, row: Row, *, message_id: str, sent_at: datetime, to: str) -> None:
    """Mail says that its server took the message."""
    if row.values["sending_id"] == message_id:
        row.values["sending_id"] = ""
    offer = uow.require("offers.offer", row.values["offer_id"], lock=True)
    record_as_sent(uow, row, offer, sent_at=sent_at, to=to)


def record_not_sent(uow: UnitOfWork, row: Row, *, message_id: str, reason: str) -> None:
    """Mail says that the message will not be sent; an answer to an older message is old news."""
    if row.values["sending_id"] == message_id:
        row.values["sending_id"] = ""
        row.values["sending_failure"] = reason


def record_as_sent(uow: UnitOfWork, row: Row, offer: Row, *, sent_at: datetime, to: str) -> None:
    """Keep when and to whom a revision was sent; what moved on meanwhile keeps its state."""
    latest = row.values["sent_at"]
    if latest is None or datetime.fromisoformat(latest) <= sent_at:
        row.values["sent_at"], row.values["sent_to"] = time_text(sent_at), to
    row.values["sending_failure"] = ""
    if can(row, "send"):
        move(uow, row, "send", made_at=sent_at)
        if can(offer, "send"):
            move(uow, offer, "send", made_at=sent_at)


def _require_sendable(row: Row, offer: Row) -> None:
    transitions.move(transitions.REVISION, row.values["state"], "send")
    command = "send" if can(offer, "send") else "send_again"
    transitions.move(transitions.OFFER, offer.values["state"], command)


def _request_mail(uow: UnitOfWork, row: Row, offer: Row, call: CommandCall) -> None:
    request, revision = call.request, row.values
    language = request["language"] or revision["language"]
    if language not in _LANGUAGES:
        raise _wrong("language", "UNKNOWN_VALUE", f"one of these is expected: {', '.join(_LANGUAGES)}")
    message_id = str(uuid5(UUID(call.change_id), "message"))
    revision["sending_id"], revision["sending_failure"] = message_id, ""
    label = document_label(offer.values, revision)
    uow.emit(
        events_pb2.DocumentSendingRequested(
            message_id=message_id,
            revision_id=row.id,
            offer_id=offer.id,
            party_id=offer.values["party_id"],
            offer_number=offer.values["number"],
            document_label=label,
            mailbox_id=request["mailbox_id"],
            to=request["to"].strip(),
            subject=request["subject"].strip() or _subject(offer, label, language),
            text=request["text"],
            language=language,
            requested_by=str(uow.actor.user_id or ""),
        ),
        subject=row.id,
    )


def _subject(offer: Row, label: str, language: str) -> str:
    word = "Offerta" if language == "it" else "Offer"
    title = offer.values["title"]
    return f"{word} {label}: {title}" if title else f"{word} {label}"


def _when(uow: UnitOfWork, call: CommandCall) -> datetime:
    text = call.request["sent_at"]
    if not text:
        return uow.made_at
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong("sent_at", "INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected") from error
    if moment.utcoffset() is None:
        raise _wrong("sent_at", "TIME_WITHOUT_ZONE", "a time with its zone is expected")
    if moment > uow.now:
        raise _wrong("sent_at", "TIME_AHEAD", "this is in the future")
    return moment


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(f"request.{name}", reason, detail)])
